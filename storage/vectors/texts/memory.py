"""Full-text search in the memory of this process: for tests, for replicas without Milvus, and while Milvus is down."""

import asyncio
import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from storage.errors import NotFound
from storage.records import ANY_MOVIE, Movie, MovieFilter
from storage.vectors.arrays import Facets, Hits, check_version
from storage.vectors.texts.checks import K1, B, check_text_search, check_texts, stored_text


class MemoryTextIndex:
    """A `TextIndex` in memory, which is lost when the process ends.

    A version is ready for searches after its first search, because most versions are kept for failover alone.
    """

    def __init__(self) -> None:
        self._published: dict[str, _Texts] = {}

    async def check(self) -> None:
        """See `TextIndex.check`."""

    async def publish(self, version: str, movies: Sequence[Movie], texts: Sequence[str]) -> None:
        """See `TextIndex.publish`."""
        check_texts(version, movies, texts)
        self._published[version] = _Texts(movies, texts)

    async def search(self, version: str, query: str, top_k: int, where: MovieFilter = ANY_MOVIE) -> Hits:
        """See `TextIndex.search`."""
        check_text_search(version, top_k)
        if version not in self._published:
            raise NotFound(f"no texts are published for version {version}")
        return await self._published[version].search(query, top_k, where)

    async def count(self, version: str) -> int:
        """See `TextIndex.count`."""
        check_version(version)
        return len(self._published[version].movie_ids) if version in self._published else 0

    async def drop(self, version: str) -> None:
        """See `TextIndex.drop`."""
        check_version(version)
        self._published.pop(version, None)


class _Texts:
    """The texts of one version.

    Attributes:
        movie_ids: (m,) int64, ascending.
    """

    def __init__(self, movies: Sequence[Movie], texts: Sequence[str]) -> None:
        movie_ids = np.fromiter((movie.movie_id for movie in movies), np.int64, len(movies))
        order = np.argsort(movie_ids).tolist()
        self.movie_ids: NDArray[np.int64] = movie_ids[order]
        self._facets = Facets([movies[position] for position in order])
        self._texts = [stored_text(texts[position]) for position in order]
        self._ranking: _Ranking | None = None
        self._ranking_lock = asyncio.Lock()

    async def search(self, query: str, top_k: int, where: MovieFilter) -> Hits:
        """See `TextIndex.search`."""
        async with self._ranking_lock:
            if self._ranking is None:
                self._ranking = await asyncio.to_thread(_Ranking, self._texts)
                self._texts = []
        scores = self._ranking.scores(query.split())
        if where != ANY_MOVIE:
            scores = np.where(self._facets.matching(where), scores, np.float32(0))
        matching = np.flatnonzero(scores > 0)
        best = matching[np.argsort(-scores[matching], kind="stable")][:top_k]
        return self.movie_ids[best], scores[best]


class _Ranking:
    """BM25 over texts, computed by bm25s (Lù, "BM25S: Orders of magnitude faster lexical search", 2024)."""

    def __init__(self, texts: Sequence[str]) -> None:
        # numba, which bm25s uses if it is installed, takes seconds to import.
        import bm25s

        # bm25s logs its steps at level DEBUG, whatever the level of the other loggers.
        logging.getLogger("bm25s").setLevel(logging.WARNING)

        words = [text.split() for text in texts]
        self._vocabulary = frozenset(word for text in words for word in text)
        self._zero_scores = np.zeros(len(texts), np.float32)
        self._bm25 = bm25s.BM25(k1=K1, b=B, method="lucene")
        if self._vocabulary:
            self._bm25.index(words, create_empty_token=False, show_progress=False)

    def scores(self, words: Sequence[str]) -> NDArray[np.float32]:
        """Return the score of each text for a query, (m,) float32; 0 if it has none of the words."""
        terms = [word for word in dict.fromkeys(words) if word in self._vocabulary]
        if not terms:
            return self._zero_scores
        scores: NDArray[np.float32] = self._bm25.get_scores(terms)
        # bm25s leaves out the factor K1 + 1, which all scores have in common.
        return scores * np.float32(K1 + 1)
