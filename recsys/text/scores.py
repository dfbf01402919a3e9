"""Compares a text with many others, in parts, so that other threads can run between two parts."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from rapidfuzz import process

COMPARED_AT_ONCE = 1024
"""The number of texts that are compared in one call. rapidfuzz blocks all other threads during a call, about .3 ms."""


def scored(
    text: str,
    others: Iterable[str],
    scorer: Callable[..., float],
    *,
    cutoff: float | None = None,
    limit: int | None = None,
) -> Iterator[tuple[str, float]]:
    """Yield (other text, score) of the texts that are alike, in no order.

    Args:
        text: what is compared.
        others: with these texts.
        scorer: of `rapidfuzz`.
        cutoff: no text with a worse score is yielded.
        limit: at least this many of the best are among those that are yielded; None for all of them.
    """
    remaining = iter(others)
    while part := list(islice(remaining, COMPARED_AT_ONCE)):
        for other, score, _ in process.extract(text, part, scorer=scorer, score_cutoff=cutoff, limit=limit):
            yield other, score
