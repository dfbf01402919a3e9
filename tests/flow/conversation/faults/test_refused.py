"""Telegram refuses to show a movie: the next one comes instead, and the refused one is not chosen again."""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from bot.app import Services
from bot.local_bot_api import Person, TelegramServer
from bot.local_bot_api.person import SAMPLE_PNG
from bot.settings import Settings
from bot.stores import open_stores
from handlers.cards import MAX_REFUSED
from handlers.texts import cards as texts
from handlers.texts import notices
from recsys.data import Dataset
from tests.flow.conversation.helpers import OpenBot, cards, first_card, is_card, shown

REFUSAL = "Bad Request: BUTTON_DATA_INVALID"


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """The Bot API server; it fetches the same picture for every poster."""
    picture = httpx.Response(200, content=SAMPLE_PNG, headers={"content-type": "image/png"})
    async with TelegramServer(web=httpx.MockTransport(lambda _: picture)) as opened:
        yield opened


def refused_movies(server: TelegramServer) -> list[int]:
    """Return the movies of the cards that Telegram refused to send, in the order of the calls."""
    calls = [call for call in server.calls_of("sendMessage") if not call.ok]
    return [int(call.parameters["text"].split("Movie ")[1].split()[0]) for call in calls]


async def test_the_next_movie_comes_instead(
    server: TelegramServer, bot: Services, polling: Settings, ann: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """Two movies are refused and counted. They are marked as shown, so that later cards are of other movies."""
    server.faults.fail_next("sendMessage", times=2, code=400, description=REFUSAL)
    with caplog.at_level(logging.WARNING):
        card = await first_card(ann)
    await server.delivered()
    refused = refused_movies(server)
    assert len({*refused, shown(card)}) == 3
    assert set((await bot.stores.marks.of(ann.id))["shown"]) == {*refused, shown(card)}
    assert [vars(record)["movie_id"] for record in caplog.records] == refused
    seen = {shown(card)}
    for _ in range(5):
        await ann.press(card, "⏭ Next")
        card = await ann.next_edit(card)
        seen.add(shown(card))
    assert len(seen) == 6
    assert not seen & set(refused)
    async with httpx.AsyncClient(base_url=f"http://{polling.listen}", trust_env=False) as site:
        assert 'reelmate_fallback_requests{name="cards"} 2.0' in (await site.get("/metrics")).text


async def test_a_refused_edit_brings_the_next_movie_in_a_new_message(
    server: TelegramServer, bot: Services, ann: Person
) -> None:
    """The thumb counts, and the new card works like any other."""
    card = await first_card(ann)
    server.faults.fail_next("editMessageText", code=400, description=REFUSAL)
    server.faults.fail_next("sendMessage", code=400, description=REFUSAL)
    await ann.press(card, "👍")
    second = await ann.wait_for(lambda message: is_card(message) and message.message_id != card.message_id)
    assert shown(second) not in (*refused_movies(server), shown(card))
    await ann.press(second, "👎")
    third = await ann.next_edit(second)
    assert cards(ann) == [third]
    assert await bot.conversation.stars(ann.id) == {shown(card): 5.0, shown(second): 1.0}


@pytest.mark.usefixtures("bot")
async def test_telegram_may_refuse_everything(server: TelegramServer, ann: Person) -> None:
    """After five movies the person gets one apology. The next request continues with the sixth movie."""
    server.faults.fail_next("sendMessage", times=MAX_REFUSED, code=400, description=REFUSAL)
    await ann.send("/recommend")
    assert (await ann.next_message()).text == notices.SOMETHING_BROKE()
    assert len(set(refused_movies(server))) == MAX_REFUSED
    assert shown(await first_card(ann)) not in refused_movies(server)


@pytest.mark.usefixtures("bot")
async def test_the_only_movie_that_fits_is_refused(server: TelegramServer, ann: Person) -> None:
    """The person reads that nothing else fits."""
    await ann.send("/profile")
    await ann.next_message()
    server.faults.fail_next("sendMessage", code=400, description=REFUSAL)
    await ann.send("from 1954, before 1955")
    assert (await ann.next_message()).text.endswith(f"\n\n{texts.NOTHING_FITS()}")
    assert refused_movies(server) == [40]


async def test_a_refused_chat_costs_no_movie(server: TelegramServer, bot: Services, ann: Person) -> None:
    """If Telegram has no such chat, another movie would be refused too, so none is tried or marked."""
    card = await first_card(ann)
    await server.delivered()
    sent = len(server.calls_of("sendMessage"))
    server.faults.fail_next("sendMessage", times=2, code=400, description="Bad Request: chat not found")
    await ann.send("/recommend")
    await server.called("sendMessage", sent + 2)
    await server.delivered()
    assert len(server.calls_of("sendMessage")) == sent + 2
    assert set((await bot.stores.marks.of(ann.id))["shown"]) == {shown(card)}


@pytest.fixture
async def bot_with_posters(open_bot: OpenBot, polling: Settings, board: Dataset) -> AsyncIterator[Services]:
    """The running bot. Each movie has a poster, a long title of emoji, and 300 genres."""
    genres = tuple(f"🎬 genre {number}" for number in range(300))
    async with open_stores(polling) as stores:
        await stores.catalogue.put_many(
            [
                replace(
                    movie,
                    title=f"{movie.title} {'🎬' * 250}",
                    genres=genres,
                    poster_url=f"https://posters.example/{movie.movie_id}.png",
                )
                for movie in board.movies
            ]
        )
    async with open_bot() as services:
        yield services


@pytest.mark.usefixtures("bot_with_posters")
async def test_long_fields_are_cut_to_the_length_of_a_caption(server: TelegramServer, ann: Person) -> None:
    """The card keeps its poster, below a long request too, and Telegram refuses nothing."""
    card = await first_card(ann)
    await ann.press(card, "🎯 More like this")
    second = await ann.next_edit(card)
    assert card.photo
    assert second.photo
    assert all(call.ok for call in server.calls)


@pytest.mark.usefixtures("bot_with_posters")
async def test_a_poster_outlives_the_refusal_of_its_movie(server: TelegramServer, ann: Person) -> None:
    """If the movie is refused without its poster too, the poster is not to blame: other people still see it."""
    server.faults.fail_next("sendPhoto", code=400, description=REFUSAL)
    server.faults.fail_next("sendMessage", code=400, description=REFUSAL)
    await ann.send("/recommend")
    assert (await ann.next_message()).photo
    bob = server.person(8, "Bob")
    await bob.send("/recommend")
    first = await bob.wait_for(lambda message: bool(message.photo))
    assert shown(first) == refused_movies(server)[0]
