"""Benchmark of a full database: what the bot, admins and commands cost with a million people and 20 million ratings.

    reelmate prepare --data path/to/ml-1m
    python benchmarks/million_people.py --url URL --keep
    python -m benchmarks.many_people.commands path/to/ml-1m --url URL [--people 1000000] [--parts bots people]

It uses the database that `million_people` has kept on the server of the URL, and copies the home of the settings.

- `bots`: three bots run at once, with vectors in memory, each with a Bot API server and a database of its own: the
  full one, one with the people who tap and their histories, and one in which they have no history. Everybody taps in
  each of them in turn. An admin asks for /stats and /health. The scans of tables in the full database are counted.
- `housekeeping`: `reelmate check`, and a day's housekeeping: a million ids of updates, and the oldest marks.
- `contributors`: the ratings of those who consented, a tenth, are read for a training.
- `people`: everybody is exported, and some of them are imported into an empty database.
"""

import argparse
import asyncio
import gzip
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
from sqlalchemy import text

from benchmarks.many_people.filling import FIRST_ID, FULL, fill, new_database, prepare, url_of
from benchmarks.turns import UP, WAIT_S, Tapper, running
from bot.local_bot_api import TelegramServer
from bot.people.lines import end_line
from bot.settings import Settings, load_settings
from storage.migrations import migrate
from storage.sql import Contributors, Database, Housekeeping, Releases

PARTS = ("bots", "housekeeping", "contributors", "people")
TAPPING, WARM_UP = 150, 10
ADMIN, ADMIN_WAIT_S = 1, 300.0
STATEMENT_TIMEOUT_S = 600.0
OLD_MARKS = timedelta(days=9, hours=6)
"""Few of the generated marks are older."""

_SCANS = """
SELECT relname, seq_scan FROM pg_stat_user_tables
WHERE relname IN ('people', 'ratings', 'marks', 'changes', 'cards', 'wishes', 'updates', 'effects')
"""


def settings_of(home: Path, url: str) -> dict[str, str]:
    """Return the environment of an installation with a database, and vectors in memory."""
    return {
        "REELMATE_HOME": str(home),
        "DATABASE_URL": url,
        "VECTORS_URL": "memory://",
        "METADATA_URL": "sql",
        "LISTEN": "127.0.0.1:0",
        "ADMIN_IDS": str(ADMIN),
    }


def run_python(settings: dict[str, str], *words: str, codes: Sequence[int] = (0,)) -> str:
    """Run a Python program to its end, and return what it has used: time, processor time and peak memory."""
    started = time.perf_counter()
    variables = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])} | settings
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([sys.executable, *words], env=variables, stdout=output, stderr=output)  # noqa: S603 - our own programs
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            output.seek(0)
            raise SystemExit(f"{' '.join(words)} failed:\n{output.read().decode()[-2_000:]}")
    wall_s, own_s = time.perf_counter() - started, used.ru_utime + used.ru_stime
    return f"{wall_s:.1f} s, {own_s:.1f} s of its processor time, peak memory {used.ru_maxrss / 1024:.0f} MB"


def reelmate(settings: dict[str, str], *words: str, codes: Sequence[int] = (0,)) -> None:
    """Run a command and print what it has used."""
    used = run_python(settings, "-m", "bot", *words, codes=codes)
    print(f"reelmate {' '.join(words)}: {used}", flush=True)


def add_movies(settings: dict[str, str], data: Path) -> None:
    """Fill the catalogue of a database, and activate the release of the home."""
    run_python(settings, "-m", "bot", "import", "--data", str(data))
    run_python(settings, "-m", "bot", "index")


async def scans(database: Database) -> dict[str, int]:
    """Return how often each table about people was read from its first to its last row."""
    async with database.reading() as connection:
        return {row.relname: row.seq_scan for row in await connection.execute(text(_SCANS))}


async def measure_bots(url: str, home: Path, data: Path, people: range) -> None:
    """Measure turns and starts beside small databases, and what admins ask."""
    positions = np.random.default_rng(1).choice(len(people), TAPPING, replace=False)
    tapping = [people[position] for position in positions.tolist()]
    async with AsyncExitStack() as stack:
        urls = {name: url_of(url, f"reelmate_{name}") for name in ("full", "few", "empty")}
        full = await stack.enter_async_context(Database(urls["full"], timeout_s=STATEMENT_TIMEOUT_S))
        if await Releases(full).active() is None:
            add_movies(settings_of(home, urls["full"]), data)
        few = await stack.enter_async_context(new_database(url, "reelmate_few"))
        add_movies(settings_of(home, urls["few"]), data)
        empty = await stack.enter_async_context(new_database(url, "reelmate_empty"))
        add_movies(settings_of(home, urls["empty"]), data)
        await fill(few, tapping, 20, 0, has_history=True)
        await fill(empty, tapping, 20, 0, has_history=False)
        for name in ("few", "empty"):
            await prepare(url, f"reelmate_{name}")
        before = await scans(full)
        servers = {name: await start_bot(stack, name, settings_of(home, of_bot)) for name, of_bot in urls.items()}
        await print_turns(servers, tapping)
        print_scans("from the start of the bot to the last turn", before, await scans(full))
        before = await scans(full)
        for command in ("/stats", "/health"):
            for name in ("full", "empty"):
                admin = servers[name].person(ADMIN)
                started = time.perf_counter()
                await admin.send(command)
                await admin.next_message(ADMIN_WAIT_S)
                print(f"{command} in the {name} database: {time.perf_counter() - started:.2f} s", flush=True)
        print_scans("/stats and /health", before, await scans(full))


async def start_bot(stack: AsyncExitStack, name: str, settings: dict[str, str]) -> TelegramServer:
    """Start a bot and a Bot API server, which last as long as the stack, and print when its first answer comes."""
    # No update and no message of an earlier run has these ids.
    server = await stack.enter_async_context(TelegramServer(first_id=int(time.time())))
    await server.person(ADMIN).send("/help")
    started = time.perf_counter()
    telegram = {"BOT_TOKEN": server.token, "BOT_API_URL": server.url}
    bot = await stack.enter_async_context(running("-m", "bot", "run", **settings, **telegram))
    await server.person(ADMIN).next_message(WAIT_S)
    print(f"{name}: {time.perf_counter() - started:.1f} s to the first answer, peak {bot.peak_mib:.0f} MB", flush=True)
    return server


async def print_turns(servers: dict[str, TelegramServer], tapping: Sequence[int]) -> None:
    """Let each person tap once in each database, and print the medians."""
    turns: dict[str, list[float]] = {name: [] for name in servers}
    names = list(servers)
    for number, person_id in enumerate(tapping):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            person = servers[name].person(person_id)
            await person.send("/recommend")
            card = await person.wait_for(lambda message: any(UP in button.text for button in message.buttons), WAIT_S)
            turns[name].append(await Tapper(person, card).turn())
    medians = {name: statistics.median(of_bot[WARM_UP:]) for name, of_bot in turns.items()}
    for name, median in medians.items():
        p95 = statistics.quantiles(turns[name][WARM_UP:], n=20)[18]
        print(f"{name}: a thumb to the next card takes {median:.1f} ms at the median, p95 {p95:.1f} ms")
    ratios = [medians["full"] / medians[name] for name in ("few", "empty")]
    print(f"full / only those who tap: {ratios[0]:.2f}; full / empty: {ratios[1]:.2f}", flush=True)


def print_scans(what: str, before: dict[str, int], after: dict[str, int]) -> None:
    """Print which tables were read from the first to the last row."""
    scanned = {name: count - before[name] for name, count in after.items() if count > before[name]}
    print(f"scans, {what}: {scanned or 'none'}", flush=True)


async def measure_housekeeping(url: str, home: Path) -> None:
    """Measure `reelmate check` and a day's housekeeping."""
    settings = settings_of(home, url_of(url, FULL))
    reelmate(settings, "check", codes=(0, 1))
    reelmate(settings, "housekeeping")
    retention = Settings(_env_file=None).retention
    async with Database(url_of(url, FULL)) as database:
        started, own = time.perf_counter(), time.process_time()
        later = datetime.now(UTC) + retention.shown - OLD_MARKS
        deleted = {
            kind: count for kind, count in (await Housekeeping(database).clean(retention, later)).items() if count
        }
    used = f"{time.perf_counter() - started:.1f} s, {time.process_time() - own:.1f} s of this process's processor time"
    print(f"housekeeping of a day: {deleted}: {used}", flush=True)


async def read_contributors(url: str) -> None:
    """Read the ratings of everybody who has consented."""
    async with Database(url) as database:
        people, _ = await Contributors(database).read()
    if not people:
        raise SystemExit("nobody has consented")


async def measure_people(url: str, home: Path, folder: Path, imported: int) -> None:
    """Export everybody, and import some of them into an empty database."""
    everybody, some = folder / "people.jsonl.gz", folder / "some.jsonl"
    reelmate(settings_of(home, url_of(url, FULL)), "export-people", str(everybody))
    print(f"  {everybody.stat().st_size / 1e6:,.0f} MB")
    with gzip.open(everybody) as lines, some.open("wb") as file:
        file.writelines(islice(lines, 1 + imported))
        file.write(end_line(imported))
    print(f"  {some.stat().st_size / imported:,.0f} bytes a person without compression")
    async with new_database(url, "reelmate_import") as database:
        del database
        reelmate(settings_of(home, url_of(url, "reelmate_import")), "import-people", str(some))


async def measure(arguments: argparse.Namespace, folder: Path) -> None:
    """Run the parts."""
    home = folder / "home"
    shutil.copytree(load_settings().reelmate_home, home)
    await migrate(url_of(arguments.url, FULL))
    if "bots" in arguments.parts:
        await measure_bots(arguments.url, home, arguments.data, range(FIRST_ID, FIRST_ID + arguments.people))
    if "contributors" in arguments.parts:
        words = ("-m", "benchmarks.many_people.commands", str(arguments.data), "--url", url_of(arguments.url, FULL))
        print(f"ratings for a training: {run_python({}, *words, '--read-contributors')}", flush=True)
    if "people" in arguments.parts:
        await measure_people(arguments.url, home, folder, arguments.imported)
    if "housekeeping" in arguments.parts:
        await measure_housekeeping(arguments.url, home)


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path, help="MovieLens 1M")
    parser.add_argument("--url", required=True, help="a database of the server with the full database")
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--imported", type=int, default=50_000, help="how many people are imported")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--read-contributors", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.read_contributors:
        asyncio.run(read_contributors(arguments.url))
        return
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(arguments, Path(folder)))


if __name__ == "__main__":
    main()
