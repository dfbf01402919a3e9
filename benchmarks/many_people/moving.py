"""Benchmark of moving people: `export-people` and `import-people` with generated people.

    python -m benchmarks.many_people.moving [--people 20000] [--ratings 400000]

It fills a PostgreSQL server of its own as `million_people` does. Everybody is exported, compressed and not, and
imported into an empty database of each kind. Then the same file is imported again. The servers do not wait for the
disk.
"""

import argparse
import asyncio
import filecmp
import resource
import tempfile
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from benchmarks.many_people.filling import BLOCK, FIRST_ID, BenchmarkServer, execute, fill
from bot.people.exporting import export_people
from bot.people.importing import import_people
from bot.reporting import no_progress
from bot.settings import Settings
from storage.migrations import migrate
from storage.sql import Database
from tests.servers.sql_servers import MariaDb, SqlServer

BOT = "1:benchmark"


def started(kind: type[SqlServer], folder: Path) -> SqlServer:
    """Return a server that is not started yet."""
    programs = kind.find()
    if programs is None:
        raise SystemExit(f"{kind.name} is not installed (Debian: {kind.install})")
    return kind(programs, folder / kind.name)


def settings_of(folder: Path, url: str) -> Settings:
    """Return the settings of an installation with a database."""
    return Settings(_env_file=None, reelmate_home=folder, database_url=url, bot_token=BOT)


async def timed(name: str, people: int, work: Coroutine[Any, Any, dict[str, Any]]) -> None:
    """Await a call and print how many people it moved in a second."""
    begun, own_begun = time.perf_counter(), time.process_time()
    result = await work
    duration, own = time.perf_counter() - begun, time.process_time() - own_begun
    rate = f"{people / duration:,.0f} people/s ({duration:.1f} s)"
    print(f"{name}: {rate}, {people / own:,.0f} a second of this process's processor time, {result['people']}")


async def measure(people: int, ratings: int, folder: Path) -> None:
    """Fill a server, and export and import everybody."""
    everybody = range(FIRST_ID, FIRST_ID + people)
    servers = [started(BenchmarkServer, folder), started(MariaDb, folder)]
    try:
        for server in servers:
            await server.start()
        full = await servers[0].new_database()
        await migrate(full)
        async with Database(full, timeout_s=60) as database:
            for start in range(0, people, BLOCK):
                await fill(database, everybody[start : start + BLOCK], ratings // people, 0, has_history=True)
        await execute(full, "VACUUM ANALYZE")
        there = settings_of(folder, full)
        file = folder / "people.jsonl"
        for name in ("people.jsonl", "people.jsonl.gz"):
            await timed(
                f"export from PostgreSQL to {name}", people, export_people(there, folder / name, (), no_progress)
            )
            print(f"  {(folder / name).stat().st_size / people:,.0f} bytes a person")
        sqlite = f"sqlite+aiosqlite:///{folder}/here.db"
        for url in (sqlite, await servers[1].new_database(), await servers[0].new_database()):
            await migrate(url)
            kind, here = url.partition(":")[0], settings_of(folder, url)
            for name in ("import into", "again into"):
                await timed(f"{name} {kind}", people, import_people(here, file, (), no_progress))
            copy = folder / f"{kind}.jsonl"
            await timed(f"export from {kind}", people, export_people(here, copy, (), no_progress))
            if not filecmp.cmp(copy, file, shallow=False):
                raise SystemExit(f"{kind} holds something else")
            copy.unlink()
    finally:
        for server in servers:
            server.stop()
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--ratings", type=int, default=400_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # The servers may run as another user.
        asyncio.run(measure(arguments.people, arguments.ratings, Path(folder)))


if __name__ == "__main__":
    main()
