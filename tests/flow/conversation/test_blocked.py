"""Somebody blocks the bot, and comes back."""

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
    """The running bot, by webhook: what is delivered has been handled then."""
    async with open_bot(webhook) as services:
        yield services


async def is_blocked(bot: Services, person: Person) -> bool:
    """What is known of it."""
    known = await bot.conversation.get_person(person.id)
    assert known is not None
    return known.blocked


async def test_whoever_blocks_the_bot_is_marked_until_they_let_it_in_again(
    server: TelegramServer, bot: Services, ann: Person
) -> None:
    """Telegram tells of both; nothing is sent for either."""
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


async def test_somebody_unknown_who_blocks_the_bot_stays_unknown(
    server: TelegramServer, bot: Services, ann: Person
) -> None:
    """Nothing is kept of people who have not said anything."""
    await ann.block()
    await server.delivered()
    assert await bot.conversation.get_person(ann.id) is None


@pytest.mark.parametrize("told", [True, False])
async def test_an_answer_that_nobody_takes_any_more_is_tried_once(
    server: TelegramServer, bot: Services, ann: Person, caplog: pytest.LogCaptureFixture, told: bool
) -> None:
    """Ann writes and blocks at once: one refusal, no apology, no error, no repetition; and she is marked as blocked."""
    await first_card(ann)
    await server.delivered()
    sent, failed, refused = len(server.calls_of("sendMessage")), counted("failed"), counted("refused")
    with server.holding() as held:
        await ann.send("/help")
        await ann.block()
        if not told:
            held.pop()
    await server.delivered()
    assert await is_blocked(bot, ann)
    assert len(server.calls_of("sendMessage")) == sent + 1
    assert (counted("failed"), counted("refused")) == (failed, refused)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_whoever_comes_back_is_welcomed_as_known(server: TelegramServer, bot: Services, ann: Person) -> None:
    """After a block in the middle of the titles, START goes on there; after one at the end, with a card."""
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
