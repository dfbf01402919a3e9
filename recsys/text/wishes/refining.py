"""Changes of a wish: "90s comedy", then "without romance"."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from recsys.text.wishes.parser import Wish
from recsys.text.wishes.themes import COUNTRIES

Item = TypeVar("Item")


def refine(wish: Wish, change: Wish) -> Wish:
    """Return a wish with the conditions of a change added. What the change says replaces what contradicts it.

    Args:
        wish: the wish that is changed.
        change: the conditions to add. Years, running times, ages, countries, movies to resemble, and how well known
            the movies are replace those of the wish.
    """
    excluded = {*change.genres_none}
    wanted = {*change.genres_any, *change.genres_all}
    # A single genre narrows the wish; a choice of several genres replaces the choice of the wish.
    is_narrower = len(change.genres_any) == 1 and bool(wish.genres_any or wish.genres_all)
    any_genre = wish.genres_any if is_narrower or not change.genres_any else change.genres_any
    added = (*change.genres_all, *change.genres_any) if is_narrower else change.genres_all
    every_genre = _without(_union(wish.genres_all, added), excluded)
    if not {*every_genre}.isdisjoint(any_genre):
        any_genre = ()  # Movies with every genre have one of the choice already.
    themes, themes_none = wish.themes, wish.themes_none
    if change.popularity is not None:
        themes, themes_none = wish.subjects, wish.subjects_none
    if not COUNTRIES.keys().isdisjoint(change.themes):
        themes = tuple(theme for theme in themes if theme not in COUNTRIES)
    has_years = change.year_from is not None or change.year_to is not None
    return replace(
        wish,
        genres_any=_without(any_genre, excluded),
        genres_all=every_genre,
        genres_none=_union(_without(wish.genres_none, wanted), change.genres_none),
        year_from=change.year_from if has_years else wish.year_from,
        year_to=change.year_to if has_years else wish.year_to,
        like=change.like or _without(wish.like, {*change.unlike}),
        unknown_titles=change.unknown_titles,
        leftover=change.leftover,
        people=_union(_without(wish.people, {*change.people_none, *change.people_any}), change.people),
        people_any=change.people_any or _without(wish.people_any, {*change.people_none}),
        people_none=_union(_without(wish.people_none, {*change.people, *change.people_any}), change.people_none),
        themes=_union(_without(themes, {*change.themes_none}), change.themes),
        themes_none=_union(_without(themes_none, {*change.themes}), change.themes_none),
        unlike=_union(_without(wish.unlike, {*change.like}), change.unlike),
        minutes_from=wish.minutes_from if change.minutes_from is None else change.minutes_from,
        minutes_to=wish.minutes_to if change.minutes_to is None else change.minutes_to,
        age_to_watch=wish.age_to_watch if change.age_to_watch is None else change.age_to_watch,
    )


def _union(first: Sequence[Item], second: Sequence[Item]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _without(items: Iterable[Item], excluded: set[Item]) -> tuple[Item, ...]:
    return tuple(item for item in items if item not in excluded)
