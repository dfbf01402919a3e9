"""Restarts of the bot that people do not notice."""

import pytest

from bot.local_bot_api import Person, TelegramServer
from bot.settings import Settings
from handlers.steps import Step
from tests.flow.conversation.helpers import OpenBot, first_card, is_card, shown

VISIT = [
    ("Let's start", Step.AGE),
    ("18-24", Step.GENDER),
    ("woman", Step.OCCUPATION),
    ("More »", Step.OCCUPATION),
    ("programmer", Step.TITLES),
    (0, Step.TITLES),
    ("More titles", Step.TITLES),
    ("Done", Step.READY),
]
"""Every tap from the greeting to the first card, with the step that it leads to."""


async def test_a_restart_before_every_tap_of_the_first_visit(
    server: TelegramServer, open_bot: OpenBot, either: Settings, ann: Person
) -> None:
    """Each tap is handled by a bot that was started after the button was sent, and leads to the usual step."""
    async with open_bot(either):
        await ann.start()
        message = await ann.next_message()
    for button, step in VISIT:
        async with open_bot(either) as services:
            await ann.press(message, button)
            message = await ann.next_edit(message)
            await server.delivered()
            person = await services.conversation.get_person(ann.id)
            assert person is not None
            assert person.step == step
            stars = await services.conversation.stars(ann.id)
    assert (person.age, person.gender, person.occupation, len(stars)) == (18, "F", 12, 1)
    assert (await ann.wait_for(is_card)).keyboard


@pytest.mark.parametrize("button", ["👍", "⏭ Next"])
async def test_a_card_from_before_a_restart_works(open_bot: OpenBot, ann: Person, button: str) -> None:
    """Its buttons work, and movies that were shown before the restart are not shown again."""
    async with open_bot():
        card = await first_card(ann)
    async with open_bot():
        await ann.press(card, button)
        assert shown(await ann.next_edit(card)) != shown(card)
