"""Benchmark of announcements: the worker's speed and memory, and whether it resumes exactly after a kill.

    python benchmarks/announcements/announcing.py [--people 100000]

The worker runs in a process of its own and calls the local Bot API server in this process, which has no rate limits.
No prepared data is needed: everything is in a temporary folder. Half way through, the worker is killed with SIGKILL.
The speed is measured only while a worker is sending.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from sqlalchemy import Table, insert, select

from bot.app import open_administration
from bot.local_bot_api import Person, TelegramServer
from bot.settings import Settings
from bot.stores import Stores, open_stores
from recsys.data.starter import starter_dataset
from recsys.services.administration import COMMAND_LINE, AnnouncementPreview
from storage.migrations import migrate
from storage.sql import Database
from storage.sql.models import DeliveryRow, PersonRow

GOAL_PER_S = 300
FIRST_ID = 1_000
MEMORY_EVERY_S = 0.2
KEPT_MESSAGES = 1_000
ROWS = 5_000


def received(person: Person) -> int:
    """Return how many of the bot's messages a person has."""
    return sum(message.from_bot for message in person.messages)


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `reelmate worker` in a process of its own, and kill it at the end."""
    environment = {
        **os.environ,
        "REELMATE_HOME": str(settings.reelmate_home),
        "VECTORS_URL": "memory://",
        "BOT_TOKEN": settings.token,
        "BOT_API_URL": settings.telegram_api,
        "ANNOUNCE_RATE": "100000",
        "PYTHONPATH": str(Path(__file__).parents[2]),
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
    """Return the resident memory of a process in MB; 0 if the system does not report it."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


async def measure_sending(
    process: asyncio.subprocess.Process, people: list[Person], until: int
) -> tuple[float, float, float]:
    """Wait until the announcement has reached the person at position `until`.

    Returns:
        The seconds since the first new delivery, the memory at that time, and the peak memory since then, in MB.
    """
    first = next(number for number, person in enumerate(people) if received(person) == 0)
    await people[first].until(lambda person: received(person) > 0, 600)
    started, first_mb = time.perf_counter(), resident_mb(process.pid)
    peak_mb = first_mb
    waiting = asyncio.create_task(people[until].until(lambda person: received(person) > 0, 3600))
    while not waiting.done():
        await asyncio.wait([waiting], timeout=MEMORY_EVERY_S)
        peak_mb = max(peak_mb, resident_mb(process.pid))
    waiting.result()
    return time.perf_counter() - started, first_mb, peak_mb


async def populate(database: Database, server: TelegramServer, count: int) -> list[Person]:
    """Create people who have written to the bot and accept messages."""
    columns = {"step": "ready", "consent": False, "notify": True, "blocked": False, "created_at": datetime.now(UTC)}
    ids = range(FIRST_ID, FIRST_ID + count)
    for start in range(0, count, ROWS):
        rows = [{"person_id": person_id, **columns} for person_id in ids[start : start + ROWS]]
        async with database.writing(120) as connection:
            await connection.execute(insert(cast(Table, PersonRow.__table__)), rows)
    people = [server.person(person_id) for person_id in ids]
    with server.holding() as held:
        for person in people:
            await person.send("/start")
        held.clear()
    return people


@dataclass(frozen=True, slots=True)
class Sending:
    """Durations and memory of sending an announcement with a kill half way through.

    Attributes:
        sent_before_kill: number of people whom the announcement had reached when the worker was killed.
        sending_s: seconds in which a worker was sending.
        resumed_s: seconds from the kill to the next delivery.
        first_mb: memory of the worker at its first delivery.
        peak_mb: peak memory of both workers.
    """

    sent_before_kill: int
    sending_s: float
    resumed_s: float
    first_mb: float
    peak_mb: float


async def send_with_kill(settings: Settings, stores: Stores, people: list[Person], job_id: int) -> Sending:
    """Send an announcement to everybody; half way through, kill the worker and start another one."""
    async with worker(settings) as process:
        before_s, first_mb, peak_before_mb = await measure_sending(process, people, len(people) // 2)
        process.kill()
        await process.wait()
    sent = sum(received(person) > 0 for person in people)
    killed_at = time.perf_counter()
    async with worker(settings) as process:
        after_s, _, peak_after_mb = await measure_sending(process, people, len(people) - 1)
        resumed_s = time.perf_counter() - killed_at - after_s
        while (job := await stores.jobs.get(job_id)) is not None and job.is_open:  # noqa: ASYNC110 - another process ends it
            await asyncio.sleep(0.1)
    return Sending(sent, before_s + after_s, resumed_s, first_mb, max(peak_before_mb, peak_after_mb))


async def uncertain_ids(database: Database) -> set[int]:
    """Return the ids of the people whose delivery is uncertain."""
    deliveries = cast(Table, DeliveryRow.__table__)
    uncertain = select(deliveries.c.person_id).where(deliveries.c.status == "uncertain")
    async with database.reading() as connection:
        return set((await connection.execute(uncertain)).scalars())


async def measure(count: int) -> bool:
    """Announce, kill the worker, resume, and print the results; return whether every delivery was exact."""
    with tempfile.TemporaryDirectory() as home:
        async with TelegramServer(max_history=KEPT_MESSAGES) as server:
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
                    raise SystemExit("the command line is not allowed to announce")
                started = time.perf_counter()
                await administration.announce(COMMAND_LINE, draft.job_id)
                print(f"{count:,} deliveries made in {time.perf_counter() - started:.1f} s", flush=True)

                sending = await send_with_kill(settings, stores, people, draft.job_id)
                counts = await stores.announcements.counts(draft.job_id)
                uncertain = await uncertain_ids(stores.database)
    deliveries = {person.id: received(person) for person in people}
    missed = {person_id for person_id, number in deliveries.items() if number == 0}
    nobody_twice = max(deliveries.values()) == 1
    exact = nobody_twice and missed <= uncertain and counts["sent"] + len(uncertain) == count
    print(f"{count / sending.sending_s:.0f} messages/s (goal {GOAL_PER_S})")
    print(f"memory of the worker: {sending.first_mb:.0f} MB at the first message, {sending.peak_mb:.0f} MB at most")
    print(
        f"killed after {sending.sent_before_kill:,}; the next one began after {sending.resumed_s:.1f} s,"
        " its start and the old lease included"
    )
    print(f"nobody twice: {nobody_twice}; uncertain: {len(uncertain)}, of them not received: {len(missed)}")
    print("exact" if exact else "NOT EXACT")
    return exact


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=100_000)
    sys.exit(0 if asyncio.run(measure(parser.parse_args().people)) else 1)
