"""Titles for the ids of movies in the export of a person's data."""

from collections.abc import Mapping
from typing import Any

from recsys.services.state import ServingState

_ID = "movie_id"
"""The end of the names of columns with the id of a movie. The column with its title ends with "title" instead."""

_WISHED_MOVIES = ("like", "unlike")
"""The conditions of wishes that are lists of movie ids."""


def with_titles(exported: Mapping[str, Any], state: ServingState) -> dict[str, Any]:
    """Return an export in which the title of a movie follows each of its ids.

    The title is None if the movie is not in the catalogue any more.

    Args:
        exported: from `storage.sql.People.export`.
        state: has the catalogue.
    """
    titled: dict[str, Any] = {}
    for name, value in exported.items():
        titled[name] = _value_with_titles(value, state)
        if name.endswith(_ID):
            titled[name.removesuffix(_ID) + "title"] = _title(value, state)
        elif name in _WISHED_MOVIES:
            titled[f"{name}_titles"] = [_title(movie_id, state) for movie_id in value]
    return titled


def _value_with_titles(value: Any, state: ServingState) -> Any:
    if isinstance(value, Mapping):
        return with_titles(value, state)
    return [_value_with_titles(item, state) for item in value] if isinstance(value, list) else value


def _title(movie_id: int | None, state: ServingState) -> str | None:
    movie = None if movie_id is None else state.movies.get(movie_id)
    return None if movie is None else movie.label
