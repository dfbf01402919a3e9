"""Towers that an evaluation fitted, kept in a folder: minutes of work that several evaluations share."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from recsys import familiarity, features, links, towers
from recsys.data.dataset import Dataset
from recsys.towers import Towers, UnreadableRelease
from recsys.training import batches, fit, objectives, scorers
from recsys.training import familiarity as familiarity_fit
from recsys.training import links as link_fit
from recsys.training.fit import Progress, TrainingOptions
from recsys.training.protocol import Split

TowersFactory = Callable[[Dataset, Split, int], Towers]
"""Fits towers to the train people of a split, with a seed for whatever they draw."""


class FittedTowers:
    """A folder with one release for each data set, split, options and code that towers were fitted with.

    What is not of today's code is never read again; the folder may be deleted at any time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(
        self, dataset: Dataset, split: Split, options: TrainingOptions, progress: Callable[[Progress], None]
    ) -> Towers:
        """The towers fitted to the split's train people: kept ones, or new ones that are then kept.

        An interrupted fit goes on where it was.

        Args:
            progress: called after every epoch, where there are any.

        Raises:
            ValueError: no train person has a rating.
        """
        release = self._folder / _key(dataset, split, options)
        try:
            return Towers.load(release)
        except UnreadableRelease:
            pass
        self._folder.mkdir(parents=True, exist_ok=True)
        checkpoint = release.with_suffix(".checkpoint")
        fitted = fit.fit(dataset, split, options, checkpoint=checkpoint, progress=progress)
        fitted.save(release)
        checkpoint.unlink(missing_ok=True)
        return fitted


def fingerprint(dataset: Dataset, options: TrainingOptions) -> str:
    """Changes with the options, with what is told of the movies and with the code that makes the towers."""
    digest = hashlib.sha256(json.dumps(asdict(options)).encode())
    digest.update(repr(dataset.movies).encode())
    for module in (features, familiarity, towers, links, batches, familiarity_fit, fit, link_fit, objectives, scorers):
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()


def _key(dataset: Dataset, split: Split, options: TrainingOptions) -> str:
    digest = hashlib.sha256(fingerprint(dataset, options).encode())
    for column in (*dataset.columns(), split.train, split.validation):
        digest.update(np.ascontiguousarray(column).data)
    return digest.hexdigest()[:32]
