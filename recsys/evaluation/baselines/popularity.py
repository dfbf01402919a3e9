"""The popularity baselines: one list for everybody, and one for each gender and age group."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.baselines.histories import WEIGHTINGS, Weighting, weigh
from recsys.evaluation.baselines.model_selection import BestPerAnswerCount, counted
from recsys.evaluation.newcomers import FitProgress, ignore_progress
from recsys.profile import AGE_GROUPS, GENDERS, Profile, age_group
from recsys.protocol.newcomers import Split
from recsys.training.rating_blocks import rating_blocks

SMOOTHINGS = (3, 10, 30, 100, 300)


def popularity(dataset: Dataset, people: NDArray[np.int64], weighting: Weighting = "liked") -> NDArray[np.float32]:
    """Return (m,) float32: the sum of the weights of these people's ratings, for each movie."""
    total = np.zeros(len(dataset.movies))
    for block in rating_blocks(dataset, people):
        total += np.bincount(block.movies, weigh(block.stars, weighting), minlength=len(total))
    return total.astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class PopularList:
    """A scorer that gives everybody the same (m,) float32 scores."""

    movies: NDArray[np.float32]

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """Return (n, m) float32 scores; all rows are equal."""
        return np.tile(self.movies, (len(profiles), 1))


class Popularity(BestPerAnswerCount):
    """One list for everybody: most likes, most ratings or most stars above 2, chosen by validation."""

    name: ClassVar[str] = "popularity"

    @classmethod
    def fit(cls, dataset: Dataset, split: Split, seed: int, progress: FitProgress = ignore_progress) -> Self:
        """Count on the train people, and choose the weighting on the validation people."""
        lists = ((weighting, PopularList(popularity(dataset, split.train, weighting))) for weighting in WEIGHTINGS)
        return cls(dataset, split, seed, counted(lists, len(WEIGHTINGS), progress))


@dataclass(frozen=True, slots=True, eq=False)
class GroupLists:
    """A scorer by likes per person within a gender and age group.

    Each group is smoothed towards the overall list, as if it had `smoothing` more people of average taste.

    Attributes:
        likes: (genders + 1, age groups + 1, m) float32; the last gender and the last age group mean "not known".
        people: (genders + 1, age groups + 1) float32.
        smoothing: number of people.
    """

    likes: NDArray[np.float32]
    people: NDArray[np.float32]
    smoothing: float

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """Return (n, m) float32 scores; without a gender or an age, the groups of all genders or ages are summed."""
        overall = self.likes.sum(axis=(0, 1)) / max(1, self.people.sum())
        scores = np.empty((len(profiles), self.likes.shape[-1]), np.float32)
        for row, profile in zip(scores, profiles, strict=True):
            gender = slice(None) if profile.gender is None else [GENDERS.index(profile.gender)]
            age = slice(None) if profile.age is None else [age_group(profile.age)]
            likes, people = self.likes[gender][:, age].sum(axis=(0, 1)), self.people[gender][:, age].sum()
            row[:] = (likes + self.smoothing * overall) / (people + self.smoothing)
        return scores


class DemographicPopularity(BestPerAnswerCount):
    """Popularity among people of the same gender and age group; the smoothing is chosen by validation."""

    name: ClassVar[str] = "popularity by gender and age"

    @classmethod
    def fit(cls, dataset: Dataset, split: Split, seed: int, progress: FitProgress = ignore_progress) -> Self:
        """Count on the train people, and choose the smoothing on the validation people."""
        genders = dataset.genders[split.train].astype(np.int64)
        ages = np.array([age_group(age) if age >= 0 else -1 for age in dataset.ages[split.train].tolist()], np.int64)
        shape = len(GENDERS) + 1, len(AGE_GROUPS) + 1
        likes, people = np.zeros((*shape, len(dataset.movies)), np.float32), np.zeros(shape, np.float32)
        for gender, age in np.ndindex(shape):
            # An unknown gender or age is coded -1, which modulo the size is the last row or column.
            group = split.train[(genders % shape[0] == gender) & (ages % shape[1] == age)]
            likes[gender, age], people[gender, age] = popularity(dataset, group), len(group)
        lists = ((f"smoothing {smoothing}", GroupLists(likes, people, smoothing)) for smoothing in SMOOTHINGS)
        return cls(dataset, split, seed, counted(lists, len(SMOOTHINGS), progress))
