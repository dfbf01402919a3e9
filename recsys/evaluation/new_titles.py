"""Titles that the model was never shown: are they ranked by what is told of them, for people whose taste is known?"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.fitted_towers import TowersFactory
from recsys.evaluation.newcomers import Progress, TooSmall
from recsys.models.towers import Towers
from recsys.profile import DISLIKED_TO, LIKED_FROM
from recsys.protocol.metrics import TOP_K, ideal_dcg, ndcg_at_10
from recsys.protocol.newcomers import MAX_ANSWERS, Split, split_people
from storage.records import Movie

HELD_SHARE = 0.1
GOAL = 2.0
"""The product's ranking should have so many times the NDCG@10 of the genre profile."""


@dataclass(frozen=True, slots=True)
class NewTitles:
    """One split.

    Attributes:
        seed: of the split, and of which titles are new.
        titles: that were kept from the training.
        newcomers: test people with 20 answers about other titles and a like among the new ones.
        ndcg: mean NDCG@10 on their likes, of all new titles ranked by `Towers.new_movie_vector`.
        by_genres: the same by the likeness of genres to what they liked and disliked.
        by_chance: what a random order has in the mean.
    """

    seed: int
    titles: int
    newcomers: int
    ndcg: float
    by_genres: float
    by_chance: float


@dataclass(frozen=True, slots=True)
class NewTitlesReport:
    """What came out.

    Attributes:
        dataset: its name.
        splits: one row for each.
        told: share of movies of which more than title, year and genres is told: a plot, directors or actors.
    """

    dataset: str
    splits: tuple[NewTitles, ...]
    told: float

    @property
    def ratio(self) -> float | None:
        """Mean NDCG@10 over that of the genre profile; None where the genres never hit."""
        by_genres = sum(one.by_genres for one in self.splits)
        return sum(one.ndcg for one in self.splits) / by_genres if by_genres else None

    def to_dict(self) -> dict[str, object]:
        """Plain lists and numbers for JSON."""
        return asdict(self) | {"ratio": self.ratio, "goal": GOAL}


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A data set without some of its movies.

    Attributes:
        known: the data set without them and their ratings; the same people at the same positions.
        new: the movies that are left out.
        ratings: (r, 3) float64 rows of (person, position in `new`, stars).
    """

    known: Dataset
    new: tuple[Movie, ...]
    ratings: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Person:
    """A test person: position, answers (movie id -> stars), and liked new titles, positions."""

    person: int
    answers: dict[int, float]
    likes: NDArray[np.int64]


def hold_out(dataset: Dataset, seed: int, share: float = HELD_SHARE) -> Held:
    """Take a share of the movies out of a data set, drawn by the seed."""
    count = len(dataset.movies)
    is_new = np.zeros(count, bool)
    is_new[np.random.default_rng(seed).permutation(count)[: round(count * share)]] = True
    position = np.where(is_new, np.cumsum(is_new), np.cumsum(~is_new)) - 1
    of_new = is_new[dataset.rating_movies]
    known = replace(
        dataset,
        movies=tuple(movie for movie, new in zip(dataset.movies, is_new, strict=True) if not new),
        rating_people=dataset.rating_people[~of_new],
        rating_movies=position[dataset.rating_movies[~of_new]].astype(np.int32),
        rating_stars=dataset.rating_stars[~of_new],
        rating_times=None if dataset.rating_times is None else dataset.rating_times[~of_new],
    )
    ratings = np.stack(
        [dataset.rating_people[of_new], position[dataset.rating_movies[of_new]], dataset.rating_stars[of_new]], axis=1
    ).astype(np.float64)
    return Held(known, tuple(movie for movie, new in zip(dataset.movies, is_new, strict=True) if new), ratings)


def evaluate_new_titles(
    dataset: Dataset, seeds: Sequence[int], towers: TowersFactory, progress: Progress
) -> NewTitlesReport:
    """Train without a tenth of the movies and without all ratings of them, then rank those movies for test people.

    Args:
        dataset: what to split.
        seeds: one split each, which also draw the movies.
        towers: of the product; they are fitted to what is left of the data set.
        progress: told of every step.

    Raises:
        TooSmall: nobody has 20 answers and a like among the new titles.
    """
    held = {seed: hold_out(dataset, seed) for seed in seeds}
    tests = {seed: _test_people(held[seed], split_people(dataset, seed), seed) for seed in seeds}
    for seed, people in tests.items():
        if not people:
            raise TooSmall(
                f"{dataset.name} is too small to evaluate new titles on: with seed {seed} no test person has"
                f" {MAX_ANSWERS} ratings and likes one of the {len(held[seed].new)} titles that were held out"
            )
    rows = []
    for number, seed in enumerate(seeds):
        progress(number, len(seeds), f"new titles, seed {seed}")
        fitted = towers(held[seed].known, split_people(dataset, seed), seed)
        rows.append(_measured(held[seed], tests[seed], fitted, seed))
    progress(len(seeds), len(seeds), "done")
    told = np.mean([bool(movie.description or movie.directors or movie.actors) for movie in dataset.movies])
    return NewTitlesReport(dataset.name, tuple(rows), float(told))


def _test_people(held: Held, split: Split, seed: int) -> list[_Person]:
    offsets, ids = held.known.person_offsets(), held.known.movie_ids
    liked = held.ratings[held.ratings[:, 2] >= LIKED_FROM]
    found = []
    for person in split.test.tolist():
        rows = np.arange(offsets[person], offsets[person + 1])
        likes = liked[liked[:, 0] == person, 1].astype(np.int64)
        if len(rows) < MAX_ANSWERS or len(likes) == 0:
            continue
        np.random.default_rng((seed, person)).shuffle(rows)
        rows = rows[:MAX_ANSWERS]
        stars = held.known.rating_stars[rows].tolist()
        found.append(
            _Person(person, dict(zip(ids[held.known.rating_movies[rows]].tolist(), stars, strict=True)), likes)
        )
    return found


def _measured(held: Held, people: Sequence[_Person], towers: Towers, seed: int) -> NewTitles:
    profiles = [held.known.profile(one.person, one.answers) for one in people]
    scores = towers.user_vectors(profiles) @ np.stack([towers.new_movie_vector(movie) for movie in held.new]).T
    return NewTitles(
        seed,
        len(held.new),
        len(people),
        _ndcg(scores, people),
        _ndcg(genre_scores(held, [one.answers for one in people], seed), people),
        float(np.mean([_chance(len(held.new), len(one.likes)) for one in people])),
    )


def _ndcg(scores: NDArray[np.floating], people: Sequence[_Person]) -> float:
    listed = np.argsort(-scores, axis=1, kind="stable")[:, :TOP_K]
    return float(
        np.mean([ndcg_at_10(np.isin(row, one.likes), len(one.likes)) for row, one in zip(listed, people, strict=True)])
    )


def genre_scores(held: Held, answers: Sequence[dict[int, float]], seed: int) -> NDArray[np.float64]:
    """(n, new titles) float64: cosine of a title's genres with the mean genres of the likes less those of the dislikes.

    Titles of one set of genres are many; the seed draws their order.

    Args:
        held: whose new titles are scored.
        answers: movie id -> stars, of n people.
        seed: of the draw.
    """
    names = sorted({genre for movie in (*held.known.movies, *held.new) for genre in movie.genres})
    known = dict(zip(held.known.movie_ids.tolist(), _genres(held.known.movies, names), strict=True))
    new = _genres(held.new, names)
    taste = np.zeros((len(answers), len(names)))
    for row, its in zip(taste, answers, strict=True):
        for sign, stars in (
            (1, [known[movie] for movie, given in its.items() if given >= LIKED_FROM]),
            (-1, [known[movie] for movie, given in its.items() if given <= DISLIKED_TO]),
        ):
            if stars:
                row += sign * np.mean(stars, axis=0)
    lengths = np.linalg.norm(taste, axis=1, keepdims=True) * np.linalg.norm(new, axis=1)
    draw = np.random.default_rng(seed).random((len(answers), len(new))) * 1e-9
    scores: NDArray[np.float64] = taste @ new.T / np.maximum(lengths, 1e-9) + draw
    return scores


def _genres(movies: Sequence[Movie], names: Sequence[str]) -> NDArray[np.float64]:
    """(n, genres) float64, 1 where a movie has the genre."""
    return np.array([[float(name in movie.genres) for name in names] for movie in movies])


def _chance(titles: int, likes: int) -> float:
    """NDCG@10 that a random order has in the mean: each place is a hit with the same chance."""
    return float(likes / titles * ideal_dcg(titles) / ideal_dcg(likes))
