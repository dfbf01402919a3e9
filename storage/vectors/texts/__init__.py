"""Full-text search over what is known of movies: the `TextIndex` protocol.

Each vector index has a text index beside it (`VectorIndex.texts`), which holds the same versions in the same place.

- `failover`: searches in memory while Milvus is down.
- `memory`: BM25 in memory.
- `milvus`: Milvus's own full-text search.
- `checks`: argument checks, for all indexes.

A text consists of words separated by spaces, which are compared as they are: whoever calls an index brings words into
one form first, in texts and in queries.
"""

from collections.abc import Sequence
from typing import Protocol

from storage.records import ANY_MOVIE, Movie, MovieFilter
from storage.vectors.arrays import Hits


class TextIndex(Protocol):
    """Search for words in the texts of movies, ranked by BM25, kept separately for each model version.

    A text has a higher score the more often it has a word of the query (saturating, K1), the fewer texts have that
    word, and the shorter it is (B). The formula is Lucene's (Kamphuis et al., "Which BM25 do you mean?", ECIR 2020).
    """

    async def check(self) -> None:
        """Check that texts can be published, before somebody computes them.

        Raises:
            Unavailable: the service did not answer within its deadline, or it has no full-text search.
        """
        ...

    async def publish(self, version: str, movies: Sequence[Movie], texts: Sequence[str]) -> None:
        """Replace the texts of a version with exactly these texts.

        Safe to repeat. Other versions do not change.

        Args:
            version: letters and digits.
            movies: m movies. Their years and genres are stored beside the texts.
            texts: m texts, texts[i] belongs to movies[i]. Words beyond MAX_TEXT_BYTES are left out.

        Raises:
            Unavailable: the service did not answer within its deadline, or it has no full-text search.
        """
        ...

    async def search(self, version: str, query: str, top_k: int, where: MovieFilter = ANY_MOVIE) -> Hits:
        """Return the movies whose texts have words of a query.

        Args:
            version: a published version.
            query: words. A word that occurs several times counts once.
            top_k: number of movies. The result is shorter only if fewer movies match.
            where: filter that the movies must pass.

        Returns:
            (movie_ids (k,) int64, scores (k,) float32), best first, and equal scores by ascending id. All scores are
            positive. Which movies of equal score are the last ones is up to the index.

        Raises:
            NotFound: the version was never published.
            Unavailable: the service did not answer within its deadline.
        """
        ...

    async def count(self, version: str) -> int:
        """Return the number of movies of a version, 0 if it was never published.

        Raises:
            Unavailable: the service did not answer within its deadline.
        """
        ...

    async def drop(self, version: str) -> None:
        """Remove a version. A version that does not exist is ignored."""
        ...
