"""Helpers of the admin tests."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from bot.local_bot_api import Message, Person, TelegramServer
from storage.sql import People

ADMIN = 1


def has(words: str) -> Callable[[Message], bool]:
    """Return a predicate: the bot sent the message, and it contains these words."""
    return lambda message: message.from_bot and words in message.text


async def agreed(server: TelegramServer, people: People, person_ids: Sequence[int]) -> list[Person]:
    """Return people who once wrote to the bot and want messages."""
    people_who_agreed = []
    with server.holding() as held:
        for person_id in person_ids:
            person = server.person(person_id, f"P{person_id}")
            await person.send("/start")
            await people.get_or_create(person_id, "ready", datetime.now(UTC))
            await people.update(person_id, notify=True)
            people_who_agreed.append(person)
        held.clear()
    return people_who_agreed


async def announced(ada: Person, text: str = "/announce Hello <all>") -> Message:
    """Draft an announcement and return the message that asks for confirmation."""
    await ada.send(text)
    return await ada.wait_for(has("would get this"))
