"""All of it at once: two replicas and a worker as processes, people who tap, a new model, and a kill -9 in between."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import httpx
import pytest

from bot.local_bot_api import Message, Person, TelegramServer
from bot.local_bot_api.signals import Signal
from bot.stores import open_stores
from handlers.texts import notices
from recsys.data import snapshot
from recsys.models.towers import Towers
from tests.builders import checkerboard
from tests.flow.balancer import Balancer
from tests.flow.bots import SECRET, free_address, prepare, settings_of
from tests.programs import Program

ADMIN = 1_000
PEOPLE = range(1, 51)
PAUSE_S = 3.0
"""Between two taps of one person: two slow cores train beside them."""

MOST_TAPS = 50
"""Of one person; each takes one of the 60 movies away."""

TIMEOUT_S = 60.0
TRAINING_TIMEOUT_S = 300.0

_APOLOGIES = {
    str(text)
    for text in (
        notices.OUT_OF_REACH(),
        notices.OUT_OF_REACH_TOAST(),
        notices.POPULAR_FOR_NOW(),
        notices.SOMETHING_BROKE(),
        notices.SLOW_DOWN(),
    )
}


@dataclass(frozen=True, slots=True)
class Service:
    """What runs.

    Attributes:
        home: REELMATE_HOME of all of it.
        balancer: brings updates to the replicas.
        replicas: by their addresses.
        worker: does nothing else.
        news: is rung at every line of a log.
    """

    home: Path
    balancer: Balancer
    replicas: dict[str, Program]
    worker: Program
    news: Signal

    async def training(self) -> Program:
        """Whoever has begun to train: every replica has a worker in it too."""
        everybody = [self.worker, *self.replicas.values()]
        return await self.news.wait_for(lambda: next(filter(is_training, everybody), None), TIMEOUT_S)

    async def kill_and_start_again(self, victim: Program) -> None:
        """End it by kill -9; a replica answers its taps first, which would wait a minute after it died over them."""
        (address,) = [address for address, one in self.replicas.items() if one is victim] or [""]
        if address:
            await self.balancer.leave(address, TIMEOUT_S)
        await victim.kill()
        await victim.start()
        if address:
            await victim.says("running", TIMEOUT_S)
            self.balancer.join(address)

    async def serve(self, version: str) -> None:
        """Wait until both replicas answer with this release."""
        for replica in self.replicas.values():
            await replica.says("serving", TIMEOUT_S, version=version)


def is_training(program: Program) -> bool:
    """Whether it has a refresh of the model in hand."""
    return any(line["kind"] == "model" for line in program.lines("job begun"))


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A listening server that tries webhooks again soon."""
    async with TelegramServer(webhook_retry_s=0.1) as opened:
        yield opened


@pytest.fixture
async def service(
    server: TelegramServer, towers: Towers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Service]:
    """Two replicas and a worker with a small data set and one release; all of them end well."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    board = checkerboard(people=40)
    settings = settings_of(server, tmp_path)
    await prepare(settings, towers, board.movies)
    snapshot.save(board, settings.snapshot_folder)
    addresses, news = [free_address(), free_address()], Signal()
    async with Balancer.open(addresses) as balancer, AsyncExitStack() as stack:

        async def started(command: str, **more: str) -> Program:
            common = {
                "VECTORS_URL": "memory://",
                "BOT_TOKEN": server.token,
                "BOT_API_URL": server.url,
                "ADMIN_IDS": str(ADMIN),
            }
            program = Program(tmp_path, news, command, {**common, **more})
            await program.start()
            stack.push_async_callback(program.kill)
            return program

        webhook = {"WEBHOOK_URL": balancer.url, "WEBHOOK_SECRET": SECRET}
        replicas = {address: await started("run", LISTEN=address, **webhook) for address in addresses}
        worker = await started("worker")
        for replica in replicas.values():
            await replica.says("running", TIMEOUT_S)
        await worker.says("waiting for jobs", TIMEOUT_S)
        yield Service(tmp_path, balancer, replicas, worker, news)
        assert [await one.stop() for one in (worker, *replicas.values())] == [0, 0, 0]


async def taps(person: Person, enough: asyncio.Event) -> int:
    """Take cards and answer them until it is enough; how many taps were answered."""
    answered = 0
    await person.send("/recommend")
    card = await person.wait_for(lambda message: message.text.startswith("Movie "), TIMEOUT_S)
    for button in islice(cycle(["👍", "⏭ Next", "👎"]), MOST_TAPS):
        try:
            async with asyncio.timeout(PAUSE_S):
                await enough.wait()
        except TimeoutError:
            press = await person.press(card, button)
            toast = (await press.answered(TIMEOUT_S)).text
            assert toast not in _APOLOGIES
            card = await person.changed(card, TIMEOUT_S)
            assert card.text.startswith("Movie ")
            answered += 1
        else:
            break
    return answered


def far_enough(message: Message) -> bool:
    """Whether the training has left a checkpoint: it does so every tenth."""
    found = re.search(r"training, (\d+)%", message.text)
    return found is not None and int(found[1]) >= 10


async def test_a_new_model_while_people_tap_and_its_training_is_killed(
    service: Service, server: TelegramServer, towers: Towers
) -> None:
    """Another worker goes on, both replicas switch and switch back, and every tap gets its card all the while."""
    ada, enough = server.person(ADMIN, "Ada"), asyncio.Event()
    people = [server.person(number) for number in PEOPLE]
    async with asyncio.TaskGroup() as tasks:
        tapping = [tasks.create_task(taps(person, enough)) for person in people]
        await ada.send("/refresh model")
        trainer = await service.training()
        await ada.wait_for(far_enough, TRAINING_TIMEOUT_S)
        await service.kill_and_start_again(trainer)
        done = await ada.wait_for(lambda message: "is live" in message.text, TRAINING_TIMEOUT_S)
        (version,) = re.findall(r"Release (\w+) is live", done.text)
        assert version != towers.version
        await service.serve(version)
        async with open_stores(settings_of(server, service.home)) as stores:
            active = await stores.releases.active()
            assert active is not None
            assert active.version == version
        await ada.send("/refresh rollback")
        await ada.wait_for(lambda message: f"Release {towers.version} is live" in message.text, TIMEOUT_S)
        await service.serve(towers.version)
        enough.set()
    await server.delivered()
    assert min(task.result() for task in tapping) >= 3
    assert [message.text for one in people for message in one.messages if apologises(message)] == []
    assert min(service.balancer.passed.values()) >= 50
    async with httpx.AsyncClient(trust_env=False) as client:
        for address in service.replicas:
            assert (await client.get(f"http://{address}/ready")).text == "ready\n"
            figures = (await client.get(f"http://{address}/metrics")).text
            assert re.findall(r'reelmate_updates_total\{.*outcome="(?:failed|dropped)"\} (?!0\.0)', figures) == []


def apologises(message: Message) -> bool:
    """Whether something is said to have gone wrong."""
    return message.from_bot and any(apology in message.text for apology in _APOLOGIES)
