"""The newcomer protocol: held-out people answer k titles, and the model ranks all other movies for them.

All models are compared on the same split and the same newcomers. The people are shuffled; 10 % are test people, 10 %
are validation people, and the others train the model. The ratings of each held-out person are shuffled; the first 20
are their answers and the others are hidden. People with fewer than 5 hidden likes (4 stars or more) are left out.

The model sees gender, age, occupation and the first k answers with their stars. It ranks every movie except the 20
answers and is scored on the hidden likes. All 20 answers are left out for every k: an answer that is not yet given can
be no hit and should be no miss. So all numbers of answers are compared on the same task.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.profile import DISLIKED_TO, LIKED_FROM, Profile
from recsys.protocol.metrics import RECALL_K, disliked_at_10, ndcg_at_10, recall_at_20, top_positions

ANSWER_COUNTS = (0, 1, 3, 5, 10, 20)
"""The numbers of answers k after which the newcomers are measured."""

MAX_ANSWERS = 20
"""Number of ratings of each newcomer that are answers; all others are hidden."""

MIN_HIDDEN_LIKES = 5
"""People with fewer hidden likes are left out, because their metrics would be mostly noise."""


MAX_HELD_OUT = 2_000
"""At most so many people are test people, and so many validation people. More would say hardly more, would cost time
with every validation, and would be lost to training. Data sets of up to 20,000 people do not reach this limit."""

SCORES_AT_ONCE = 4_000_000
"""Number of scores that are held at once, in 16 MB. Those of all people for all movies would not fit into memory."""

PROFILES_AT_ONCE = 256
"""Number of profiles that are scored at once if the catalogue is small enough for SCORES_AT_ONCE."""


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
        answers: (movie position, stars), in the order in which they are given; up to 20 by the newcomer protocol.
        likes: positions of the hidden movies with 4 stars or more.
        dislikes: positions of the hidden movies with 2 stars or fewer.
    """

    person: int
    answers: tuple[tuple[int, float], ...]
    likes: NDArray[np.int32]
    dislikes: NDArray[np.int32]


class Scorer(Protocol):
    """A model that scores movies for profiles."""

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """Return (n, m) float32: one row per profile, one column per movie of the data set; higher is better."""
        ...


@dataclass(frozen=True, slots=True)
class Metrics:
    """Mean metrics over newcomers after one number of answers.

    Attributes:
        ndcg: NDCG@10, 0..1.
        recall: Recall@20, 0..1.
        disliked: disliked@10, 0..1.
        newcomers: number of people in the means.
    """

    ndcg: float
    recall: float
    disliked: float
    newcomers: int


def split_people(dataset: Dataset, seed: int, *, test_share: float = 0.1, validation_share: float = 0.1) -> Split:
    """Shuffle the people of a data set and split them; equal seeds give equal splits.

    Test people and validation people are at most MAX_HELD_OUT each.
    """
    count = len(dataset.user_ids)
    order = np.random.default_rng(seed).permutation(count)
    tests, validations = (min(MAX_HELD_OUT, round(count * share)) for share in (test_share, validation_share))
    return Split(
        test=np.sort(order[:tests]),
        validation=np.sort(order[tests : tests + validations]),
        train=np.sort(order[tests + validations :]),
    )


def newcomers(
    dataset: Dataset, people: NDArray[np.int64], seed: int, answer_count: int = MAX_ANSWERS
) -> list[Newcomer]:
    """Return those of the people who have enough hidden likes, with their answers.

    Args:
        dataset: the data set of the people.
        people: (n,) int64, positions.
        seed: draws the answers, together with the person's position. So the answers of a person do not depend on the
            other people, and the first answers do not depend on their number.
        answer_count: number of answers of each person; all other ratings are hidden.
    """
    offsets = dataset.person_offsets()
    selected = []
    for person in people.tolist():
        rows = np.arange(offsets[person], offsets[person + 1])
        np.random.default_rng((seed, person)).shuffle(rows)
        movies, stars = dataset.rating_movies[rows], dataset.rating_stars[rows]
        hidden_movies, hidden_stars = movies[answer_count:], stars[answer_count:]
        likes = hidden_movies[hidden_stars >= LIKED_FROM]
        if len(likes) >= MIN_HIDDEN_LIKES:
            answers = tuple(zip(movies[:answer_count].tolist(), stars[:answer_count].tolist(), strict=True))
            selected.append(Newcomer(person, answers, likes, hidden_movies[hidden_stars <= DISLIKED_TO]))
    return selected


def profiles_after(dataset: Dataset, people: list[Newcomer], answers: int) -> list[Profile]:
    """Return the profiles that a model sees of newcomers after this number of answers."""
    ids = dataset.movie_ids
    return [
        dataset.profile(newcomer.person, {int(ids[movie]): stars for movie, stars in newcomer.answers[:answers]})
        for newcomer in people
    ]


def checked_scores(scorer: Scorer, profiles: list[Profile], movie_count: int) -> NDArray[np.float32]:
    """Return a copy of the scorer's scores, (n, m) float32.

    Raises:
        ValueError: the scores have another shape than (n, m), or one of them is NaN.
    """
    scores = np.array(scorer.scores(profiles), np.float32)
    expected = len(profiles), movie_count
    if scores.shape != expected or np.isnan(scores).any():
        raise ValueError(f"a scorer must return {expected} numbers; it returned {scores.shape} or a NaN")
    return scores


def profiles_at_once(movie_count: int) -> int:
    """Return how many profiles may be scored at once over a catalogue of this size."""
    return max(1, min(PROFILES_AT_ONCE, SCORES_AT_ONCE // max(1, movie_count)))


def score_rows(scorer: Scorer, profiles: Sequence[Profile], movie_count: int) -> Iterator[NDArray[np.float32]]:
    """Yield (m,) float32 scores of each profile in turn, which the caller may change.

    The scores are computed in blocks, see SCORES_AT_ONCE. A row keeps its block in memory: copy what outlives the loop.

    Raises:
        ValueError: the scores have another shape than (n, m), or one of them is NaN.
    """
    at_once = profiles_at_once(movie_count)
    for start in range(0, len(profiles), at_once):
        yield from checked_scores(scorer, list(profiles[start : start + at_once]), movie_count)


def measure(dataset: Dataset, people: list[Newcomer], scorer: Scorer, answers: int) -> Metrics:
    """Rank all movies except each person's answers, and return the mean metrics of `recsys.protocol.metrics`.

    Equal scores rank in the order of the data set.

    Args:
        dataset: the data set of the people.
        people: the newcomers to measure.
        scorer: the model.
        answers: how many of the answers the scorer sees.

    Raises:
        ValueError: the scores have another shape than (n, m), or one of them is NaN.
    """
    totals = np.zeros(3)
    profiles = profiles_after(dataset, people, answers)
    for row, newcomer in zip(score_rows(scorer, profiles, len(dataset.movies)), people, strict=True):
        row[[movie for movie, _ in newcomer.answers]] = -np.inf
        opinions = np.zeros(len(row), np.int8)
        opinions[newcomer.likes], opinions[newcomer.dislikes] = 1, -1
        listed = opinions[top_positions(row, RECALL_K)]
        totals += (
            ndcg_at_10(listed > 0, len(newcomer.likes)),
            recall_at_20(listed > 0, len(newcomer.likes)),
            disliked_at_10(listed < 0),
        )
    ndcg, recall, disliked = (float(total / max(1, len(people))) for total in totals)
    return Metrics(ndcg, recall, disliked, len(people))
