"""The popular list, for everybody and for people of one gender and age group."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.baselines.choice import BestPerAnswerCount
from recsys.evaluation.baselines.histories import WEIGHTINGS, Histories, Weighting, weigh
from recsys.profile import AGE_GROUPS, GENDERS, Profile, age_group
from recsys.protocol.newcomers import Split

SMOOTHINGS = (3, 10, 30, 100, 300)
BATCH = 1024


def popularity(dataset: Dataset, people: NDArray[np.int64], weighting: Weighting = "liked") -> NDArray[np.float32]:
    """(m,) float32: the summed weights of the people's ratings of each movie."""
    total = np.zeros(len(dataset.movies), np.float32)
    for stars in Histories(dataset, people).batches(BATCH):
        total += weigh(stars, weighting).sum(axis=0)
    return total


@dataclass(frozen=True, slots=True, eq=False)
class PopularList:
    """One (m,) float32 list of scores for everybody."""

    movies: NDArray[np.float32]

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """(n, m) float32, every row the same."""
        return np.tile(self.movies, (len(profiles), 1))


class Popularity(BestPerAnswerCount):
    """The same list for everybody: most likes, most ratings or most stars above 2, by validation."""

    name: ClassVar[str] = "popularity"

    @classmethod
    def fit(cls, dataset: Dataset, split: Split, seed: int) -> Self:
        """Count on the train people, choose on the validation people."""
        lists = ((weighting, PopularList(popularity(dataset, split.train, weighting))) for weighting in WEIGHTINGS)
        return cls(dataset, split, seed, lists)


@dataclass(frozen=True, slots=True, eq=False)
class GroupLists:
    """Likes per person of a gender and age group, as if `smoothing` people of average taste stood in each group.

    Attributes:
        likes: (genders + 1, age groups + 1, m) float32; the last of each stands for "not known".
        people: (genders + 1, age groups + 1) float32.
        smoothing: in people.
    """

    likes: NDArray[np.float32]
    people: NDArray[np.float32]
    smoothing: float

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """(n, m) float32; who does not tell a part stands with the people of every value of it."""
        overall = self.likes.sum(axis=(0, 1)) / max(1, self.people.sum())
        rows = np.empty((len(profiles), self.likes.shape[-1]), np.float32)
        for row, profile in zip(rows, profiles, strict=True):
            gender = slice(None) if profile.gender is None else [GENDERS.index(profile.gender)]
            age = slice(None) if profile.age is None else [age_group(profile.age)]
            likes, people = self.likes[gender][:, age].sum(axis=(0, 1)), self.people[gender][:, age].sum()
            row[:] = (likes + self.smoothing * overall) / (people + self.smoothing)
        return rows


class DemographicPopularity(BestPerAnswerCount):
    """What people of the same gender and age group like, smoothed as validation says."""

    name: ClassVar[str] = "popularity by gender and age"

    @classmethod
    def fit(cls, dataset: Dataset, split: Split, seed: int) -> Self:
        """Count on the train people, choose the smoothing on the validation people."""
        genders = dataset.genders[split.train].astype(np.int64)
        ages = np.array([age_group(age) if age >= 0 else -1 for age in dataset.ages[split.train].tolist()], np.int64)
        shape = len(GENDERS) + 1, len(AGE_GROUPS) + 1
        likes, people = np.zeros((*shape, len(dataset.movies)), np.float32), np.zeros(shape, np.float32)
        for gender, age in np.ndindex(shape):
            group = split.train[(genders % shape[0] == gender) & (ages % shape[1] == age)]
            likes[gender, age], people[gender, age] = popularity(dataset, group), len(group)
        lists = ((f"smoothing {people_more}", GroupLists(likes, people, people_more)) for people_more in SMOOTHINGS)
        return cls(dataset, split, seed, lists)
