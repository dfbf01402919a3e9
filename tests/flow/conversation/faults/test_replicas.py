"""Two replicas behind one address. They share a database, and each has its own vector index and memory."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from bot.local_bot_api import Person, TelegramServer
from bot.settings import Settings
from handlers.steps import Step
from tests.flow.balancer import Balancer
from tests.flow.bots import SECRET, free_address, with_webhook
from tests.flow.conversation.faults.test_restarts import VISIT
from tests.flow.conversation.helpers import OpenBot, first_card, has, is_card, shown


@pytest.fixture
async def replicas(server: TelegramServer, open_bot: OpenBot, polling: Settings) -> AsyncIterator[Balancer]:
    """Two running replicas that get the updates in turn."""
    addresses = [free_address(), free_address()]
    async with Balancer.open(addresses) as balancer:
        first, second = (
            with_webhook(Settings(**{**polling.model_dump(), "listen": address}), balancer.url) for address in addresses
        )
        async with open_bot(first), open_bot(second):
            await server.called("setWebhook", times=2)
            yield balancer


async def test_a_first_visit_and_some_cards_with_every_tap_at_the_other_replica(
    server: TelegramServer, replicas: Balancer, open_bot: OpenBot, ann: Person
) -> None:
    """One replica takes the answer to the other replica's question. Nothing is asked, shown or counted twice."""
    await ann.start()
    message = await ann.next_message()
    for button, _ in VISIT:
        await ann.press(message, button)
        message = await ann.next_edit(message)
    card = await ann.wait_for(is_card)
    seen = [shown(card)]
    for button in ("👍", "👎", "🔖 Later", "👀 Seen", "⏭ Next"):
        await ann.press(card, button)
        card = await ann.next_edit(card)
        seen.append(shown(card))
    for movie_id in reversed(seen[1:5]):
        await ann.send("/undo")
        await ann.wait_for(
            lambda message, title=f"Movie {movie_id} ": has("Taken back")(message) and title in message.text
        )
    await server.delivered()
    assert len(set(seen)) == 6
    assert min(replicas.passed.values()) >= 7
    async with open_bot() as third:
        person = await third.conversation.get_person(ann.id)
        stars = await third.conversation.stars(ann.id)
        assert person is not None
        assert (person.step, person.age, person.gender, person.occupation) == (Step.READY, 18, "F", 12)
        assert (stars[seen[0]], seen[1] in stars, len(stars)) == (5.0, False, 2)
        assert await third.conversation.watchlist(ann.id) == []


async def test_the_same_update_at_both_at_the_same_time_has_one_effect(
    server: TelegramServer, replicas: Balancer, open_bot: OpenBot, ann: Person
) -> None:
    """One replica handles the thumb, the other one refuses it or finds it handled. A redelivery finds it handled."""
    card = await first_card(ann)
    await server.delivered()
    with server.holding() as held:
        await ann.press(card, "👍")
        update = json.dumps(held.pop()).encode()
    answers = await asyncio.gather(*[replicas.post(address, update, SECRET) for address in replicas.passed])
    outcomes = sorted(answer.text.strip() for answer in answers)
    assert outcomes in (["handled", "refused"], ["handled", "repeated"])
    assert [(await replicas.post(address, update, SECRET)).text for address in replicas.passed] == ["repeated\n"] * 2
    assert len(server.calls_of("editMessageText")) == 1
    assert len(server.calls_of("answerCallbackQuery")) == 1
    async with open_bot() as third:
        exported = await third.conversation.export(ann.id)
        assert exported is not None
        assert [change["movie_id"] for change in exported["changes"]] == [shown(card)]
