"""The lasting preferences that a person can choose from: what is never shown to them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from recsys.services.state import ServingState
from recsys.text.wishes import Wish
from recsys.text.wishes.themes import COUNTRIES
from storage.records import Movie

MAX_CHOICES = 24
"""At most this many people, series or countries are offered."""

ACTORS_PER_MOVIE = 3
AGES = (6, 12, 16)
"""The ages of children, in years, that are offered."""

FIRST_DECADE = 1930
"""The year of release "from which on" movies are shown is at the earliest this one."""


class Preference(StrEnum):
    """The kinds of lasting preferences."""

    GENRES = "genre"
    PEOPLE = "person"
    SERIES = "series"
    COUNTRIES = "country"
    YEARS = "year"
    AGES = "age"


@dataclass(frozen=True, slots=True)
class Choice:
    """One lasting preference that can be switched on and off.

    Attributes:
        condition: the wish that consists of it alone.
        is_on: whether it holds.
    """

    condition: Wish
    is_on: bool


def choices(kind: Preference, state: ServingState, preferences: Wish, shown: Sequence[Movie]) -> list[Choice]:
    """Return the preferences of a kind, those that hold first if they are people, series or countries.

    Args:
        kind: the kind.
        state: the catalogue.
        preferences: the preferences that hold.
        shown: the movies that the person was shown, the newest first; their people, series and countries are offered.
    """
    match kind:
        case Preference.GENRES:
            conditions = [Wish(genres_none=(genre,)) for genre in sorted(state.genres)]
        case Preference.PEOPLE:
            names = dict.fromkeys((*preferences.people_none, *_people(shown)))
            conditions = [Wish(people_none=(name,)) for name in list(names)[:MAX_CHOICES]]
        case Preference.SERIES:
            movie_ids = dict.fromkeys((*preferences.unlike, *_parts_of_series(state, preferences, shown)))
            conditions = [Wish(unlike=(movie_id,)) for movie_id in list(movie_ids)[:MAX_CHOICES]]
        case Preference.COUNTRIES:
            themes = dict.fromkeys((*filter(COUNTRIES.get, preferences.themes_none), *_countries(shown)))
            conditions = [Wish(themes_none=(theme,)) for theme in list(themes)[:MAX_CHOICES]]
        case Preference.YEARS:
            conditions = [Wish(year_from=decade) for decade in state.decades if decade >= FIRST_DECADE]
        case Preference.AGES:
            conditions = [Wish(age_to_watch=age) for age in AGES]
    return [Choice(condition, switched(preferences, condition, on=True) == preferences) for condition in conditions]


def switched(preferences: Wish, condition: Wish, *, on: bool) -> Wish:
    """Return preferences in which a condition holds, or does not. A year or an age replaces the one before.

    Args:
        preferences: the preferences that hold.
        condition: the wish that consists of the condition alone.
        on: whether it is to hold.
    """
    changed: dict[str, Any] = {}
    for field in fields(Wish):
        value, present = getattr(condition, field.name), getattr(preferences, field.name)
        if isinstance(value, tuple):
            remaining = tuple(other for other in present if other not in value)
            missing = tuple(other for other in value if other not in present)
            changed[field.name] = (*present, *missing) if on else remaining
        elif value is not None:
            changed[field.name] = value if on else None
    return replace(preferences, **changed)


def _people(shown: Sequence[Movie]) -> list[str]:
    """Return the people of movies, the most frequent first."""
    counts = Counter(name for movie in shown for name in (*movie.directors, *movie.actors[:ACTORS_PER_MOVIE]))
    return [name for name, _ in counts.most_common()]


def _countries(shown: Sequence[Movie]) -> list[str]:
    """Return the themes for the countries of movies, the most frequent first."""
    counts = Counter(code for movie in shown if movie.net is not None for code in movie.net.countries)
    themes = {code: theme for theme, code in reversed(list(COUNTRIES.items()))}
    return [themes[code] for code, _ in counts.most_common() if code in themes]


def _parts_of_series(state: ServingState, preferences: Wish, shown: Sequence[Movie]) -> list[int]:
    """Return one movie of each series of which a part was shown, and which is not excluded yet."""
    details = state.conditions.details
    excluded = {part for movie_id in preferences.unlike for part in details.of_series(state.movie(movie_id))}
    parts: list[int] = []
    for movie in shown:
        series = details.of_series(movie)
        if len(series) > 1 and movie.movie_id not in excluded:
            excluded |= series
            parts.append(movie.movie_id)
    return parts
