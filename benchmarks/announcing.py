"""How fast a worker sends an announcement, what memory it takes, and whether it resumes exactly after a kill.

    python benchmarks/announcing.py [--people 100000]

The worker is a process of its own and talks to the local Bot API server in this one, which is without limits. It needs
nothing that is prepared: what it works on lies in a folder that goes afterwards. Half way through the worker is killed
with SIGKILL; the speed is that of the stretches in which one was sending.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from sqlalchemy import Table, insert, select

from bot.app import open_administration
from bot.local_bot_api import Person, TelegramServer
from bot.settings import Settings
from bot.stores import open_stores
from recsys.data.starter import starter_dataset
from recsys.services.administration import COMMAND_LINE, AnnouncementPreview
from storage.migrations import migrate
from storage.sql import Database
from storage.sql.models import DeliveryRow, PersonRow

GOAL_PER_S = 300
FIRST_ID = 1_000
MEMORY_EVERY_S = 0.2
KEPT = 1_000
ROWS = 5_000


def copies(person: Person) -> int:
    """How many of the bot's messages somebody has."""
    return sum(message.from_bot for message in person.messages)


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[asyncio.subprocess.Process]:
    """`reelmate worker` as a process of its own, killed at the end at the latest."""
    environment = {
        **os.environ,
        "REELMATE_HOME": str(settings.reelmate_home),
        "VECTORS_URL": "memory://",
        "BOT_TOKEN": settings.token,
        "BOT_API_URL": settings.telegram_api,
        "ANNOUNCE_RATE": "100000",
        "PYTHONPATH": str(Path(__file__).parents[1]),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "worker", "--log-level", "ERROR"), env=environment, cwd=settings.reelmate_home
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def resident_mb(pid: int) -> float:
    """What a process holds in memory at this moment; 0 where that cannot be known."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


async def stretch(process: asyncio.subprocess.Process, people: list[Person], until: int) -> tuple[float, float, float]:
    """Wait until that many have got it: seconds since the first new one, memory then, and the most of it since."""
    first = next(number for number, person in enumerate(people) if copies(person) == 0)
    await people[first].until(lambda one: copies(one) > 0, 600)
    began, at_first = time.perf_counter(), resident_mb(process.pid)
    most = at_first
    waiting = asyncio.create_task(people[until].until(lambda one: copies(one) > 0, 3600))
    while not waiting.done():
        await asyncio.wait([waiting], timeout=MEMORY_EVERY_S)
        most = max(most, resident_mb(process.pid))
    waiting.result()
    return time.perf_counter() - began, at_first, most


async def populate(database: Database, server: TelegramServer, count: int) -> list[Person]:
    """People who once wrote to the bot and want messages."""
    told = {"step": "ready", "consent": False, "notify": True, "blocked": False, "created_at": datetime.now(UTC)}
    ids = range(FIRST_ID, FIRST_ID + count)
    for start in range(0, count, ROWS):
        rows = [{"person_id": person_id, **told} for person_id in ids[start : start + ROWS]]
        async with database.writing(120) as connection:
            await connection.execute(insert(cast(Table, PersonRow.__table__)), rows)
    people = [server.person(person_id) for person_id in ids]
    with server.holding() as held:
        for person in people:
            await person.send("/start")
        held.clear()
    return people


async def measure(count: int) -> bool:
    """Announce, kill, resume, and print; whether everything was exact."""
    with tempfile.TemporaryDirectory() as home:
        async with TelegramServer(keep=KEPT) as server:
            settings = Settings(
                _env_file=None, reelmate_home=Path(home), bot_token=server.token, bot_api_url=server.url
            )
            await migrate(settings.database_url.get_secret_value())
            async with open_stores(settings) as stores:
                await stores.catalogue.replace(starter_dataset().movies)
                people = await populate(stores.database, server, count)
                administration = open_administration(stores, settings, {})
                draft = await administration.draft_announcement(COMMAND_LINE, "Hello")
                if not isinstance(draft, AnnouncementPreview):
                    raise SystemExit("the command line may not announce anything")
                began = time.perf_counter()
                await administration.announce(COMMAND_LINE, draft.job_id)
                print(f"{count:,} deliveries made in {time.perf_counter() - began:.1f} s", flush=True)

                async with worker(settings) as process:
                    before_s, first_mb, most_mb = await stretch(process, people, count // 2)
                    process.kill()
                    await process.wait()
                sent = sum(copies(person) > 0 for person in people)
                killed = time.perf_counter()
                async with worker(settings) as process:
                    after_s, _, later_mb = await stretch(process, people, count - 1)
                    resumed_s = time.perf_counter() - killed - after_s
                    while (job := await stores.jobs.get(draft.job_id)) is not None and job.is_open:  # noqa: ASYNC110 - another process ends it
                        await asyncio.sleep(0.1)
                counts = await stores.announcements.counts(draft.job_id)
                deliveries = cast(Table, DeliveryRow.__table__)
                uncertain = select(deliveries.c.person_id).where(deliveries.c.status == "uncertain")
                async with stores.database.reading() as connection:
                    unknown = set((await connection.execute(uncertain)).scalars())
    got = {person.id: copies(person) for person in people}
    missed = {person_id for person_id, number in got.items() if number == 0}
    exact = max(got.values()) == 1 and missed <= unknown and counts["sent"] + len(unknown) == count
    speed = count / (before_s + after_s)
    print(f"{speed:.0f} messages/s (goal {GOAL_PER_S})")
    print(f"memory of the worker: {first_mb:.0f} MB at the first message, {max(most_mb, later_mb):.0f} MB at most")
    print(f"killed after {sent:,}; the next one began after {resumed_s:.1f} s, its start and the old lease included")
    print(f"nobody twice: {max(got.values()) == 1}; uncertain: {len(unknown)}, of them not received: {len(missed)}")
    print("exact" if exact else "NOT EXACT")
    return exact


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=100_000)
    sys.exit(0 if asyncio.run(measure(parser.parse_args().people)) else 1)
