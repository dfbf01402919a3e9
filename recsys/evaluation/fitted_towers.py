"""A cache of fitted towers in a folder: fitting takes minutes, and several evaluations use the same towers."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from recsys.data.dataset import Dataset
from recsys.models.towers import Towers, UnreadableRelease
from recsys.protocol.newcomers import Split
from recsys.training.fingerprint import training_fingerprint
from recsys.training.fit import Progress, StageProgress, fit
from recsys.training.options import TrainingOptions
from storage.private_files import make_private_folder

TowersFactory = Callable[[Dataset, Split, int], Towers]
"""Fits towers to the train people of a split; the seed is for the training's random draws."""


class FittedTowers:
    """A folder with one release for each combination of data set, split, options and training code.

    Releases of older code are never read again. The folder may be deleted at any time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(
        self,
        dataset: Dataset,
        split: Split,
        options: TrainingOptions,
        progress: Callable[[Progress], None],
        show_stage: StageProgress,
        *,
        vectors_only: bool = False,
    ) -> Towers:
        """Load the towers that were fitted to the split's train people, or fit and save them.

        An interrupted fit resumes from its checkpoint.

        Args:
            dataset: the data set of the split.
            split: the train people to fit to, and the validation people to choose the epoch on.
            options: training options.
            progress: called after every epoch and during long ones; not called if the towers are loaded.
            show_stage: called before, during and after the fits that come before and after the epochs; likewise.
            vectors_only: whether the item re-ranker and the neighbours may be missing.

        Raises:
            ValueError: no train person has a rating.
        """
        release = self._folder / training_fingerprint(dataset, split, options)[:32]
        vectors = release.with_name(f"{release.name}-vectors")
        for stored in (release, vectors) if vectors_only else (release,):
            with suppress(UnreadableRelease):
                return Towers.load(stored)
        make_private_folder(self._folder)
        checkpoint = release.with_suffix(".checkpoint")
        fitted = fit(
            dataset,
            split,
            options,
            checkpoint=checkpoint,
            progress=progress,
            show_stage=show_stage,
            vectors_only=vectors_only,
        )
        fitted.save(vectors if vectors_only else release)
        checkpoint.unlink(missing_ok=True)
        return fitted
