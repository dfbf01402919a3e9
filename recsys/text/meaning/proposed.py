"""Checks the meaning that another reader, such as a language model, proposes for a text.

A proposal is untrusted. It can ask for movies, and it can name titles about which the bot asks. Nothing in it is stored
without a tap on a button, and it never excludes anything for ever.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from recsys.text.meaning.catalogue import ReaderCatalogue
from recsys.text.meaning.likeness import is_alike
from recsys.text.meaning.values import Meaning, Opinion, Opinions, Requested, SmallTalk, Talk, Wished
from recsys.text.wishes import Wish

MAX_ITEMS, MAX_LETTERS = 5, 60
"""A list of a proposal may have so many items, each of so many letters."""

FIRST_YEAR, LAST_YEAR = 1870, 2100
MAX_MINUTES = 1_000

_TEXTS = {"type": "array", "items": {"type": "string"}}
_NUMBER = {"type": ["integer", "null"]}

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "kind": {"type": "string", "enum": ["wish", "opinion", "request", "talk", "unclear"]},
        **dict.fromkeys(("genres", "genres_not", "people", "people_not", "themes", "themes_not", "titles"), _TEXTS),
        **dict.fromkeys(("year_from", "year_to", "minutes_to"), _NUMBER),
        "talk": {"type": ["string", "null"], "enum": [*(talk.value for talk in Talk), None]},
    },
    "required": [
        *("kind", "genres", "genres_not", "people", "people_not", "themes", "themes_not", "titles"),
        *("year_from", "year_to", "minutes_to", "talk"),
    ],
    "additionalProperties": False,
}
"""The JSON schema of a proposal. "titles" are those that a wish should resemble, or that an opinion is about."""


def checked_meaning(proposal: object, catalogue: ReaderCatalogue) -> Meaning | None:
    """Return the meaning of a proposal; None if it says nothing, or anything in it is invalid.

    Args:
        proposal: what the other reader answered, parsed as JSON.
        catalogue: genres and titles that it does not have are left out.
    """
    if not isinstance(proposal, Mapping):
        return None
    try:
        match proposal.get("kind"):
            case "wish":
                wish = _wish(proposal, catalogue)
                return None if wish == Wish() else Wished(wish)
            case "opinion":
                opinions = tuple(Opinion(title, movie_ids) for title, movie_ids in _titles(proposal, catalogue))
                return Opinions(opinions) if opinions else None
            case "request":
                return Requested()
            case "talk":
                return SmallTalk(Talk(str(proposal.get("talk"))))
    except ValueError:
        return None
    return None


def _wish(proposal: Mapping[str, Any], catalogue: ReaderCatalogue) -> Wish:
    genres = {genre.casefold(): genre for genre in catalogue.genres}
    wanted, unwanted = (
        tuple(genres[name.casefold()] for name in _texts(proposal, key) if name.casefold() in genres)
        for key in ("genres", "genres_not")
    )
    titles = _titles(proposal, catalogue)
    return Wish(
        genres_all=tuple(genre for genre in wanted if genre not in unwanted),
        genres_none=unwanted,
        year_from=_number(proposal, "year_from", FIRST_YEAR, LAST_YEAR),
        year_to=_number(proposal, "year_to", FIRST_YEAR, LAST_YEAR),
        minutes_to=_number(proposal, "minutes_to", 1, MAX_MINUTES),
        like=tuple(movie_ids[0] for _, movie_ids in titles),
        people=_texts(proposal, "people"),
        people_none=_texts(proposal, "people_not"),
        themes=tuple(theme.casefold() for theme in _texts(proposal, "themes")),
        themes_none=tuple(theme.casefold() for theme in _texts(proposal, "themes_not")),
    )


def _titles(proposal: Mapping[str, Any], catalogue: ReaderCatalogue) -> list[tuple[str, tuple[int, ...]]]:
    """Return (title, ids) of the proposed titles that are alike to titles of the catalogue."""
    titles = []
    for title in _texts(proposal, "titles"):
        movie_ids = catalogue.meant(catalogue.titles.find_without_suggestions(title), title)
        names = (catalogue.names[movie_ids[0]], catalogue.labels[movie_ids[0]]) if movie_ids else ()
        if any(is_alike(title, name) for name in names):
            titles.append((title, movie_ids))
    return titles


def _texts(proposal: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return a list of short texts.

    Raises:
        ValueError: it is none.
    """
    values = proposal.get(key) or ()
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) > MAX_ITEMS:
        raise ValueError(key)
    texts = tuple(" ".join(value.split()) if isinstance(value, str) else "" for value in values)
    if not all(0 < len(text) <= MAX_LETTERS and text.isprintable() for text in texts):
        raise ValueError(key)
    return texts


def _number(proposal: Mapping[str, Any], key: str, lowest: int, highest: int) -> int | None:
    """Return a number; None if it is not given.

    Raises:
        ValueError: it is no integer, or out of range.
    """
    value = proposal.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        raise ValueError(key)
    return value
