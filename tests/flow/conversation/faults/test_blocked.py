"""A person blocks the bot and comes back."""

import logging
from collections.abc import AsyncIterator

import pytest

from bot.app import Services
from bot.local_bot_api import Person, TelegramServer
from bot.settings import Settings
from handlers.steps import Step
from tests.flow.conversation.helpers import OpenBot, cards, first_card, has, to_the_titles
from tests.flow.run.helpers import counted


@pytest.fixture
async def bot(open_bot: OpenBot, webhook: Settings) -> AsyncIterator[Services]:
    """The running bot with a webhook, so that a delivered update has been handled."""
    async with open_bot(webhook) as services:
        yield services


async def is_blocked(bot: Services, person: Person) -> bool:
    """Return whether the person is stored as blocked."""
    stored = await bot.conversation.get_person(person.id)
    assert stored is not None
    return stored.blocked


async def test_a_person_who_blocks_the_bot_is_marked_until_they_unblock_it(
    server: TelegramServer, bot: Services, ann: Person
) -> None:
    """Both updates of the chat member are handled, and no message is sent."""
    await first_card(ann)
    await server.delivered()
    sent = len(server.calls_of("sendMessage"))
    await ann.block()
    await server.delivered()
    assert await is_blocked(bot, ann)
    await ann.unblock()
    await server.delivered()
    assert not await is_blocked(bot, ann)
    assert len(server.calls_of("sendMessage")) == sent


async def test_a_stranger_who_blocks_the_bot_is_not_stored(server: TelegramServer, bot: Services, ann: Person) -> None:
    """A person who never wrote to the bot is not stored."""
    await bot.conversation.forget(ann.id)
    await ann.block()
    await server.delivered()
    assert await bot.conversation.get_person(ann.id) is None


@pytest.mark.parametrize("is_notified", [True, False])
async def test_an_answer_to_a_person_who_blocked_the_bot_is_tried_once(
    server: TelegramServer, bot: Services, ann: Person, caplog: pytest.LogCaptureFixture, is_notified: bool
) -> None:
    """Ann writes and blocks the bot. One call fails, nothing is logged or repeated, and she is stored as blocked.

    Telegram may or may not deliver the update about the block.
    """
    await first_card(ann)
    await server.delivered()
    sent, failed, refused = len(server.calls_of("sendMessage")), counted("failed"), counted("refused")
    with server.holding() as held:
        await ann.send("/help")
        await ann.block()
        if not is_notified:
            held.pop()
    await server.delivered()
    assert await is_blocked(bot, ann)
    assert len(server.calls_of("sendMessage")) == sent + 1
    assert (counted("failed"), counted("refused")) == (failed, refused)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_person_who_unblocks_the_bot_continues_where_they_were(
    server: TelegramServer, bot: Services, ann: Person
) -> None:
    """/start continues at the titles page after a block during the titles, and with a card after a block at the end."""
    page = await to_the_titles(ann)
    for greeting, step in (("Let's go on where we were", Step.TITLES), ("Here is a movie for you", Step.READY)):
        await ann.block()
        await ann.unblock()
        await ann.start()
        await ann.wait_for(has(greeting))
        await server.delivered()
        person = await bot.conversation.get_person(ann.id)
        assert person is not None
        assert (person.step, person.blocked) == (step, False)
        await ann.press(page, "Done")
        await server.delivered()
    assert cards(ann)
