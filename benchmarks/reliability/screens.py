"""The screen of a person: the buttons of a message, and the cards of a chat."""

from collections.abc import Iterator
from typing import TypeVar

from bot.local_bot_api import Message, Person
from handlers.callbacks import CallbackData, unpack
from handlers.callbacks.buttons import CardAction
from handlers.texts import cards

ANNOUNCED = "Announcement "
"""The beginning of every announcement."""

_NOTHING_LEFT = (str(cards.NOTHING_LEFT()), str(cards.NOTHING_FITS()))

Value = TypeVar("Value", bound=CallbackData)


def values_on(message: Message, kind: type[Value]) -> list[Value]:
    """Return the values of a message's buttons that are of one class."""
    values = (unpack(button.data) for button in message.buttons if button.data is not None)
    return [value for value in values if isinstance(value, kind)]


def movie_on(message: Message | None) -> int | None:
    """Return the movie of a card; None if the message is no card or gone."""
    values = values_on(message, CardAction) if message is not None else []
    return values[0].movie_id if values else None


def cards_of(person: Person) -> dict[int, int]:
    """Return message id -> movie id of the cards on a person's screen, the oldest first."""
    movies = ((message.message_id, movie_on(message)) for message in person.messages if message.from_bot)
    return {message_id: movie_id for message_id, movie_id in movies if movie_id is not None}


def is_nothing_left(person: Person, after: int) -> bool:
    """Return whether a message after a message id says that no movie is left, or none for the wish."""
    newer = [message.text for message in person.messages if message.message_id > after]
    return any(said in text for text in newer for said in _NOTHING_LEFT)


def bot_messages(person: Person) -> Iterator[Message]:
    """Yield the bot's messages on a person's screen, the newest first."""
    return (message for message in reversed(person.messages) if message.from_bot)


def last_id(person: Person) -> int:
    """Return the id of the last message on a person's screen; 0 if there is none."""
    messages = person.messages
    return messages[-1].message_id if messages else 0


def has_answer(person: Person, after: int) -> bool:
    """Return whether the bot has written after a message id, announcements aside."""
    newest = next((message for message in bot_messages(person) if ANNOUNCED not in message.text), None)
    return newest is not None and newest.message_id > after
