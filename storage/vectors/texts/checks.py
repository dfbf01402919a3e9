"""Argument checks and parameters that all text indexes share."""

from collections.abc import Sequence

from storage.records import Movie
from storage.vectors.arrays import MAX_TOP_K, check_version

K1, B = 0.5, 0.3
"""Parameters of BM25: how much repetitions of a word count, and how much the length of a text does. Both are lower than
usual: plots are short, so the score says first of all which words of the query a text has, weighted by their rarity."""

MAX_TEXT_BYTES = 60_000
"""Maximum length of a text in bytes of UTF-8. Milvus stores at most 65,535."""


def check_texts(version: str, movies: Sequence[Movie], texts: Sequence[str]) -> None:
    """Raise ValueError if texts cannot be published."""
    check_version(version)
    if not len(movies) == len(texts) > 0:
        raise ValueError(f"need one text per movie and at least one movie: {len(movies)} movies, {len(texts)} texts")
    if len({movie.movie_id for movie in movies}) < len(movies):
        raise ValueError("a movie id occurs twice")


def check_text_search(version: str, top_k: int) -> None:
    """Raise ValueError if the arguments of a search are invalid."""
    check_version(version)
    if not 1 <= top_k <= MAX_TOP_K:
        raise ValueError(f"top_k must be between 1 and {MAX_TOP_K}, not {top_k}")


def stored_text(text: str) -> str:
    """Return the words of a text that an index stores, those of the first MAX_TEXT_BYTES."""
    if len(text.encode()) <= MAX_TEXT_BYTES:
        return text
    return text.encode()[: MAX_TEXT_BYTES + 1].decode(errors="ignore").rpartition(" ")[0]
