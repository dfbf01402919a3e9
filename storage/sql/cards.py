"""Which message of ours shows which movie, so that buttons, replies and reactions find it; and what taps do to it."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, bindparam, select, update

from storage.errors import Conflict
from storage.records import History, MarkKind
from storage.sql.database import Database
from storage.sql.models import CardRow, MarkRow
from storage.sql.people import lock_person, person_not_found, read_history
from storage.sql.ratings import set_rating

_CARDS = cast(Table, CardRow.__table__)
_MARKS = cast(Table, MarkRow.__table__)

# Built once: these run for every thumb.
_IS_CARD = (_CARDS.c.person_id == bindparam("of_person")) & (_CARDS.c.message_id == bindparam("of_message"))
_MOVIE_OF = select(_CARDS.c.movie_id).where(_IS_CARD)
_TURN = (
    update(_CARDS)
    .where(_IS_CARD, _CARDS.c.movie_id == bindparam("before"))
    .values(movie_id=bindparam("after"), shown_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class CardAnswer:
    """What a tap on a card does, all of it or nothing.

    Attributes:
        movie_id: what the card shows when it is tapped.
        stars: what the person gives that movie, 1..5; None leaves its rating as it is.
        mark: what they say of it besides.
        next_movie_id: what the card shows from then on; None for the same, where nothing is left.
    """

    movie_id: int
    stars: float | None = None
    mark: MarkKind | None = None
    next_movie_id: int | None = None


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

        def note(connection: Connection) -> None:
            lock_person(self._database, connection, person_id)
            connection.execute(self._database.upsert(_CARDS), card)
            connection.execute(self._database.upsert(_MARKS), _mark(person_id, "shown", movie_id, now))

        try:
            await self._database.write(note)
        except Conflict:
            # The one constraint that an upsert can break is the foreign key.
            raise person_not_found() from None

    async def movie_of(self, person_id: int, message_id: int) -> int | None:
        """The movie id that a message shows to this person; None where it is no card of theirs."""
        return await self._database.read(lambda connection: _movie_of(connection, person_id, message_id))

    async def card_and_history(
        self, person_id: int, message_id: int, shown_since: datetime
    ) -> tuple[int | None, History]:
        """`movie_of` and `People.said` in one read."""

        def read(connection: Connection) -> tuple[int | None, History]:
            movie_id = _movie_of(connection, person_id, message_id)
            return movie_id, History() if movie_id is None else read_history(connection, person_id, shown_since)

        return await self._database.read(read)

    async def answer_card(self, person_id: int, message_id: int, turn: CardAnswer, now: datetime) -> bool:
        """Take in what a tap on a card says, and what the card shows next, in one transaction.

        Returns:
            False where the card shows another movie already; then nothing has changed. Of several who turn the same
            card at the same time, one gets True.
        """

        def write(connection: Connection) -> bool:
            lock_person(self._database, connection, person_id)
            if turn.next_movie_id is None:
                is_there = _movie_of(connection, person_id, message_id) == turn.movie_id
            else:
                moved = {"before": turn.movie_id, "after": turn.next_movie_id, "now": now}
                card = {"of_person": person_id, "of_message": message_id}
                is_there = connection.execute(_TURN, card | moved).rowcount == 1
            if not is_there:
                return False
            if turn.stars is not None:
                set_rating(self._database, connection, person_id, turn.movie_id, turn.stars, "button", now)
            marks = [_mark(person_id, turn.mark, turn.movie_id, now)] if turn.mark is not None else []
            if turn.next_movie_id is not None:
                marks.append(_mark(person_id, "shown", turn.next_movie_id, now))
            if marks:
                connection.execute(self._database.upsert(_MARKS), marks)
            return True

        return await self._database.write(write)


def _movie_of(connection: Connection, person_id: int, message_id: int) -> int | None:
    card = {"of_person": person_id, "of_message": message_id}
    return connection.execute(_MOVIE_OF, card).scalar_one_or_none()


def _mark(person_id: int, kind: MarkKind, movie_id: int, now: datetime) -> dict[str, object]:
    return {"person_id": person_id, "kind": kind, "movie_id": movie_id, "marked_at": now}
