"""Helpers of the conversation tests."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from bot.app import Services
from bot.local_bot_api import Message, Person
from handlers.steps import Step

OpenBot = Callable[..., AbstractAsyncContextManager[Services]]


async def greeted(bot: Services, person: Person) -> None:
    """Store a person, as the greeting does."""
    await bot.conversation.get_or_create_person(person.id, Step.WELCOME)


def has(words: str) -> Callable[[Message], bool]:
    """Return a predicate: the bot sent the message, and it contains these words."""
    return lambda message: message.from_bot and words in message.text


def shown(card: Message) -> int:
    """Return the movie id of a card, 90 for "Movie 90 (1959)"."""
    return int(card.text.split("Movie ")[1].split()[0])


def is_card(message: Message) -> bool:
    """Return whether a message is a card."""
    return message.from_bot and message.text.startswith("Movie ")


def cards(person: Person) -> list[Message]:
    """Return all cards in the chat, oldest first."""
    return [message for message in person.messages if is_card(message)]


async def first_card(person: Person) -> Message:
    """Request a card and return it."""
    await person.send("/recommend")
    return await person.wait_for(is_card)


async def second_card(person: Person) -> None:
    """Wait until the chat has two cards."""
    await person.until(lambda chat: len(cards(chat)) == 2)


async def replaced_card(person: Person, card: Message) -> Message:
    """Wait until another card has taken the place of the only card in the chat, and return it."""
    await person.until(lambda chat: len(cards(chat)) == 1 and shown(cards(chat)[0]) != shown(card))
    return cards(person)[0]


async def to_the_titles(person: Person) -> Message:
    """Go from /start to the titles page without answering a question, and return the page."""
    await person.start()
    hello = await person.next_message()
    await person.press(hello, "Skip the questions")
    return await person.next_edit(hello)


def titles_on(page: Message) -> set[str]:
    """Return the titles of a titles page."""
    return {button.text.removeprefix("👍 ") for button in page.buttons if "Movie" in button.text}
