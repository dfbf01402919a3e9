"""Updates that come again after a kill or a stop between their effect and the mark that they were handled."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bot.app import Services
from bot.local_bot_api import Message, Person, TelegramServer
from bot.process import run
from bot.settings import Settings
from handlers.callbacks import pack
from handlers.callbacks.buttons import Action, CardAction, PickTitle, Purpose
from handlers.steps import Step
from tests.flow.conversation.helpers import (
    OpenBot,
    cards,
    first_card,
    greeted,
    has,
    replaced_card,
    second_card,
    shown,
    to_the_titles,
)
from tests.flow.repeats import repeat


@pytest.fixture
async def bot(open_bot: OpenBot, either: Settings) -> AsyncIterator[Services]:
    """The running bot, by polling and by webhook."""
    async with open_bot(either) as services:
        yield services


async def like_cards(person: Person, count: int) -> Message:
    """Like this many cards, and return the next one."""
    card = await first_card(person)
    for _ in range(count):
        await person.press(card, "👍")
        card = await person.next_edit(card)
    return card


def texts(person: Person, words: str) -> list[str]:
    """Return the messages of the bot that contain these words."""
    return [message.text for message in person.messages if has(words)(message)]


def number_of_cards(person: Person) -> int:
    """Return the number of all cards in the chat, those with a text above them included."""
    return len([message for message in person.messages if "⏭ Next" in [button.text for button in message.buttons]])


def toasts(server: TelegramServer) -> list[str | None]:
    """Return the texts that the bot answered taps with."""
    return [call.parameters.get("text") for call in server.calls_of("answerCallbackQuery")]


async def test_undo(server: TelegramServer, bot: Services, ann: Person) -> None:
    """A repeated /undo takes back no second rating, and sends the card no second time."""
    await like_cards(ann, 2)
    await ann.send("/undo")
    await ann.wait_for(has("Taken back"))
    await repeat(server, bot)
    assert len(texts(ann, "Taken back")) == 1
    assert len(await bot.conversation.stars(ann.id)) == 1


async def test_undo_without_a_rating(server: TelegramServer, bot: Services, ann: Person) -> None:
    """A repeated /undo that found nothing to take back does not take back what was rated since."""
    await bot.conversation.get_or_create_person(ann.id, Step.READY)
    await ann.send("/undo")
    await ann.wait_for(has("nothing to take back"))
    await bot.conversation.rate(ann.id, 10, 5.0, "stars")
    await repeat(server, bot)
    assert len(texts(ann, "nothing to take back")) == 2
    assert await bot.conversation.stars(ann.id) == {10: 5.0}


async def test_the_undo_button(server: TelegramServer, bot: Services, ann: Person) -> None:
    """A repeated tap takes back the last rating of the movie, and not also the one before."""
    card = await first_card(ann)
    await bot.conversation.rate(ann.id, shown(card), 2.0, "stars")
    await ann.press(card, "👍")
    await ann.press(await ann.next_edit(card), "↩ Undo")
    restored = await ann.wait_for(has("Taken back"))
    await repeat(server, bot)
    assert texts(ann, "Taken back") == [restored.text]
    assert toasts(server)[-2:] == [None, None]
    assert await bot.conversation.stars(ann.id) == {shown(card): 2.0}


@pytest.mark.parametrize("button", ["👍", "🔖 Later", "⏭ Next"])
async def test_a_button_of_a_card(server: TelegramServer, bot: Services, ann: Person, button: str) -> None:
    """A repeated tap gets the same toast and leaves the same card in the message, and nothing is stored twice."""
    card = await first_card(ann)
    await ann.press(card, button)
    replaced = await ann.next_edit(card)
    before = await bot.conversation.export(ann.id)
    await repeat(server, bot)
    after = await bot.conversation.export(ann.id)
    assert before is not None
    assert after is not None
    assert [after[name] for name in ("changes", "marks")] == [before[name] for name in ("changes", "marks")]
    assert ann.messages[-1].text == replaced.text
    assert ann.messages[-1].buttons == replaced.buttons
    first, second = toasts(server)
    assert first == second


@pytest.mark.parametrize("kind", ["reply", "reaction", "stars"])
async def test_a_rating_that_was_taken_back_since(
    server: TelegramServer, bot: Services, ann: Person, kind: str
) -> None:
    """A repeated thumb or rating does not bring back what the person took back in the meantime."""
    card = await first_card(ann)
    if kind == "reply":
        await ann.reply(card, "👍")
    elif kind == "reaction":
        await ann.react(card, "👍")
    else:
        await ann.send(f"/rate Movie {shown(card)} 4.5")
    rating = server.updates[-1]["update_id"]
    if kind == "stars":
        await ann.wait_for(has("4.5"))
    else:
        await second_card(ann)
    await ann.send("/undo")
    await ann.wait_for(has("Taken back"))
    await repeat(server, bot, rating)
    assert await bot.conversation.stars(ann.id) == {}
    exported = await bot.conversation.export(ann.id)
    assert exported is not None
    assert len(exported["changes"]) == 1


async def the_end_of_the_interview(person: Person) -> None:
    """Finish the interview, which brings the first card."""
    page = await to_the_titles(person)
    await person.press(page, "Done")


async def a_picked_title(person: Person) -> None:
    """Pick one of the titles that an unknown title may mean."""
    await person.send("/settings")
    message = await person.next_message()
    await person.press_crafted(message.message_id, pack(PickTitle(30, Purpose.SIMILAR, None)))


async def a_stale_button(person: Person) -> None:
    """Tap a button of a card on a message that is none."""
    await person.send("/settings")
    message = await person.next_message()
    await person.press_crafted(message.message_id, pack(CardAction(10, Action.LIKE)))


WAYS = {
    "recommend": lambda person: person.send("/recommend"),
    "a wish": lambda person: person.send("before 1960"),
    "similar": lambda person: person.send("/similar Movie 30"),
    "a picked title": a_picked_title,
    "the end of the interview": the_end_of_the_interview,
    "a stale button": a_stale_button,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_a_card_is_sent_once(
    server: TelegramServer, bot: Services, ann: Person, way: Callable[[Person], Awaitable[object]]
) -> None:
    """A repeated update that was answered with a card is not answered with a second one."""
    await greeted(bot, ann)
    await way(ann)
    await ann.until(lambda chat: number_of_cards(chat) == 1)
    await server.delivered()
    # The interview stores its end after the card, so the bot may have died in between.
    await bot.conversation.change_step(ann.id, Step.READY, Step.TITLES, {})
    await repeat(server, bot)
    assert number_of_cards(ann) == 1


@pytest.mark.parametrize("kind", ["start", "reply", "reaction"])
async def test_a_further_card_is_sent_once(server: TelegramServer, bot: Services, ann: Person, kind: str) -> None:
    """So it is for a person who has a card already: with /start, and with a thumb for the card."""
    card = await first_card(ann)
    await bot.conversation.change_step(ann.id, Step.WELCOME, Step.READY, {})
    if kind == "start":
        await ann.start()
    else:
        await (ann.reply(card, "👍") if kind == "reply" else ann.react(card, "👍"))
    await ann.until(lambda chat: number_of_cards(chat) == 2)
    await repeat(server, bot)
    assert number_of_cards(ann) == 2


async def test_a_card_that_took_the_place_of_another_is_sent_once(
    server: TelegramServer, bot: Services, ann: Person
) -> None:
    """The old message could not be edited. A repeated tap finds it deleted, and the new card works."""
    card = await first_card(ann)
    server.faults.fail_next("editMessageText", code=400, description="Bad Request: message can't be edited")
    await ann.press(card, "👍")
    second = await replaced_card(ann, card)
    await repeat(server, bot)
    assert cards(ann) == [second]
    await ann.press(second, "👎")
    await ann.next_edit(second)
    assert await bot.conversation.stars(ann.id) == {shown(card): 5.0, shown(second): 1.0}


async def test_a_setting(server: TelegramServer, bot: Services, ann: Person) -> None:
    """A repeated consent does not override the later refusal."""
    await ann.send("/settings")
    settings = await ann.next_message()
    await ann.press(settings, "train the model")
    consent = server.updates[-1]["update_id"]
    settings = await ann.next_edit(settings)
    assert (await bot.stores.people.get(ann.id)).consent  # type: ignore[union-attr]
    await ann.press(settings, "train the model")
    await ann.next_edit(settings)
    await repeat(server, bot, consent)
    assert not (await bot.stores.people.get(ann.id)).consent  # type: ignore[union-attr]


async def test_forget(server: TelegramServer, bot: Services, ann: Person) -> None:
    """A repeated confirmation does not delete what the person stored after they came back."""
    await bot.conversation.get_or_create_person(ann.id, Step.READY)
    await ann.send("/forget")
    asked = await ann.next_message()
    await ann.press(asked, 0)
    confirmed = server.updates[-1]["update_id"]
    forgotten = await ann.next_edit(asked)
    assert await bot.conversation.export(ann.id) is None
    await bot.conversation.get_or_create_person(ann.id, Step.READY)
    await bot.conversation.rate(ann.id, 10, 5.0, "stars")
    await repeat(server, bot, confirmed)
    assert await bot.conversation.stars(ann.id) == {10: 5.0}
    assert ann.message(asked.message_id).text == forgotten.text  # type: ignore[union-attr]


async def test_a_movie_of_the_watchlist(server: TelegramServer, bot: Services, ann: Person) -> None:
    """A repeated tap gets the same toast, and does not remove a movie that was put back."""
    await bot.conversation.get_or_create_person(ann.id, Step.READY)
    await bot.conversation.mark(ann.id, 10, "later")
    await ann.send("/watchlist")
    watchlist = await ann.next_message()
    await ann.press(watchlist, "✕ 1")
    await ann.next_edit(watchlist)
    await bot.conversation.mark(ann.id, 10, "later")
    await repeat(server, bot)
    first, second = toasts(server)
    assert first == second
    assert [movie.movie_id for movie in await bot.conversation.watchlist(ann.id)] == [10]


async def test_a_step_of_the_first_visit(server: TelegramServer, bot: Services, ann: Person) -> None:
    """A repeated tap is not called outdated, and leaves the next question in the message."""
    await ann.start()
    hello = await ann.next_message()
    await ann.press(hello, "Let's start")
    asked = await ann.next_edit(hello)
    await repeat(server, bot)
    assert toasts(server) == [None, None]
    assert ann.messages[-1].text == asked.text
    await ann.press(asked, "25-34")
    await ann.wait_for(has("woman or a man"))


async def test_a_stop_while_telegram_answers_429(
    server: TelegramServer, open_bot: OpenBot, monkeypatch: pytest.MonkeyPatch, ann: Person
) -> None:
    """/undo waits for Telegram when the bot is stopped; the next bot answers it, and only one rating is taken back."""
    monkeypatch.setattr(run, "DRAIN_S", 0.0)
    async with open_bot():
        await like_cards(ann, 2)
        server.faults.fail_next("sendMessage", retry_after=20)
        calls = len(server.calls_of("sendMessage"))
        await ann.send("/undo")
        await server.called("sendMessage", calls + 1)
    async with open_bot() as services:
        await ann.wait_for(has("Taken back"))
        assert len(await services.conversation.stars(ann.id)) == 1
        assert len(cards(ann)) == 1
