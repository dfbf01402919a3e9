"""Movies like one that somebody names: the stored neighbours, ordered with the person's own taste as the second key.

Rankings are fused by the sum of 1 / (RANK_OFFSET + rank) (reciprocal rank fusion; Cormack, Clarke and Büttcher, SIGIR
2009), so that their scores need no common scale.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsys.models.neighbours import MAX_NEIGHBOURS
from recsys.models.network import directions
from recsys.models.towers import Towers
from recsys.profile import LIKE, Profile
from recsys.serving.explain import Resembles
from storage.metadata import MetadataStore
from storage.records import ANY_MOVIE, Movie, MovieFilter
from storage.vectors import VectorIndex

RANK_OFFSET = 10
"""The usual offset is 60. A smaller one keeps the nearest movies in front, whatever the second ranking says."""

TASTE_WEIGHT = 0.5
"""Weight of the person's own taste; each movie that was asked for has a weight of 1."""

MAX_CANDIDATES = 128
"""Of several movies at once, at most this many neighbours are considered, because metadata is read of each."""

LIKED_TOGETHER_FROM = 1.5
"""From this lift on a reason says that people like both movies."""

MAX_COMMON_PEOPLE = 3
"""A reason names at most this many people."""


@dataclass(frozen=True, slots=True)
class SimilarMovie:
    """One movie like those that were asked for.

    Attributes:
        movie: with its metadata.
        score: the fused score; comparable within one list only.
        reason: which of the movies it resembles, and what both have in common.
    """

    movie: Movie
    score: float
    reason: Resembles


class SimilarMovies:
    """Finds movies like others. It needs the index only where the stored neighbours do not suffice."""

    def __init__(self, towers: Towers, index: VectorIndex, metadata: MetadataStore) -> None:
        self._towers, self._index, self._metadata = towers, index, metadata
        self._ids, self._vectors = towers.movie_vectors()

    async def find(
        self,
        asked: Sequence[int],
        profile: Profile,
        n: int,
        exclude: Collection[int] = frozenset(),
        where: MovieFilter = ANY_MOVIE,
        with_services: Callable[[int], Movie | None] = lambda _: None,
    ) -> list[SimilarMovie]:
        """Return the n movies most like the movies that were asked for; see `Recommender.similar`.

        `with_services` returns a movie with the services, which the metadata leaves out; None if it has no details.
        """
        if n < 1:
            return []
        originals = await self._metadata.get_many(set(asked))
        fused = _fused(self._ranking(originals[movie_id]) for movie_id in asked if movie_id in originals)
        excluded = {*asked, *profile.ratings, *exclude}
        movies = await self._metadata.get_many(fused.keys() - excluded)
        scores = {movie_id: score for movie_id, score in fused.items() if movie_id in movies}
        scores = {
            movie_id: score
            for movie_id, score in scores.items()
            if where.matches(with_services(movie_id) or movies[movie_id])
        }
        if len(scores) < n and originals:
            further = await self._further(list(originals.values()), n - len(scores), {*excluded, *fused}, where)
            movies |= await self._metadata.get_many(further)
            ranks = ((movie_id, len(fused) + rank) for rank, movie_id in enumerate(further, start=1))
            scores |= {movie_id: 1 / (RANK_OFFSET + rank) for movie_id, rank in ranks if movie_id in movies}
        for rank, movie_id in enumerate(self._by_taste(profile, list(scores)), start=1):
            scores[movie_id] += TASTE_WEIGHT / (RANK_OFFSET + rank)
        best = sorted(scores, key=lambda movie_id: (-scores[movie_id], movie_id))[:n]
        return [
            SimilarMovie(movies[movie_id], scores[movie_id], self.reason(originals, movies[movie_id]))
            for movie_id in best
        ]

    async def explain(self, asked: Sequence[int], movie_id: int) -> tuple[Movie, Resembles] | None:
        """Return a movie with its metadata and what it has in common with the movies that were asked for.

        Returns:
            None if the metadata has not all that is needed.

        Raises:
            Unavailable: the metadata did not answer in time.
        """
        movies = await self._metadata.get_many({*asked, movie_id})
        originals = {original: movies[original] for original in asked if original in movies}
        movie = movies.get(movie_id)
        return None if movie is None or not originals else (movie, self.reason(originals, movie))

    def reason(self, originals: Mapping[int, Movie], movie: Movie) -> Resembles:
        """Return the reason that names the original with which a movie has most in common.

        Args:
            originals: the movies that were asked for, by id; at least one.
            movie: the recommended movie.
        """
        reasons = [self._common(original, movie) for original in originals.values()]
        return max(reasons, key=lambda reason: len(reason.people) + len(reason.genres) + 2 * reason.liked_together)

    def _common(self, original: Movie, movie: Movie) -> Resembles:
        positions = self._towers.vocabulary.positions
        lift = 0.0
        if original.movie_id in positions and movie.movie_id in positions:
            lift = self._towers.neighbours.lift(positions[original.movie_id], positions[movie.movie_id])
        also = {*movie.directors, *movie.actors}
        people = dict.fromkeys(name for name in (*original.directors, *original.actors) if name in also)
        return Resembles(
            original.movie_id,
            tuple(genre for genre in original.genres if genre in movie.genres),
            tuple(people)[:MAX_COMMON_PEOPLE],
            liked_together=lift >= LIKED_TOGETHER_FROM,
        )

    def _ranking(self, original: Movie) -> list[int]:
        """Return the ids of the nearest movies, the nearest first."""
        position = self._towers.vocabulary.positions.get(original.movie_id)
        neighbours = np.zeros(0, np.int64) if position is None else self._towers.neighbours.of(position)
        if len(neighbours) == 0:
            neighbours = self._nearest_by_model(original, position)
        nearest: list[int] = self._ids[neighbours].tolist()
        return nearest

    def _nearest_by_model(self, original: Movie, position: int | None) -> NDArray[np.int64]:
        """Return the positions of the nearest movies by the vectors and, if it knows the movie, by the re-ranker.

        This is for new titles and for releases without stored neighbours.
        """
        closeness = self._towers.directions.cosines(self._direction_of(original))
        if position is not None:
            weights = self._towers.item_reranker.contributions({position: LIKE}, np.arange(len(self._ids)))[0]
            closeness += weights / max(float(weights.max()), 1e-9)
            closeness[position] = -np.inf
        return np.argsort(-closeness, kind="stable")[: min(MAX_NEIGHBOURS, len(closeness) - 1)]

    async def _further(
        self, originals: Sequence[Movie], n: int, exclude: Collection[int], where: MovieFilter
    ) -> list[int]:
        """Search the index for further movies: those whose vectors point most into the direction of the originals."""
        query = np.zeros((1, self._vectors.shape[1]), np.float32)
        query[0, :-1] = np.mean([self._direction_of(original) for original in originals], axis=0)
        [(ids, _)] = await self._index.search(self._towers.version, query, n, [exclude], where)
        further: list[int] = ids.tolist()
        return further

    def _by_taste(self, profile: Profile, movie_ids: Sequence[int]) -> list[int]:
        """Order movies by how much more this person wants them than somebody unknown; none for an unknown person."""
        if not movie_ids or profile == Profile():
            return []
        positions = np.array([self._towers.vocabulary.positions[movie_id] for movie_id in movie_ids], np.int64)
        person = self._towers.vocabulary.encode(profile)
        difference = self._towers.encoded_user_vectors([person])[0] - self._unknown_person
        reranker = self._towers.item_reranker
        wanted = self._vectors[positions] @ difference
        wanted += reranker.score_adjustments(person.answers, positions) - reranker.score_adjustments({}, positions)
        return [movie_ids[place] for place in np.argsort(-wanted, kind="stable")]

    def _direction_of(self, movie: Movie) -> NDArray[np.float32]:
        """Return the (255,) float32 unit vector of a movie, known to the model or not."""
        position = self._towers.vocabulary.positions.get(movie.movie_id)
        if position is None:
            direction: NDArray[np.float32] = directions(self._towers.new_movie_vector(movie)[np.newaxis])[0]
        else:
            direction = self._towers.directions[position]
        return direction

    @cached_property
    def _unknown_person(self) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._towers.user_vectors([Profile()])[0]
        return vector


def _fused(rankings: Iterable[Sequence[int]]) -> dict[int, float]:
    """Return the MAX_CANDIDATES best movies of several rankings with their fused scores, best first.

    Scores of movies that are in several rankings are added like the sides of a right angle. Plain sums would prefer
    what is popular among the people of every ranking to what is nearest in one of them.
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, movie_id in enumerate(ranking, start=1):
            scores[movie_id] = math.hypot(scores.get(movie_id, 0.0), 1 / (RANK_OFFSET + rank))
    best = sorted(scores, key=lambda movie_id: (-scores[movie_id], movie_id))[:MAX_CANDIDATES]
    return {movie_id: scores[movie_id] for movie_id in best}
