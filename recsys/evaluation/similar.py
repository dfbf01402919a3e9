"""Movies like another one: whether the people who like the one like the others, and how many genres they share."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.data.dataset import Dataset
from recsys.evaluation.fitted_towers import TowersFactory
from recsys.evaluation.newcomers import OURS, StepProgress, TooSmall
from recsys.evaluation.served_lists import open_recommender
from recsys.models.neighbours import Neighbours
from recsys.models.towers import Towers
from recsys.profile import LIKE, LIKED_FROM, Profile
from recsys.protocol.metrics import top_positions
from recsys.protocol.newcomers import split_people
from storage.records import Movie

LIST_LENGTH = 10
"""Number of movies that each method lists for a title."""

TITLES = 400
"""At most this many titles are drawn."""

COMMON_LIKES = 100
"""Titles are drawn from those with at least this many likes."""

RARE_LIKES = 20
"""A listed movie with fewer likes has a lift of 1: too few people like it to tell."""

UNSTORED = f"{OURS}, no stored neighbours"
"""An ablation: a release that was made without neighbours, or a title that is new."""

AS_A_PROFILE = f"{OURS}, a profile with one like"
"""A baseline: recommendations for a person who has liked nothing but the title."""

ITEM_KNN, POPULARITY = "item-kNN, cosine of likes", "popularity"

Lists = NDArray[np.int64]
"""(t, LIST_LENGTH) int64, the positions of the movies that a method lists for each of `t` titles, best first."""


@dataclass(frozen=True, slots=True)
class CoLikes:
    """How many people like both a title and a movie that is listed for it, as means over all pairs.

    Attributes:
        lift: P(likes the movie | likes the title) / P(likes the movie).
        probability: P(likes the movie | likes the title), 0..1.
    """

    lift: float
    probability: float


@dataclass(frozen=True, slots=True)
class SimilarRow:
    """The metrics of one method.

    Attributes:
        name: name of the method.
        seen: among the people whose ratings the methods were fitted to.
        held_out: among the test people. P(likes the movie) alone is that of all people, because it is not about pairs.
        overlap: mean Jaccard index of the genres of a title and a listed movie, 0..1.
        titles: number of different movies in all lists.
    """

    name: str
    seen: CoLikes
    held_out: CoLikes
    overlap: float
    titles: float


@dataclass(frozen=True, slots=True)
class SimilarReport:
    """All methods, as means over the splits.

    Attributes:
        dataset: name of the data set.
        seeds: seeds of the splits and of the drawn titles.
        titles: number of titles in each split.
        rows: ours first.
    """

    dataset: str
    seeds: tuple[int, ...]
    titles: int
    rows: tuple[SimilarRow, ...]

    def to_dict(self) -> dict[str, object]:
        """Return plain lists and numbers for JSON."""
        return asdict(self)


class LikeCounts:
    """The likes of some people of a data set, as a matrix."""

    def __init__(self, dataset: Dataset, people: NDArray[np.int64]) -> None:
        is_like = (dataset.rating_stars >= LIKED_FROM) & np.isin(dataset.rating_people, people)
        entries = dataset.rating_people[is_like], dataset.rating_movies[is_like]
        shape = (len(dataset.user_ids), len(dataset.movies))
        self.people = len(people)
        self.likes = csr_matrix((np.ones(len(entries[0]), np.float32), entries), shape=shape)
        self.counts: NDArray[np.float32] = np.asarray(self.likes.sum(axis=0), np.float32).ravel()

    def together(self, titles: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return (t, m) float32, how many people like a title and each movie."""
        together: NDArray[np.float32] = (self.likes[:, titles].T @ self.likes).toarray()
        return together

    def co_likes(self, titles: NDArray[np.int64], lists: Lists, chance: "LikeCounts") -> CoLikes:
        """Measure lists.

        Args:
            titles: (t,) positions; titles that nobody likes are left out.
            lists: what is listed for them.
            chance: by whom P(likes the movie) is counted.
        """
        is_liked = self.counts[titles] > 0
        titles, lists = titles[is_liked], lists[is_liked]
        probability = np.take_along_axis(self.together(titles), lists, axis=1) / self.counts[titles, np.newaxis]
        by_chance = np.maximum(chance.counts[lists], 1) / chance.people
        lift = np.where(chance.counts[lists] < RARE_LIKES, 1, probability / by_chance)
        return CoLikes(float(lift.mean()), float(probability.mean()))


async def evaluate_similar(
    dataset: Dataset, seeds: Sequence[int], towers: TowersFactory, progress: StepProgress
) -> SimilarReport:
    """List ten movies for every drawn title with every method, for an empty profile, and measure the lists.

    Args:
        dataset: the data set to split.
        seeds: one seed per split. It also draws the titles.
        towers: the product's model.
        progress: called before every step.

    Raises:
        TooSmall: no title has enough likes, or there are too few movies.
    """
    everybody = LikeCounts(dataset, np.arange(len(dataset.user_ids)))
    common = np.flatnonzero(everybody.counts >= COMMON_LIKES)
    if len(common) == 0 or len(dataset.movies) <= LIST_LENGTH:
        raise TooSmall(f"{dataset.name} is too small: no title has {COMMON_LIKES} likes, or there are too few movies")
    splits: list[list[SimilarRow]] = []
    for number, seed in enumerate(seeds):
        progress(number, len(seeds), f"seed {seed}")
        titles = np.random.default_rng(seed).permutation(common)[:TITLES]
        split = split_people(dataset, seed)
        fitted_to = LikeCounts(dataset, np.concatenate([split.train, split.validation]))
        held_out = LikeCounts(dataset, split.test)
        lists = await _lists(dataset, titles, towers(dataset, split, seed), fitted_to)
        splits.append(
            [
                SimilarRow(
                    name,
                    fitted_to.co_likes(titles, listed, fitted_to),
                    held_out.co_likes(titles, listed, everybody),
                    _mean_overlap(dataset.movies, titles, listed),
                    len(np.unique(listed)),
                )
                for name, listed in lists.items()
            ]
        )
    progress(len(seeds), len(seeds), "done")
    rows = tuple(_mean(rows) for rows in zip(*splits, strict=True))
    return SimilarReport(dataset.name, tuple(seeds), min(TITLES, len(common)), rows)


async def _lists(
    dataset: Dataset, titles: NDArray[np.int64], towers: Towers, fitted_to: LikeCounts
) -> Mapping[str, Lists]:
    """Return the lists of every method by its name, ours first."""
    ids = dataset.movie_ids
    unstored_towers = copy.copy(towers)
    unstored_towers.neighbours = Neighbours.none(len(ids))
    ours, unstored = await open_recommender(dataset, towers), await open_recommender(dataset, unstored_towers)
    served: dict[str, list[list[int]]] = {OURS: [], UNSTORED: [], AS_A_PROFILE: []}
    for movie_id in ids[titles].tolist():
        for name, picks in (
            (OURS, await ours.similar(movie_id, Profile(), LIST_LENGTH)),
            (UNSTORED, await unstored.similar(movie_id, Profile(), LIST_LENGTH)),
            (AS_A_PROFILE, await ours.for_person(Profile(ratings={movie_id: LIKE}), LIST_LENGTH)),
        ):
            served[name].append([pick.movie.movie_id for pick in picks])
    lists = {name: np.searchsorted(ids, np.array(of_titles)) for name, of_titles in served.items()}
    counts = np.maximum(fitted_to.counts, 1)
    together = fitted_to.together(titles)
    lists[ITEM_KNN] = _best(together / np.sqrt(counts[titles, np.newaxis] * counts), titles)
    lists[POPULARITY] = _best(np.tile(fitted_to.counts, (len(titles), 1)), titles)
    return lists


def _best(scores: NDArray[np.float32], titles: NDArray[np.int64]) -> Lists:
    """Return the best movies of each row without the title itself."""
    scores[np.arange(len(titles)), titles] = -np.inf
    return np.array([top_positions(row, LIST_LENGTH) for row in scores])


def _mean_overlap(movies: Sequence[Movie], titles: NDArray[np.int64], lists: Lists) -> float:
    genres = [frozenset(movie.genres) for movie in movies]
    overlaps = [
        len(genres[title] & genres[movie]) / max(1, len(genres[title] | genres[movie]))
        for title, listed in zip(titles.tolist(), lists.tolist(), strict=True)
        for movie in listed
    ]
    return float(np.mean(overlaps))


def _mean(rows: Sequence[SimilarRow]) -> SimilarRow:
    def co_likes(of_rows: Sequence[CoLikes]) -> CoLikes:
        return CoLikes(
            float(np.mean([row.lift for row in of_rows])), float(np.mean([row.probability for row in of_rows]))
        )

    return SimilarRow(
        rows[0].name,
        co_likes([row.seen for row in rows]),
        co_likes([row.held_out for row in rows]),
        float(np.mean([row.overlap for row in rows])),
        float(np.mean([row.titles for row in rows])),
    )
