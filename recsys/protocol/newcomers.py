"""The newcomer protocol: people the model never saw answer k titles, and it ranks the rest for them.

One split and one set of newcomers serve every model that is compared. Shuffle the people; 10 % are test people, 10 %
validation people, the rest train. Shuffle each held-out person's ratings; the first 20 are their answers, the rest
hidden; people with fewer than 5 hidden ratings of 4 stars or more are left out. The model sees gender, age, occupation
and the first k answers with their stars, ranks every movie but the 20, and is scored on the hidden likes. All 20 are
left out for every k: what a person is yet to answer can be no hit and should be no miss, and so the numbers of answers
are compared on one and the same task.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.profile import DISLIKED_TO, LIKED_FROM, Profile
from recsys.protocol.metrics import RECALL_K, disliked_at_10, ndcg_at_10, recall_at_20, top_positions

ANSWER_COUNTS = (0, 1, 3, 5, 10, 20)
MAX_ANSWERS = 20
MIN_HIDDEN_LIKES = 5


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Positions of people in a data set, each (n,) int64 and disjoint."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Newcomer:
    """One held-out person.

    Attributes:
        person: position in the data set.
        answers: up to 20 (movie position, stars), in the order in which they are given.
        likes: positions of the hidden movies with 4 stars or more.
        dislikes: positions of the hidden movies with 2 stars or fewer.
    """

    person: int
    answers: tuple[tuple[int, float], ...]
    likes: NDArray[np.int32]
    dislikes: NDArray[np.int32]


class Scorer(Protocol):
    """Anything that ranks movies for a profile."""

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """(n, m) float32: one row a profile, one column a movie of the data set, higher is better."""
        ...


@dataclass(frozen=True, slots=True)
class Metrics:
    """Means over newcomers for one number of answers, each 0..1."""

    ndcg: float
    recall: float
    disliked: float
    newcomers: int


def split_people(dataset: Dataset, seed: int, *, test_share: float = 0.1, validation_share: float = 0.1) -> Split:
    """Shuffle the people with a seed and divide them; equal seeds give equal splits."""
    count = len(dataset.user_ids)
    order = np.random.default_rng(seed).permutation(count)
    tests, validations = round(count * test_share), round(count * validation_share)
    return Split(
        test=np.sort(order[:tests]),
        validation=np.sort(order[tests : tests + validations]),
        train=np.sort(order[tests + validations :]),
    )


def newcomers(dataset: Dataset, people: NDArray[np.int64], seed: int) -> list[Newcomer]:
    """The people among `people` who can be scored, with their answers drawn by the seed and their own position."""
    offsets = dataset.person_offsets()
    found = []
    for person in people.tolist():
        rows = np.arange(offsets[person], offsets[person + 1])
        np.random.default_rng((seed, person)).shuffle(rows)
        movies, stars = dataset.rating_movies[rows], dataset.rating_stars[rows]
        hidden_movies, hidden_stars = movies[MAX_ANSWERS:], stars[MAX_ANSWERS:]
        likes = hidden_movies[hidden_stars >= LIKED_FROM]
        if len(likes) >= MIN_HIDDEN_LIKES:
            answers = tuple(zip(movies[:MAX_ANSWERS].tolist(), stars[:MAX_ANSWERS].tolist(), strict=True))
            found.append(Newcomer(person, answers, likes, hidden_movies[hidden_stars <= DISLIKED_TO]))
    return found


def profiles_after(dataset: Dataset, people: list[Newcomer], answers: int) -> list[Profile]:
    """What a model may see of the newcomers after so many answers."""
    ids = dataset.movie_ids
    return [
        dataset.profile(one.person, {int(ids[movie]): stars for movie, stars in one.answers[:answers]})
        for one in people
    ]


def measure(dataset: Dataset, people: list[Newcomer], scorer: Scorer, answers: int, batch: int = 256) -> Metrics:
    """Full ranking over all movies but each person's 20 answers, given or not: NDCG@10, Recall@20 and disliked@10.

    NDCG's ideal has min(10, likes) hits; recall is over min(20, likes); disliked@10 is the share of the top 10 that the
    person rated 2 stars or fewer. Equal scores rank in the order of the data set.

    Raises:
        ValueError: the scorer returned another shape than (n, m), or a score that is not a number.
    """
    totals = np.zeros(3)
    profiles = profiles_after(dataset, people, answers)
    for start in range(0, len(people), batch):
        scores = np.array(scorer.scores(profiles[start : start + batch]), np.float32)
        expected = len(profiles[start : start + batch]), len(dataset.movies)
        if scores.shape != expected or np.isnan(scores).any():
            raise ValueError(f"a scorer returns {expected} numbers; this one returned {scores.shape} or a NaN")
        for row, one in zip(scores, people[start : start + batch], strict=True):
            row[[movie for movie, _ in one.answers]] = -np.inf
            opinions = np.zeros(len(row), np.int8)
            opinions[one.likes], opinions[one.dislikes] = 1, -1
            listed = opinions[top_positions(row, RECALL_K)]
            totals += (
                ndcg_at_10(listed > 0, len(one.likes)),
                recall_at_20(listed > 0, len(one.likes)),
                disliked_at_10(listed < 0),
            )
    ndcg, recall, disliked = (float(total / max(1, len(people))) for total in totals)
    return Metrics(ndcg, recall, disliked, len(people))
