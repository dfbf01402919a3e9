"""Finding people who are stuck because several cards in a row did not please, and the clusters to offer them."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.profile import DISLIKED_TO
from recsys.services.state import ServingState
from recsys.serving.clusters import MovieCluster, farthest_clusters, find_clusters, well_known
from recsys.text.wishes import Wish
from storage.changes import Answer

OFFERED_CLUSTERS = 5
"""The number of clusters that a person can choose from."""

_DISLIKE_WEIGHT, _NEXT_WEIGHT, _ASK_EVERY = 2, 1, 6
"""The weights of a thumb down and of a card that was passed over. The bot asks whenever the sum reaches a multiple of
_ASK_EVERY: after three thumbs down, six cards that were passed over, or a mixture of both."""

MAX_ANSWERS = 60
"""The number of latest answers that are read."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A person is stuck: several cards in a row did not please.

    Attributes:
        clusters: far from these cards and from each other, the farthest first; empty without a model.
    """

    clusters: tuple[MovieCluster, ...]


class StuckPeople:
    """Finds out who is stuck, and which clusters of movies are far from the cards that did not please."""

    def __init__(self) -> None:
        self._cache: tuple[ServingState, list[MovieCluster]] | None = None
        self._finding = asyncio.Lock()

    async def find(self, state: ServingState, answers: Sequence[Answer]) -> Stuck | None:
        """Return whether a person is stuck, with the clusters to offer; None if it is not time to ask.

        Args:
            state: the model and the catalogue.
            answers: the person's latest answers, at most MAX_ANSWERS of those that are stored, the newest first.
        """
        unsuccessful = unsuccessful_in_a_row(answers)
        return Stuck(tuple(await self._far_from(state, unsuccessful))) if unsuccessful else None

    async def cluster_of(self, state: ServingState, movie_id: int) -> MovieCluster | None:
        """Return the cluster that has a movie; None if no cluster has it."""
        clusters = await self._clusters(state)
        return next((cluster for cluster in clusters if movie_id in cluster.movie_ids), None)

    async def _far_from(self, state: ServingState, movie_ids: Collection[int]) -> list[MovieCluster]:
        clusters = await self._clusters(state)
        if state.recommender is None:
            return []
        towers = state.recommender.towers
        _, vectors = towers.movie_vectors()
        positions = [towers.vocabulary.positions.get(movie_id) for movie_id in movie_ids]
        rows = np.array([position for position in positions if position is not None], np.int64)
        return farthest_clusters(clusters, vectors[rows], OFFERED_CLUSTERS)

    async def _clusters(self, state: ServingState) -> list[MovieCluster]:
        """Return the clusters of a catalogue. They are computed once for each serving state."""
        async with self._finding:
            cached = self._cache
            if cached is None or cached[0] is not state:
                cached = state, await asyncio.to_thread(_find_clusters, state)
                self._cache = cached
            return cached[1]


def unsuccessful_in_a_row(answers: Sequence[Answer]) -> tuple[int, ...]:
    """Return the latest movies in a row that did not please if the newest answer makes it time to ask, else nothing.

    Thumbs down and cards that were passed over count. A higher rating, a movie kept for later and a request for similar
    movies end the row. A typed dislike, a movie marked as seen and a change of preferences neither count nor end it.

    Args:
        answers: the newest first.
    """
    unsuccessful: list[int] = []
    total = newest = 0
    for position, answer in enumerate(answers):
        is_disliked = answer.stars is not None and answer.stars <= DISLIKED_TO
        if answer.kind == "similar" or answer.mark == "later" or (answer.kind == "rating" and not is_disliked):
            break
        weight = 0
        if answer.is_of_card and answer.movie_id is not None:
            weight = _DISLIKE_WEIGHT if is_disliked else _NEXT_WEIGHT if answer.kind == "next" else 0
        if weight and answer.movie_id is not None:
            unsuccessful.append(answer.movie_id)
        total += weight
        newest = weight if position == 0 else newest
    is_time = newest > 0 and total // _ASK_EVERY > (total - newest) // _ASK_EVERY
    return tuple(unsuccessful) if is_time else ()


def wish_for(cluster: MovieCluster) -> Wish:
    """Return the wish for movies of a cluster: its genres and decades, and like its central movies."""
    return Wish(
        genres_any=cluster.genres, year_from=cluster.first_year, year_to=cluster.last_year, like=cluster.central_ids
    )


def _find_clusters(state: ServingState) -> list[MovieCluster]:
    if state.recommender is None:
        return []
    towers = state.recommender.towers
    # Of a large catalogue, the best known movies are enough, and only these are in memory.
    movies = well_known([movie for movie in state.listed if movie.movie_id in towers.vocabulary.positions])
    return find_clusters(movies, towers.vectors_of([movie.movie_id for movie in movies]))
