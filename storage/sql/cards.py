"""Cards: which message of the bot shows which movie, and what a tap on a card changes.

Buttons, replies and reactions find their movie by the message. A message without a row may still be a card: the bot may
have died between sending and storing it, or its row may have been deleted because it is old. A tap or a reply stores
such a card again, because Telegram sends its keyboard along, which names the movie. Only reactions need the row.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from storage.errors import Conflict
from storage.records import History, MarkKind, RatingChange, RatingSource
from storage.sql.database import Database
from storage.sql.effects import Effect, add_effect, find_effect, once, read_effect
from storage.sql.models import CardRow, MarkRow, PersonRow
from storage.sql.people import lock_person, person_not_found, read_history
from storage.sql.ratings import rate_once, set_rating

_CARDS = cast(Table, CardRow.__table__)
_MARKS = cast(Table, MarkRow.__table__)
_PEOPLE = cast(Table, PersonRow.__table__)

# Built once, because they run for every thumb.
_IS_CARD = (_CARDS.c.person_id == bindparam("card_person")) & (_CARDS.c.message_id == bindparam("card_message"))
_PERSON = select(_PEOPLE.c.person_id).where(_PEOPLE.c.person_id == bindparam("person_id"))
_UNBLOCK = update(_PEOPLE).where(_PEOPLE.c.person_id == bindparam("tapped_by"), _PEOPLE.c.blocked).values(blocked=False)
_ADD = insert(_CARDS)
_MOVIE_ID = select(_CARDS.c.movie_id).where(_IS_CARD)
_CARD = select(_CARDS).where(_IS_CARD)
_REPLACE_MOVIE = (
    update(_CARDS)
    .where(_IS_CARD, _CARDS.c.movie_id == bindparam("before"))
    .values(movie_id=bindparam("after"), previous_movie_id=bindparam("before"), shown_at=bindparam("now"))
)
_CONFIRM = (
    update(_CARDS).where(_IS_CARD, _CARDS.c.movie_id == bindparam("confirmed_movie")).values(previous_movie_id=None)
)


@dataclass(frozen=True, slots=True)
class StoredCard:
    """The movies of a card.

    Attributes:
        movie_id: movie that the message shows, or is about to show.
        previous_movie_id: movie that the message may still show, because editing it has not succeeded yet; None if it
            certainly shows `movie_id`.
        shown_at: time when `movie_id` was chosen.
    """

    movie_id: int
    previous_movie_id: int | None
    shown_at: datetime


@dataclass(frozen=True, slots=True)
class CardAnswer:
    """The changes that a tap on a card makes, in one transaction.

    Attributes:
        movie_id: movie that the card shows when it is tapped.
        stars: the person's rating of that movie, 1..5; None leaves the rating unchanged.
        mark: mark to put on that movie; None for no mark.
        next_movie_id: movie that the card shows next; None to keep the same movie because no other is left.
        adopt: whether to store the message as a card of that movie first, if it is not stored.
    """

    movie_id: int
    stars: float | None = None
    mark: MarkKind | None = None
    next_movie_id: int | None = None
    adopt: bool = False


class Cards:
    """The cards: which message shows which movie.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(
        self, person_id: int, message_id: int, movie_id: int, now: datetime, update_id: int | None = None
    ) -> None:
        """Store that a message now shows this movie, and mark the movie as "shown". Safe to repeat.

        Args:
            person_id: Telegram user id.
            message_id: the message that was sent.
            movie_id: the movie that it shows.
            now: the current time.
            update_id: the update that the message answers. From now on, `was_sent_by` returns True for it.

        Raises:
            NotFound: the person does not exist. Nothing is stored.
        """

        def put(connection: Connection) -> None:
            lock_person(self._database, connection, person_id)
            connection.execute(self._database.upsert(_CARDS), _card(person_id, message_id, movie_id, now))
            connection.execute(self._database.upsert(_MARKS), _mark(person_id, "shown", movie_id, now))
            # If two processes have sent a card for one update, both messages are cards.
            if find_effect(connection, update_id, "card") is None:
                add_effect(connection, update_id, "card")

        try:
            await self._database.write(put)
        except Conflict:
            # The only constraint that an upsert can violate is the foreign key.
            raise person_not_found() from None

    async def get(self, person_id: int, message_id: int) -> StoredCard | None:
        """Return the card that a message shows to a person; None if the message is not their card."""
        card = {"card_person": person_id, "card_message": message_id}
        row = await self._database.read(lambda connection: connection.execute(_CARD, card).first())
        return None if row is None else StoredCard(row.movie_id, row.previous_movie_id, row.shown_at)

    async def confirm(self, person_id: int, message_id: int, movie_id: int) -> None:
        """Store that a message certainly shows this movie. Nothing changes if the card has another movie by now."""
        card = {"card_person": person_id, "card_message": message_id, "confirmed_movie": movie_id}
        await self._database.write(lambda connection: connection.execute(_CONFIRM, card))

    async def was_sent_by(self, update_id: int | None) -> bool:
        """Return whether a card that answers an update was sent and stored."""
        return await read_effect(self._database, update_id, "card") is not None

    async def card_and_history(
        self, person_id: int, message_id: int, shown_since: datetime
    ) -> tuple[int | None, History]:
        """Return the movie id of a card, None if it is not stored, and the result of `People.history`, in one read."""

        def read(connection: Connection) -> tuple[int | None, History]:
            movie_id = _movie_of(connection, person_id, message_id)
            return movie_id, read_history(connection, person_id, shown_since)

        return await self._database.read(read)

    async def answer_card(
        self, person_id: int, message_id: int, answer: CardAnswer, now: datetime, update_id: int | None = None
    ) -> bool:
        """Store the rating, the mark and the next movie of a tap on a card, in one transaction.

        The message may still show the movie that was tapped, until `confirm` is called for the next one. A person who
        taps is no longer marked as having blocked the bot.

        Returns:
            False if the card already shows another movie, or if the person does not exist. Nothing has changed then.
            If the same card is answered several times concurrently, one call returns True. If the update has answered
            the card before, the result is the same and nothing changes.
        """

        def write(connection: Connection) -> bool:
            lock_person(self._database, connection, person_id)
            return bool(once(connection, update_id, "answer", lambda: store_answer(connection)))

        def store_answer(connection: Connection) -> bool:
            card = {"card_person": person_id, "card_message": message_id}
            if answer.adopt:
                self._adopt(connection, person_id, message_id, answer.movie_id, now)
            if answer.next_movie_id is None:
                shows_movie = connection.execute(_CONFIRM, card | {"confirmed_movie": answer.movie_id}).rowcount == 1
            else:
                movies = {"before": answer.movie_id, "after": answer.next_movie_id, "now": now}
                shows_movie = connection.execute(_REPLACE_MOVIE, card | movies).rowcount == 1
            if not shows_movie:
                return False
            connection.execute(_UNBLOCK, {"tapped_by": person_id})
            if answer.stars is not None:
                set_rating(self._database, connection, person_id, answer.movie_id, answer.stars, "button", now)
            marks = [_mark(person_id, answer.mark, answer.movie_id, now)] if answer.mark is not None else []
            if answer.next_movie_id is not None:
                marks.append(_mark(person_id, "shown", answer.next_movie_id, now))
            if marks:
                connection.execute(self._database.upsert(_MARKS), marks)
            return True

        return await self._database.write(write)

    async def was_answered_by(self, update_id: int | None) -> bool:
        """Return whether an update has answered a card."""
        return await read_effect(self._database, update_id, "answer") == Effect(True)

    async def rate(
        self,
        person_id: int,
        message_id: int,
        movie_id: int,
        stars: float,
        source: RatingSource,
        now: datetime,
        update_id: int | None = None,
    ) -> RatingChange | None:
        """Rate the movie of a card, which stays as it is. Safe to repeat; see `Ratings.rate`.

        A message that is not stored is stored as a card of this movie, in the same transaction.

        Returns:
            None if the person does not exist. Nothing has changed then.
        """

        def rate(connection: Connection) -> RatingChange | None:
            lock_person(self._database, connection, person_id)
            if not self._adopt(connection, person_id, message_id, movie_id, now):
                return None
            return rate_once(self._database, connection, person_id, movie_id, stars, source, now, update_id)

        return await self._database.write(rate)

    def _adopt(self, connection: Connection, person_id: int, message_id: int, movie_id: int, now: datetime) -> bool:
        """Store a message as a card of a movie unless it is stored. Return False if the person does not exist."""
        if _movie_of(connection, person_id, message_id) is not None:
            return True
        if connection.execute(_PERSON, {"person_id": person_id}).first() is None:
            return False
        connection.execute(_ADD, _card(person_id, message_id, movie_id, now))
        connection.execute(self._database.upsert(_MARKS), _mark(person_id, "shown", movie_id, now))
        return True


def _movie_of(connection: Connection, person_id: int, message_id: int) -> int | None:
    card = {"card_person": person_id, "card_message": message_id}
    return connection.execute(_MOVIE_ID, card).scalar_one_or_none()


def _card(person_id: int, message_id: int, movie_id: int, now: datetime) -> dict[str, object]:
    return {
        "person_id": person_id,
        "message_id": message_id,
        "movie_id": movie_id,
        "previous_movie_id": None,
        "shown_at": now,
    }


def _mark(person_id: int, kind: MarkKind, movie_id: int, now: datetime) -> dict[str, object]:
    return {"person_id": person_id, "kind": kind, "movie_id": movie_id, "marked_at": now}
