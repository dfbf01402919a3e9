"""Benchmark of odd updates: 100,000 generated ones, by polling and by webhook.

    reelmate prepare --data path/to/ml-1m
    python benchmarks/updates.py --updates 100000 --seed 1

The updates are of every kind, valid, half valid and broken, and the same for the same seed. The first half comes by
polling, the other half by webhook. None may raise an unexpected error or hold the event loop for a second. At the end a
newcomer gets a card, and after the first 20,000 updates of each half nothing may have grown: tasks, open files, what is
kept of people and updates, and the memory. REELMATE_HOME is copied first. No worker runs, so no job is started.
"""

from bot.runtime import serve_with_one_thread, use_fast_kernels_on_amd

serve_with_one_thread()
use_fast_kernels_on_amd()

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.generated_updates.bot import MAX_HOLD_S, Watch, running_bot
from benchmarks.generated_updates.feeding import ADMIN_IDS, Feeding, introduce
from bot.local_bot_api import TelegramServer
from bot.settings import Settings, load_settings

WARM_UP = 20_000
"""After this many updates, or a fifth of them if there are fewer, nothing must grow any more."""

REST_S = 5.0
"""After the warm-up the bot comes to rest for this time, in seconds, before it is measured."""

MAX_GROWTH_MB = 64
FIRST_IDS = (200_000_000, 300_000_000)
PAGE_BYTES = 4096


def resident_mb() -> float:
    """Return the memory of this process."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES / 1e6


async def run(prepared: Settings, home: Path, seed: int, indexes: range, *, by_webhook: bool) -> list[str]:
    """Feed one bot, print what happened, and return the problems."""
    watch = Watch()
    half = "webhook" if by_webhook else "polling"
    async with TelegramServer(max_history=100, max_file_bytes=1 << 20) as server:
        changes = {
            "reelmate_home": home,
            "bot_token": server.token,
            "bot_api_url": server.url,
            "listen": "127.0.0.1:0",
            "admin_ids": frozenset(ADMIN_IDS),
        }
        if by_webhook:
            address = "127.0.0.1:8123"
            changes |= {"listen": address, "webhook_url": f"http://{address}/telegram", "webhook_secret": "secret"}
        settings = Settings(**{**prepared.model_dump(exclude={"database_url", "vectors_url", "models_url"}), **changes})
        async with running_bot(settings) as running:
            await introduce(server)
            feeding = Feeding(server, running, seed, watch)
            warm_up = min(WARM_UP, len(indexes) // 5)
            began, memory, start = time.perf_counter(), [], {}
            with watch.watching():
                first_id = FIRST_IDS[by_webhook]
                for part in (indexes[:warm_up], indexes[warm_up:]):
                    if by_webhook:
                        await feeding.by_webhook(part, first_id, settings)
                    else:
                        await feeding.by_polling(part, first_id)
                    first_id += len(part)
                    memory.append(resident_mb())
                    if not start:
                        await asyncio.sleep(REST_S)
                        start = running.levels()
                seconds = time.perf_counter() - began
            grown = await feeding.end(start)
    growth_mb = memory[1] - memory[0]
    print(f"{half}: {len(indexes):,} updates in {seconds:.0f} s; {dict(feeding.outcomes)}")
    print(f"  longest hold of the event loop {watch.longest_hold_s:.2f} s (goal {MAX_HOLD_S:g})")
    print(f"  {memory[1]:.0f} MB, {growth_mb:+.0f} MB since the warm-up of {warm_up:,} (goal {MAX_GROWTH_MB})")
    for text, count in watch.warnings.most_common():
        print(f"  {count} warnings: {text}")
    problems = watch.problems
    problems += [f"{name} grew from {before} to {after}" for name, (before, after) in grown.items()]
    problems += [f"{feeding.outcomes[bad]} updates {bad}" for bad in ("failed", "refused") if feeding.outcomes[bad]]
    if growth_mb > MAX_GROWTH_MB:
        problems.append(f"the memory grew by {growth_mb:.0f} MB")
    return problems


def main() -> None:
    """Run both halves in a copy of REELMATE_HOME; the exit status is 1 if there was a problem."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--updates", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    # The updates cause thousands of log lines, which are counted and not printed.
    logging.basicConfig(level=logging.WARNING, handlers=[logging.NullHandler()], force=True)
    prepared, half = load_settings(), arguments.updates // 2
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(prepared.reelmate_home, home)
        for by_webhook, indexes in ((False, range(half)), (True, range(half, arguments.updates))):
            problems += asyncio.run(run(prepared, home, arguments.seed, indexes, by_webhook=by_webhook))
    for problem in problems:
        print(f"\nPROBLEM: {problem}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
