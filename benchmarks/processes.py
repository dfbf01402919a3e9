"""Benchmark of several processes behind one port: turns a second of one and of more, from a thumb to the next card.

    reelmate prepare --data path/to/ml-1m
    python benchmarks/processes.py

`reelmate run --processes N` runs with a webhook and with vectors in memory. The local Bot API server could not keep up
with several processes. In its place there is a stub, which answers every call with what the bot relies on, and posts
the taps. Each number of processes has several rounds, in turn, each with a bot that was just started. The processor
time of a turn, of the bot and of the stub, says how many turns a second all cores together could do at most.

On a machine with few cores, `--share .4` shows what more cores would give: the processes of the bot together may use .4
of a core for each of them, so that the stub has a core to itself. This takes root and the cpu controller of cgroups
(version 1).

REELMATE_HOME is copied first, so that the ratings of the simulated people do not remain. They do remain in a database
that DATABASE_URL names.
"""

import argparse
import asyncio
import json
import os
import shutil
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bot.settings import load_settings
from bot.updates.webhook import SECRET_HEADER

TOKEN, SECRET = "123456789:AAE-a-token-of-the-benchmark", "only-telegram-knows-it"
BOT = {"id": 123456789, "is_bot": True, "first_name": "Reelmate", "username": "reelmate_bot"}
PEOPLE = 48
"""Each has one connection to the bot and one tap in progress, so that no process waits for taps."""

WARM_UP_S, ROUND_S = 3.0, 10.0
START_TIMEOUT_S = 120.0
UP, DOWN = "👍", "👎"

CGROUP = Path("/sys/fs/cgroup/cpu/reelmate-benchmark")
PERIOD_US = 10_000
"""Within each such period, the bot stops once it has used its share of the cores."""


class Telegram:
    """The stub of the Bot API.

    Attributes:
        messages: the newest message of each chat.
        running: the number of setWebhook calls; each process makes one when it begins to take updates.
    """

    def __init__(self) -> None:
        self.messages: dict[int, dict[str, Any]] = {}
        self.running = 0
        self._message_ids = count(1)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Serve the stub until the block ends, and yield its URL."""
        application = web.Application(client_max_size=1 << 24)
        application.router.add_post("/bot{token}/{method}", self._answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            host, port = runner.addresses[0][:2]
            yield f"http://{host}:{port}"
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        parameters, method = await request.post(), request.match_info["method"].lower()
        result: Any = True
        if method == "getme":
            result = BOT
        elif method.startswith("getmy"):
            result = {"description": "", "short_description": "", "name": ""}
        elif method == "setwebhook":
            self.running += 1
        elif method.startswith(("send", "editmessage")) and method != "sendchataction":
            chat_id = int(str(parameters["chat_id"]))
            result = {
                "message_id": int(str(parameters.get("message_id") or next(self._message_ids))),
                "date": int(time.time()),
                "chat": {"id": chat_id, "type": "private", "first_name": "Ann"},
                "from": BOT,
                "text": str(parameters.get("text", "a card")),
            }
            if "reply_markup" in parameters:
                result["reply_markup"] = json.loads(str(parameters["reply_markup"]))
            self.messages[chat_id] = result
        return web.json_response({"ok": True, "result": result})


@dataclass(slots=True)
class Person:
    """A simulated person, with a connection of their own to the bot."""

    id: int
    telegram: Telegram
    session: aiohttp.ClientSession
    url: str
    update_ids: "count[int]"
    taps: int = 0

    async def send(self, text: str) -> None:
        """Write to the bot, and wait until it has answered."""
        number = next(self.update_ids)
        chat = {"id": self.id, "type": "private", "first_name": "Ann"}
        entities = [{"type": "bot_command", "offset": 0, "length": len(text)}]
        message = {"message_id": number, "date": int(time.time()), "chat": chat, "from": self._user, "text": text}
        await self._post(number, message={**message, "entities": entities})

    async def tap(self) -> None:
        """Tap a thumb of the card, and wait until the next card is there."""
        self.taps += 1
        label, number, card = UP if self.taps % 3 else DOWN, next(self.update_ids), self.telegram.messages[self.id]
        buttons = [button for row in card["reply_markup"]["inline_keyboard"] for button in row]
        [data] = [button["callback_data"] for button in buttons if button["text"].startswith(label)]
        query = {"id": str(number), "from": self._user, "chat_instance": "1", "message": card, "data": data}
        await self._post(number, callback_query=query)
        if self.telegram.messages[self.id] is card:
            raise RuntimeError("a tap brought no card")

    @property
    def _user(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": False, "first_name": "Ann", "language_code": "en"}

    async def _post(self, number: int, **content: Any) -> None:
        """Deliver an update, again after a refusal."""
        headers = {SECRET_HEADER: SECRET}
        while True:
            async with self.session.post(self.url, json={"update_id": number, **content}, headers=headers) as answer:
                text = await answer.text()
                if answer.status == 200:
                    if text != "handled\n":
                        raise RuntimeError(f"an update was {text}")
                    return
            await asyncio.sleep(0.1)


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot that runs.

    Attributes:
        url: the address of its webhook.
        pid: of the process that supervises the others.
    """

    url: str
    pid: int

    def pids(self) -> list[int]:
        """Return the ids of all its processes."""
        pids = [self.pid]
        for pid in pids:
            children = Path("/proc", str(pid)).glob("task/*/children")
            pids += [int(child) for task in children for child in task.read_text().split()]
        return pids

    def processor_s(self) -> float:
        """Return the processor time of all its processes, in seconds."""
        ticks = 0
        for pid in self.pids():
            fields = Path("/proc", str(pid), "stat").read_text(encoding="ascii").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Round:
    """The measurements of one round.

    Attributes:
        turns_per_s: turns a second.
        bot_ms: processor time of the bot for a turn, in milliseconds.
        stub_ms: the same of the stub.
    """

    turns_per_s: float
    bot_ms: float
    stub_ms: float


@asynccontextmanager
async def running_bot(
    telegram: Telegram, api: str, home: Path, processes: int, share: float | None
) -> AsyncIterator[Bot]:
    """Run a bot until the block ends, and yield it once all processes take updates.

    With a share, the bot gets that many cores for each process from then on.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    url = f"http://{listen}/telegram"
    environment = {
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "REELMATE_HOME": str(home),
        "VECTORS_URL": "memory://",
        "BOT_TOKEN": TOKEN,
        "BOT_API_URL": api,
        "LISTEN": listen,
        "WEBHOOK_URL": url,
        "WEBHOOK_SECRET": SECRET,
    }
    telegram.running = 0
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run", "--processes", str(processes), "--log-level", "WARNING"),
        env=os.environ | environment,
    )
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            while telegram.running < processes:  # noqa: ASYNC110 - a start takes seconds.
                await asyncio.sleep(0.1)
        await asyncio.sleep(1)
        bot = Bot(url, process.pid)
        if share is not None:
            give_cores(bot, share * processes)
        yield bot
    finally:
        process.terminate()
        await process.wait()


def give_cores(bot: Bot, cores: float) -> None:
    """Let all processes of a bot together use this many cores."""
    CGROUP.mkdir(exist_ok=True)
    (CGROUP / "cpu.cfs_period_us").write_text(str(PERIOD_US))
    (CGROUP / "cpu.cfs_quota_us").write_text(str(round(cores * PERIOD_US)))
    for pid in bot.pids():
        (CGROUP / "cgroup.procs").write_text(str(pid))


async def measure_round(telegram: Telegram, bot: Bot, first_id: int, update_ids: "count[int]") -> Round:
    """Let everybody tap as soon as the next card is there."""
    turns = 0

    async def tap(person: Person, ends: float) -> None:
        nonlocal turns
        while time.perf_counter() < ends:
            await person.tap()
            turns += 1

    sessions = [
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1), timeout=aiohttp.ClientTimeout(60))
        for _ in range(PEOPLE)
    ]
    try:
        people = [
            Person(first_id + number, telegram, session, bot.url, update_ids) for number, session in enumerate(sessions)
        ]
        for text in ("/start", "/recommend"):
            await asyncio.gather(*(person.send(text) for person in people))
        await asyncio.gather(*(tap(person, time.perf_counter() + WARM_UP_S) for person in people))
        turns, started, used_s, bot_used_s = 0, time.perf_counter(), time.process_time(), bot.processor_s()
        await asyncio.gather(*(tap(person, started + ROUND_S) for person in people))
        elapsed_s = time.perf_counter() - started
        bot_ms = (bot.processor_s() - bot_used_s) / turns * 1e3
        return Round(turns / elapsed_s, bot_ms, (time.process_time() - used_s) / turns * 1e3)
    finally:
        await asyncio.gather(*(session.close() for session in sessions))


async def measure(home: Path, numbers: list[int], rounds: int, share: float | None) -> None:
    """Measure each number of processes so many times, and print the results."""
    telegram, update_ids, first_ids = Telegram(), count(1), count(1_000, 1_000)
    results: dict[int, list[Round]] = {number: [] for number in numbers}
    async with telegram.serve() as api:
        for _ in range(rounds):
            for number in numbers:
                async with running_bot(telegram, api, home, number, share) as bot:
                    measured = await measure_round(telegram, bot, next(first_ids), update_ids)
                results[number].append(measured)
                print(f"processes {number}: {measured.turns_per_s:.0f} turns/s", file=sys.stderr, flush=True)
    limits = "" if share is None else f", of which each process of the bot may use {share:.2f}"
    print(f"{PEOPLE} people, thumb -> next card, by webhook, vectors in memory, {os.cpu_count()} cores{limits}")
    base = statistics.median(measured.turns_per_s for measured in results[numbers[0]])
    for number, measurements in results.items():
        turns = [measured.turns_per_s for measured in measurements]
        bot_ms, stub_ms = (
            statistics.median(values)
            for values in zip(*((measured.bot_ms, measured.stub_ms) for measured in measurements), strict=True)
        )
        limit = (os.cpu_count() or 1) * 1e3 / (bot_ms + stub_ms)
        median = statistics.median(turns)
        print(
            f"processes {number}: {median:.0f} turns/s ({min(turns):.0f} to {max(turns):.0f}),"
            f" {median / base:.2f} times the first; a turn takes {bot_ms:.1f} ms of the bot and {stub_ms:.1f} ms of the"
            f" stub, so all cores together could do {limit:.0f} turns/s"
        )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2], help="numbers of processes to compare")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each number of processes")
    parser.add_argument("--share", type=float, help="how much of a core each process of the bot may use")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(load_settings().reelmate_home, home)
        asyncio.run(measure(home, arguments.processes, arguments.rounds, arguments.share))


if __name__ == "__main__":
    main()
