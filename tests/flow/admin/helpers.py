"""What the tests of admins share."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from bot.local_bot_api import Message, Person, TelegramServer
from storage.sql import People

ADMIN = 1


def has(words: str) -> Callable[[Message], bool]:
    """Whether a message of the bot has these words."""
    return lambda message: message.from_bot and words in message.text


async def agreed(server: TelegramServer, people: People, person_ids: Sequence[int]) -> list[Person]:
    """People who once wrote to the bot and want messages."""
    found = []
    with server.holding() as held:
        for person_id in person_ids:
            person = server.person(person_id, f"P{person_id}")
            await person.send("/start")
            await people.get_or_create(person_id, "ready", datetime.now(UTC))
            await people.update(person_id, notify=True)
            found.append(person)
        held.clear()
    return found


async def announced(ada: Person, text: str = "/announce Hello <all>") -> Message:
    """An announcement that waits to be confirmed."""
    await ada.send(text)
    return await ada.wait_for(has("would get this"))
