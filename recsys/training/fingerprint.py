"""All that decides how towers come out of a training, as one digest: where it is equal, so are the towers."""

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

SOURCES = (
    "data/dataset.py",
    "models/exposure.py",
    "models/features.py",
    "models/item_reranker.py",
    "models/network.py",
    "profile.py",
    "models/towers.py",
    "training/batches.py",
    "training/exposure.py",
    "training/fingerprint.py",
    "training/fit.py",
    "training/item_reranker.py",
    "training/multinomial.py",
    "training/options.py",
    "training/losses.py",
    "training/pages.py",
    "protocol/newcomers.py",
    "protocol/scorers.py",
    "training/informativeness.py",
)
"""The code that makes towers, in this package."""

_PACKAGE = Path(__file__).parents[1]


def code_fingerprint(dataset: Dataset, options: TrainingOptions) -> str:
    """Changes with the options, with what is told of the movies, and with the code and the libraries that train."""
    versions = [str(library.__version__) for library in (np, paddle, scipy)]
    digest = hashlib.sha256(json.dumps([versions, asdict(options)]).encode())
    digest.update(repr(dataset.movies).encode())
    for source in SOURCES:
        digest.update((_PACKAGE / source).read_bytes())
    return digest.hexdigest()


def training_fingerprint(dataset: Dataset, split: Split, options: TrainingOptions) -> str:
    """64 hexadecimal digits that change with the people, their ratings and the split too; names alone are no matter."""
    digest = hashlib.sha256(code_fingerprint(dataset, options).encode())
    for column in (*dataset.columns(), split.train, split.validation):
        digest.update(np.ascontiguousarray(column).data)
    return digest.hexdigest()
