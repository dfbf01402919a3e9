"""Cards whose next movie is stored but did not get into the message: the next tap puts it there."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace

import httpx
import pytest

import bot.application
from bot.app import Services
from bot.client import rate_limiter
from bot.local_bot_api import Message, Person, TelegramServer
from bot.local_bot_api.methods import editing
from bot.process import run
from bot.settings import Settings
from handlers import replies
from handlers.texts import notices
from tests.flow.conversation.helpers import OpenBot, cards, first_card, has, shown

FOR_EVER_S = 3_600.0

Fault = Callable[[TelegramServer, str], None]


def fails(server: TelegramServer, method: str) -> None:
    """Answer a call and all its retries with 500."""
    server.faults.fail_next(method, 4, code=500)


def hangs(server: TelegramServer, method: str) -> None:
    """Never answer a call, and answer its retries with 500."""
    server.faults.delay_next(method, FOR_EVER_S)
    server.faults.fail_next(method, 3, code=500)


def is_limited(server: TelegramServer, method: str) -> None:
    """Answer a call with a 429 that takes longer than a tap waits for its answer."""
    server.faults.fail_next(method, retry_after=20)


FAULTS = pytest.mark.parametrize("fault", [fails, hangs])


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bot retry without pauses, and let its calls time out soon."""
    monkeypatch.setattr(rate_limiter, "NETWORK_PAUSES_S", (0.0, 0.0, 0.0))
    monkeypatch.setattr(bot.application, "_TIMEOUTS", {"connect_timeout_s": 5.0, "answer_timeout_s": 2.0})


@pytest.fixture
async def services(open_bot: OpenBot, either: Settings) -> AsyncIterator[Services]:
    """The running bot, by polling and by webhook."""
    async with open_bot(either) as services:
        yield services


async def stored_movie(services: Services, person: Person, card: Message) -> int:
    """Return the movie id that the database has for a card."""
    exported = await services.conversation.export(person.id)
    assert exported is not None
    [movie_id] = [row["movie_id"] for row in exported["cards"] if row["message_id"] == card.message_id]
    return int(movie_id)


async def tap_in_vain(server: TelegramServer, person: Person, card: Message, button: str, fault: Fault) -> None:
    """Tap a button of a card while messages cannot be edited."""
    fault(server, "editMessageText")
    await person.press(card, button)
    await person.wait_for(has(notices.SOMETHING_BROKE()))
    await server.delivered()


@FAULTS
async def test_the_next_tap_shows_a_card_that_could_not_be_shown(
    server: TelegramServer, services: Services, ann: Person, fault: Fault
) -> None:
    """A tap on the old card puts the stored card into the message and counts for nothing else; that card works."""
    card = await first_card(ann)
    await tap_in_vain(server, ann, card, "👍", fault)
    assert [shown(message) for message in cards(ann)] == [shown(card)]
    press = await ann.press(card, "👎")
    assert "moved on" in (await press.answered()).text
    second = await ann.next_edit(card)
    await server.delivered()
    assert shown(second) == await stored_movie(services, ann, card) != shown(card)
    assert await services.conversation.stars(ann.id) == {shown(card): 5.0}
    await ann.press(second, "👎")
    third = await ann.next_edit(second)
    await server.delivered()
    assert shown(third) == await stored_movie(services, ann, card)
    assert await services.conversation.stars(ann.id) == {shown(card): 5.0, shown(second): 1.0}


async def test_a_card_that_is_shown_later_is_the_same_card(
    server: TelegramServer, services: Services, ann: Person
) -> None:
    """It has the reason and the undo button that it would have had at once."""
    bob = server.person(8, "Bob")
    at_once, late = await first_card(bob), await first_card(ann)
    await bob.press(at_once, "👍")
    expected = await bob.next_edit(at_once)
    await tap_in_vain(server, ann, late, "👍", fails)
    await ann.press(late, "👍")
    second = await ann.next_edit(late)
    assert second.text == expected.text
    assert [button.text for button in second.buttons] == [button.text for button in expected.buttons]
    assert "Because you liked" in second.text
    assert services.index.problem == ""


@pytest.mark.parametrize("fault", [fails, hangs, is_limited])
async def test_a_tap_that_cannot_be_answered_shows_the_next_card(
    server: TelegramServer, services: Services, ann: Person, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The toast is missing, and the person gets no apology, because the tap had its effect."""
    monkeypatch.setattr(replies, "TOAST_TIMEOUT_S", 0.2)
    card = await first_card(ann)
    fault(server, "answerCallbackQuery")
    await ann.press(card, "👍")
    second = await ann.next_edit(card)
    await server.delivered()
    assert shown(second) == await stored_movie(services, ann, card) != shown(card)
    assert not any(notices.SOMETHING_BROKE() in message.text for message in ann.messages)


@pytest.mark.parametrize("kind", ["reaction", "reply"])
@FAULTS
async def test_a_thumb_counts_for_the_movie_on_the_screen(
    server: TelegramServer, services: Services, ann: Person, fault: Fault, kind: str
) -> None:
    """The stored card never got into the message, so a reaction or a reply rates the previous movie."""
    card = await first_card(ann)
    await tap_in_vain(server, ann, card, "⏭ Next", fault)
    await (ann.react(card, "👎") if kind == "reaction" else ann.reply(card, "👎"))
    await ann.until(lambda chat: len(cards(chat)) == 2)
    await server.delivered()
    assert await services.conversation.stars(ann.id) == {shown(card): 1.0}


async def test_a_reply_counts_for_the_movie_that_it_replies_to(
    server: TelegramServer, services: Services, ann: Person
) -> None:
    """The reply was written before the tap replaced the card, and is handled afterwards."""
    card = await first_card(ann)
    with server.holding() as held:
        await ann.reply(card, "👎")
        await ann.press(card, "⏭ Next")
        held.reverse()
    await ann.until(lambda chat: len(cards(chat)) == 2)
    await server.delivered()
    assert await services.conversation.stars(ann.id) == {shown(card): 1.0}


async def test_a_card_that_a_late_call_puts_back_is_replaced_by_a_tap(
    server: TelegramServer, services: Services, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram executes an edit that had timed out, after the next one: the first tap puts the stored card back."""
    card = await first_card(ann)
    await ann.press(card, "⏭ Next")
    second = await ann.next_edit(card)
    [late] = [call.parameters for call in server.calls_of("editMessageText")]
    await ann.press(second, "⏭ Next")
    third = await ann.next_edit(second)
    await server.delivered()
    # Telegram counts whole seconds.
    monkeypatch.setattr(editing, "time", SimpleNamespace(time=lambda: third.raw["edit_date"] + 2))
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.post(f"{server.base_url}{server.token}/editMessageText", json=late)
    again = await ann.next_edit(third)
    assert shown(again) == shown(second)
    await ann.press(again, "👍")
    assert shown(await ann.next_edit(again)) == shown(third) == await stored_movie(services, ann, card)
    assert await services.conversation.stars(ann.id) == {}


async def test_a_card_remains_if_neither_edit_nor_message_succeeds(
    server: TelegramServer, services: Services, ann: Person
) -> None:
    """The old card is deleted only when the new one has been sent, so a tap on it tries again."""
    card = await first_card(ann)
    server.faults.fail_next("editMessageText", code=400, description="Bad Request: message can't be edited")
    server.faults.fail_next("sendMessage")
    await ann.press(card, "👍")
    await ann.wait_for(has(notices.SOMETHING_BROKE()))
    await server.delivered()
    assert [shown(message) for message in cards(ann)] == [shown(card)]
    await ann.press(card, "👍")
    second = await ann.next_edit(card)
    await server.delivered()
    assert shown(second) == await stored_movie(services, ann, card) != shown(card)
    assert await services.conversation.stars(ann.id) == {shown(card): 5.0}


@pytest.mark.parametrize("method", ["answerCallbackQuery", "editMessageText"])
async def test_a_bot_that_is_stopped_between_storing_and_showing(
    server: TelegramServer,
    open_bot: OpenBot,
    polling: Settings,
    ann: Person,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
) -> None:
    """The next start shows the stored card, and the rating is stored once."""
    monkeypatch.setattr(run, "DRAIN_S", 0.0)
    monkeypatch.setattr(replies, "TOAST_TIMEOUT_S", FOR_EVER_S)
    monkeypatch.setattr(bot.application, "_TIMEOUTS", {"connect_timeout_s": 5.0, "answer_timeout_s": FOR_EVER_S})
    async with open_bot():
        card = await first_card(ann)
        await server.delivered()
        server.faults.delay_next(method, FOR_EVER_S)
        await ann.press(card, "👍")
        await server.arrived(method)
    assert [shown(message) for message in cards(ann)] == [shown(card)]
    async with open_bot(polling) as services:
        second = await ann.next_edit(card)
        await server.delivered()
        assert shown(second) == await stored_movie(services, ann, card) != shown(card)
        exported = await services.conversation.export(ann.id)
        assert exported is not None
        assert [change["movie_id"] for change in exported["changes"]] == [shown(card)]
        await asyncio.gather(ann.press(second, "⏭ Next"), ann.next_edit(second))
