"""The history of a person, the input of their recommendations, in one read."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import BindParameter, Connection, Double, ScalarSelect, Select, Table, bindparam, func, or_, select

from storage.records import History, Popularity
from storage.sql.models import MarkRow, PersonRow, RatingRow, WishRow

_PEOPLE = cast(Table, PersonRow.__table__)
_RATINGS = cast(Table, RatingRow.__table__)
_MARKS = cast(Table, MarkRow.__table__)
_WISHES = cast(Table, WishRow.__table__)

LATEST = 12
"""A history has the order of this many movies that were shown last: the cards that a chat shows at a glance."""

_PERSON_ID: BindParameter[int] = bindparam("person_id")
_IS_SHOWN = (_MARKS.c.kind == "shown") & (_MARKS.c.marked_at > bindparam("shown_since"))

_PERSON = select(
    _PEOPLE.c.gender,
    _PEOPLE.c.age,
    _PEOPLE.c.occupation,
    _PEOPLE.c.popularity,
    _PEOPLE.c.country,
    _PEOPLE.c.services,
    _PEOPLE.c.only_services,
    select(_WISHES.c.wish)
    .where(_WISHES.c.person_id == _PERSON_ID, _WISHES.c.kind == "lasting")
    .scalar_subquery()
    .label("lasting"),
).where(_PEOPLE.c.person_id == _PERSON_ID)

_STARS = (
    select(_RATINGS.c.movie_id, _RATINGS.c.stars)
    .where(_RATINGS.c.person_id == _PERSON_ID)
    .order_by(_RATINGS.c.rated_at, _RATINGS.c.movie_id)
)

_KINDS = select(_MARKS.c.kind, _MARKS.c.movie_id).where(
    _MARKS.c.person_id == _PERSON_ID, or_(_MARKS.c.kind.in_(("unseen", "seen", "later")), _IS_SHOWN)
)
"""Selects the marks in any order. In one statement with the ratings, the database would sort them too."""

_SHOWN_LAST = (
    select(_MARKS.c.kind, _MARKS.c.movie_id)
    .where(_MARKS.c.person_id == _PERSON_ID, _IS_SHOWN)
    .order_by(_MARKS.c.marked_at.desc(), _MARKS.c.movie_id.desc())
    .limit(LATEST)
)

_LISTS = (_STARS, _KINDS, _SHOWN_LAST)


def _as_json(query: Select[Any]) -> ScalarSelect[Any]:
    """Return a subquery of all rows of a query as a JSON text, a list of lists, for SQLite."""
    rows = query.subquery()
    # SQLite writes 15 digits of a number into JSON. A double needs 17.
    columns = [
        func.json(func.printf("%!.17g", column)) if isinstance(column.type, Double) else column for column in rows.c
    ]
    return select(func.json_group_array(func.json_array(*columns))).select_from(rows).scalar_subquery()


_IN_ONE_ROW = _PERSON.add_columns(*(_as_json(query) for query in _LISTS))
"""Selects a person and all lists in one row. Python's SQLite releases the interpreter lock for every row that it reads,
and waits for it again while other turns are computed."""


def read_history(connection: Connection, person_id: int, shown_since: datetime) -> History:
    """Read the result of `People.history` on a connection, together with other reads."""
    parameters = {"person_id": person_id, "shown_since": shown_since}
    is_sqlite = connection.dialect.name == "sqlite"
    row = connection.execute(_IN_ONE_ROW if is_sqlite else _PERSON, parameters).first()
    if row is None:
        return History()
    gender, age, occupation, popularity, country, services, only_services, lasting, *lists = row
    if is_sqlite:
        lists = [json.loads(text) for text in lists]
    else:
        lists = [connection.execute(query, parameters).all() for query in _LISTS]
    stars, marks, latest = lists
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
        latest=tuple(movie_id for _, movie_id in reversed(latest)),
        services=tuple(f"{country}:{service}" for service in limited_to),
    )
