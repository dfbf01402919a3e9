"""The whole system: two replicas and a worker as processes, people who tap, and a training that is killed."""

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
from tests.programs import PATIENCE_S, Program

ADMIN = 1_000
PEOPLE = range(1, 51)
PAUSE_S = 3.0
"""Each person pauses this long between two taps, because training takes most of the processor."""

MAX_TAPS = 50
"""Each person taps at most this often, because each tap uses up one of the 60 movies."""

TRAINING_TIMEOUT_S = 2 * PATIENCE_S

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
    """The running processes.

    Attributes:
        home: REELMATE_HOME of all processes.
        balancer: distributes updates to the replicas.
        replicas: the replicas by their addresses.
        worker: the process that only runs jobs.
        log_signal: set at every log line of a process.
    """

    home: Path
    balancer: Balancer
    replicas: dict[str, Program]
    worker: Program
    log_signal: Signal

    async def training(self) -> Program:
        """Wait for the process that trains."""
        programs = [self.worker, *self.replicas.values()]
        return await self.log_signal.wait_for(lambda: next(filter(is_training, programs), None), PATIENCE_S)

    async def kill_and_restart(self, program: Program) -> None:
        """Kill a process with SIGKILL and start it again.

        A replica leaves the balancer first, because updates that it dies with are handled only 5 s later, when its
        claim on them has expired.
        """
        (address,) = [address for address, replica in self.replicas.items() if replica is program] or [""]
        if address:
            await self.balancer.leave(address, PATIENCE_S)
        await program.kill()
        await program.start()
        if address:
            await program.wait_for_log("running", PATIENCE_S)
            self.balancer.join(address)

    async def serve(self, version: str) -> None:
        """Wait until both replicas serve a release."""
        for replica in self.replicas.values():
            await replica.wait_for_log("serving", PATIENCE_S, version=version)


def is_training(program: Program) -> bool:
    """Return whether a process has begun a refresh of the model."""
    return any(line["kind"] == "model" for line in program.records_of("job begun"))


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A local Bot API server that retries webhooks soon."""
    async with TelegramServer(webhook_retry_s=0.1) as opened:
        yield opened


@pytest.fixture
async def service(
    server: TelegramServer, towers: Towers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Service]:
    """Two replicas and a worker with a small data set and an active release. All must stop with status 0."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    board = checkerboard(people=40)
    settings = settings_of(server, tmp_path)
    await prepare(settings, towers, board.movies)
    snapshot.save(board, settings.snapshot_folder)
    addresses, log_signal = [free_address(), free_address()], Signal()
    async with Balancer.open(addresses) as balancer, AsyncExitStack() as stack:

        async def started(command: str, **settings: str) -> Program:
            common = {
                "VECTORS_URL": "memory://",
                "BOT_TOKEN": server.token,
                "BOT_API_URL": server.url,
                "ADMIN_IDS": str(ADMIN),
            }
            program = Program(tmp_path, log_signal, command, {**common, **settings})
            await program.start()
            stack.push_async_callback(program.kill)
            return program

        webhook = {"WEBHOOK_URL": balancer.url, "WEBHOOK_SECRET": SECRET}
        replicas = {address: await started("run", LISTEN=address, **webhook) for address in addresses}
        worker = await started("worker")
        for replica in replicas.values():
            await replica.wait_for_log("running", PATIENCE_S)
        await worker.wait_for_log("waiting for jobs", PATIENCE_S)
        yield Service(tmp_path, balancer, replicas, worker, log_signal)
        assert [await program.stop() for program in (worker, *replicas.values())] == [0, 0, 0]


async def taps(person: Person, stop: asyncio.Event) -> int:
    """Let a person answer cards until `stop` is set, and return the number of taps that were answered."""
    answered = 0
    await person.send("/recommend")
    card = await person.wait_for(lambda message: message.text.startswith("Movie "), PATIENCE_S)
    for button in islice(cycle(["👍", "⏭ Next", "👎"]), MAX_TAPS):
        try:
            async with asyncio.timeout(PAUSE_S):
                await stop.wait()
        except TimeoutError:
            press = await person.press(card, button)
            toast = (await press.answered(PATIENCE_S)).text
            assert toast not in _APOLOGIES
            card = await person.next_edit(card, PATIENCE_S)
            assert card.text.startswith("Movie ")
            answered += 1
        else:
            break
    return answered


def has_checkpoint(message: Message) -> bool:
    """Return whether the training has left a checkpoint, which it does after every tenth."""
    share = re.search(r"training, (\d+)%", message.text)
    return share is not None and int(share[1]) >= 10


async def test_a_killed_training_is_resumed_while_people_tap(
    service: Service, server: TelegramServer, towers: Towers
) -> None:
    """Another worker resumes the training, both replicas switch and roll back, and every tap gets a card."""
    ada, stop = server.person(ADMIN, "Ada"), asyncio.Event()
    people = [server.person(number) for number in PEOPLE]
    async with asyncio.TaskGroup() as tasks:
        tapping = [tasks.create_task(taps(person, stop)) for person in people]
        await ada.send("/refresh model")
        trainer = await service.training()
        await ada.wait_for(has_checkpoint, TRAINING_TIMEOUT_S)
        await service.kill_and_restart(trainer)
        done = await ada.wait_for(lambda message: "is live" in message.text, TRAINING_TIMEOUT_S)
        (version,) = re.findall(r"Release (\w+) is live", done.text)
        assert version != towers.version
        await service.serve(version)
        async with open_stores(settings_of(server, service.home)) as stores:
            active = await stores.releases.active()
            assert active is not None
            assert active.version == version
        await ada.send("/refresh rollback")
        await ada.wait_for(lambda message: f"Release {towers.version} is live" in message.text, PATIENCE_S)
        await service.serve(towers.version)
        stop.set()
    await server.delivered()
    assert min(task.result() for task in tapping) >= 3
    assert [message.text for person in people for message in person.messages if apologises(message)] == []
    assert min(service.balancer.passed.values()) >= 50
    async with httpx.AsyncClient(trust_env=False) as client:
        for address in service.replicas:
            assert (await client.get(f"http://{address}/ready")).text == "ready\n"
            metrics = (await client.get(f"http://{address}/metrics")).text
            assert re.findall(r'reelmate_updates_total\{.*outcome="(?:failed|dropped)"\} (?!0\.0)', metrics) == []


def apologises(message: Message) -> bool:
    """Return whether a message of the bot is an apology."""
    return message.from_bot and any(apology in message.text for apology in _APOLOGIES)
