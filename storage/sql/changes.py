"""The changes that people make, each with everything that is needed to undo it exactly."""

import json
from collections.abc import Container
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    Connection,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from storage.changes import (
    Answer,
    ChangeKind,
    RatingChange,
    Undone,
    UndoneCard,
    UndoneImport,
    UndoneMark,
    UndonePreferences,
)
from storage.records import RatingSource, WishKind
from storage.sql.database import Database
from storage.sql.effects import once
from storage.sql.history import as_json
from storage.sql.imports.undoing import UNDO_TIMEOUT_S, count_undone, restore_parts
from storage.sql.models import CardRow, ChangeRow, MarkRow, RatingRow, WishRow
from storage.sql.people import close_question, lock_person

_CHANGES = cast(Table, ChangeRow.__table__)
_CARDS = cast(Table, CardRow.__table__)
_MARKS = cast(Table, MarkRow.__table__)
_RATINGS = cast(Table, RatingRow.__table__)
_WISHES = cast(Table, WishRow.__table__)

_PERSON_ID: BindParameter[int] = bindparam("person_id")

# Built once, because they run for every answer to a card.
_INSERT = insert(_CHANGES)
_LAST_NUMBER = select(func.coalesce(func.max(_CHANGES.c.number), 0)).where(_CHANGES.c.person_id == _PERSON_ID)
_DELETE_RATING = delete(_RATINGS).where(
    _RATINGS.c.person_id == _PERSON_ID, _RATINGS.c.movie_id == bindparam("movie_id")
)
_NEWEST_FIRST = (
    select(_CHANGES)
    .where(_CHANGES.c.person_id == _PERSON_ID, _CHANGES.c.part_of.is_(None))
    .order_by(_CHANGES.c.number.desc())
)
_LATEST = _NEWEST_FIRST.where(_CHANGES.c.undone_at.is_(None)).limit(1)
_CHANGE = select(_CHANGES).where(_CHANGES.c.person_id == _PERSON_ID, _CHANGES.c.number == bindparam("number"))
_ANSWERS = (
    _NEWEST_FIRST.with_only_columns(
        _CHANGES.c.kind,
        _CHANGES.c.movie_id,
        _CHANGES.c.after_stars,
        _CHANGES.c.mark,
        _CHANGES.c.message_id.is_not(None).label("is_of_card"),
    )
    .where(_CHANGES.c.undone_at.is_(None))
    .limit(bindparam("answers"))
)
_ANSWERS_AS_JSON = select(as_json(_ANSWERS))


class Changes:
    """The changes that people make.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def undo(
        self,
        person_id: int,
        now: datetime,
        number: int | None = None,
        update_id: int | None = None,
        *,
        message_id: int | None = None,
        catalogue: Container[int] = frozenset(),
    ) -> Undone | None:
        """Undo one change, and restore exactly what was there before it.

        Args:
            person_id: Telegram user id.
            now: the current time.
            number: of the change; None for the latest change that is not undone yet. A change that is undone, or whose
                movie or preferences were changed again since, is left as it is.
            update_id: the update that asks for the undo. If it has undone a change before, the result is the same and
                nothing changes.
            message_id: the card in which the undo was asked for. If the change was an answer to a card, this message
                shows the answered movie again from now on, and the movie that it showed counts as not shown.
            catalogue: ids of the movies that a card can show.

        Returns:
            None if there is nothing to undo.
        """

        def undo(connection: Connection) -> Undone | None:
            lock_person(self._database, connection, person_id)
            undone = once(connection, update_id, "undo", lambda: undo_one(connection))
            change = _find(connection, person_id, undone)
            if change is None or change.undone_at is None:
                return None
            is_of_card = change.message_id is not None
            is_in_place = is_of_card and _shows(connection, person_id, message_id, change.movie_id)
            outcome = UndoneImport(count_undone(connection, change)) if change.kind == "import" else _outcome(change)
            return Undone(outcome, is_of_card, is_in_place)

        def undo_one(connection: Connection) -> int | None:
            change = _asked(connection, person_id, number)
            if change is None or change.undone_at is not None or _is_superseded(connection, change):
                return None
            self._restore(connection, change, now)
            mark_undone(connection, change, now)
            if message_id is not None and change.message_id is not None and change.movie_id in catalogue:
                self._show_again(connection, person_id, message_id, change.movie_id, now)
            return int(change.number)

        change = await self._database.read(lambda connection: _asked(connection, person_id, number))
        is_import = change is not None and change.kind == "import"
        return await self._database.write(undo, UNDO_TIMEOUT_S if is_import else None)

    async def last_answers(self, person_id: int, limit: int) -> list[Answer]:
        """Return the latest answers and changes that were not undone, the newest first.

        Args:
            person_id: Telegram user id.
            limit: at most this many changes are returned.
        """
        return await self._database.read(lambda connection: read_answers(connection, person_id, limit))

    async def answer_of(self, person_id: int, message_id: int, movie_id: int) -> int | None:
        """Return the number of the latest answer to a movie on a card that is not undone; None if there is none."""
        query = _LATEST.where(_CHANGES.c.message_id == message_id, _CHANGES.c.movie_id == movie_id)
        row = await self._database.read(lambda connection: connection.execute(query, {"person_id": person_id}).first())
        return None if row is None else int(row.number)

    def _restore(self, connection: Connection, change: Row[Any], now: datetime) -> None:
        match change.kind:
            case "import":
                restore_parts(self._database, connection, change, now)
            case "rating":
                restore_rating(self._database, connection, change)
            case "mark":
                _restore_mark(self._database, connection, change)
            case "similar":
                active = connection.execute(_wish_of(change.person_id, "active")).first()
                if active is not None and active.said_at == change.changed_at:
                    _restore_wish(self._database, connection, change, "active")
            case "preferences":
                _restore_wish(self._database, connection, change, "lasting")

    def _show_again(
        self, connection: Connection, person_id: int, message_id: int, movie_id: int, now: datetime
    ) -> None:
        """Store that a card shows a movie again, if the message is a card that shows another one."""
        is_card = (_CARDS.c.person_id == person_id) & (_CARDS.c.message_id == message_id)
        card = connection.execute(select(_CARDS.c.movie_id, _CARDS.c.previous_movie_id).where(is_card)).first()
        if card is None or card.movie_id == movie_id:
            return
        on_screen = card.movie_id if card.previous_movie_id is None else card.previous_movie_id
        again = {"movie_id": movie_id, "previous_movie_id": on_screen, "shown_at": now}
        connection.execute(update(_CARDS).where(is_card).values(again))
        is_shown = (_MARKS.c.person_id == person_id) & (_MARKS.c.kind == "shown")
        connection.execute(delete(_MARKS).where(is_shown, _MARKS.c.movie_id == card.movie_id))
        mark = {"person_id": person_id, "kind": "shown", "movie_id": movie_id, "marked_at": now}
        connection.execute(self._database.upsert(_MARKS), mark)


def add_change(
    connection: Connection,
    person_id: int,
    kind: ChangeKind,
    now: datetime,
    last: int | None = None,
    *,
    has_question: bool = True,
    **values: Any,
) -> int:
    """Store a change in the transaction that makes it, and return its number. An open question is closed.

    Numbers ascend. They contain the time, so that a person who was deleted and comes back gets new numbers.

    Args:
        connection: the connection of a transaction that has locked the person.
        person_id: Telegram user id.
        kind: the kind of the change.
        now: the current time.
        last: the last number of the person, 0 for none; None to read it.
        has_question: whether a question may be open.
        **values: the other columns.
    """
    if last is None:
        last = connection.execute(_LAST_NUMBER, {"person_id": person_id}).scalar_one()
    number = max(last + 1, int(now.timestamp() * 1_000))
    change = {"person_id": person_id, "number": number, "kind": kind, "changed_at": now, **values}
    connection.execute(_INSERT, change)
    if has_question:
        close_question(connection, person_id)
    return number


def mark_undone(connection: Connection, change: Row[Any], now: datetime) -> None:
    """Store that a change is undone."""
    is_change = (_CHANGES.c.person_id == change.person_id) & (_CHANGES.c.number == change.number)
    connection.execute(update(_CHANGES).where(is_change).values(undone_at=now))


def put_rating(
    database: Database,
    connection: Connection,
    key: dict[str, int],
    stars: float | None,
    source: RatingSource | None,
    rated_at: datetime | None,
) -> None:
    """Write a rating, or delete it if `stars` is None."""
    if stars is None:
        connection.execute(_DELETE_RATING, key)
    else:
        rating = key | {"stars": stars, "source": source, "rated_at": rated_at}
        connection.execute(database.upsert(_RATINGS), rating)


def restore_rating(database: Database, connection: Connection, change: Row[Any]) -> None:
    """Restore the rating and the "unseen" mark from before a change."""
    key = {"person_id": change.person_id, "movie_id": change.movie_id}
    put_rating(database, connection, key, change.before_stars, change.before_source, change.before_rated_at)
    if change.unseen_at is not None:
        mark = key | {"kind": "unseen", "marked_at": change.unseen_at}
        connection.execute(database.insert_missing(_MARKS), mark)


def _restore_mark(database: Database, connection: Connection, change: Row[Any]) -> None:
    mark = {"person_id": change.person_id, "kind": change.mark, "movie_id": change.movie_id}
    if change.before_marked_at is None:
        is_mark = and_(*(_MARKS.c[name] == value for name, value in mark.items()))
        connection.execute(delete(_MARKS).where(is_mark))
    else:
        connection.execute(database.upsert(_MARKS), mark | {"marked_at": change.before_marked_at})


def _restore_wish(database: Database, connection: Connection, change: Row[Any], kind: WishKind) -> None:
    if change.before_wish is None:
        is_wish = (_WISHES.c.person_id == change.person_id) & (_WISHES.c.kind == kind)
        connection.execute(delete(_WISHES).where(is_wish))
    else:
        wish = {"person_id": change.person_id, "kind": kind, "wish": change.before_wish}
        connection.execute(database.upsert(_WISHES), wish | {"said_at": change.before_said_at})


def read_answers(connection: Connection, person_id: int, limit: int) -> list[Answer]:
    """Read the result of `Changes.last_answers` on a connection, together with other reads."""
    parameters = {"person_id": person_id, "answers": limit}
    if connection.dialect.name == "sqlite":
        rows = json.loads(connection.execute(_ANSWERS_AS_JSON, parameters).scalar_one())
    else:
        rows = connection.execute(_ANSWERS, parameters).all()
    return [Answer(kind, movie_id, stars, mark, bool(is_of_card)) for kind, movie_id, stars, mark, is_of_card in rows]


def _wish_of(person_id: int, kind: WishKind) -> Select[Any]:
    return select(_WISHES.c.said_at).where(_WISHES.c.person_id == person_id, _WISHES.c.kind == kind)


def _find(connection: Connection, person_id: int, number: int | None) -> Row[Any] | None:
    if number is None:
        return None
    return connection.execute(_CHANGE, {"person_id": person_id, "number": number}).first()


def _asked(connection: Connection, person_id: int, number: int | None) -> Row[Any] | None:
    """Return the change with a number, or the latest one that is not undone if the number is None."""
    if number is None:
        return connection.execute(_LATEST, {"person_id": person_id}).first()
    return _find(connection, person_id, number)


def _is_superseded(connection: Connection, change: Row[Any]) -> bool:
    """Return whether the movie or the preferences of a change were changed again since."""
    if change.kind == "import":
        return False
    same = _CHANGES.c.kind == "preferences" if change.movie_id is None else _CHANGES.c.movie_id == change.movie_id
    later = select(_CHANGES.c.number).where(
        _CHANGES.c.person_id == change.person_id, _CHANGES.c.number > change.number, _CHANGES.c.undone_at.is_(None)
    )
    return connection.execute(later.where(same).limit(1)).first() is not None


def _shows(connection: Connection, person_id: int, message_id: int | None, movie_id: int) -> bool:
    query = select(_CARDS.c.movie_id).where(_CARDS.c.person_id == person_id, _CARDS.c.message_id == message_id)
    return message_id is not None and connection.execute(query).scalar_one_or_none() == movie_id


def _outcome(change: Row[Any]) -> RatingChange | UndoneMark | UndoneCard | UndonePreferences:
    match change.kind:
        case "rating":
            return RatingChange(change.movie_id, change.after_stars, change.before_stars)
        case "mark":
            return UndoneMark(change.movie_id, change.mark, change.before_marked_at is not None)
        case "preferences":
            return UndonePreferences(change.before_wish or {})
        case _:
            return UndoneCard(change.movie_id)
