"""A digest of everything that a training result depends on: equal fingerprints mean equal towers."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import paddle
import scipy

from recsys.data.dataset import Dataset
from recsys.protocol.newcomers import Split
from recsys.training.options import TrainingOptions

_PACKAGE = Path(__file__).parents[1]
_PATTERNS = "data/dataset.py", "models/**/*.py", "profile.py", "protocol/**/*.py", "training/**/*.py"

SOURCES = tuple(
    sorted(path.relative_to(_PACKAGE).as_posix() for pattern in _PATTERNS for path in _PACKAGE.glob(pattern))
)
"""Paths, relative to the package `recsys`, of all code that a training result depends on."""


def code_fingerprint(dataset: Dataset, options: TrainingOptions) -> str:
    """Return 64 hexadecimal digits that depend on the options, the movies, the code and the numeric libraries."""
    versions = [str(library.__version__) for library in (np, paddle, scipy)]
    digest = hashlib.sha256(json.dumps([versions, asdict(options)]).encode())
    digest.update(repr(dataset.movies).encode())
    for source in SOURCES:
        digest.update((_PACKAGE / source).read_bytes())
    return digest.hexdigest()


def training_fingerprint(dataset: Dataset, split: Split, options: TrainingOptions) -> str:
    """Return 64 hexadecimal digits that also depend on the people, their ratings and the split.

    The name of the data set does not count.
    """
    digest = hashlib.sha256(code_fingerprint(dataset, options).encode())
    for column in (*dataset.columns(), split.train, split.validation):
        digest.update(np.ascontiguousarray(column).data)
    return digest.hexdigest()
