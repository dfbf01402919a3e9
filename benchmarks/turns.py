"""How fast the bot turns a thumb into the next card, next to a bare python-telegram-bot bot in the same run.

    reelmate prepare --data path/to/ml-1m
    python benchmarks/turns.py

The bot and the bare bot run in processes of their own, by polling, against the local Bot API server in this one. The
bare bot makes the same two calls for a tap, answers it and edits the message, and does nothing else; everything is
asked of it too. What is prepared in REELMATE_HOME is copied first, so nothing is left of the people who tap here.
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
    """One person and the card that they look at."""

    person: Person
    card: Message
    taps: int = 0

    async def turn(self) -> float:
        """Tap a thumb; the milliseconds until the next card stands in its place."""
        began = time.perf_counter()
        self.taps += 1
        await self.person.press(self.card, UP if self.taps % 3 else DOWN)
        self.card = await self.person.changed(self.card, WAIT_S)
        return (time.perf_counter() - began) * 1e3


class Process:
    """A bot in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def peak_mib(self) -> float:
        """The most memory that was resident."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024

    async def stop(self) -> None:
        """End it as a supervisor does."""
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
    """Everybody writes, and gets a card with thumbs."""

    async def begin(number: int) -> Tapper:
        person = server.person(offset + number)
        await person.send("/start")
        await person.next_message(WAIT_S)
        await person.send(first)
        card = await person.wait_for(lambda message: any(UP in one.text for one in message.buttons), WAIT_S)
        return Tapper(person, card)

    return list(await asyncio.gather(*(begin(number) for number in range(PEOPLE))))


async def throughput(tappers: list[Tapper]) -> float:
    """Turns per second where everybody taps as soon as the next card is there."""
    ends = time.perf_counter() + ROUND_S
    turns = 0

    async def tap(tapper: Tapper) -> None:
        nonlocal turns
        while time.perf_counter() < ends:
            await tapper.turn()
            turns += 1

    began = time.perf_counter()
    await asyncio.gather(*(tap(tapper) for tapper in tappers))
    return turns / (time.perf_counter() - began)


async def steady(
    tappers: list[Tapper], stop: asyncio.Event | None = None, per_second: float = TAPS_PER_SECOND
) -> list[float]:
    """Milliseconds of every turn where everybody taps so many times a second, spread evenly."""
    waits: list[float] = []
    ends = time.perf_counter() + (STEADY_S if stop is None else 1e9)

    async def tap(tapper: Tapper, due: float) -> None:
        while due < ends and not (stop is not None and stop.is_set()):
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            # Whoever could not tap in time has waited since then.
            late_ms = max(0.0, time.perf_counter() - due) * 1e3
            waits.append(late_ms + await tapper.turn())
            due += 1 / per_second

    begins = time.perf_counter()
    await asyncio.gather(
        *(tap(tapper, begins + number / len(tappers) / per_second) for number, tapper in enumerate(tappers))
    )
    return waits


async def flooded(tappers: list[Tapper]) -> list[float]:
    """The same for all but the first, who taps 200 times in a second now and then."""
    stop = asyncio.Event()
    flooder, others = tappers[0], tappers[1:]

    async def flood() -> None:
        for _ in range(FLOODS):
            for _ in range(FLOOD):
                await flooder.person.press(flooder.card, UP)
                await asyncio.sleep(1 / FLOOD)
            await asyncio.sleep(FLOOD_PAUSE_S)
            messages = [one for one in flooder.person.messages if any(UP in button.text for button in one.buttons)]
            flooder.card = messages[-1]
        stop.set()

    waits, _ = await asyncio.gather(steady(others, stop, 1.0), flood())
    return waits


def p99(values: list[float]) -> float:
    """The 99th percentile."""
    return statistics.quantiles(values, n=100)[98]


async def measure(home: Path) -> None:
    """Measure, and print it."""
    ours: list[float] = []
    bare: list[float] = []
    loop_s = timeit.timeit("for number in range(10_000_000): total += number", "total = 0", number=1)
    async with TelegramServer() as server:
        settings = {
            "BOT_TOKEN": server.token,
            "BOT_API_URL": server.url,
            "REELMATE_HOME": str(home),
            "LISTEN": "127.0.0.1:0",
            "ADMIN_IDS": "1",
        }
        first = server.person(1)
        await first.send("/help")
        began = time.perf_counter()
        async with running("-m", "bot", "run", **settings) as bot:
            await first.next_message(WAIT_S)
            start_s = time.perf_counter() - began
            tappers = await settle(server, "/recommend", 1000)
            for _ in range(ROUNDS):
                async with bare_bot() as bare_tappers:
                    bare.append(await throughput(bare_tappers))
                ours.append(await throughput(tappers))
            turns = await steady(tappers)
            quiet = await steady_for(tappers[1:], 1.0)
            beside_flood = await flooded(tappers)
            async with bare_bot() as bare_tappers:
                bare_turns = await steady(bare_tappers)
                bare_quiet = await steady_for(bare_tappers[1:], 1.0)
                bare_beside_flood = await flooded(bare_tappers)
            peak = bot.peak_mib
            few = tappers[-BESIDE_TRAINING:]
            untroubled = await steady_for(few, 1.0)
            await first.send("/refresh model")
            await asyncio.sleep(TRAINING_BEGINS_S)
            beside_training = await steady_for(few, 1.0)
    ratio = statistics.median(ours) / statistics.median(bare)
    print(
        f"{PEOPLE} people, thumb -> next card, by polling, SQLite and Milvus Lite, {os.cpu_count()} cores that add ten"
        f" million numbers in {loop_s:.1f} s of Python"
    )
    print(
        f"as fast as they can: {statistics.median(ours):.0f} turns/s, a bare bot {statistics.median(bare):.0f},"
        f" ratio {ratio:.2f} (goal 0.3)"
    )
    print(
        f"{TAPS_PER_SECOND} taps a second each: p50 {statistics.median(turns):.0f} ms, p99 {p99(turns):.0f} ms"
        f" (goal 60); a bare bot {statistics.median(bare_turns):.0f} and {p99(bare_turns):.0f} ms"
    )
    print(
        f"one taps {FLOOD} times a second: p99 of the others {p99(beside_flood):.0f} ms, without that"
        f" {p99(quiet):.0f} ms: {p99(beside_flood) - p99(quiet):+.0f} ms (goal at most +50);"
        f" a bare bot {p99(bare_beside_flood) - p99(bare_quiet):+.0f} ms"
    )
    print(
        f"{BESIDE_TRAINING} people, a tap a second each: p99 {p99(untroubled):.0f} ms, while a model trains"
        f" {p99(beside_training):.0f} ms: {p99(beside_training) / p99(untroubled):.1f} times (goal 3)"
    )
    print(f"warm start to the first answer: {start_s:.1f} s (goal 7); peak memory {peak:.0f} MiB (goal 900)")


async def steady_for(tappers: list[Tapper], per_second: float) -> list[float]:
    """`steady` for its own time at another rate."""
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(STEADY_S, stop.set)
    return await steady(tappers, stop, per_second)


@asynccontextmanager
async def bare_bot() -> AsyncIterator[list[Tapper]]:
    """People with a bot that does nothing, in a Telegram of their own."""
    async with TelegramServer() as server, running(__file__, "--bare", server.url, server.token):
        yield await settle(server, "card", 1000)


def run_bare(url: str, token: str) -> None:
    """The bare bot: two calls for a tap."""
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
    """Otherwise a refresh of the model would see that nothing has changed, and train nothing."""
    for file in home.glob("models/*/release.json"):
        info = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps(info | {"trained_on": ""}), encoding="utf-8")


def main() -> None:
    """Measure; or be the bare bot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--bare", nargs=2, metavar=("URL", "TOKEN"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.bare:
        run_bare(*arguments.bare)
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(load_settings().reelmate_home, home)
        forget_training(home)
        asyncio.run(measure(home))


if __name__ == "__main__":
    main()
