"""The histories of people, the input of their recommendations: one in one read, and many in few statements."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Double,
    ScalarSelect,
    Select,
    Table,
    bindparam,
    case,
    func,
    or_,
    select,
)

from storage.records import History, Popularity
from storage.sql.models import MarkRow, PersonRow, RatingRow, WishRow

_PEOPLE = cast(Table, PersonRow.__table__)
_RATINGS = cast(Table, RatingRow.__table__)
_MARKS = cast(Table, MarkRow.__table__)
_WISHES = cast(Table, WishRow.__table__)

LATEST = 12
"""A history has the order of this many movies that were shown last: the cards that a chat shows at a glance."""

_PERSON_ID: BindParameter[int] = bindparam("person_id")
_PERSON_IDS: BindParameter[Sequence[int]] = bindparam("person_ids", expanding=True)
_IS_SHOWN = (_MARKS.c.kind == "shown") & (_MARKS.c.marked_at > bindparam("shown_since"))
_IS_OTHER_KIND = _MARKS.c.kind.in_(("unseen", "seen", "later"))

_PROFILES = select(
    _PEOPLE.c.gender,
    _PEOPLE.c.age,
    _PEOPLE.c.occupation,
    _PEOPLE.c.popularity,
    _PEOPLE.c.country,
    _PEOPLE.c.services,
    _PEOPLE.c.only_services,
    select(_WISHES.c.wish)
    .where(_WISHES.c.person_id == _PEOPLE.c.person_id, _WISHES.c.kind == "lasting")
    .scalar_subquery()
    .label("lasting"),
)
_PERSON = _PROFILES.where(_PEOPLE.c.person_id == _PERSON_ID)
_SEVERAL_PEOPLE = _PROFILES.add_columns(_PEOPLE.c.person_id).where(_PEOPLE.c.person_id.in_(_PERSON_IDS))


def _lists(is_of_person: Callable[[Column[int]], ColumnElement[bool]]) -> tuple[Select[Any], ...]:
    """Return the queries for the stars, the marks and the movies that were shown last of a person.

    Args:
        is_of_person: returns the condition that a column has the id of the person.
    """
    stars = (
        select(_RATINGS.c.movie_id, _RATINGS.c.stars)
        .where(is_of_person(_RATINGS.c.person_id))
        .order_by(_RATINGS.c.rated_at, _RATINGS.c.movie_id)
    )
    # The marks are in any order. In one statement with the ratings, the database would sort them too.
    kinds = select(_MARKS.c.kind, _MARKS.c.movie_id).where(
        is_of_person(_MARKS.c.person_id), or_(_IS_OTHER_KIND, _IS_SHOWN)
    )
    shown_last = (
        select(_MARKS.c.kind, _MARKS.c.movie_id)
        .where(is_of_person(_MARKS.c.person_id), _IS_SHOWN)
        .order_by(_MARKS.c.marked_at.desc(), _MARKS.c.movie_id.desc())
        .limit(LATEST)
    )
    return stars, kinds, shown_last


def as_json(query: Select[Any]) -> ScalarSelect[Any]:
    """Return a subquery of all rows of a query as a JSON text, a list of lists, for SQLite.

    Python's SQLite releases the interpreter lock for every row that it reads, and waits for it again while other turns
    are computed.
    """
    rows = query.subquery()
    # SQLite writes 15 digits of a number into JSON. A double needs 17.
    columns = [
        func.json(case((column.is_not(None), func.printf("%!.17g", column))))
        if isinstance(column.type, Double)
        else column
        for column in rows.c
    ]
    return select(func.json_group_array(func.json_array(*columns))).select_from(rows).scalar_subquery()


_LISTS = _lists(lambda column: column == _PERSON_ID)

_IN_ONE_ROW = _PERSON.add_columns(*(as_json(query) for query in _LISTS))
"""Selects a person and all lists in one row."""

_COLUMNS, _ROW_COLUMNS = len(_PERSON.selected_columns), len(_IN_ONE_ROW.selected_columns)

_IN_ROWS = _SEVERAL_PEOPLE.add_columns(
    *(as_json(query.correlate(_PEOPLE)) for query in _lists(lambda column: column == _PEOPLE.c.person_id))
)
"""The same for several people, a row for each."""

_STARS_OF_SEVERAL = (
    select(_RATINGS.c.person_id, _RATINGS.c.movie_id, _RATINGS.c.stars)
    .where(_RATINGS.c.person_id.in_(_PERSON_IDS))
    .order_by(_RATINGS.c.rated_at, _RATINGS.c.movie_id)
)
_KINDS_OF_SEVERAL = select(_MARKS.c.person_id, _MARKS.c.kind, _MARKS.c.movie_id).where(
    _MARKS.c.person_id.in_(_PERSON_IDS), _IS_OTHER_KIND
)
_SHOWN_OF_SEVERAL = (
    select(_MARKS.c.person_id, _MARKS.c.kind, _MARKS.c.movie_id)
    .where(_MARKS.c.person_id.in_(_PERSON_IDS), _IS_SHOWN)
    .order_by(_MARKS.c.marked_at, _MARKS.c.movie_id)
)


class HistoryQuery:
    """The query for the history of a person, and for further columns in the same statement."""

    def __init__(self, *columns: ColumnElement[Any]) -> None:
        """Build the statements.

        Args:
            columns: further columns. They have the person's id as the parameter "person_id".
        """
        self._in_one_row = _IN_ONE_ROW.add_columns(*columns)
        self._person = _PERSON.add_columns(*columns)

    def read(
        self, connection: Connection, person_id: int, shown_since: datetime, **parameters: object
    ) -> tuple[History, tuple[Any, ...]] | None:
        """Return the result of `People.history` and the values of the further columns; None without the person.

        Args:
            connection: of a database of any kind.
            person_id: Telegram user id.
            shown_since: as in `People.history`.
            parameters: further parameters of the further columns.
        """
        parameters |= {"person_id": person_id, "shown_since": shown_since}
        is_sqlite = connection.dialect.name == "sqlite"
        row = connection.execute(self._in_one_row if is_sqlite else self._person, parameters).first()
        if row is None:
            return None
        if is_sqlite:
            return _history_of_json(row[:_COLUMNS], row[_COLUMNS:_ROW_COLUMNS]), tuple(row[_ROW_COLUMNS:])
        stars, marks, shown_last = (connection.execute(query, parameters).all() for query in _LISTS)
        latest = [movie_id for _, movie_id in reversed(shown_last)]
        return _history(row[:_COLUMNS], stars, marks, latest), tuple(row[_COLUMNS:])


_HISTORY = HistoryQuery()


def read_history(connection: Connection, person_id: int, shown_since: datetime) -> History:
    """Read the result of `People.history` on a connection, together with other reads."""
    found = _HISTORY.read(connection, person_id, shown_since)
    return History() if found is None else found[0]


def read_histories(connection: Connection, person_ids: Sequence[int], shown_since: datetime) -> dict[int, History]:
    """Read the result of `People.histories` on a connection."""
    parameters = {"person_ids": list(person_ids), "shown_since": shown_since}
    if connection.dialect.name == "sqlite":
        rows = connection.execute(_IN_ROWS, parameters)
        return {row.person_id: _history_of_json(row[:_COLUMNS], row[_COLUMNS + 1 :]) for row in rows}
    stars: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for person_id, movie_id, of_movie in connection.execute(_STARS_OF_SEVERAL, parameters):
        stars[person_id].append((movie_id, of_movie))
    marks: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    shown: defaultdict[int, list[int]] = defaultdict(list)
    for person_id, kind, movie_id in connection.execute(_KINDS_OF_SEVERAL, parameters):
        marks[person_id].append((kind, movie_id))
    for person_id, kind, movie_id in connection.execute(_SHOWN_OF_SEVERAL, parameters):
        marks[person_id].append((kind, movie_id))
        shown[person_id].append(movie_id)
    people = connection.execute(_SEVERAL_PEOPLE, parameters).all()
    return {
        person_id: _history(profile, stars[person_id], marks[person_id], shown[person_id][-LATEST:])
        for *profile, person_id in people
    }


def _history_of_json(profile: Sequence[Any], lists: Sequence[str]) -> History:
    stars, marks, shown_last = map(json.loads, lists)
    return _history(profile, stars, marks, [movie_id for _, movie_id in reversed(shown_last)])


def _history(
    profile: Sequence[Any],
    stars: Iterable[Any],
    marks: Iterable[Any],
    latest: Sequence[int],
) -> History:
    """Return a history.

    Args:
        profile: the columns of _PROFILES.
        stars: pairs of movie id and stars, the oldest rating first.
        marks: pairs of kind and movie id.
        latest: ids of the movies that were shown last, the latest at the end.
    """
    gender, age, occupation, popularity, country, services, only_services, lasting = profile
    of_kind: dict[str, set[int]] = {"unseen": set(), "seen": set(), "later": set(), "shown": set()}
    for kind, movie_id in marks:
        of_kind[kind].add(movie_id)
    limited_to = services or () if only_services and country else ()
    return History(
        gender,
        age,
        occupation,
        dict(cast(Iterable[tuple[int, float]], stars)),
        **{kind: frozenset(movie_ids) for kind, movie_ids in of_kind.items()},
        preferences=lasting or {},
        popularity=Popularity(popularity),
        latest=tuple(latest),
        services=tuple(f"{country}:{service}" for service in limited_to),
    )
