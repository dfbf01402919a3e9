"""Replicas that are killed and restarted while people tap."""

import asyncio
from datetime import UTC, datetime

from bot.local_bot_api import Person, TelegramServer
from bot.stores import open_stores
from handlers.steps import Step
from tests.flow.bots import settings_of
from tests.flow.conversation.faults.test_restarts import VISIT
from tests.flow.conversation.helpers import is_card, shown
from tests.integration.helpers import Service, apologises, check_ready, check_stored, first_card, tap, taps
from tests.programs import PATIENCE_S, until

PEOPLE = range(1, 9)
PAUSE_S = 0.5
"""Each person pauses this long between two taps."""

LIMIT_S = 60.0
"""Nobody waits longer for an answer. A replica takes over the updates of a killed one after 5 s of silence."""

FOR_EVER_S = 3_600.0


async def test_a_replica_is_killed_and_both_are_restarted_while_people_tap(
    service: Service, server: TelegramServer
) -> None:
    """Nobody gets an apology, every answer is stored once, and no movie is shown twice.

    The replicas stay in the rotation all the time, so that each of them is asked while it does not run.
    """
    first, second = service.replicas
    await visit(service, server, server.person(2_000))
    people, bea, stop = [server.person(number) for number in PEOPLE], server.person(100, "Bea"), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tapping = [tasks.create_task(taps(person, stop, PAUSE_S)) for person in people]

        card = await first_card(bea)
        answers = [(shown(card), "👍")]
        server.faults.delay_next("editMessageText", FOR_EVER_S, chat_id=bea.id)
        await bea.press(card, "👍")
        await until(lambda: server.faults.pending("editMessageText", bea.id) == 0)
        killed = service.replicas[service.balancer.sent_to[last_update_of(server, bea)]]
        await killed.kill()
        card = await bea.next_edit(card, LIMIT_S)
        await killed.start()
        await killed.wait_for_log("running", PATIENCE_S)

        for address in (first, second):
            assert await service.replicas[address].stop() == 0
            answers.append((shown(card), "👎"))
            card = await tap(bea, card, "👎", LIMIT_S)
            await service.replicas[address].start()
            await service.replicas[address].wait_for_log("running", PATIENCE_S)
        stop.set()
    await server.delivered(LIMIT_S)
    answered = {person: task.result() for person, task in zip(people, tapping, strict=True)} | {bea: answers}
    assert min(map(len, answered.values())) >= 3
    await check_stored(service, server, answered)
    assert [message.text for person in answered for message in person.messages if apologises(message)] == []
    await check_ready(service)


async def visit(service: Service, server: TelegramServer, ann: Person) -> None:
    """Go through a first visit, with every tap at the other replica."""
    async with open_stores(settings_of(server, service.home)) as stores:
        # Ann was greeted before, so that no notice on data comes between.
        await stores.people.get_or_create(ann.id, Step.WELCOME, datetime.now(UTC))
    before = dict(service.balancer.passed)
    await ann.start()
    message = await ann.next_message(PATIENCE_S)
    for button, _ in VISIT:
        await ann.press(message, button)
        message = await ann.next_edit(message, PATIENCE_S)
    await ann.wait_for(is_card, PATIENCE_S)
    await server.delivered(PATIENCE_S)
    numbers = [passed - before[address] for address, passed in service.balancer.passed.items()]
    assert max(numbers) - min(numbers) <= 1
    async with open_stores(settings_of(server, service.home)) as stores:
        person = await stores.people.get(ann.id)
        assert person is not None
        assert (person.step, person.age, person.gender, person.occupation) == (Step.READY, 18, "F", 12)
        assert len(await stores.ratings.of(ann.id)) == 1


def last_update_of(server: TelegramServer, person: Person) -> int:
    """Return the id of the last tap of a person."""
    taps = [
        update["update_id"]
        for update in server.updates
        if update.get("callback_query", {}).get("from", {}).get("id") == person.id
    ]
    return int(taps[-1])
