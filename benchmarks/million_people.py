"""Benchmark of many people: the database work of a thumb turn with a million people and 20 million ratings.

    python benchmarks/million_people.py [--people 1000000] [--ratings 20000000] [--url URL [--keep]]

It needs PostgreSQL. It starts a server of its own in a temporary folder, or uses the server of a URL whose user may
create databases. It creates three databases: a full one, one that holds only the people who tap, with the same
histories, and an empty one, in which they have only a card. The same turns run in each in turn, so that a change of the
machine's speed meets all of them.

Afterwards, the benchmark asks the full database how it executes each statement of a turn.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.many_people.filling import (
    FIRST_ID,
    fill,
    full_database,
    new_database,
    prepare,
    read_size,
    server_url,
)
from benchmarks.many_people.plans import explain, recorded
from storage.changes import ShownCard
from storage.sql import CardAnswer, Cards, Database, People, Updates

MESSAGE_ID, MOVIES = 1, 3_883
ROUNDS, WARM_UP_ROUNDS = 400, 20
GOAL = 1.5
SHOWN_FOR = timedelta(days=14)


class ThumbTurn:
    """The database work of a thumb: from the claim of the update to the confirmed next card."""

    def __init__(self, database: Database) -> None:
        self._updates, self._people, self._cards = Updates(database), People(database), Cards(database)

    async def run(self, person_id: int, update_id: int, stars: float) -> bool:
        """Answer the card of MESSAGE_ID with stars. Return whether the answer was stored."""
        now = datetime.now(UTC)
        await self._updates.claim(update_id, "benchmark", now, timedelta(minutes=1))
        await self._people.get(person_id)
        # A thumb down reads the latest answers. The benchmark reads them at every thumb.
        card = await self._cards.tapped(person_id, MESSAGE_ID, now - SHOWN_FOR, 60)
        if card.movie_id is None:
            return False
        movie_id, history = card.movie_id, card.history
        candidates = range(movie_id + 1, movie_id + MOVIES)
        next_id = next(id_ for id_ in candidates if id_ not in history.stars and id_ not in history.shown)
        answer = CardAnswer(movie_id, stars, next_movie_id=next_id)
        stored = await self._cards.answer_card(person_id, MESSAGE_ID, answer, now, update_id)
        await self._updates.mark_handled(update_id, now, ShownCard(person_id, MESSAGE_ID, next_id))
        return stored is not None


async def measure(url: str, people_count: int, rating_count: int, seed: int, *, keep: bool) -> None:
    """Fill the databases, time the turns, and print the medians and the plans."""
    mean = max(1, rating_count // people_count)
    everybody = range(FIRST_ID, FIRST_ID + people_count)
    positions = np.random.default_rng(seed).choice(people_count, ROUNDS + WARM_UP_ROUNDS, replace=False)
    tapping = [everybody[position] for position in positions.tolist()]
    async with (
        full_database(url, everybody, mean, seed, keep=keep) as full,
        new_database(url, "reelmate_few") as few,
        new_database(url, "reelmate_empty") as empty,
    ):
        await fill(few, tapping, mean, seed, has_history=True)
        await fill(empty, tapping, mean, seed, has_history=False)
        for name in ("reelmate_few", "reelmate_empty"):
            await prepare(url, name)
        size, stored = await read_size(full)
        print(f"{people_count:,} people, {stored:,} ratings, {size / 1e9:.1f} GB")
        medians = await time_turns({"full": full, "only those who tap": few, "empty": empty}, tapping)
        for name, median in medians.items():
            print(f"{name}: a thumb turn takes {median:.2f} ms of database time at the median")
        ratios = [medians["full"] / medians[name] for name in ("only those who tap", "empty")]
        print(f"full / only those who tap: {ratios[0]:.2f}; full / empty: {ratios[1]:.2f} (goal {GOAL})")
        await print_plans(full, tapping[0])


async def time_turns(databases: dict[str, Database], tapping: Sequence[int]) -> dict[str, float]:
    """Return the median milliseconds of a turn in each database. Each person taps once in each of them."""
    turns = {name: ThumbTurn(database) for name, database in databases.items()}
    durations: dict[str, list[float]] = {name: [] for name in turns}
    names = list(turns)
    # No update of an earlier run has these ids.
    first_update = time.time_ns() // 1_000_000
    for number, person_id in enumerate(tapping):
        for name in names[number % 3 :] + names[: number % 3]:
            started = time.perf_counter()
            if not await turns[name].run(person_id, first_update + number, 4.0):
                raise SystemExit(f"the turn of a person was not stored in the database {name}")
            durations[name].append((time.perf_counter() - started) * 1e3)
    return {name: statistics.median(times[WARM_UP_ROUNDS:]) for name, times in durations.items()}


async def print_plans(database: Database, person_id: int) -> None:
    """Print for each statement of a turn which indexes it uses, and the tables that it scans."""
    with recorded() as statements:
        await ThumbTurn(database).run(person_id, time.time_ns() // 1_000_000, 2.0)
    for statement in statements:
        plan = await explain(database, statement)
        outcome = f"SCANS {', '.join(sorted(plan.scanned))}" if plan.scanned else "no scan"
        print(f"{outcome}; {', '.join(sorted(plan.indexes)) or 'no index'}: {' '.join(statement.text.split())[:70]}")


async def run(arguments: argparse.Namespace, folder: Path) -> None:
    """Measure on a server."""
    async with server_url(arguments.url, folder) as url:
        await measure(url, arguments.people, arguments.ratings, arguments.seed, keep=arguments.keep)


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--ratings", type=int, default=20_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--url", help="a database of a PostgreSQL server whose user is an administrator")
    parser.add_argument("--keep", action="store_true", help="leave the full database there, and use it if it is there")
    arguments = parser.parse_args()
    if arguments.keep and not arguments.url:
        parser.error("--keep needs --url")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # The server may run as another user.
        asyncio.run(run(arguments, Path(folder)))


if __name__ == "__main__":
    main()
