"""The popularity setting: a setting that lasts, and wishes that say it for themselves."""

from bot.app import Services
from bot.local_bot_api import Message, Person
from storage.records import Popularity
from tests.flow.conversation.helpers import OpenBot

WELL_KNOWN = range(10, 151, 10)
"""A quarter of the checkerboard's movies: with equal numbers of ratings, those with the lowest ids."""


def movie_on(card: Message) -> int:
    """Return the movie id of a card, with or without a text above it."""
    [title] = [line for line in card.text.splitlines() if line.startswith("Movie ")]
    return int(title.split()[1])


async def next_movies(person: Person, card: Message, count: int) -> list[int]:
    """Return the movies of a card and of those that follow it with ⏭."""
    movies = [movie_on(card)]
    while len(movies) < count:
        await person.press(card, "⏭ Next")
        card = await person.next_edit(card)
        movies.append(movie_on(card))
    return movies


async def choose(person: Person, position: str) -> Message:
    """Choose a popularity in /settings, and return the settings."""
    await person.send("/settings")
    await person.until(lambda chat: "Settings" in chat.messages[-1].text)
    settings = person.messages[-1]
    await person.press(settings, position)
    return await person.next_edit(settings)


def labels(message: Message) -> list[str]:
    """Return the labels of the buttons below a message."""
    return [button.text for button in message.buttons]


def cards(person: Person) -> list[Message]:
    """Return all cards in the chat."""
    return [message for message in person.messages if "⏭ Next" in labels(message)]


async def card_of(person: Person, text: str) -> Message:
    """Send a text and return the card that answers it."""
    before = len(cards(person))
    await person.send(text)
    await person.until(lambda chat: len(cards(chat)) > before)
    return cards(person)[-1]


async def test_the_popularity_setting_lasts(open_bot: OpenBot, ann: Person) -> None:
    """Its position is marked, all cards follow it, and it is the same after a restart and in the export."""
    async with open_bot() as services:
        await ann.start()
        await ann.next_message()
        settings = await choose(ann, "Well known")
        assert "✅ Well known" in labels(settings)
        assert "Balanced" in labels(settings)
        assert all(movie in WELL_KNOWN for movie in await next_movies(ann, await card_of(ann, "/recommend"), 6))
    async with open_bot() as services:
        person = await services.conversation.get_person(ann.id)
        assert person is not None
        assert person.popularity is Popularity.WELL_KNOWN
        exported = await services.conversation.export(ann.id)
        assert exported is not None
        assert exported["profile"]["popularity"] == "known"
        settings = await choose(ann, "Hidden gems")
        assert "✅ Hidden gems" in labels(settings)
        movies = await next_movies(ann, await card_of(ann, "/recommend"), 6)
        assert sum(movie not in WELL_KNOWN for movie in movies) >= 3


async def test_a_wish_sets_the_popularity_for_itself(bot: Services, ann: Person) -> None:
    """A hidden gem is searched as such, not as words of a plot; without the wish, the setting holds again."""
    await ann.start()
    await ann.next_message()
    await choose(ann, "Well known")
    card = await card_of(ann, "a hidden gem please")
    assert "Understood: hidden gem." in card.text
    assert "cannot search" not in card.text
    movies = await next_movies(ann, card, 4)
    assert sum(movie not in WELL_KNOWN for movie in movies) >= 2
    card = await card_of(ann, "something famous")
    assert "Understood: famous." in card.text
    assert all(movie in WELL_KNOWN for movie in await next_movies(ann, card, 3))
    wish = await bot.conversation.active_wish(ann.id)
    assert wish is not None
    assert wish.popularity is Popularity.WELL_KNOWN
