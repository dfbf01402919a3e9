"""Data sets: MovieLens in all its formats, own tables, the download, and the starter set."""

from recsys.data.dataset import Dataset
from recsys.data.details import with_details
from recsys.data.errors import DataError
from recsys.data.read import read_dataset

__all__ = ["DataError", "Dataset", "read_dataset", "with_details"]
