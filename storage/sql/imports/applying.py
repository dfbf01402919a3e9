"""From the entries of a file to ratings and marks, with one change that undoes all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import Connection, Row, Table, delete, func, insert, select

from storage.imports import ImportEntry, ImportResult
from storage.records import MarkKind, RatingSource
from storage.sql.database import Database
from storage.sql.imports.chunks import any_of
from storage.sql.models import ChangeRow, MarkRow, PersonRow, RatingRow
from storage.sql.people import person_not_found

_PEOPLE = cast(Table, PersonRow.__table__)
_RATINGS = cast(Table, RatingRow.__table__)
_MARKS = cast(Table, MarkRow.__table__)
_CHANGES = cast(Table, ChangeRow.__table__)
_SOURCE: RatingSource = "import"


@dataclass(frozen=True, slots=True)
class _Present:
    """What is stored about a person before an import.

    Attributes:
        ratings: movie id -> row of the rating.
        marks: kind -> movie id -> time of the mark.
        changed_at: (kind of change, mark, movie id) -> time of the last change that the person made in the bot.
    """

    ratings: Mapping[int, Row[Any]]
    marks: Mapping[MarkKind, Mapping[int, datetime]]
    changed_at: Mapping[tuple[str, str | None, int], datetime]


def apply_entries(
    database: Database, connection: Connection, person_id: int, entries: Sequence[ImportEntry], now: datetime
) -> ImportResult:
    """Store what a file says, within a transaction that has locked the person.

    Feedback in the bot stays if it is newer, or if the file has no time. Feedback of an earlier import is
    replaced unless it is newer. So the same file changes nothing the second time.

    Raises:
        NotFound: the person does not exist.
    """
    if connection.execute(select(_PEOPLE.c.person_id).where(_PEOPLE.c.person_id == person_id)).first() is None:
        raise person_not_found()
    present = _read(connection, person_id)
    counts = {"rated": 0, "seen": 0, "later": 0, "same": 0, "kept": 0}
    effective: list[ImportEntry] = []
    for entry in entries:
        outcome = _outcome(entry, present, now)
        counts[outcome] += 1
        if outcome == entry.kind:
            effective.append(entry)
    if not effective:
        return ImportResult(**counts)
    _write(database, connection, person_id, effective, present, now)
    last = connection.execute(
        select(func.coalesce(func.max(_CHANGES.c.number), 0)).where(_CHANGES.c.person_id == person_id)
    ).scalar_one()
    first = max(last + 1, int(now.timestamp() * 1_000))
    number = first + len(effective)
    parts = [_part(person_id, first + place, number, entry, present, now) for place, entry in enumerate(effective)]
    whole = dict.fromkeys(parts[0]) | {"person_id": person_id, "number": number, "kind": "import", "changed_at": now}
    connection.execute(insert(_CHANGES), [*parts, whole])
    return ImportResult(**counts, number=number)


def _read(connection: Connection, person_id: int) -> _Present:
    ratings = connection.execute(select(_RATINGS).where(_RATINGS.c.person_id == person_id)).all()
    marks: dict[MarkKind, dict[int, datetime]] = {"seen": {}, "later": {}, "unseen": {}}
    of_kinds = select(_MARKS).where(_MARKS.c.person_id == person_id, _MARKS.c.kind.in_(list(marks)))
    for mark in connection.execute(of_kinds).all():
        marks[mark.kind][mark.movie_id] = mark.marked_at
    query = select(
        _CHANGES.c.kind, _CHANGES.c.mark, _CHANGES.c.movie_id, func.max(_CHANGES.c.changed_at).label("at")
    ).where(
        _CHANGES.c.person_id == person_id,
        _CHANGES.c.undone_at.is_(None),
        _CHANGES.c.part_of.is_(None),
        _CHANGES.c.kind.in_(("rating", "mark")),
    )
    rows = connection.execute(query.group_by(_CHANGES.c.kind, _CHANGES.c.mark, _CHANGES.c.movie_id)).all()
    changed_at = {(row.kind, row.mark, row.movie_id): row.at for row in rows}
    return _Present({row.movie_id: row for row in ratings}, marks, changed_at)


def _outcome(entry: ImportEntry, present: _Present, now: datetime) -> Literal["rated", "seen", "later", "same", "kept"]:
    """Return what becomes of an entry: its kind if it is stored, or why it is not."""
    rating = present.ratings.get(entry.movie_id)
    # A date in the future says nothing.
    at = entry.at if entry.at is not None and entry.at <= now else None
    if entry.kind != "rated":
        implied: tuple[MarkKind, ...] = ("seen",) if entry.kind == "seen" else ("later", "seen")
        if rating is not None or any(entry.movie_id in present.marks[kind] for kind in implied):
            return "same"
    elif rating is not None:
        if rating.stars == entry.stars:
            return "same"
        is_newer = at is not None and (at > rating.rated_at if rating.source != _SOURCE else at >= rating.rated_at)
        is_undated_import = at is None and rating.source == _SOURCE
        return "rated" if is_newer or is_undated_import else "kept"
    # Without a rating or a mark, the last change was that the person took it back.
    kind = ("rating", None) if entry.kind == "rated" else ("mark", entry.kind)
    withdrawn = present.changed_at.get((*kind, entry.movie_id))
    return "kept" if withdrawn is not None and (at is None or at <= withdrawn) else entry.kind


def _write(
    database: Database,
    connection: Connection,
    person_id: int,
    entries: Sequence[ImportEntry],
    present: _Present,
    now: datetime,
) -> None:
    ratings = [
        {
            "person_id": person_id,
            "movie_id": entry.movie_id,
            "stars": entry.stars,
            "source": _SOURCE,
            "rated_at": _time(entry, now),
        }
        for entry in entries
        if entry.kind == "rated"
    ]
    marks = [
        {"person_id": person_id, "movie_id": entry.movie_id, "kind": entry.kind, "marked_at": _time(entry, now)}
        for entry in entries
        if entry.kind != "rated"
    ]
    if ratings:
        connection.execute(database.upsert(_RATINGS), ratings)
    if marks:
        connection.execute(database.upsert(_MARKS), marks)
    # As for any rating, a movie that is rated does not count as unseen any more.
    unseen = [
        entry.movie_id for entry in entries if entry.kind == "rated" and entry.movie_id in present.marks["unseen"]
    ]
    for is_movie in any_of(_MARKS.c.movie_id, unseen):
        is_unseen = (_MARKS.c.person_id == person_id) & (_MARKS.c.kind == "unseen") & is_movie
        connection.execute(delete(_MARKS).where(is_unseen))


def _part(
    person_id: int, number: int, part_of: int, entry: ImportEntry, present: _Present, now: datetime
) -> dict[str, Any]:
    """Return the row of the change of one movie. Every row has the same keys, for one statement."""
    is_rating = entry.kind == "rated"
    before = present.ratings.get(entry.movie_id) if is_rating else None
    return {
        "person_id": person_id,
        "number": number,
        "part_of": part_of,
        "kind": "rating" if is_rating else "mark",
        "movie_id": entry.movie_id,
        "before_stars": None if before is None else before.stars,
        "before_source": None if before is None else before.source,
        "before_rated_at": None if before is None else before.rated_at,
        "after_stars": entry.stars,
        "source": _SOURCE if is_rating else None,
        "unseen_at": present.marks["unseen"].get(entry.movie_id) if is_rating else None,
        "mark": None if is_rating else entry.kind,
        "changed_at": now,
    }


def _time(entry: ImportEntry, now: datetime) -> datetime:
    return now if entry.at is None else min(entry.at, now)
