"""Cards that are on the screen but not in the database: a tap or a reply stores them, and they work like any other."""

from collections.abc import AsyncIterator
from typing import cast

import httpx
import pytest
from sqlalchemy import Table, delete

from bot.app import Services
from bot.local_bot_api import Message, Person, TelegramServer
from bot.settings import Settings
from handlers.callbacks import pack
from handlers.callbacks.buttons import Action, CardAction
from handlers.texts import cards as texts
from handlers.texts import notices, onboarding
from storage.sql.models import CardRow
from tests.flow.conversation.helpers import OpenBot, cards, first_card, has, second_card, shown

_CARDS = cast(Table, CardRow.__table__)


@pytest.fixture
async def bot(open_bot: OpenBot, either: Settings) -> AsyncIterator[Services]:
    """The running bot, by polling and by webhook."""
    async with open_bot(either) as services:
        yield services


@pytest.fixture(params=["never stored", "deleted"])
async def card(request: pytest.FixtureRequest, server: TelegramServer, bot: Services, ann: Person) -> Message:
    """A card that the database does not know.

    Either the response that contains its message id was lost, as the id is when the bot is killed, or its row was
    deleted because it is old.
    """
    if request.param == "never stored":
        server.faults.damage_next("sendMessage")
    card = await first_card(ann)
    await server.delivered()
    async with bot.stores.database.writing() as connection:
        await connection.execute(delete(_CARDS))
    return card


async def stored_cards(bot: Services, person: Person) -> dict[int, int]:
    """Return message id -> movie id of a person's cards."""
    exported = await bot.conversation.export(person.id)
    assert exported is not None
    return {row["message_id"]: row["movie_id"] for row in exported["cards"]}


async def test_a_tap_counts_and_brings_the_next_card(bot: Services, ann: Person, card: Message) -> None:
    """The message shows the next card and is known from then on; a movie that was on the screen does not come again."""
    press = await ann.press(card, "👍")
    assert (await press.answered()).text == texts.TOAST_LIKED()
    second = await ann.next_edit(card)
    assert await bot.conversation.stars(ann.id) == {shown(card): 5.0}
    await ann.react(second, "👎")
    await second_card(ann)
    assert await bot.conversation.stars(ann.id) == {shown(card): 5.0, shown(second): 1.0}
    assert (await stored_cards(bot, ann))[card.message_id] == shown(second)
    assert shown(card) in (await bot.stores.marks.of(ann.id))["shown"]


async def test_two_taps_count_once(server: TelegramServer, bot: Services, ann: Person, card: Message) -> None:
    """The second tap finds the card that the first one stored."""
    with server.holding():
        await ann.press(card, "👍")
        late = await ann.press(card, "👎")
    assert (await late.answered()).text == texts.TOAST_MOVED_ON()
    await server.delivered()
    assert await bot.conversation.stars(ann.id) == {shown(card): 5.0}
    assert len(cards(ann)) == 1


async def test_a_reply_with_a_thumb_rates_the_card(
    server: TelegramServer, bot: Services, ann: Person, card: Message
) -> None:
    """The next card follows, and the first one is known from then on."""
    await ann.reply(card, "👎")
    await second_card(ann)
    await server.delivered()
    assert await bot.conversation.stars(ann.id) == {shown(card): 1.0}
    assert await stored_cards(bot, ann) == {message.message_id: shown(message) for message in cards(ann)}


async def test_a_reaction_is_ignored(server: TelegramServer, bot: Services, ann: Person, card: Message) -> None:
    """Telegram does not say what the message shows."""
    await ann.react(card, "👍")
    await server.delivered()
    assert await bot.conversation.stars(ann.id) == {}
    assert await stored_cards(bot, ann) == {}


async def test_a_card_that_is_too_old_to_come_with_the_tap(
    server: TelegramServer, bot: Services, ann: Person, card: Message
) -> None:
    """Its button says which movie it shows. It cannot be edited, so the next card is a new message."""
    async with httpx.AsyncClient(trust_env=False) as client:
        message = {"chat_id": ann.id, "message_id": card.message_id}
        await client.post(f"{server.base_url}{server.token}/deleteMessage", json=message)
    press = await ann.press_crafted(card.message_id, pack(CardAction(shown(card), Action.LIKE)))
    assert (await press.answered()).text == texts.TOAST_LIKED()
    await ann.until(lambda chat: len(cards(chat)) == 1)
    await server.delivered()
    assert await bot.conversation.stars(ann.id) == {shown(card): 5.0}
    assert (await stored_cards(bot, ann))[cards(ann)[0].message_id] == shown(cards(ann)[0])


@pytest.mark.parametrize("kind", ["tap", "reply"])
async def test_a_card_of_a_forgotten_person_stores_nothing(
    server: TelegramServer, bot: Services, ann: Person, card: Message, kind: str
) -> None:
    """Both begin again with the greeting, as an unknown person's."""
    await bot.conversation.forget(ann.id)
    if kind == "tap":
        press = await ann.press(card, "👍")
        assert (await press.answered()).text == notices.STALE_BUTTON()
    else:
        await ann.reply(card, "👍")
    await ann.wait_for(lambda message: message.text.startswith(onboarding.GREETING()))
    await server.delivered()
    assert await stored_cards(bot, ann) == {}
    assert await bot.conversation.stars(ann.id) == {}


async def test_a_message_with_other_buttons_is_no_card(server: TelegramServer, bot: Services, ann: Person) -> None:
    """A modified app sends a button of a card for the settings, and one of another movie for an unknown card."""
    card = await first_card(ann)
    await ann.send("/settings")
    settings = await ann.wait_for(has("Settings"))
    await server.delivered()
    async with bot.stores.database.writing() as connection:
        await connection.execute(delete(_CARDS))
    other = 10 if shown(card) != 10 else 20
    for message in (settings, card):
        press = await ann.press_crafted(message.message_id, pack(CardAction(other, Action.LIKE)))
        assert (await press.answered()).text == notices.STALE_BUTTON()
    await server.delivered()
    assert await bot.conversation.stars(ann.id) == {}
    assert {settings.message_id, card.message_id}.isdisjoint(await stored_cards(bot, ann))
