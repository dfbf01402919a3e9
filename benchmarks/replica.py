"""Benchmark of one replica of a bot: how long `reelmate run` takes to start, and how much memory it takes.

    VECTORS_URL=milvus://localhost:19530 METADATA_URL=redis://localhost:6379 REELMATE_HOME=path/to/results/home \
        python benchmarks/replica.py

The bot runs by polling against the local Bot API server in this process, with the services of the environment and a
prepared home, such as that of `benchmarks/large_catalogue.py`. People tap thumbs, search for titles of cards, also with
a typing error, ask for movies like these, and dislike three movies in a row. The ratings of the simulated people remain
in the database.
"""

import argparse
import asyncio
import re
import statistics
import time
from collections.abc import Awaitable, Callable
from itertools import chain

import numpy as np

from benchmarks.large_catalogue import Memory, misspelled, processor, row
from benchmarks.turns import DOWN, WAIT_S, Tapper, p99, running, settle
from bot.local_bot_api import Message, Person, TelegramServer

START_GOAL, MEMORY_GOAL = "30 s", "1.5 GB"
TURNS, QUESTIONS = 60, 10
QUIET_S = 20.0
"""Beside the first people, a bot prepares the reading of texts for this long."""


async def tap(tapper: Tapper) -> list[float]:
    """Tap TURNS thumbs, and return the milliseconds of each turn."""
    return [await tapper.turn() for _ in range(TURNS)]


async def answer(person: Person, text: str) -> Message:
    """Send a text, and return the bot's answer."""
    sent = await person.send(text)
    return await person.wait_for(lambda message: message.message_id > sent.message_id, WAIT_S)


async def ask(tapper: Tapper, command: str) -> list[float]:
    """Send a command with titles of cards, some with a typing error, and return the milliseconds of each answer."""
    waits, rng = [], np.random.default_rng(tapper.person.id)
    for number in range(QUESTIONS):
        await tapper.turn()
        title = re.sub(r"\s*\(\d{4}\).*", "", tapper.card.text.splitlines()[0])
        started = time.perf_counter()
        await answer(tapper.person, f"{command} {misspelled(title, rng) if number % 2 else title}")
        waits.append((time.perf_counter() - started) * 1e3)
        tapper.card = await answer(tapper.person, "/recommend")
    return waits


async def dislike(tapper: Tapper) -> list[float]:
    """Dislike three movies in a row, and return the milliseconds from the third to the bot's question."""
    for _ in range(2):
        await tapper.person.press(tapper.card, DOWN)
        tapper.card = await tapper.person.next_edit(tapper.card, WAIT_S)
    last = tapper.person.messages[-1].message_id
    started = time.perf_counter()
    await tapper.person.press(tapper.card, DOWN)
    await tapper.person.wait_for(lambda message: message.message_id > last, WAIT_S)
    return [(time.perf_counter() - started) * 1e3]


async def measure() -> None:
    """Start the bot, and print what it costs."""
    async with TelegramServer() as server:
        settings = {"BOT_TOKEN": server.token, "BOT_API_URL": server.url, "LISTEN": "127.0.0.1:0", "ADMIN_IDS": "1"}
        admin = server.person(1)
        await admin.send("/help")
        started = time.perf_counter()
        async with running("-m", "bot", "run", **settings) as bot:
            await admin.next_message(WAIT_S)
            row("start of the bot to its first answer", f"{time.perf_counter() - started:.1f} s", START_GOAL)
            row("memory then", str(Memory.of(bot.id)), MEMORY_GOAL)
            await asyncio.sleep(QUIET_S)
            row(f"memory {QUIET_S:.0f} s later", str(Memory.of(bot.id)), MEMORY_GOAL)
            tappers = await settle(server, "/recommend", 1000)
            parts: dict[str, Callable[[Tapper], Awaitable[list[float]]]] = {
                "a turn": tap,
                "/search": lambda tapper: ask(tapper, "/search"),
                "/similar": lambda tapper: ask(tapper, "/similar"),
                "a third dislike and a question": dislike,
            }
            for what, act in parts.items():
                waits = list(chain.from_iterable(await asyncio.gather(*map(act, tappers))))
                row(what, f"{len(waits)}: p50 {statistics.median(waits):.0f} ms, p99 {p99(waits):.0f} ms")
                row("memory then", str(Memory.of(bot.id)), MEMORY_GOAL)


def main() -> None:
    """Measure the bot of the environment."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None).parse_args()
    print(processor())
    asyncio.run(measure())


if __name__ == "__main__":
    main()
