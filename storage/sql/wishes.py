"""Wishes of people: the one that is active, and what they never want to see."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, delete, select

from storage.errors import Conflict
from storage.records import StoredWish, WishKind
from storage.sql.changes import add_change
from storage.sql.database import Database
from storage.sql.effects import once
from storage.sql.models import WishRow
from storage.sql.people import lock_person, person_not_found

_WISHES = cast(Table, WishRow.__table__)
_IS_WISH = (_WISHES.c.person_id == bindparam("of_person")) & (_WISHES.c.kind == bindparam("of_kind"))
_FIND = select(_WISHES.c.wish, _WISHES.c.said_at).where(_IS_WISH)
_REMOVE = delete(_WISHES).where(_IS_WISH)


class Wishes:
    """Wishes of people, at most one of each kind. Their conditions are a mapping, which only the use cases read.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, person_id: int, kind: WishKind) -> StoredWish | None:
        """Return a wish; None if there is none, or if the person does not exist."""
        row = await self._database.read(
            lambda connection: connection.execute(_FIND, {"of_person": person_id, "of_kind": kind}).first(), single=True
        )
        return None if row is None else StoredWish(row.wish, row.said_at)

    async def put(
        self,
        person_id: int,
        kind: WishKind,
        wish: Mapping[str, Any] | None,
        now: datetime,
        update_id: int | None = None,
    ) -> None:
        """Replace a wish, or remove it with None. Safe to repeat. A change of the lasting wish can be undone.

        Args:
            person_id: Telegram user id.
            kind: which of the person's wishes.
            wish: the conditions, JSON-serialisable.
            now: the current time.
            update_id: the update that says the wish. If it has changed a wish of this kind before, nothing changes.

        Raises:
            NotFound: the person does not exist. Nothing has changed.
        """
        # JSON has no tuples, so only this form can be compared with what is stored.
        stored = None if wish is None else json.loads(json.dumps(dict(wish)))

        def change(connection: Connection) -> None:
            if kind == "lasting":
                before = connection.execute(_FIND, {"of_person": person_id, "of_kind": kind}).first()
                if (None if before is None else before.wish) == stored:
                    return
                values = {} if before is None else {"before_wish": before.wish, "before_said_at": before.said_at}
                add_change(connection, person_id, "preferences", now, **values)
            if stored is None:
                connection.execute(_REMOVE, {"of_person": person_id, "of_kind": kind})
            else:
                row = {"person_id": person_id, "kind": kind, "wish": stored, "said_at": now}
                connection.execute(self._database.upsert(_WISHES), row)

        def put(connection: Connection) -> None:
            lock_person(self._database, connection, person_id)
            once(connection, update_id, f"wish {kind}", lambda: change(connection))

        try:
            await self._database.write(put)
        except Conflict:
            # The only constraint that an upsert can violate is the foreign key.
            raise person_not_found() from None
