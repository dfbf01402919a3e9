"""A training that is killed while people tap."""

import asyncio
import re

from bot.local_bot_api import Message, TelegramServer
from bot.stores import open_stores
from recsys.models.towers import Towers
from tests.flow.bots import settings_of
from tests.integration.helpers import (
    ADMIN,
    Service,
    answer_cards,
    apologises,
    check_ready,
    check_stored,
    check_version,
    taps,
)
from tests.programs import PATIENCE_S

PEOPLE = range(1, 51)
RESTING = range(51, 55)
"""These people do nothing between two looks at their next card."""

PAUSE_S = 3.0
"""Each person pauses this long between two taps, because training takes most of the processor."""

TRAINING_TIMEOUT_S = 2 * PATIENCE_S


def has_checkpoint(message: Message) -> bool:
    """Return whether the training has left a checkpoint, which it does after every tenth."""
    share = re.search(r"training, (\d+)%", message.text)
    return share is not None and int(share[1]) >= 10


async def test_a_killed_training_is_resumed_while_people_tap(
    service: Service, server: TelegramServer, towers: Towers
) -> None:
    """The restarted worker resumes the training, both replicas switch and roll back, and every tap gets a card.

    Every answer is stored once. Before and after each switch, all cards come from one release.
    """
    ada, stop = server.person(ADMIN, "Ada"), asyncio.Event()
    people = [server.person(number) for number in PEOPLE]
    resting = [server.person(number) for number in RESTING]
    async with asyncio.TaskGroup() as tasks:
        tapping = [tasks.create_task(taps(person, stop, PAUSE_S)) for person in people]
        for person in resting:
            await answer_cards(person, ["👍", "👎", "👍"])
        await check_version(service, server, resting)
        await ada.send("/refresh model")
        await service.worker.wait_for_log("job begun", PATIENCE_S, kind="model")
        await ada.wait_for(has_checkpoint, TRAINING_TIMEOUT_S)
        await service.worker.kill()
        await service.worker.start()
        done = await ada.wait_for(lambda message: "is live" in message.text, TRAINING_TIMEOUT_S)
        (version,) = re.findall(r"Release (\w+) is live", done.text)
        assert version != towers.version
        await service.serve(version)
        await check_version(service, server, resting)
        async with open_stores(settings_of(server, service.home)) as stores:
            active = await stores.releases.active()
            assert active is not None
            assert active.version == version
        await ada.send("/refresh rollback")
        await ada.wait_for(lambda message: f"Release {towers.version} is live" in message.text, PATIENCE_S)
        await service.serve(towers.version)
        await check_version(service, server, resting)
        stop.set()
    await server.delivered()
    answered = {person: task.result() for person, task in zip(people, tapping, strict=True)}
    assert min(map(len, answered.values())) >= 3
    await check_stored(service, server, answered)
    assert [message.text for person in people for message in person.messages if apologises(message)] == []
    assert min(service.balancer.passed.values()) >= 50
    await check_ready(service)
