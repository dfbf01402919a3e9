"""Benchmark of personal cards for everybody: from stored people to ready cards, and what people who chat notice.

    reelmate prepare --data path/to/ml-1m
    python -m benchmarks.announcements.cards_for_everybody path/to/ml-1m [--people 4000] [--indexes memory lite server]

A copy of the home of the settings gets people with the ratings that people of the data set gave first, as if by thumbs
on cards. Every fourth never wants to see horror movies, and every tenth prefers hidden gems. Their cards are chosen as
an announcement of fresh picks chooses them, with each vector index in turn; sending is not part of it. For comparison,
cards are chosen one by one.

Then one person taps a thumb up every 50 ms, without Telegram: alone, while cards for everybody are chosen in the same
process without a pause, and while they are chosen at ANNOUNCE_RATE.

A Milvus server of version 2.3.5 is started if `make milvus` has installed it. Its processor time is not counted.
"""

from bot.runtime import serve_with_one_thread, use_fast_kernels_on_amd

serve_with_one_thread()
use_fast_kernels_on_amd()

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr
from sqlalchemy import Table, insert

from benchmarks.large_catalogue import processor
from benchmarks.serving import real_profiles
from bot.app import Services, open_services
from bot.settings import Settings, load_settings
from recsys.profile import Profile
from recsys.services.cards import NextCard
from recsys.services.precomputing import PEOPLE_AT_ONCE
from storage.errors import NotFound
from storage.sql import Database
from storage.sql.models import MarkRow, PersonRow, RatingRow, WishRow
from tests.servers.milvus_server import milvus_url

FIRST_ID, CHATTING, MESSAGE_ID, ROUNDS, ALONE = 1_000_000, 999_999, 1, 3, 300
TURNS, TURN_EVERY_S = 200, 0.05
ROWS = 5_000
GOAL_PER_S, GOAL_DELAY_MS = 1_500, 50


def rows_of(profiles: Sequence[Profile], count: int) -> dict[Table, list[dict[str, Any]]]:
    """Return the rows of so many people, whose histories are those of the profiles in turn."""
    now = datetime.now(UTC)
    rows: dict[Any, list[dict[str, Any]]] = {PersonRow: [], RatingRow: [], MarkRow: [], WishRow: []}
    for number in range(count):
        person_id, profile = FIRST_ID + number, profiles[number % len(profiles)]
        rows[PersonRow].append(
            {
                "person_id": person_id,
                "step": "ready",
                "consent": False,
                "notify": True,
                "blocked": False,
                "created_at": now,
                "gender": profile.gender,
                "age": profile.age,
                "occupation": profile.occupation,
                "popularity": "hidden" if number % 10 == 0 else "balanced",
            }
        )
        for place, (movie_id, stars) in enumerate(profile.ratings.items()):
            movie, at = {"person_id": person_id, "movie_id": movie_id}, now - timedelta(hours=100 - place)
            rows[RatingRow].append(movie | {"stars": stars, "source": "button", "rated_at": at})
            rows[MarkRow].append(movie | {"kind": "shown", "marked_at": at})
        if number % 4 == 0:
            wish = {"genres_none": ["Horror"]}
            rows[WishRow].append({"person_id": person_id, "kind": "lasting", "wish": wish, "said_at": now})
    return {cast(Table, model.__table__): of_model for model, of_model in rows.items()}


async def populate(database: Database, profiles: Sequence[Profile], count: int) -> None:
    """Store people with histories."""
    for table, rows in rows_of(profiles, count).items():
        for start in range(0, len(rows), ROWS):
            async with database.writing(120) as connection:
                await connection.execute(insert(table), rows[start : start + ROWS])


async def timed(work: Callable[[], Awaitable[int]]) -> tuple[float, float]:
    """Return how many cards per second `work` chooses, and the milliseconds of processor time for each."""
    started, used = time.perf_counter(), time.process_time()
    cards = await work()
    return cards / (time.perf_counter() - started), (time.process_time() - used) * 1e3 / cards


async def measure_cards(services: Services, people: range) -> None:
    """Choose everybody's cards in batches, and those of some people one by one."""
    precomputing = services.conversation.precomputing

    async def in_batches() -> int:
        chosen = 0
        for start in range(0, len(people), PEOPLE_AT_ONCE):
            chosen += len(await precomputing.cards(people[start : start + PEOPLE_AT_ONCE]))
        return chosen

    async def alone() -> int:
        return sum([len(await precomputing.next_cards(person_id, None)) for person_id in people[:ALONE]])

    await precomputing.cards(people[:PEOPLE_AT_ONCE])
    rounds = [await timed(in_batches) for _ in range(ROUNDS)]
    single = [await timed(alone) for _ in range(ROUNDS)]
    (per_s, used_ms), (single_per_s, single_ms) = (
        (statistics.median(column) for column in zip(*of_kind, strict=True)) for of_kind in (rounds, single)
    )
    print(f"  in batches: {per_s:,.0f} people/s (goal {GOAL_PER_S:,}), {used_ms:.2f} ms of processor time each")
    print(f"  one by one: {single_per_s:,.0f} people/s, {single_ms:.2f} ms of processor time each")
    print(f"  searches that failed over to memory: {services.index.fallback_searches}", flush=True)


async def measure_turns(services: Services, people: range, cards_per_s: int) -> list[float]:
    """Return the milliseconds of each turn of somebody who taps while cards are chosen at a rate; 0 for none."""
    conversation = services.conversation

    async def choose() -> None:
        batch = min(PEOPLE_AT_ONCE, cards_per_s)
        while True:
            for start in range(0, len(people), batch):
                ends = asyncio.get_running_loop().time() + batch / cards_per_s
                await conversation.precomputing.cards(people[start : start + batch])
                await asyncio.sleep(max(0.0, ends - asyncio.get_running_loop().time()))

    await conversation.get_or_create_person(CHATTING, "ready")
    [card] = await conversation.next_cards(CHATTING)
    movie_id = card.movie.movie_id
    await conversation.record_card(CHATTING, MESSAGE_ID, movie_id)
    choosing = asyncio.create_task(choose()) if cards_per_s else None
    samples = []
    for _ in range(TURNS):
        started = time.perf_counter()
        await conversation.get_person(CHATTING)
        await conversation.active_wish(CHATTING)
        answered = await conversation.answer_card(CHATTING, MESSAGE_ID, movie_id, stars=4.0)
        if not isinstance(answered, NextCard) or answered.card is None:
            raise SystemExit("a tap brought no card")
        samples.append((time.perf_counter() - started) * 1e3)
        movie_id = answered.card.movie.movie_id
        await asyncio.sleep(TURN_EVERY_S)
    if choosing is not None:
        choosing.cancel()
        await asyncio.wait([choosing])
    await conversation.forget(CHATTING)
    return samples


async def measure(settings: Settings, name: str, url: str, people: range) -> None:
    """Measure one index."""
    async with open_services(settings.model_copy(update={"vectors_url": SecretStr(url)})) as services:
        version = services.recommender.towers.version
        async with services.reloader.running(), asyncio.timeout(120):
            while True:
                try:
                    published = await services.index.published(version)
                    break
                except NotFound:
                    await asyncio.sleep(0.1)
        print(f"{name}: {len(people):,} people, {published.movie_count:,} movies, {published.kind}", flush=True)
        await measure_cards(services, people)
        rates = {"no cards": 0, "cards without a pause": 1_000_000, "cards at ANNOUNCE_RATE": settings.announce_rate}
        medians: list[float] = []
        for what, rate in rates.items():
            samples = await measure_turns(services, people, rate)
            p50, p99 = statistics.median(samples), statistics.quantiles(samples, n=100)[98]
            medians.append(p50)
            print(
                f"  a turn beside {what}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, at most {max(samples):.1f} ms;"
                f" the median is {p50 - medians[0]:.1f} ms longer (goal {GOAL_DELAY_MS})",
                flush=True,
            )


async def main() -> None:
    """Measure each index."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="MovieLens 1M")
    parser.add_argument("--people", type=int, default=4_000, help="number of people (default 4,000)")
    parser.add_argument(
        "--indexes", nargs="+", choices=("memory", "lite", "server"), default=["memory", "lite", "server"]
    )
    arguments = parser.parse_args()
    print(processor())
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(load_settings().reelmate_home, home)
        settings = Settings(_env_file=None, reelmate_home=home)
        async with Database(settings.database_url.get_secret_value()) as database:
            await populate(database, real_profiles(arguments.data), arguments.people)
        people = range(FIRST_ID, FIRST_ID + arguments.people)
        urls = {"memory": "memory://", "lite": settings.vectors_url.get_secret_value()}
        for name in arguments.indexes:
            url = milvus_url(Path(folder)) if name == "server" else urls[name]
            await measure(settings, name, url, people)


if __name__ == "__main__":
    asyncio.run(main())
