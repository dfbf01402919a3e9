"""Cards: which message of the bot shows which movie, and what a tap on a card changes.

Buttons, replies and reactions find their movie by the message. A message without a row may still be a card: the bot may
have died between sending and storing it, or its row may have been deleted because it is old. A tap or a reply stores
such a card again, because Telegram sends its keyboard along, which names the movie. Only reactions need the row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from storage.changes import Answer, Passed, RatingChange, ShownCard
from storage.errors import Conflict
from storage.records import History, MarkKind, RatingSource, StoredWish
from storage.sql.changes import add_change, read_answers
from storage.sql.database import Database
from storage.sql.effects import add_effect, find_effect, read_effect
from storage.sql.history import HistoryQuery
from storage.sql.marks import put_mark
from storage.sql.models import CardRow, MarkRow, PersonRow, WishRow
from storage.sql.people import lock_person, person_not_found
from storage.sql.ratings import rate_once, set_rating

_CARDS = cast(Table, CardRow.__table__)
_MARKS = cast(Table, MarkRow.__table__)
_PEOPLE = cast(Table, PersonRow.__table__)
_WISHES = cast(Table, WishRow.__table__)

# Built once, because they run for every thumb.
_IS_CARD = (_CARDS.c.person_id == bindparam("card_person")) & (_CARDS.c.message_id == bindparam("card_message"))
_PERSON = select(_PEOPLE.c.person_id).where(_PEOPLE.c.person_id == bindparam("person_id"))
_UNBLOCK = update(_PEOPLE).where(_PEOPLE.c.person_id == bindparam("tapped_by")).values(blocked=False)
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
_ACTIVE_WISH = select(_WISHES.c.wish, _WISHES.c.said_at).where(
    _WISHES.c.person_id == bindparam("person_id"), _WISHES.c.kind == "active"
)
_TAPPED = HistoryQuery(
    select(_CARDS.c.movie_id)
    .where(_CARDS.c.person_id == bindparam("person_id"), _CARDS.c.message_id == bindparam("card_message"))
    .scalar_subquery(),
    *(_ACTIVE_WISH.with_only_columns(column).scalar_subquery() for column in (_WISHES.c.wish, _WISHES.c.said_at)),
    _PEOPLE.c.blocked,
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
class TappedCard:
    """Everything that is stored about a card that was tapped and about the person who tapped it.

    Attributes:
        movie_id: the movie of the card; None if the message is not stored as their card.
        history: as `People.history` returns it.
        wish: the person's wish of the kind "active"; None if there is none.
        answers: as `Changes.last_answers` returns them; empty if none were asked for.
        is_blocked: whether the person is marked as having blocked the bot.
    """

    movie_id: int | None
    history: History
    wish: StoredWish | None
    answers: list[Answer]
    is_blocked: bool


@dataclass(frozen=True, slots=True)
class CardAnswer:
    """The changes that a tap on a card makes, in one transaction.

    Attributes:
        movie_id: movie that the card shows when it is tapped.
        stars: the person's rating of that movie, 1..5; None leaves the rating unchanged.
        mark: mark to put on that movie; None for no mark.
        next_movie_id: movie that the card shows next; None to keep the same movie because no other is left.
        adopt: whether to store the message as a card of that movie first, if it is not stored.
        passed: how the card is passed over; None if it is rated or marked, or if the tap is no answer to the movie.
        wish: the conditions that become the active wish; None to leave it unchanged.
        unblock: whether the person is marked as having blocked the bot, and no longer is once they have tapped.
    """

    movie_id: int
    stars: float | None = None
    mark: MarkKind | None = None
    next_movie_id: int | None = None
    adopt: bool = False
    passed: Passed | None = None
    wish: Mapping[str, Any] | None = None
    unblock: bool = False


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The outcome of an answer that was stored.

    Attributes:
        change: the number of the change, by which it can be undone; None if there is nothing to undo.
    """

    change: int | None = None


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

    async def was_sent_by(self, update_id: int | None) -> bool:
        """Return whether a card that answers an update was sent and stored."""
        return await read_effect(self._database, update_id, "card") is not None

    async def tapped(self, person_id: int, message_id: int, shown_since: datetime, answers: int = 0) -> TappedCard:
        """Return a card with everything from which its next movie is chosen, in one read.

        Args:
            person_id: Telegram user id.
            message_id: the message that was tapped.
            shown_since: as in `People.history`.
            answers: how many of the latest answers to return.
        """

        def read(connection: Connection) -> TappedCard:
            found = _TAPPED.read(connection, person_id, shown_since, card_message=message_id)
            if found is None:
                return TappedCard(None, History(), None, [], is_blocked=False)
            history, (movie_id, wish, said_at, is_blocked) = found
            active = None if said_at is None else StoredWish(wish, said_at)
            latest = read_answers(connection, person_id, answers) if answers else []
            return TappedCard(movie_id, history, active, latest, is_blocked)

        return await self._database.read(read, single=not answers)

    async def answer_card(
        self, person_id: int, message_id: int, answer: CardAnswer, now: datetime, update_id: int | None = None
    ) -> StoredAnswer | None:
        """Store the rating, the mark, the wish and the next movie of a tap on a card, in one transaction.

        The message may still show the movie that was tapped, until `Updates.mark_handled` says that it shows the next.

        Returns:
            None if the card already shows another movie, or if the person does not exist. Nothing has changed then.
            If the same card is answered several times concurrently, one call stores its answer. If the update has
            answered the card before, the result is the same and nothing changes.
        """

        def write(connection: Connection) -> int | bool:
            lock_person(self._database, connection, person_id)
            result = store_answer(connection)
            add_effect(connection, update_id, "answer", result)
            return result

        def store_answer(connection: Connection) -> int | bool:
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
            if answer.unblock:
                connection.execute(_UNBLOCK, {"tapped_by": person_id})
            change = self._store_change(connection, person_id, message_id, answer, now)
            if answer.next_movie_id is not None:
                shown = _mark(person_id, "shown", answer.next_movie_id, now)
                connection.execute(self._database.upsert(_MARKS), shown)
            return change or True

        try:
            return _stored_answer(await self._database.write(write))
        except Conflict:
            # An update that comes again is rare, so nothing is read to find it. Its effect is stored already.
            earlier = await read_effect(self._database, update_id, "answer")
            if earlier is None:
                raise
            return _stored_answer(earlier.result)

    async def answered_by(self, update_id: int | None) -> StoredAnswer | None:
        """Return the outcome of `answer_card` for an update; None if the update has answered no card."""
        effect = await read_effect(self._database, update_id, "answer")
        return None if effect is None else _stored_answer(effect.result)

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
            return rate_once(
                self._database, connection, person_id, movie_id, stars, source, now, update_id, message_id=message_id
            )

        return await self._database.write(rate)

    def _store_change(
        self, connection: Connection, person_id: int, message_id: int, answer: CardAnswer, now: datetime
    ) -> int | None:
        """Store what an answer changes, and return the number of the change."""
        database, movie_id, change = self._database, answer.movie_id, None
        if answer.stars is not None:
            change = set_rating(
                database,
                connection,
                person_id,
                movie_id,
                answer.stars,
                "button",
                now,
                message_id=message_id,
                is_answer=answer.next_movie_id is not None,
            ).number
        if answer.mark is not None:
            change = put_mark(database, connection, person_id, movie_id, answer.mark, now, message_id)
        wish_before = {}
        if answer.wish is not None:
            before = connection.execute(_ACTIVE_WISH, {"person_id": person_id}).first()
            if before is not None:
                wish_before = {"before_wish": before.wish, "before_said_at": before.said_at}
            wish = {"person_id": person_id, "kind": "active", "wish": dict(answer.wish), "said_at": now}
            connection.execute(database.upsert(_WISHES), wish)
        if answer.passed is not None and answer.next_movie_id is not None:
            of_card: dict[str, Any] = {"movie_id": movie_id, "message_id": message_id}
            change = add_change(connection, person_id, answer.passed, now, **of_card, **wish_before)
        return change

    def _adopt(self, connection: Connection, person_id: int, message_id: int, movie_id: int, now: datetime) -> bool:
        """Store a message as a card of a movie unless it is stored. Return False if the person does not exist."""
        if _movie_of(connection, person_id, message_id) is not None:
            return True
        if connection.execute(_PERSON, {"person_id": person_id}).first() is None:
            return False
        connection.execute(_ADD, _card(person_id, message_id, movie_id, now))
        connection.execute(self._database.upsert(_MARKS), _mark(person_id, "shown", movie_id, now))
        return True


def confirm_cards(connection: Connection, shown: Sequence[ShownCard]) -> None:
    """Store which movies messages certainly show. Nothing changes for a card that has another movie by now."""
    confirmed = [
        {"card_person": card.person_id, "card_message": card.message_id, "confirmed_movie": card.movie_id}
        for card in sorted(shown)
    ]
    connection.execute(_CONFIRM, confirmed)


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


def _stored_answer(result: Any) -> StoredAnswer | None:
    """Return the outcome of the effect "answer": False, the number of the change, or True if there is none."""
    if result is False:
        return None
    return StoredAnswer(None if result is True else int(result))
