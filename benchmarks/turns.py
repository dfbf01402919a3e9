"""Benchmark of turns, from a thumb to the next card, next to a bare python-telegram-bot bot in the same run.

    reelmate prepare --data path/to/ml-1m
    python benchmarks/turns.py
    python benchmarks/turns.py --starts 6

The bot and the bare bot run in processes of their own, by polling, against the local Bot API server in this process.
For each tap the bare bot makes the same two calls, which answer the tap and edit the message, and does nothing else. It
goes through the same measurements. REELMATE_HOME is copied first, so that the ratings of the simulated people do not
remain. Two starts of the same bot differ by a tenth, so `--starts` compares the throughput of several starts of both.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
import timeit
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, ContextTypes, MessageHandler, filters

from bot.local_bot_api import Message, Person, TelegramServer
from bot.settings import load_settings

PEOPLE = 16
ROUNDS, ROUND_S = 3, 8.0
TAPS_PER_SECOND, STEADY_S = 3, 20.0
FLOOD, FLOODS, FLOOD_PAUSE_S = 200, 10, 1.5
BESIDE_TRAINING, TRAINING_BEGINS_S = 4, 25.0
WAIT_S = 60.0
UP, DOWN = "👍", "👎"


@dataclass(slots=True)
class Tapper:
    """A simulated person and the card on their screen."""

    person: Person
    card: Message
    taps: int = 0

    async def turn(self) -> float:
        """Tap a thumb, and return the milliseconds until the next card replaces the card."""
        started = time.perf_counter()
        self.taps += 1
        await self.person.press(self.card, UP if self.taps % 3 else DOWN)
        self.card = await self.person.next_edit(self.card, WAIT_S)
        return (time.perf_counter() - started) * 1e3


class Process:
    """A bot in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def id(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def peak_mib(self) -> float:
        """Peak resident memory."""
        status = Path(f"/proc/{self.id}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024

    async def stop(self) -> None:
        """Terminate the process as a supervisor does."""
        self._process.terminate()
        await self._process.wait()


@asynccontextmanager
async def running(*command: str, **environment: str) -> AsyncIterator[Process]:
    """Run a command until the block ends."""
    root = str(Path(__file__).parents[1])
    variables = os.environ | {"PYTHONPATH": root, "PYTHONWARNINGS": "ignore"} | environment
    process = Process(await asyncio.create_subprocess_exec(sys.executable, *command, env=variables))
    try:
        yield process
    finally:
        await process.stop()


async def settle(server: TelegramServer, first: str, offset: int) -> list[Tapper]:
    """Send /start and a first message as everybody, and return each person with their first card."""

    async def begin(number: int) -> Tapper:
        person = server.person(offset + number)
        await person.send("/start")
        await person.next_message(WAIT_S)
        await person.send(first)
        card = await person.wait_for(lambda message: any(UP in button.text for button in message.buttons), WAIT_S)
        return Tapper(person, card)

    return list(await asyncio.gather(*(begin(number) for number in range(PEOPLE))))


async def throughput(tappers: list[Tapper]) -> float:
    """Return the turns per second if everybody taps as soon as the next card arrives."""
    ends = time.perf_counter() + ROUND_S
    turns = 0

    async def tap(tapper: Tapper) -> None:
        nonlocal turns
        while time.perf_counter() < ends:
            await tapper.turn()
            turns += 1

    started = time.perf_counter()
    await asyncio.gather(*(tap(tapper) for tapper in tappers))
    return turns / (time.perf_counter() - started)


async def steady(
    tappers: list[Tapper], stop: asyncio.Event | None = None, per_second: float = TAPS_PER_SECOND
) -> list[float]:
    """Return the milliseconds of every turn if everybody taps `per_second` times a second, evenly spread."""
    waits: list[float] = []
    ends = time.perf_counter() + (STEADY_S if stop is None else 1e9)

    async def tap(tapper: Tapper, due: float) -> None:
        while due < ends and not (stop is not None and stop.is_set()):
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            # A tap that is late because of the previous turn counts as waiting since it was due.
            late_ms = max(0.0, time.perf_counter() - due) * 1e3
            waits.append(late_ms + await tapper.turn())
            due += 1 / per_second

    begins = time.perf_counter()
    await asyncio.gather(
        *(tap(tapper, begins + number / len(tappers) / per_second) for number, tapper in enumerate(tappers))
    )
    return waits


async def flooded(tappers: list[Tapper]) -> list[float]:
    """Return the milliseconds of the turns of all but the first person, who sends bursts of 200 taps in a second."""
    stop = asyncio.Event()
    flooder, others = tappers[0], tappers[1:]

    async def flood() -> None:
        for _ in range(FLOODS):
            for _ in range(FLOOD):
                await flooder.person.press(flooder.card, UP)
                await asyncio.sleep(1 / FLOOD)
            await asyncio.sleep(FLOOD_PAUSE_S)
            messages = [
                message for message in flooder.person.messages if any(UP in button.text for button in message.buttons)
            ]
            flooder.card = messages[-1]
        stop.set()

    waits, _ = await asyncio.gather(steady(others, stop, 1.0), flood())
    return waits


def p99(values: list[float]) -> float:
    """Return the 99th percentile."""
    return statistics.quantiles(values, n=100)[98]


@dataclass(slots=True)
class Results:
    """Everything that is measured.

    Attributes:
        start_s: seconds from the start of the process to the first answer.
        peak_mib: peak resident memory of the bot, before training.
        throughput: turns per second of each round.
        bare_throughput: the same of the bare bot.
        turns: milliseconds of each turn at TAPS_PER_SECOND.
        bare_turns: the same of the bare bot.
        quiet: milliseconds of each turn at one tap a second.
        bare_quiet: the same of the bare bot.
        beside_flood: the same as `quiet` while one person floods the bot.
        bare_beside_flood: the same of the bare bot.
        before_training: milliseconds of each turn of a few people at one tap a second.
        beside_training: the same while a model is trained.
    """

    start_s: float
    peak_mib: float
    throughput: list[float]
    bare_throughput: list[float]
    turns: list[float]
    bare_turns: list[float]
    quiet: list[float]
    bare_quiet: list[float]
    beside_flood: list[float]
    bare_beside_flood: list[float]
    before_training: list[float]
    beside_training: list[float]


@asynccontextmanager
async def reelmate(server: TelegramServer, home: Path) -> AsyncIterator[Process]:
    """Run Reelmate until the block ends. It has answered the admin once."""
    settings = {
        "BOT_TOKEN": server.token,
        "BOT_API_URL": server.url,
        "REELMATE_HOME": str(home),
        "LISTEN": "127.0.0.1:0",
        "ADMIN_IDS": "1",
    }
    admin = server.person(1)
    await admin.send("/help")
    async with running("-m", "bot", "run", **settings) as bot:
        await admin.next_message(WAIT_S)
        yield bot


async def compare_starts(home: Path, starts: int) -> None:
    """Print the throughput of both bots in several starts in turn."""
    rates: list[tuple[float, float]] = []
    for number in range(1, starts + 1):
        async with bare_bot() as tappers:
            bare = await throughput(tappers)
        with tempfile.TemporaryDirectory() as folder:
            copied = shutil.copytree(home, Path(folder) / "home")
            async with TelegramServer() as server, reelmate(server, copied):
                tappers = await settle(server, "/recommend", 1000)
                await throughput(tappers)
                rates.append((await throughput(tappers), bare))
        print(f"start {number}  {rates[-1][0]:.0f} of {bare:.0f} turns/s: {rates[-1][0] / bare:.2f}", flush=True)
    own, bare = (statistics.median(values) for values in zip(*rates, strict=True))
    ratio = statistics.median(rate / bare_rate for rate, bare_rate in rates)
    print(f"median   {own:.0f} of {bare:.0f} turns/s: {own / bare:.2f}; median of the ratios {ratio:.2f}")


async def measure(home: Path) -> Results:
    """Run all measurements."""
    throughputs: list[float] = []
    bare_throughputs: list[float] = []
    async with TelegramServer() as server:
        admin = server.person(1)
        started = time.perf_counter()
        async with reelmate(server, home) as bot:
            start_s = time.perf_counter() - started
            tappers = await settle(server, "/recommend", 1000)
            for _ in range(ROUNDS):
                async with bare_bot() as bare_tappers:
                    bare_throughputs.append(await throughput(bare_tappers))
                throughputs.append(await throughput(tappers))
            turns = await steady(tappers)
            quiet = await steady_for(tappers[1:], 1.0)
            beside_flood = await flooded(tappers)
            async with bare_bot() as bare_tappers:
                bare_turns = await steady(bare_tappers)
                bare_quiet = await steady_for(bare_tappers[1:], 1.0)
                bare_beside_flood = await flooded(bare_tappers)
            peak_mib = bot.peak_mib
            few_tappers = tappers[-BESIDE_TRAINING:]
            before_training = await steady_for(few_tappers, 1.0)
            await admin.send("/refresh model")
            await asyncio.sleep(TRAINING_BEGINS_S)
            beside_training = await steady_for(few_tappers, 1.0)
    return Results(
        start_s=start_s,
        peak_mib=peak_mib,
        throughput=throughputs,
        bare_throughput=bare_throughputs,
        turns=turns,
        bare_turns=bare_turns,
        quiet=quiet,
        bare_quiet=bare_quiet,
        beside_flood=beside_flood,
        bare_beside_flood=bare_beside_flood,
        before_training=before_training,
        beside_training=beside_training,
    )


def print_results(results: Results, loop_s: float) -> None:
    """Print the results; `loop_s` is how long a loop of ten million additions takes on this machine."""
    turns_per_s, bare_turns_per_s = statistics.median(results.throughput), statistics.median(results.bare_throughput)
    flood_ms = p99(results.beside_flood) - p99(results.quiet)
    bare_flood_ms = p99(results.bare_beside_flood) - p99(results.bare_quiet)
    print(
        f"{PEOPLE} people, thumb -> next card, by polling, SQLite and Milvus Lite, {os.cpu_count()} cores that add ten"
        f" million numbers in {loop_s:.1f} s of Python"
    )
    print(
        f"as fast as they can: {turns_per_s:.0f} turns/s, a bare bot {bare_turns_per_s:.0f},"
        f" ratio {turns_per_s / bare_turns_per_s:.2f} (goal 0.3)"
    )
    print(
        f"{TAPS_PER_SECOND} taps a second each: p50 {statistics.median(results.turns):.0f} ms, p99"
        f" {p99(results.turns):.0f} ms (goal 60); a bare bot {statistics.median(results.bare_turns):.0f} and"
        f" {p99(results.bare_turns):.0f} ms"
    )
    print(
        f"one taps {FLOOD} times a second: p99 of the others {p99(results.beside_flood):.0f} ms, without that"
        f" {p99(results.quiet):.0f} ms: {flood_ms:+.0f} ms (goal at most +50);"
        f" a bare bot {bare_flood_ms:+.0f} ms"
    )
    slowdown = p99(results.beside_training) / p99(results.before_training)
    print(
        f"{BESIDE_TRAINING} people, a tap a second each: p99 {p99(results.before_training):.0f} ms, while a model"
        f" trains {p99(results.beside_training):.0f} ms: {slowdown:.1f} times (goal 3)"
    )
    print(
        f"warm start to the first answer: {results.start_s:.1f} s (goal 7);"
        f" peak memory {results.peak_mib:.0f} MiB (goal 900)"
    )


async def steady_for(tappers: list[Tapper], per_second: float) -> list[float]:
    """Run `steady` for STEADY_S seconds at another rate."""
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(STEADY_S, stop.set)
    return await steady(tappers, stop, per_second)


@asynccontextmanager
async def bare_bot() -> AsyncIterator[list[Tapper]]:
    """Run the bare bot against a Bot API server of its own, and yield its people."""
    async with TelegramServer() as server, running(__file__, "--bare", server.url, server.token):
        yield await settle(server, "card", 1000)


def run_bare(url: str, token: str) -> None:
    """Run the bare bot, which makes two calls for a tap."""
    keyboard = InlineKeyboardMarkup(
        [[InlineKeyboardButton(UP, callback_data="up"), InlineKeyboardButton(DOWN, callback_data="down")]]
    )
    turns = 0

    async def write(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        if update.message is not None:
            await update.message.reply_text("card", reply_markup=keyboard)

    async def turn(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        nonlocal turns
        turns += 1
        if update.callback_query is not None:
            await update.callback_query.answer()
            await update.callback_query.edit_message_text(f"card {turns}", reply_markup=keyboard)

    application = Application.builder().token(token).base_url(f"{url}/bot").concurrent_updates(True).build()
    application.add_handler(MessageHandler(filters.ALL, write))
    application.add_handler(CallbackQueryHandler(turn))
    application.run_polling()


def forget_training(home: Path) -> None:
    """Clear the fingerprint of the training data; otherwise a refresh finds no change and trains nothing."""
    for file in home.glob("models/*/release.json"):
        info = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps(info | {"trained_on": ""}), encoding="utf-8")


def main() -> None:
    """Run the benchmark, or with --bare the bare bot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--bare", nargs=2, metavar=("URL", "TOKEN"), help=argparse.SUPPRESS)
    parser.add_argument("--starts", type=int, help="compare the throughput of this many starts, and nothing else")
    arguments = parser.parse_args()
    if arguments.bare:
        run_bare(*arguments.bare)
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(load_settings().reelmate_home, home)
        if arguments.starts:
            asyncio.run(compare_starts(home, arguments.starts))
            return
        forget_training(home)
        loop_s = timeit.timeit("for number in range(10_000_000): total += number", "total = 0", number=1)
        print_results(asyncio.run(measure(home)), loop_s)


if __name__ == "__main__":
    main()
