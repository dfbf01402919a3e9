"""The parts of a wish, each with its name and a key, so that a button can remove it."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from handlers.texts import wishes
from recsys.text.wishes import Wish
from storage.records import Movie

MovieOf = Callable[[int], Movie]


@dataclass(frozen=True, slots=True)
class WishPart:
    """One condition of a wish.

    Attributes:
        key: identifies the condition in callback data. The same condition of another wish has the same key.
        label: the condition in words.
        rest: the wish without this condition.
    """

    key: int
    label: str
    rest: Wish


def key_of(text: str) -> int:
    """Return a number that identifies a text in callback data."""
    return zlib.crc32(text.encode())


def wish_parts(wish: Wish, movie_of: MovieOf) -> list[WishPart]:
    """Return the conditions of a wish, each with the wish that is left without it.

    Args:
        wish: the wish.
        movie_of: returns the movie of an id.
    """
    return [WishPart(key_of(name), label, rest) for name, label, rest in _parts(wish, movie_of)]


def without_part(wish: Wish, key: int, movie_of: MovieOf) -> Wish:
    """Return a wish without the condition that has a key; the same wish if it has no such condition."""
    return next((part.rest for part in wish_parts(wish, movie_of) if part.key == key), wish)


def _parts(wish: Wish, movie_of: MovieOf) -> Iterator[tuple[str, str, Wish]]:
    """Yield (a text that identifies the condition, its label, the wish without it)."""
    labels: dict[str, Callable[[Any], str]] = {
        "genres_any": wishes.genre,
        "genres_all": wishes.genre,
        "genres_none": wishes.no_genre,
        "like": lambda movie_id: wishes.like(movie_of(movie_id)),
        "unlike": lambda movie_id: wishes.unlike(movie_of(movie_id)),
        "people": wishes.person,
        "people_any": wishes.person,
        "people_none": wishes.no_person,
        "themes": wishes.theme,
        "themes_none": wishes.no_theme,
    }
    for field, label in labels.items():
        values = getattr(wish, field)
        for value in values:
            rest: dict[str, Any] = {field: tuple(other for other in values if other != value)}
            yield f"{field} {value}", label(value), replace(wish, **rest)
    if years := wishes.years(wish.year_from, wish.year_to):
        yield "years", years, replace(wish, year_from=None, year_to=None)
    if minutes := wishes.minutes(wish.minutes_from, wish.minutes_to):
        yield "minutes", minutes, replace(wish, minutes_from=None, minutes_to=None)
    if wish.age_to_watch is not None:
        yield "age", wishes.for_age(wish.age_to_watch), replace(wish, age_to_watch=None)
