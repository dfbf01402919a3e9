"""Posters: uploaded once, replaced in place, and left out if they cannot be loaded."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from telegram.error import NetworkError

import handlers.cards
from bot.app import Services
from bot.application import connect_worker
from bot.client import rate_limiter
from bot.jobs.announcer import WorkerContext
from bot.local_bot_api import Person, TelegramServer
from bot.local_bot_api.person import SAMPLE_PNG
from bot.settings import Settings
from bot.stores import open_stores
from handlers.cards import send_card_unasked
from handlers.i18n import Html
from handlers.posters import REST, RETRY_AFTER, Posters
from handlers.steps import Step
from handlers.texts import notices
from recsys.data import Dataset
from storage.poster_files import PosterFile
from storage.sql import Database, PosterFiles
from tests.flow.conversation.helpers import OpenBot, cards, first_card, replaced_card, second_card, shown

POSTER = "https://posters.example/{}.png"
LONG: dict[str, Any] = {
    "description": "Somebody looks for something & finds it. " * 99,
    "directors": ("Somebody With A Very Long Name " * 9,) * 9,
    "actors": ("Somebody Else With A Very Long Name " * 9,) * 9,
    "certificate": "PG-13",
    "minutes": 117,
}
"""Details that would not fit below a photo as a whole."""


class Web:
    """A web server with posters.

    Attributes:
        fetched: the number of requests by URL.
        gone: whether every request is answered with 404.
    """

    def __init__(self) -> None:
        self.fetched: Counter[str] = Counter()
        self.gone = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Return a picture, or 404."""
        self.fetched[str(request.url)] += 1
        return httpx.Response(404) if self.gone else httpx.Response(200, content=SAMPLE_PNG, headers=_PNG)


def bot_id(server: TelegramServer) -> int:
    """Return the bot's user id."""
    return int(server.token.partition(":")[0])


def has_poster(movie_id: int) -> bool:
    """Return whether a movie is in the half with posters: two of each four, so that both kinds are in it."""
    return movie_id // 10 % 4 < 2


_PNG = {"content-type": "image/png"}


@pytest.fixture
def web() -> Web:
    """A web server that has every poster."""
    return Web()


@pytest.fixture
async def server(web: Web) -> AsyncIterator[TelegramServer]:
    """The Bot API server; it fetches posters from `web`."""
    async with TelegramServer(web=httpx.MockTransport(web)) as opened:
        yield opened


@pytest.fixture(params=["all"])
def with_poster(request: pytest.FixtureRequest) -> str:
    """The movies that have a poster: all, or half of them."""
    return str(request.param)


@pytest.fixture
async def bot(open_bot: OpenBot, polling: Settings, board: Dataset, with_poster: str) -> AsyncIterator[Services]:
    """The running bot with posters in its catalogue."""
    async with open_stores(polling) as stores:
        chosen = [movie for movie in board.movies if with_poster == "all" or has_poster(movie.movie_id)]
        with_posters = [replace(movie, poster_url=POSTER.format(movie.movie_id), **LONG) for movie in chosen]
        await stores.catalogue.put_many(with_posters)
    async with open_bot() as services:
        yield services


async def test_a_poster_is_uploaded_once(server: TelegramServer, bot: Services, web: Web, ann: Person) -> None:
    """Ann's cards are photos that change in place. Bob sees the same posters, and none is fetched again."""
    bob = server.person(8, "Bob")
    await bot.stores.people.get_or_create(bob.id, Step.WELCOME, datetime.now(UTC))
    for person in (ann, bob):
        await person.send("/recommend")
        card = await person.next_message()
        for _ in range(3):
            assert card.photo
            await person.press(card, "⏭ Next")
            card = await person.next_edit(card)
        assert shown(card) not in await bot.conversation.stars(person.id)
    assert len(web.fetched) == 4
    assert set(web.fetched.values()) == {1}


async def test_a_thumb_and_a_second_tap_on_a_photo(server: TelegramServer, bot: Services, ann: Person) -> None:
    """The rating is stored once, and the photo changes once."""
    card = await first_card(ann)
    await ann.press(card, "👍")
    late = await ann.press(card, "👍")
    assert "moved on" in (await late.answered()).text
    await server.delivered()
    assert await bot.conversation.stars(ann.id) == {shown(card): 5.0}
    assert len(server.calls_of("editMessageMedia")) == 1


async def test_a_poster_that_cannot_be_loaded_is_left_out(
    server: TelegramServer, bot: Services, web: Web, ann: Person
) -> None:
    """The card is sent as a text, or edited into a text, and Telegram is not given the same poster again."""
    web.gone = True
    card = await first_card(ann)
    assert not card.photo
    await ann.press(card, "⏭ Next")
    second = await ann.next_edit(card)
    assert not second.photo
    bob = server.person(8, "Bob")
    other = await first_card(bob)
    assert shown(other) == shown(card)
    await bob.press(other, "⏭ Next")
    assert shown(await bob.next_edit(other)) == shown(second)
    assert set(web.fetched.values()) == {1}
    assert bot.index.problem == ""


async def test_a_poster_that_is_gone_turns_a_photo_into_a_text_below(bot: Services, web: Web, ann: Person) -> None:
    """A photo cannot become a text, so the old card is deleted and the next card is sent as a new message."""
    card = await first_card(ann)
    assert card.photo
    web.gone = True
    await ann.press(card, "👍")
    assert not (await replaced_card(ann, card)).photo
    assert await bot.conversation.stars(ann.id) == {shown(card): 5.0}


@pytest.mark.parametrize("with_poster", ["half"], indirect=True)
async def test_cards_with_and_without_posters_follow_each_other(
    server: TelegramServer, bot: Services, ann: Person
) -> None:
    """The chat has one card at a time, and every tap, even a double one, brings exactly one more movie."""
    card = await first_card(ann)
    seen, kinds = [shown(card)], {bool(card.photo)}
    for _ in range(5):
        await ann.press(card, "⏭ Next")
        late = await ann.press(card, "⏭ Next")
        assert "moved on" in (await late.answered()).text
        await server.delivered()
        (card,) = cards(ann)
        seen.append(shown(card))
        kinds.add(bool(card.photo))
        assert bool(card.photo) == has_poster(shown(card))
    assert len(set(seen)) == 6
    assert kinds == {True, False}
    assert list((await bot.stores.marks.of(ann.id))["shown"]) == seen


async def test_another_replica_uses_stored_uploads_and_failures(
    bot: Services, server: TelegramServer, web: Web, ann: Person
) -> None:
    """A second replica, or a restarted bot, fetches neither an uploaded poster nor a failed poster again."""
    first = await first_card(ann)
    web.gone = True
    await ann.press(first, "⏭ Next")
    await replaced_card(ann, first)
    fetched = dict(web.fetched)
    assert sorted(fetched.values()) == [1, 1]
    await server.delivered()
    now = datetime.now(UTC)
    other = Posters(bot.stores.posters, bot_id(server), lambda: now)
    urls = [POSTER.format(shown(card)) for card in (first, cards(ann)[0])]
    file_id, nothing = [await other.to_send(url) for url in urls]
    assert (file_id not in (None, urls[0]), nothing) == (True, None)
    stranger = Posters(bot.stores.posters, 1)
    assert [await stranger.to_send(url) for url in urls] == urls
    bob = server.person(8, "Bob")
    assert (await first_card(bob)).photo
    assert dict(web.fetched) == fetched


@pytest.mark.parametrize("fault", ["hangs", "fails"])
async def test_a_poster_that_gets_no_answer_is_left_out(
    server: TelegramServer, bot: Services, ann: Person, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """A text card follows, also in place of an earlier text. Bob's cards of these movies are sent without posters."""
    monkeypatch.setattr(handlers.cards, "PHOTO_TIMEOUT_S", 0.2)
    monkeypatch.setattr(rate_limiter, "NETWORK_PAUSES_S", (0.0, 0.0, 0.0))
    for method in ("sendPhoto", "editMessageMedia"):
        if fault == "hangs":
            server.faults.delay_next(method, 3_600.0)
        else:
            server.faults.fail_next(method, code=502)
    card = await first_card(ann)
    assert not card.photo
    await ann.press(card, "⏭ Next")
    second = await ann.next_edit(card)
    assert not second.photo
    assert not any(call.ok for call in server.calls_of("sendPhoto") + server.calls_of("editMessageMedia"))
    bob = server.person(8, "Bob")
    other = await first_card(bob)
    assert (shown(other), other.photo) == (shown(card), [])
    await bob.press(other, "⏭ Next")
    other = await bob.next_edit(other)
    assert (shown(other), other.photo) == (shown(second), [])
    assert not any(notices.SOMETHING_BROKE() in message.text for message in ann.messages)
    assert bot.index.problem == ""


async def test_a_photo_that_gets_no_answer_is_replaced_by_a_text(
    server: TelegramServer, bot: Services, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A photo cannot become a text, so the old card is deleted and the next card is sent as a new message."""
    monkeypatch.setattr(handlers.cards, "PHOTO_TIMEOUT_S", 0.2)
    card = await first_card(ann)
    assert card.photo
    server.faults.delay_next("editMessageMedia", 3_600.0)
    await ann.press(card, "👍")
    assert not (await replaced_card(ann, card)).photo
    assert await bot.conversation.stars(ann.id) == {shown(card): 5.0}


async def test_a_photo_that_cannot_be_deleted_remains(
    server: TelegramServer, bot: Services, web: Web, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new card works, and nobody apologises. A reaction to the old card rates its movie, and a tap removes it."""
    monkeypatch.setattr(rate_limiter, "NETWORK_PAUSES_S", (0.0, 0.0, 0.0))
    card = await first_card(ann)
    web.gone = True
    server.faults.fail_next("deleteMessage", 4)
    await ann.press(card, "👍")
    await second_card(ann)
    await server.delivered()
    old, new = cards(ann)
    assert old.photo
    assert not new.photo
    await ann.react(old, "👎")
    await ann.until(lambda chat: len(cards(chat)) == 3)
    assert await bot.conversation.stars(ann.id) == {shown(card): 1.0}
    late = await ann.press(old, "👍")
    assert "moved on" in (await late.answered()).text
    await ann.until(lambda chat: old.message_id not in [message.message_id for message in cards(chat)])
    assert shown(cards(ann)[-1]) == shown(new)
    await ann.press(new, "👎")
    await ann.next_edit(new)
    assert await bot.conversation.stars(ann.id) == {shown(card): 1.0, shown(new): 1.0}
    assert not any(notices.SOMETHING_BROKE() in message.text for message in ann.messages)


async def test_an_unasked_card_is_not_sent_twice(
    server: TelegramServer, bot: Services, polling: Settings, ann: Person
) -> None:
    """Nobody waits for it, and the photo may have been sent. So no text follows, and the delivery is uncertain."""
    await ann.start()
    await ann.next_message()
    server.faults.fail_next("sendPhoto", code=502)
    async with connect_worker(polling, 1) as sender:
        worker = WorkerContext(sender, bot.conversation, Posters(bot.stores.posters, bot_id(server)))
        with pytest.raises(NetworkError):
            await send_card_unasked(worker, ann.id, Html("Hello"))
        assert cards(ann) == []
        assert await send_card_unasked(worker, ann.id, Html("Hello"))
    (message,) = [message for message in ann.messages if "Hello" in message.text]
    assert message.photo


async def test_a_poster_rests_for_a_while_after_a_call_without_an_answer(database: Database) -> None:
    """The upload is not forgotten, and the poster is sent again when the time has passed."""
    now = datetime(2026, 3, 4, tzinfo=UTC)
    files = PosterFiles(database)
    await files.put(1, "a", PosterFile("file of a"))
    posters = Posters(files, 1, lambda: now)
    assert await posters.to_send("a") == "file of a"
    posters.rest("a")
    assert (await posters.to_send("a"), await posters.to_send("b")) == (None, "b")
    now += REST
    assert await posters.to_send("a") == "file of a"


async def test_a_poster_that_failed_is_tried_again_after_a_while(database: Database) -> None:
    """A failure expires, and what another replica stored since is used."""
    now = datetime(2026, 3, 4, tzinfo=UTC)
    files = PosterFiles(database)
    posters = Posters(files, 1, lambda: now)
    assert await posters.to_send(None) is None
    assert await posters.to_send("a") == "a"
    for url in "ac":
        await posters.failed(url)
        assert await posters.to_send(url) is None
    assert await posters.to_send("b") == "b"
    await files.put(1, "c", PosterFile("file of c"))
    now += RETRY_AFTER
    assert [await posters.to_send(url) for url in "ac"] == ["a", "file of c"]


async def test_without_the_database_a_poster_is_sent_by_its_url(database_url: str) -> None:
    """The poster is sent by its URL, and its failure is cached in this process."""
    async with Database(database_url) as without_tables:
        posters = Posters(PosterFiles(without_tables), 1)
        assert await posters.to_send("a") == "a"
        await posters.failed("a")
        assert await posters.to_send("a") is None
