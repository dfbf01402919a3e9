"""From a profile to recommendations: user vector, vector search, re-ranking, diversity, metadata and explanations."""

import asyncio
import copy
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from recsys.models.features import EncodedProfile
from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.serving.catalogue_file import CatalogueFile
from recsys.serving.compose import compose, liked
from recsys.serving.diversify import DEFAULT_STRENGTH
from recsys.serving.explain import Reason, Resembles, explain, likes_to_leave_out
from recsys.serving.requests import Recommendation, Request
from recsys.serving.similar import SimilarMovies
from recsys.serving.similar_likes import compared_with, nearest_to_likes
from recsys.serving.style import DEFAULT_STYLE, ListStyle, listed
from recsys.serving.text_ranking import find_by_text, rank_by_text
from recsys.serving.traits import MovieTraits
from storage.batching import LoopBatcher
from storage.metadata import MetadataStore
from storage.records import ANY_MOVIE, Movie, MovieFilter, Popularity
from storage.vectors import VectorIndex

Candidates = tuple[NDArray[np.int64], NDArray[np.float32]]
"""(movie ids (c,), scores (c,)), best first."""

MAX_TOGETHER = 4
"""At most this many people who ask at the same moment are served together, because the event loop waits meanwhile."""

Computed = TypeVar("Computed")


class Recommender:
    """Recommendations of one model version, searched in one vector index.

    A profile is encoded once per request; the user vector, the re-ranker and the explanation share the result. Requests
    of different people that arrive at the same moment share a pass through the tower and a search.
    `for_people` takes the steps `user_vectors`, `candidates`, `choose`, `metadata.get_many` and `explain`.

    Attributes:
        towers: the model.
        metadata: of the movies of the catalogue.
    """

    def __init__(
        self,
        towers: Towers,
        index: VectorIndex,
        metadata: MetadataStore,
        diversity: float = DEFAULT_STRENGTH,
        movies: Iterable[Movie] | CatalogueFile = (),
    ) -> None:
        """Connect a model with its index and the metadata.

        Args:
            towers: the model.
            index: holds the model's movie vectors under its version.
            metadata: of the movies of the catalogue.
            diversity: the strength of the penalty for similar movies in a list.
            movies: the catalogue, with rating counts. Without it, lists are not calibrated and do not follow the
                popularity setting.
        """
        self.towers = towers
        self._diversity = diversity
        self._index = index
        self.metadata = metadata
        self._similar = SimilarMovies(towers, index, metadata)
        movie_ids, self._vectors = towers.movie_vectors()
        self._traits = MovieTraits.of(movies, movie_ids)
        # Without a reference to this recommender, which would keep an unloaded model in memory.
        self._batcher = LoopBatcher(_for_people, MAX_TOGETHER)

    def with_movies(self, movies: Iterable[Movie] | CatalogueFile) -> Self:
        """Return the same recommender with another catalogue."""
        changed = copy.copy(self)
        changed._traits = MovieTraits.of(movies, self.towers.vocabulary.movie_ids)  # noqa: SLF001 - its own copy
        return changed

    async def for_person(
        self,
        profile: Profile,
        n: int,
        exclude: Collection[int] = frozenset(),
        where: MovieFilter = ANY_MOVIE,
        text: str = "",
        style: ListStyle = DEFAULT_STYLE,
    ) -> list[Recommendation]:
        """Recommend the n best movies that match `where` and are neither rated by the person nor in `exclude`.

        The style says what the list is like beside its relevance.

        With a text, only movies that full-text search finds by it are recommended, ranked by text and user vector
        together. The text consists of terms as `recsys.text.search_terms` makes them, separated by spaces.

        Returns:
            Recommendations, best first. Fewer than n only if fewer movies are left.

        Raises:
            NotFound: the index does not hold this model's version.
            Unavailable: the index or the metadata did not answer in time.
        """
        return await self._batcher.submit(Request(profile, exclude, where, text, style), (self, n))

    async def for_people(self, requests: Sequence[Request], n: int) -> list[list[Recommendation]]:
        """Do `for_person` for many people with one pass through the tower and one read of metadata.

        Requests with the same filter and text share a search. For more than MAX_TOGETHER people, threads compute the
        lists, so that the event loop is free meanwhile.
        """
        if not requests or n < 1:
            return [[] for _ in requests]
        is_batch = len(requests) > MAX_TOGETHER

        def encode() -> tuple[list[EncodedProfile], list[NDArray[np.float32]]]:
            people = [self.towers.vocabulary.encode(request.profile) for request in requests]
            return people, self.user_vectors(people)

        people, user_vectors = await _computed(encode, in_thread=is_batch)
        rows = list(zip(requests, people, user_vectors, strict=True))
        found = await self._candidates_of(rows, n)

        def choose() -> list[list[tuple[int, float]]]:
            return [
                self.choose(person, vectors[0], hits, n, request.exclude, request.where, request.text, request.style)
                for (request, person, vectors), hits in zip(rows, found, strict=True)
            ]

        lists = await _computed(choose, in_thread=is_batch)
        movies = await self.metadata.get_many({movie_id for ranked in lists for movie_id, _ in ranked})

        def explain_all() -> list[list[Recommendation]]:
            return [
                self.explain(ranked, person, vectors, movies)
                for ranked, (_, person, vectors) in zip(lists, rows, strict=True)
            ]

        return await _computed(explain_all, in_thread=is_batch)

    async def similar(
        self,
        movie: int | Sequence[int],
        profile: Profile,
        n: int,
        exclude: Collection[int] = frozenset(),
        where: MovieFilter = ANY_MOVIE,
    ) -> list[Recommendation]:
        """Recommend the n movies most like another one; among equals, those that fit the person's taste.

        If the neighbours that match do not suffice, movies with similar vectors follow. A movie that the model does not
        know is compared by its genres, year, title and details.

        Args:
            movie: id of the movie, or of several movies that the results should resemble.
            profile: of the person; rated movies are not returned. An empty profile changes nothing.
            n: how many movies.
            exclude: further movie ids that are not returned.
            where: the filter that the results pass.

        Returns:
            Recommendations, best first. Fewer than n only if fewer movies are left; none if no metadata is known of the
            movie that was asked for.

        Raises:
            NotFound: the index is needed and does not hold this model's version.
            Unavailable: the metadata or the index did not answer in time.
        """
        asked = [movie] if isinstance(movie, int) else movie
        found = await self._similar.find(asked, profile, n, exclude, where, self._with_services)
        return [
            Recommendation(similar.movie, similar.score, rank, similar.reason)
            for rank, similar in enumerate(found, start=1)
        ]

    async def explain_similar(self, asked: Sequence[int], movie_id: int) -> tuple[Movie, Resembles] | None:
        """Return a movie with its metadata and what it has in common with the movies that were asked for.

        Returns:
            None if the metadata does not have them.

        Raises:
            Unavailable: the metadata did not answer in time.
        """
        return await self._similar.explain(asked, movie_id)

    async def explain_movie(self, profile: Profile, movie_id: int) -> tuple[Movie, Reason] | None:
        """Return a movie with its metadata, and the reason for which it would be recommended.

        Returns:
            None if the model or the metadata does not have the movie.

        Raises:
            Unavailable: the metadata did not answer in time.
        """
        if movie_id not in self.towers.vocabulary.positions:
            return None
        person = self.towers.vocabulary.encode(profile)
        movies = await self.metadata.get_many({movie_id})
        explained = self.explain([(movie_id, 0.0)], person, self.user_vectors([person])[0], movies)
        return (explained[0].movie, explained[0].reason) if explained else None

    async def find_by_text(self, query: str) -> list[int]:
        """Return the ids of the movies whose texts have the words of a query, best first, the same for all people.

        Raises:
            Unavailable: the index did not answer in time.
            NotFound: the texts of this model are not published.
        """
        return await find_by_text(self._index.texts, self.towers.version, query)

    async def rank(
        self,
        profiles: Sequence[Profile],
        n: int,
        exclude: Sequence[Collection[int]] = (),
        where: MovieFilter = ANY_MOVIE,
        style: ListStyle = DEFAULT_STYLE,
    ) -> list[list[tuple[int, float]]]:
        """Return (movie id, score) of each movie that `for_people` recommends, without metadata and explanation."""
        if not profiles or n < 1:
            return [[] for _ in profiles]
        people = [self.towers.vocabulary.encode(profile) for profile in profiles]
        user_vectors = self.towers.encoded_user_vectors(people)
        found = await self.candidates(people, user_vectors, n, exclude, where, style=style)
        rows = zip(people, user_vectors, found, exclude or [()] * len(people), strict=True)
        return [
            self.choose(person, vector, hits, n, hidden, where, style=style) for person, vector, hits, hidden in rows
        ]

    def user_vectors(self, people: Sequence[EncodedProfile]) -> list[NDArray[np.float32]]:
        """Return the user vectors of n people, as `Towers.user_vectors_without` leaves out their likes."""
        return self.towers.user_vectors_without(people, [likes_to_leave_out(person.answers) for person in people])

    async def candidates(
        self,
        people: Sequence[EncodedProfile],
        user_vectors: NDArray[np.float32],
        n: int,
        exclude: Sequence[Collection[int]] = (),
        where: MovieFilter = ANY_MOVIE,
        text: str = "",
        style: ListStyle = DEFAULT_STYLE,
    ) -> list[Candidates]:
        """Return the movies from which a list of n movies is chosen for each person.

        Args:
            people: whose ratings are left out.
            user_vectors: (people, 256) float32.
            n: as for `for_people`, like the others.
        """
        best, hidden = listed(n, style), exclude or [()] * len(people)
        left_out = [{*person.profile.ratings, *ids} for person, ids in zip(people, hidden, strict=True)]
        if text:
            scores_of = self._scores(user_vectors)
            return await rank_by_text(self._index.texts, self.towers.version, text, scores_of, best, left_out, where)
        counts = [max(best, self.towers.item_reranker.reranked_count(person.answers)) for person in people]
        hits = await self._index.search(self.towers.version, user_vectors, max(counts), left_out, where)
        # The search is for the person with the longest history. Everybody gets what they would get alone.
        return [(ids[:count], scores[:count]) for (ids, scores), count in zip(hits, counts, strict=True)]

    def choose(
        self,
        person: EncodedProfile,
        user_vector: NDArray[np.float32],
        candidates: Candidates,
        n: int,
        exclude: Collection[int] = frozenset(),
        where: MovieFilter = ANY_MOVIE,
        text: str = "",
        style: ListStyle = DEFAULT_STYLE,
    ) -> list[tuple[int, float]]:
        """Re-rank the candidates of one person and return (movie id, score) of the n that make the list.

        Args:
            person: whose candidates these are.
            user_vector: (256,) float32.
            candidates: as `candidates` returns them.
            n: as for `for_people`, like the others.
        """
        ids, scores = candidates
        position_of = self.towers.vocabulary.positions
        latest = [position_of[movie_id] for movie_id in style.latest if movie_id in position_of]
        likes, positions, reserved = liked(person.answers), self._positions(ids.tolist()), None
        if style.is_calibrated and not text and style.popularity is not Popularity.WELL_KNOWN:
            allowed = self._allowed(person.profile.ratings.keys() | set(exclude), where)
            among = compared_with(self.towers, likes, latest)
            reserved = nearest_to_likes(self.towers.directions, self._traits.genres, likes, latest, allowed, among)
        if reserved is not None and reserved not in positions:
            positions = np.append(positions, reserved)
            scores = np.append(scores, np.float32(self._vectors[reserved] @ user_vector))
        if len(positions) == 0:
            return []
        scores = scores + self.towers.item_reranker.score_adjustments(person.answers, positions)
        order = np.argsort(-scores, kind="stable")
        is_reserved = positions[order] == (-1 if reserved is None else reserved)
        order = order[is_reserved | (np.cumsum(~is_reserved) <= listed(n, style))]
        positions, scores = positions[order], scores[order]
        chosen = compose(
            scores,
            self.towers.directions[positions],
            positions,
            n,
            self._traits,
            likes,
            style,
            latest,
            self._diversity,
            None if reserved is None else int(np.flatnonzero(positions == reserved)[0]),
        )
        movie_ids = self.towers.vocabulary.movie_ids[positions]
        return [(int(movie_ids[candidate]), float(scores[candidate])) for candidate in chosen]

    async def _candidates_of(
        self, rows: Sequence[tuple[Request, EncodedProfile, NDArray[np.float32]]], n: int
    ) -> list[Candidates]:
        """Return `candidates` for rows of a request, its person and their `user_vectors`."""
        groups: dict[tuple[MovieFilter, str, int], list[int]] = {}
        for row, (request, _, _) in enumerate(rows):
            groups.setdefault((request.where, request.text, listed(n, request.style)), []).append(row)

        async def search(group: list[int]) -> list[Candidates]:
            requests, people, vectors = zip(*(rows[row] for row in group), strict=True)
            where, text, style = requests[0].where, requests[0].text, requests[0].style
            exclude = [request.exclude for request in requests]
            return await self.candidates(people, np.stack([own[0] for own in vectors]), n, exclude, where, text, style)

        hits = await asyncio.gather(*map(search, groups.values()))
        by_row = dict(zip(chain(*groups.values()), chain(*hits), strict=True))
        return [by_row[row] for row in range(len(rows))]

    def _with_services(self, movie_id: int) -> Movie | None:
        """Return the movie of the catalogue with the services that stream it; None if it has no details."""
        movie = self._traits.movies.get(movie_id)
        return None if movie is None or movie.net is None else movie

    def _allowed(self, excluded: Collection[int], where: MovieFilter) -> Callable[[int], bool]:
        """Return a function that says whether the movie at a position may be recommended."""

        def is_allowed(position: int) -> bool:
            movie = self._traits.movie(position)
            return movie.movie_id not in excluded and where.matches(movie)

        return is_allowed

    def explain(
        self,
        ranked: Sequence[tuple[int, float]],
        person: EncodedProfile,
        user_vectors: NDArray[np.float32],
        movies: Mapping[int, Movie],
    ) -> list[Recommendation]:
        """Add metadata and reasons; a movie without metadata is left out.

        Args:
            ranked: (movie id, score), best first.
            person: whose list this is.
            user_vectors: (2 + k, 256) float32, as the method `user_vectors` returns them.
            movies: metadata by movie id.
        """
        likes = likes_to_leave_out(person.answers)
        described = [(movies[movie_id], score) for movie_id, score in ranked if movie_id in movies]
        if not described:
            return []
        positions = self._positions([movie.movie_id for movie, _ in described])
        liked_ids = self.towers.vocabulary.movie_ids[list(likes)].tolist()
        contributions = self._reranker_contributions(person.answers, likes, positions)
        reasons = explain(liked_ids, user_vectors, self._vectors[positions], contributions)
        return [
            Recommendation(movie, score, rank, reason)
            for rank, ((movie, score), reason) in enumerate(zip(described, reasons, strict=True), start=1)
        ]

    def _reranker_contributions(
        self, answers: Mapping[int, float], likes: tuple[int, ...], positions: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """(k, n) float32: how much less the item re-ranker adds to each movie without each of the k likes."""
        rows = {position: row for row, position in enumerate(answers)}
        return self.towers.item_reranker.contributions(answers, positions)[[rows[position] for position in likes]]

    def _scores(self, user_vectors: NDArray[np.float32]) -> Callable[[NDArray[np.int64]], NDArray[np.float32]]:
        """Return a function from movie ids, (c,) int64, to the scores of n people, (n, c) float32."""
        return lambda ids: user_vectors @ self._vectors[self._positions(ids.tolist())].T

    def _positions(self, movie_ids: Sequence[int]) -> NDArray[np.int64]:
        return np.array([*map(self.towers.vocabulary.positions.__getitem__, movie_ids)], np.int64)


async def _for_people(requests: Sequence[Request], key: tuple[Recommender, int]) -> list[list[Recommendation]]:
    recommender, n = key
    return await recommender.for_people(requests, n)


async def _computed(work: Callable[[], Computed], *, in_thread: bool) -> Computed:
    """Return the result of `work`. For few people, starting a thread would take longer than it is worth."""
    return await asyncio.to_thread(work) if in_thread else work()
