"""Which message of ours shows which movie, so that replies and reactions find it."""

from datetime import datetime
from typing import cast

from sqlalchemy import Table, select

from storage.errors import Conflict
from storage.sql.database import Database
from storage.sql.models import CardRow, MarkRow
from storage.sql.people import lock_person, unknown_person

_CARDS = cast(Table, CardRow.__table__)
_MARKS = cast(Table, MarkRow.__table__)


class Cards:
    """Every method raises Unavailable where the database does not answer within its deadline."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, person_id: int, message_id: int, movie_id: int, now: datetime) -> None:
        """Note that a message shows this movie, whatever it showed before, and mark it "shown"; safe to repeat.

        Raises:
            NotFound: the person is not known; nothing is noted.
        """
        card = {"person_id": person_id, "message_id": message_id, "movie_id": movie_id, "shown_at": now}
        mark = {"person_id": person_id, "kind": "shown", "movie_id": movie_id, "marked_at": now}
        try:
            async with self._database.writing() as connection:
                await lock_person(self._database, connection, person_id)
                await connection.execute(self._database.upsert(_CARDS), card)
                await connection.execute(self._database.upsert(_MARKS), mark)
        except Conflict:
            # The one constraint that an upsert can break is the foreign key.
            raise unknown_person() from None

    async def movie_of(self, person_id: int, message_id: int) -> int | None:
        """The movie id that a message shows to this person; None where it is no card of theirs."""
        is_card = (_CARDS.c.person_id == person_id) & (_CARDS.c.message_id == message_id)
        async with self._database.reading() as connection:
            return (await connection.execute(select(_CARDS.c.movie_id).where(is_card))).scalar_one_or_none()
