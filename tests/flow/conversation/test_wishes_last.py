"""A wish lasts until another one is said: under buttons, reactions and cards with and without posters."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from bot.app import Services
from bot.application import connect_worker
from bot.jobs.announcer import WorkerContext
from bot.local_bot_api import Message, Person, TelegramServer
from bot.local_bot_api.person import SAMPLE_PNG
from bot.settings import Settings
from bot.stores import open_stores
from handlers.cards import send_card_unasked
from handlers.i18n import Html
from handlers.posters import Posters
from recsys.data import Dataset
from recsys.text.wishes import Wish
from storage.records import Movie
from tests.flow.conversation.helpers import OpenBot, first_card, has

PACINO = Wish(people=("Al Pacino",))


def is_with_pacino(movie_id: int) -> bool:
    """Return whether a movie is in the third with Al Pacino, which has odd and even movies."""
    return movie_id % 30 == 0


def has_poster(movie_id: int) -> bool:
    """Return whether a movie is in the half with posters, which has odd and even movies with Al Pacino."""
    return movie_id // 30 % 4 < 2


def detailed(movie: Movie) -> Movie:
    """Return a movie with an actor, and half of the movies with a poster."""
    poster = f"https://posters.example/{movie.movie_id}.png" if has_poster(movie.movie_id) else None
    actor = "Al Pacino" if is_with_pacino(movie.movie_id) else "Meg Ryan"
    return replace(movie, actors=(actor,), poster_url=poster)


def shown(card: Message) -> int:
    """Return the movie id of a card, which may have a head that names another movie."""
    [title] = [line for line in card.text.splitlines() if line.startswith("Movie ")]
    return int(title.split()[1])


def card_in(person: Person) -> Message:
    """Return the last card in the chat."""
    return [message for message in person.messages if any("Next" in button.text for button in message.buttons)][-1]


async def card_after(person: Person, card: Message) -> Message:
    """Wait until the last card in the chat shows another movie, and return it."""
    await person.until(lambda chat: shown(card_in(chat)) != shown(card))
    return card_in(person)


async def wish(person: Person, text: str) -> Message:
    """Say a wish and return its card."""
    await person.send(text)
    return await person.wait_for(has("Understood"))


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """The Bot API server; every poster can be loaded."""
    web = httpx.MockTransport(lambda _: httpx.Response(200, content=SAMPLE_PNG, headers={"content-type": "image/png"}))
    async with TelegramServer(web=web) as opened:
        yield opened


@pytest.fixture
async def bot(open_bot: OpenBot, polling: Settings, board: Dataset) -> AsyncIterator[Services]:
    """The running bot, which knows Ann, and whose catalogue has actors, and posters for half of the movies."""
    async with open_stores(polling) as stores:
        await stores.catalogue.put_many([detailed(movie) for movie in board.movies])
    async with open_bot() as services:
        await services.conversation.get_or_create_person(7, "ready")
        yield services


async def test_a_wish_survives_thumbs_and_next(bot: Services, ann: Person) -> None:
    """After 👍, 👍 and more ⏭, over photo cards and text cards, every card has the actor of the wish."""
    card = await wish(ann, "with Al Pacino")
    movies, is_photo = [shown(card)], [bool(card.photo)]
    for button in ("👍", "👍", *["⏭ Next"] * 7):
        await ann.press(card, button)
        card = await card_after(ann, card)
        movies.append(shown(card))
        is_photo.append(bool(card.photo))
    assert all(is_with_pacino(movie_id) for movie_id in movies)
    assert len(set(movies)) == len(movies)
    assert {(True, False), (False, True)} <= set(itertools.pairwise(is_photo))
    assert await bot.conversation.stars(ann.id) == dict.fromkeys(movies[:2], 5.0)
    assert await bot.conversation.active_wish(ann.id) == PACINO


async def test_a_wish_survives_a_reaction_and_a_reply(bot: Services, ann: Person) -> None:
    """The card that a reaction or a reply with a thumb brings has the actor of the wish."""
    card = await wish(ann, "with Al Pacino")
    await ann.react(card, "👎")
    second = await card_after(ann, card)
    await ann.reply(second, "👎")
    third = await card_after(ann, second)
    assert [is_with_pacino(shown(message)) for message in (card, second, third)] == [True] * 3
    assert await bot.conversation.stars(ann.id) == {shown(card): 1.0, shown(second): 1.0}


async def test_more_like_this_is_a_wish(bot: Services, ann: Person) -> None:
    """Cards resemble the movie of 🎯 until another wish is said, and not the one before."""
    card = await wish(ann, "with Al Pacino")
    await ann.press(card, "🎯 More like this")
    similar = await card_after(ann, card)
    for button in ("👎", "⏭ Next"):
        assert f"like movie {shown(card)}" in similar.text.casefold()
        await ann.press(similar, button)
        similar = await card_after(ann, similar)
    assert f"like movie {shown(card)}" in similar.text.casefold()
    assert await bot.conversation.active_wish(ann.id) == Wish(like=(shown(card),))


async def test_a_late_tap_on_more_like_this_sets_no_wish(bot: Services, server: TelegramServer, ann: Person) -> None:
    """A second tap on a card that has moved on stores nothing."""
    card = await wish(ann, "with Al Pacino")
    await ann.press(card, "⏭ Next")
    await card_after(ann, card)
    late = await ann.press(card, "🎯 More like this")
    assert "moved on" in (await late.answered()).text
    await server.delivered()
    assert await bot.conversation.active_wish(ann.id) == PACINO


async def test_preferences_hold_for_all_cards(
    bot: Services, server: TelegramServer, polling: Settings, ann: Person
) -> None:
    """What Ann never wants to see is on no card: asked for, after a tap, similar to a movie, or unasked."""
    await ann.start()
    await ann.next_message()
    await bot.conversation.set_preferences(ann.id, Wish(people_none=("Meg Ryan",), genres_none=("Odd",)))
    card = await first_card(ann)
    movies = [shown(card)]
    for button in ("👎", "🎯 More like this", "⏭ Next"):
        await ann.press(card, button)
        card = await card_after(ann, card)
        movies.append(shown(card))
    async with connect_worker(polling, 1) as sender:
        posters = Posters(bot.stores.posters, int(server.token.partition(":")[0]))
        assert await send_card_unasked(WorkerContext(sender, bot.conversation, posters), ann.id, Html("News"))
    movies.append(shown(await card_after(ann, card)))
    assert [movie_id % 60 for movie_id in movies] == [0] * 5
