"""`reelmate run --processes 2`: two processes that share one port, as real processes."""

import os
import re
import signal
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.local_bot_api import Person, TelegramServer
from bot.local_bot_api.signals import Signal
from bot.settings import Settings
from recsys.data.dataset import Dataset
from recsys.models.towers import Towers
from tests.flow.bots import SECRET, prepare, with_webhook
from tests.programs import PATIENCE_S, Program

pytestmark = pytest.mark.slow


@pytest.fixture
async def bot(polling: Settings, towers: Towers, board: Dataset) -> AsyncIterator[Program]:
    """A bot with two processes that take updates."""
    settings = with_webhook(polling)
    await prepare(settings, towers, board.movies)
    program = Program(
        settings.reelmate_home,
        Signal(),
        "run --processes 2",
        {
            "VECTORS_URL": "memory://",
            "BOT_TOKEN": settings.token,
            "BOT_API_URL": settings.telegram_api,
            "LISTEN": settings.listen,
            "WEBHOOK_URL": f"http://{settings.listen}/telegram",
            "WEBHOOK_SECRET": SECRET,
            # A supervisor that is killed leaves the folder of its metrics behind.
            "TMPDIR": str(settings.reelmate_home),
        },
    )
    await program.start()
    try:
        for number in (1, 2):
            await program.wait_for_log("running", PATIENCE_S, number=number)
        yield program
    finally:
        await program.kill()


def pid_of(bot: Program, number: int) -> int:
    """Return the id of the newest process with this number."""
    records = [record for record in bot.records_of("process started") if record["number"] == number]
    return int(records[-1]["pid"])


async def greeted(server: TelegramServer, person_ids: range) -> None:
    """Let new people write to the bot, and wait for the answers."""
    people: list[Person] = [server.person(person_id) for person_id in person_ids]
    for person in people:
        await person.send("/start")
    for person in people:
        await person.next_message(PATIENCE_S)
    await server.delivered(PATIENCE_S)


async def test_each_process_answers_while_the_other_one_is_killed_and_restarted(
    bot: Program, server: TelegramServer, polling: Settings
) -> None:
    """The metrics of both are added up, also those of a process that was killed. SIGTERM stops both."""
    async with httpx.AsyncClient(base_url=f"http://{polling.listen}", trust_env=False) as site:

        async def metric(name: str) -> float:
            found = re.search(rf"^{re.escape(name)} (\S+)$", (await site.get("/metrics")).text, re.MULTILINE)
            return float(found[1]) if found else 0.0

        await greeted(server, range(100, 120))
        for number in (1, 2):
            os.kill(pid_of(bot, number), signal.SIGKILL)
            await bot.wait_for_log("a process has died; it is started again", PATIENCE_S, number=number, status=-9)
            # The kill may have closed connections, on which the next requests are made again.
            await greeted(server, range(100 + 20 * number, 120 + 20 * number))
            await bot.wait_for_log("running", PATIENCE_S, number=number)
        handled = 'reelmate_updates_total{kind="message",outcome="handled"}'
        assert await metric(handled) == len(server.updates) == 60
        while await metric("reelmate_processes") != 2 or await metric("reelmate_ready") != 1:
            pass
        assert await metric('reelmate_degraded{name="vectors"}') == 0
        assert await metric("reelmate_resident_memory_bytes") > 1e8
        assert (await site.get("/ready")).text == "ready\n"
    for number in (1, 2):  # As systemd does, which sends SIGTERM to every process of a unit.
        os.kill(pid_of(bot, number), signal.SIGTERM)
    assert await bot.stop() == 0
    assert sorted(record["number"] for record in bot.records_of("stopped")) == [1, 2]


async def test_the_processes_stop_when_their_supervisor_is_killed(bot: Program) -> None:
    """They finish what they do, as after SIGTERM."""
    await bot.kill()  # It returns when the last process has closed its log.
    assert sorted(record["number"] for record in bot.records_of("stopped")) == [1, 2]
