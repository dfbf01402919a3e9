"""Reads what should not happen in a movie: "no kids dying", "nothing where the dog dies", "no torture scenes"."""

from collections.abc import Sequence

from recsys.text.wishes import themes


def harm_at(words: Sequence[str], start: int) -> tuple[int, int, int]:
    """Return (first word, end, end with words that say nothing more) of a harm at a position; (0, 0, 0) for none.

    A harm is somebody to whom something bad happens, in either order: "kids dying", "dead kids". "Where the" before it
    is skipped. A kind of scene is one, too, and some words alone are: "torture scenes", "suicide".

    Args:
        words: normalized words of a text.
        start: the position.
    """
    first = _skip(words, start, themes.BEFORE_HARM)
    if _in(words, first, themes.VICTIMS):
        end = _skip(words, first + 1, themes.INSIDE_HARM)
        if not _in(words, end, themes.HARMS):
            return 0, 0, 0
    elif _in(words, first, themes.HARMS):
        end = _skip(words, first + 1, themes.INSIDE_HARM)
        if not _in(words, end, themes.VICTIMS):
            return _scene(words, first)
    else:
        return _scene(words, first)
    return first, end + 1, _skip(words, end + 1, themes.AFTER_HARM)


def _scene(words: Sequence[str], first: int) -> tuple[int, int, int]:
    if _in(words, first, themes.SENSITIVE):
        return first, first + 1, _skip(words, first + 1, themes.AFTER_HARM)
    is_scene = _in(words, first + 1, themes.SCENES) and words[first].isalpha() and words[first] not in themes.NO_SCENES
    return (first, first + 1, first + 2) if is_scene else (0, 0, 0)


def _skip(words: Sequence[str], position: int, skipped: frozenset[str]) -> int:
    while _in(words, position, skipped):
        position += 1
    return position


def _in(words: Sequence[str], position: int, listed: frozenset[str]) -> bool:
    return position < len(words) and words[position] in listed
