"""Crafted callback data, as a modified client may send it, changes only data of its sender."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.app import Services
from bot.local_bot_api import Person, TelegramServer
from bot.settings import Settings
from handlers.callbacks import CODES, CallbackData, pack
from handlers.callbacks.buttons import Action, Purpose, Setting, Thumb, Verdict, Way
from handlers.steps import Move, Step
from handlers.texts import notices
from handlers.wish_parts import key_of
from recsys.services.preferences import Preference
from storage.records import Popularity
from tests.flow.conversation.helpers import OpenBot, first_card, has, shown

SAMPLE: dict[str, Any] = {
    "step": Step.READY,
    "move": Move.AGAIN,
    "question": Step.AGE,
    "group": 6,
    "gender": "M",
    "occupation": 20,
    "page": 0,
    "stars": 1.0,
    "thumb": Thumb.DOWN,
    "action": Action.DISLIKE,
    "purpose": Purpose.RATE,
    "words": "movie",
    "verdict": Verdict.DISLIKE,
    "way": Way.SURPRISE,
    "key": key_of("genres_any Odd"),
    "year": 1950,
    "setting": Setting.CONSENT,
    "kind": Preference.GENRES,
    "number": 1,
    "profile": 0,
    "popularity": Popularity.HIDDEN,
    "on": True,
    "job_id": 1,
    "audience": "all",
    "country": "DE",
}
"""A value for every field of callback data. Sent by Ann, it would change her data."""


@pytest.fixture
async def bot(open_bot: OpenBot, webhook: Settings, server: TelegramServer, ann: Person) -> AsyncIterator[Services]:
    """The running bot with a webhook, so that a delivered update has been handled. Ann has data of every kind."""
    async with open_bot(webhook) as services:
        card = await first_card(ann)
        ready = {"age": 18, "gender": "F", "occupation": 1}
        await services.conversation.change_step(ann.id, Step.WELCOME, Step.READY, ready)
        await ann.press(card, "👍")
        card = await ann.next_edit(card)
        await ann.press(card, "🔖 Later")
        await ann.next_edit(card)
        await ann.send("/settings")
        await ann.wait_for(has("Settings"))
        await server.delivered()
        yield services


@pytest.mark.parametrize("knows_the_bot", [True, False])
@pytest.mark.parametrize("kind", CODES.values(), ids=lambda kind: kind.__name__)
async def test_data_of_other_people_does_not_change(
    server: TelegramServer, bot: Services, ann: Person, kind: type[CallbackData], knows_the_bot: bool
) -> None:
    """Bob sends the callback data of every button class with the ids of all Ann's messages. Her data stays the same."""
    exported, messages = await bot.conversation.export(ann.id), ann.messages
    assert exported is not None
    fields = {**SAMPLE, "movie_id": exported["ratings"][0]["movie_id"]}
    data = pack(kind(**{name: fields[name] for name in kind.__dataclass_fields__}))
    bob = server.person(8, "Bob")
    if knows_the_bot:
        await first_card(bob)
    for message in messages:
        await (await bob.press_crafted(message.message_id, data)).answered()
    await server.delivered()
    assert await bot.conversation.export(ann.id) == exported
    assert [message.raw for message in ann.messages] == [message.raw for message in messages]
    assert not any(notices.SOMETHING_BROKE() in message.text for message in bob.messages)


async def test_a_reaction_in_a_group_rates_no_card(server: TelegramServer, bot: Services, ann: Person) -> None:
    """A message in a group may have the id of one of Ann's cards. Her reaction to it rates no movie."""
    card = await first_card(ann)
    await server.delivered()
    before = await bot.conversation.stars(ann.id)
    with server.holding() as held:
        await ann.react(card, "👎")
        held[0]["message_reaction"]["chat"] = {"id": -100, "type": "supergroup", "title": "Film club"}
    await server.delivered()
    assert shown(card) not in await bot.conversation.stars(ann.id)
    assert await bot.conversation.stars(ann.id) == before


@pytest.mark.parametrize("data", ["", "1zz:1", "9ca:1:like", "1ca:0:like", "\N{BOMB}" * 16, "1fy:7"])
async def test_data_that_no_button_has_is_answered(bot: Services, ann: Person, data: str) -> None:
    """Such data gets a toast and changes nothing."""
    exported = await bot.conversation.export(ann.id)
    press = await ann.press_crafted(ann.messages[-1].message_id, data)
    assert (await press.answered()).text in (notices.UNKNOWN_BUTTON(), notices.OLD_VERSION_BUTTON())
    assert await bot.conversation.export(ann.id) == exported


@pytest.mark.usefixtures("bot")
async def test_a_tap_on_a_message_that_telegram_has_not_sent_yet(server: TelegramServer, ann: Person) -> None:
    """Telegram gives such messages the id 0 and lets nobody edit them. The answer is a new message, and no apology."""
    settings, card = ann.messages[-1], await first_card(ann)
    await server.delivered()
    last = ann.messages[-1].message_id
    for message, button in [(settings, "Tell me"), (card, "👍")]:
        with server.holding() as held:
            await ann.press(message, button)
            held[0]["callback_query"]["message"]["message_id"] = 0
        await server.delivered()
    new = [message for message in ann.messages if message.message_id > last]
    assert len(new) == 2
    assert has("Settings")(new[0])
    assert not any(notices.SOMETHING_BROKE() in message.text for message in new)
