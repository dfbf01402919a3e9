"""The product's recommender over a data set in memory, so that evaluation measures the lists that are served."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.models.towers import Towers
from recsys.protocol.metrics import TOP_K, ndcg_at_10, top_positions
from recsys.protocol.newcomers import Newcomer
from recsys.serving.diversify import DEFAULT_STRENGTH
from recsys.serving.recommender import Recommender
from recsys.training.rating_blocks import rating_counts
from storage.records import Movie
from storage.vectors import open_index

MovieList = Sequence[int] | NDArray[np.integer[Any]]
"""Movies, either all as ids or all as positions in a data set."""


async def open_recommender(
    dataset: Dataset, towers: Towers, diversity: float = DEFAULT_STRENGTH, movies: Sequence[Movie] = ()
) -> Recommender:
    """Return the product's recommender with exact search in memory; it needs no closing.

    Args:
        dataset: the data set whose movies the towers were fitted on.
        towers: the model.
        diversity: the strength of `recsys.serving.diversify`.
        movies: the catalogue as the recommender knows it, with the rating counts of the train people. Without it,
            lists are neither calibrated nor balanced.
    """
    index = await open_index("memory://")
    await index.publish(towers.version, dataset.movies, towers.movie_vectors()[1])
    return Recommender(towers, index, _DatasetMetadata(dataset), diversity, movies)


def with_rating_counts(dataset: Dataset, people: NDArray[np.int64]) -> list[Movie]:
    """Return the movies of a data set with the numbers of ratings by these people, (n,) positions."""
    counts = rating_counts(dataset, people).tolist()
    return [replace(movie, rating_count=count) for movie, count in zip(dataset.movies, counts, strict=True)]


def answered_ids(dataset: Dataset, people: Sequence[Newcomer]) -> list[list[int]]:
    """Return the movie ids of all answers of each person.

    The protocol leaves all of them out of the ranking, whether they have been given yet or not.
    """
    ids = dataset.movie_ids
    return [[int(ids[movie]) for movie, _ in person.answers] for person in people]


def best_unanswered(scores: NDArray[np.float32], person: Newcomer, top_k: int = TOP_K) -> NDArray[np.int64]:
    """Return the positions of a person's best movies without their answers, best first.

    Args:
        scores: (m,) float32.
        person: the person whose answers are left out.
        top_k: maximum length of the list.
    """
    unanswered = scores.copy()
    unanswered[[movie for movie, _ in person.answers]] = -np.inf
    best = top_positions(unanswered, top_k)
    return best[np.isfinite(unanswered[best])]


def list_ndcg(listed: MovieList, likes: MovieList) -> float:
    """Return NDCG@10 of one list.

    Args:
        listed: up to 10 movies, best first.
        likes: the relevant movies, at least one. Both arguments have positions, or both have ids.
    """
    return float(ndcg_at_10(np.isin(listed, likes), len(likes)))


class _DatasetMetadata:
    """A `MetadataStore` of a data set's movies."""

    problem = ""
    fallbacks = 0

    def __init__(self, dataset: Dataset) -> None:
        self._movies = {movie.movie_id: movie for movie in dataset.movies}

    async def get_many(self, movie_ids: Collection[int]) -> dict[int, Movie]:
        """See `MetadataStore.get_many`."""
        return {movie_id: self._movies[movie_id] for movie_id in movie_ids if movie_id in self._movies}

    async def put_many(self, movies: Sequence[Movie]) -> None:
        """See `MetadataStore.put_many`."""
        self._movies |= {movie.movie_id: movie for movie in movies}

    def invalidate(self) -> None:
        """See `MetadataStore.invalidate`."""

    async def ping(self) -> None:
        """See `MetadataStore.ping`."""

    async def verify(self) -> None:
        """See `MetadataStore.verify`."""

    def watch(self) -> None:
        """See `MetadataStore.watch`."""

    async def close(self) -> None:
        """See `MetadataStore.close`."""
