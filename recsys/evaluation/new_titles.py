"""Item cold start: ranking of titles that were held out of the training, by their descriptions alone."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.fitted_towers import TowersFactory
from recsys.evaluation.newcomers import StepProgress, TooSmall
from recsys.evaluation.served_lists import list_ndcg
from recsys.evaluation.summaries import ratio_of_sums
from recsys.models.towers import Towers
from recsys.profile import DISLIKED_TO, LIKED_FROM
from recsys.protocol.metrics import TOP_K, ideal_dcg
from recsys.protocol.newcomers import MAX_ANSWERS, Split, split_people
from storage.records import Movie

HELD_OUT_SHARE = 0.1
"""Share of the movies that are held out."""

GOAL = 2.5
"""The product's NDCG@10 should be at least this many times that of the genre profile."""


@dataclass(frozen=True, slots=True)
class NewTitlesSplit:
    """Metrics of one split.

    Attributes:
        seed: seed of the split and of the choice of new titles.
        titles: number of titles that were held out.
        newcomers: number of test people with 20 answers about other titles and a like among the new titles.
        ndcg: mean NDCG@10 on these likes, with all new titles ranked by `Towers.new_movie_vector`.
        genre_ndcg: the same, with the titles ranked by the genre profile of the answers (`genre_scores`).
        chance_ndcg: expected NDCG@10 of a random order.
    """

    seed: int
    titles: int
    newcomers: int
    ndcg: float
    genre_ndcg: float
    chance_ndcg: float


@dataclass(frozen=True, slots=True)
class NewTitlesReport:
    """Metrics of every split.

    Attributes:
        dataset: name of the data set.
        splits: one row for each split.
        described_share: share of the movies that have a plot, directors or actors besides title, year and genres.
    """

    dataset: str
    splits: tuple[NewTitlesSplit, ...]
    described_share: float

    @property
    def ratio(self) -> float | None:
        """Mean NDCG@10 over that of the genre profile; None if the latter is 0."""
        return ratio_of_sums((split.ndcg for split in self.splits), (split.genre_ndcg for split in self.splits))

    def to_dict(self) -> dict[str, object]:
        """Return plain lists and numbers for JSON."""
        return asdict(self) | {"ratio": self.ratio, "goal": GOAL}


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutTitles:
    """A data set divided into remaining and held-out movies.

    Attributes:
        remaining: the data set without the held-out movies and their ratings; people keep their positions.
        new: the held-out movies.
        ratings: (r, 3) float64 rows of (position of the person, position in `new`, stars).
    """

    remaining: Dataset
    new: tuple[Movie, ...]
    ratings: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _TestPerson:
    """A test person.

    Attributes:
        person: position in the data set.
        answers: movie_id -> stars, about remaining movies.
        likes: (l,) int64 positions of the liked new titles.
    """

    person: int
    answers: Mapping[int, float]
    likes: NDArray[np.int64]


def hold_out(dataset: Dataset, seed: int, share: float = HELD_OUT_SHARE) -> HeldOutTitles:
    """Hold a random share of the movies out of a data set.

    Args:
        dataset: the data set to divide.
        seed: draws the movies.
        share: the share that is held out, 0..1.
    """
    count = len(dataset.movies)
    is_new = np.zeros(count, bool)
    is_new[np.random.default_rng(seed).permutation(count)[: round(count * share)]] = True
    # The position of each movie among the new or among the remaining movies.
    positions = np.where(is_new, np.cumsum(is_new), np.cumsum(~is_new)) - 1
    is_of_new = is_new[dataset.rating_movies]
    remaining = replace(
        dataset,
        movies=tuple(movie for movie, new in zip(dataset.movies, is_new, strict=True) if not new),
        rating_people=dataset.rating_people[~is_of_new],
        rating_movies=positions[dataset.rating_movies[~is_of_new]].astype(np.int32),
        rating_stars=dataset.rating_stars[~is_of_new],
        rating_times=None,  # No model reads them.
    )
    ratings = np.stack(
        [
            dataset.rating_people[is_of_new],
            positions[dataset.rating_movies[is_of_new]],
            dataset.rating_stars[is_of_new],
        ],
        axis=1,
    ).astype(np.float64)
    new_movies = tuple(movie for movie, new in zip(dataset.movies, is_new, strict=True) if new)
    return HeldOutTitles(remaining, new_movies, ratings)


def evaluate_new_titles(
    dataset: Dataset, seeds: Sequence[int], towers: TowersFactory, progress: StepProgress
) -> NewTitlesReport:
    """Train without a tenth of the movies and without their ratings, then rank these movies for the test people.

    Args:
        dataset: the data set to split.
        seeds: one seed per split, which also draws the held-out movies.
        towers: the product's model, fitted to the remaining movies.
        progress: called before every step.

    Raises:
        TooSmall: on a split nobody has 20 answers and a like among the new titles; raised before any fitting.
    """
    held_out = {seed: hold_out(dataset, seed) for seed in seeds}
    tests = {seed: _test_people(held_out[seed], split_people(dataset, seed), seed) for seed in seeds}
    for seed, people in tests.items():
        if not people:
            raise TooSmall(
                f"{dataset.name} is too small to evaluate new titles on: with seed {seed} no test person has"
                f" {MAX_ANSWERS} ratings and likes one of the {len(held_out[seed].new)} titles that were held out"
            )
    rows = []
    for number, seed in enumerate(seeds):
        progress(number, len(seeds), f"new titles, seed {seed}")
        fitted = towers(held_out[seed].remaining, split_people(dataset, seed), seed)
        rows.append(_measure(held_out[seed], tests[seed], fitted, seed))
    progress(len(seeds), len(seeds), "done")
    described_by = [movie.trainable for movie in dataset.movies]
    is_described = [bool(movie.description or movie.directors or movie.actors) for movie in described_by]
    return NewTitlesReport(dataset.name, tuple(rows), float(np.mean(is_described)))


def _test_people(held_out: HeldOutTitles, split: Split, seed: int) -> list[_TestPerson]:
    remaining = held_out.remaining
    offsets, ids = remaining.person_offsets(), remaining.movie_ids
    liked = held_out.ratings[held_out.ratings[:, 2] >= LIKED_FROM]
    people = []
    for person in split.test.tolist():
        rows = np.arange(offsets[person], offsets[person + 1])
        likes = liked[liked[:, 0] == person, 1].astype(np.int64)
        if len(rows) < MAX_ANSWERS or len(likes) == 0:
            continue
        np.random.default_rng((seed, person)).shuffle(rows)
        rows = rows[:MAX_ANSWERS]
        movie_ids, stars = ids[remaining.rating_movies[rows]].tolist(), remaining.rating_stars[rows].tolist()
        people.append(_TestPerson(person, dict(zip(movie_ids, stars, strict=True)), likes))
    return people


def _measure(held_out: HeldOutTitles, people: Sequence[_TestPerson], towers: Towers, seed: int) -> NewTitlesSplit:
    profiles = [held_out.remaining.profile(person.person, person.answers) for person in people]
    scores = towers.user_vectors(profiles) @ np.stack([towers.new_movie_vector(movie) for movie in held_out.new]).T
    return NewTitlesSplit(
        seed,
        len(held_out.new),
        len(people),
        _mean_ndcg(scores, people),
        _mean_ndcg(genre_scores(held_out, [person.answers for person in people], seed), people),
        float(np.mean([_chance_ndcg(len(held_out.new), len(person.likes)) for person in people])),
    )


def _mean_ndcg(scores: NDArray[np.floating], people: Sequence[_TestPerson]) -> float:
    lists = np.argsort(-scores, axis=1, kind="stable")[:, :TOP_K]
    return float(np.mean([list_ndcg(listed, person.likes) for listed, person in zip(lists, people, strict=True)]))


def genre_scores(held_out: HeldOutTitles, answers: Sequence[Mapping[int, float]], seed: int) -> NDArray[np.float64]:
    """Score the new titles by the cosine of their genres and the genre profile of a person's answers.

    The genre profile is the mean genres of the likes minus the mean genres of the dislikes. Many titles have the same
    genres; the seed draws their order.

    Args:
        held_out: the new titles, and the remaining ones that the answers are about.
        answers: for each of `n` people, movie_id -> stars.
        seed: seed of the order of equal scores.

    Returns:
        (n, new titles) float64.
    """
    genres = sorted({genre for movie in (*held_out.remaining.movies, *held_out.new) for genre in movie.genres})
    remaining_rows = _genre_rows(held_out.remaining.movies, genres)
    rows_by_id = dict(zip(held_out.remaining.movie_ids.tolist(), remaining_rows, strict=True))
    new_rows = _genre_rows(held_out.new, genres)
    profiles = np.zeros((len(answers), len(genres)))
    for profile, ratings in zip(profiles, answers, strict=True):
        likes = [rows_by_id[movie_id] for movie_id, stars in ratings.items() if stars >= LIKED_FROM]
        dislikes = [rows_by_id[movie_id] for movie_id, stars in ratings.items() if stars <= DISLIKED_TO]
        if likes:
            profile += np.mean(likes, axis=0)
        if dislikes:
            profile -= np.mean(dislikes, axis=0)
    lengths = np.linalg.norm(profiles, axis=1, keepdims=True) * np.linalg.norm(new_rows, axis=1)
    tie_breaks = np.random.default_rng(seed).random((len(answers), len(held_out.new))) * 1e-9
    scores: NDArray[np.float64] = profiles @ new_rows.T / np.maximum(lengths, 1e-9) + tie_breaks
    return scores


def _genre_rows(movies: Sequence[Movie], genres: Sequence[str]) -> NDArray[np.float64]:
    """Return (n, genres) float64, 1 if a movie has the genre."""
    return np.array([[float(genre in movie.genres) for genre in genres] for movie in movies])


def _chance_ndcg(titles: int, likes: int) -> float:
    """Return the expected NDCG@10 of a random order, in which every place is a hit with the same probability."""
    return float(likes / titles * ideal_dcg(titles) / ideal_dcg(likes))
