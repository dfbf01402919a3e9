"""Data sets: readers for MovieLens and for custom tables, the MovieLens download, and the starter set."""

from recsys.data.dataset import Dataset
from recsys.data.details import with_details
from recsys.data.errors import DataError
from recsys.data.read import read_dataset, read_datasets

__all__ = ["DataError", "Dataset", "read_dataset", "read_datasets", "with_details"]
