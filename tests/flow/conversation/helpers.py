"""What the tests of conversations share."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from bot.app import Services
from bot.local_bot_api import Message, Person

OpenBot = Callable[..., AbstractAsyncContextManager[Services]]


def has(words: str) -> Callable[[Message], bool]:
    """Whether a message of the bot has these words."""
    return lambda message: message.from_bot and words in message.text


def shown(card: Message) -> int:
    """The movie id on a card, "Movie 90 (1959)" and so on."""
    return int(card.text.split("Movie ")[1].split()[0])


def is_card(message: Message) -> bool:
    """Whether it shows a movie with thumbs."""
    return message.from_bot and message.text.startswith("Movie ")


def cards(person: Person) -> list[Message]:
    """All cards in the chat, oldest first."""
    return [message for message in person.messages if is_card(message)]


async def first_card(person: Person) -> Message:
    """A card for somebody who just came."""
    await person.send("/recommend")
    return await person.wait_for(is_card)


async def second_card(person: Person) -> None:
    """Wait until there are two."""
    await person.until(lambda one: len(cards(one)) == 2)


async def to_the_titles(person: Person) -> Message:
    """From /start to the page of titles, without answering a question."""
    await person.start()
    hello = await person.next_message()
    await person.press(hello, "Skip the questions")
    return await person.changed(hello)


def titles_on(page: Message) -> set[str]:
    """The titles to tap."""
    return {button.text.removeprefix("👍 ") for button in page.buttons if "Movie" in button.text}
