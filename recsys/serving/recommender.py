"""From a profile to movies: user vector, vector search, links, metadata, a little diversity, and a true reason each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.models.item_reranker import RERANKED
from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.serving.diversify import STRENGTH, diversify
from recsys.serving.explain import Reason, likes_to_try, reasons
from storage.metadata import MetadataStore
from storage.records import ANY_MOVIE, Movie, MovieFilter
from storage.vectors import VectorIndex

CANDIDATES_PER_PICK = 3
"""How many movies there are for each one shown, for diversity to choose from."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One movie for one person.

    Attributes:
        movie: with its metadata.
        score: user_vector @ movie_vector and what the links add; only comparable within one person's list.
        rank: 1 is the best.
        reason: what in the profile raised this movie most.
    """

    movie: Movie
    score: float
    rank: int
    reason: Reason


class Recommender:
    """Recommendations of one model version out of one index.

    Attributes:
        towers: the model.
    """

    def __init__(
        self, towers: Towers, index: VectorIndex, metadata: MetadataStore, diversity: float = STRENGTH
    ) -> None:
        """Wire it.

        Args:
            towers: the model.
            index: holds its movie vectors.
            metadata: of the movies that are recommended.
            diversity: the strength of `diversify`.
        """
        self.towers = towers
        self._diversity = diversity
        self._index = index
        self._metadata = metadata
        _, self._vectors = towers.movie_vectors()

    async def for_person(
        self, profile: Profile, n: int, exclude: Collection[int] = frozenset(), where: MovieFilter = ANY_MOVIE
    ) -> list[Recommendation]:
        """The n best movies that fulfil `where` and are neither rated by the person nor in `exclude`, best first.

        Fewer come back only where fewer are left.

        Raises:
            NotFound: the index does not hold this model's version.
            Unavailable: the index or the metadata did not answer in time.
        """
        return (await self.for_people([profile], n, [exclude], where))[0]

    async def for_people(
        self,
        profiles: Sequence[Profile],
        n: int,
        exclude: Sequence[Collection[int]] = (),
        where: MovieFilter = ANY_MOVIE,
    ) -> list[list[Recommendation]]:
        """`for_person` for many people at once: one pass through the tower, one search, one read of metadata.

        Args:
            exclude: one collection of movie ids for each profile, or empty for none at all.
            where: what the movies of everybody must fulfil.
        """
        if not profiles or n < 1:
            return [[] for _ in profiles]
        likes = [likes_to_try(profile, self.towers.vocabulary.positions) for profile in profiles]
        vectors = self.towers.user_vectors_without(profiles, likes)
        picks = await self._picks(profiles, np.stack([own[0] for own in vectors]), n, exclude, where)
        movies = await self._metadata.get_many({movie_id for row in picks for movie_id, _ in row})
        return [
            self._explained(row, profile, tried, own, movies)
            for row, profile, tried, own in zip(picks, profiles, likes, vectors, strict=True)
        ]

    async def picks(
        self,
        profiles: Sequence[Profile],
        n: int,
        exclude: Sequence[Collection[int]] = (),
        where: MovieFilter = ANY_MOVIE,
    ) -> list[list[tuple[int, float]]]:
        """(movie id, score) of each title that `for_people` recommends, without saying what it is or why."""
        if not profiles or n < 1:
            return [[] for _ in profiles]
        return await self._picks(profiles, self.towers.user_vectors(profiles), n, exclude, where)

    async def _picks(
        self,
        profiles: Sequence[Profile],
        user_vectors: NDArray[np.float32],
        n: int,
        exclude: Sequence[Collection[int]],
        where: MovieFilter,
    ) -> list[list[tuple[int, float]]]:
        hidden = [set(profile.ratings) for profile in profiles]
        for row, more in enumerate(exclude):
            hidden[row].update(more)
        top_k = max(n * CANDIDATES_PER_PICK, RERANKED)
        found = await self._index.search(self.towers.version, user_vectors, top_k, hidden, where)
        return [self._choose(profile, ids, scores, n) for profile, (ids, scores) in zip(profiles, found, strict=True)]

    def _choose(
        self, profile: Profile, ids: NDArray[np.int64], scores: NDArray[np.float32], n: int
    ) -> list[tuple[int, float]]:
        if len(ids) == 0:
            return []
        places = self._places(ids.tolist())
        scores = scores + self.towers.item_reranker.added(self.towers.vocabulary.answers(profile.ratings), places)
        best = np.argsort(-scores, kind="stable")[: n * CANDIDATES_PER_PICK]
        ids, scores = ids[best], scores[best]
        chosen = diversify(scores, self._vectors[places[best]], n, self._diversity)
        return [(int(ids[position]), float(scores[position])) for position in chosen]

    def _explained(
        self,
        picks: list[tuple[int, float]],
        profile: Profile,
        likes: tuple[int, ...],
        user_vectors: NDArray[np.float32],
        movies: dict[int, Movie],
    ) -> list[Recommendation]:
        known = [(movies[movie_id], score) for movie_id, score in picks if movie_id in movies]
        if not known:
            return []
        places = self._places([movie.movie_id for movie, _ in known])
        why = reasons(likes, user_vectors, self._vectors[places], self._linked(profile, likes, places))
        return [
            Recommendation(movie, score, rank, reason)
            for rank, ((movie, score), reason) in enumerate(zip(known, why, strict=True), start=1)
        ]

    def _linked(self, profile: Profile, likes: tuple[int, ...], places: NDArray[np.int64]) -> NDArray[np.float32]:
        """(likes, n) float32: what the second stage adds less to each movie without each of the likes."""
        answers = self.towers.vocabulary.answers(profile.ratings)
        rows = {answered: row for row, answered in enumerate(answers)}
        chosen = [rows[place] for place in self._places(likes).tolist()]
        return self.towers.item_reranker.contributions(answers, places)[chosen]

    def _places(self, movie_ids: Sequence[int]) -> NDArray[np.int64]:
        positions = self.towers.vocabulary.positions
        return np.array([positions[movie_id] for movie_id in movie_ids], np.int64)
