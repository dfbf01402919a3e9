"""Towers that an evaluation fitted, kept in a folder: minutes of work that several evaluations share."""

from collections.abc import Callable
from pathlib import Path

from recsys.data.dataset import Dataset
from recsys.models.towers import Towers, UnreadableRelease
from recsys.protocol.newcomers import Split
from recsys.training.fingerprint import training_fingerprint
from recsys.training.fit import Progress, fit
from recsys.training.options import TrainingOptions

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
        release = self._folder / training_fingerprint(dataset, split, options)[:32]
        try:
            return Towers.load(release)
        except UnreadableRelease:
            pass
        self._folder.mkdir(parents=True, exist_ok=True)
        checkpoint = release.with_suffix(".checkpoint")
        fitted = fit(dataset, split, options, checkpoint=checkpoint, progress=progress)
        fitted.save(release)
        checkpoint.unlink(missing_ok=True)
        return fitted
