"""Benchmark of long histories: the processor time of a turn, by how much is stored about the person.

    reelmate prepare --data path/to/ml-1m
    python benchmarks/history.py

A turn is one call of `Conversation.answer_card`, which stores a thumb and chooses the next card. Its processor time is
that of all threads of this process, Milvus Lite included. After each turn the person's history is restored, so that all
turns of a person are alike, and each turn answers another movie. REELMATE_HOME is copied first, so that the simulated
people do not remain.
"""

from bot.runtime import resume_garbage_collection, serve_with_one_thread, use_fast_kernels_on_amd

serve_with_one_thread()
use_fast_kernels_on_amd()

import asyncio
import shutil
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bot.app import Services, open_services
from bot.settings import Settings, load_settings
from recsys.profile import LIKE
from recsys.services.conversation import Conversation, NextCard

HISTORIES = ((0, 0), (10, 40), (50, 200), (200, 800), (500, 2_000), (750, 3_000))
"""(ratings, further movies that were shown lately) of each simulated person."""

FEW, MANY, GOAL_OF_MANY = 10, 500, 2
"""A turn with MANY ratings should take at most GOAL_OF_MANY times as long as one with FEW."""

TURNS, WARM_UP_TURNS = 60, 5
STARS, STAR_SHARES = (1, 2, 3, 4, 5), (0.06, 0.11, 0.26, 0.35, 0.22)
"""The stars of MovieLens 1M, and their shares of the ratings."""

MESSAGE_ID = 1
GOAL = 1.5


async def create_person(services: Services, person_id: int, rating_count: int, shown_count: int) -> list[int]:
    """Store a person with a random history, and return the ids of the movies that are not in it."""
    stores, random, now = services.stores, np.random.default_rng(person_id), datetime.now(UTC)
    movie_ids = random.permutation(list(services.conversation.state.movies)).tolist()
    if len(movie_ids) < rating_count + shown_count + TURNS + WARM_UP_TURNS:
        raise SystemExit(f"{len(movie_ids)} movies are too few: run `reelmate prepare` with MovieLens 1M")
    await stores.people.get_or_create(person_id, "ready", now)
    all_stars = random.choice(STARS, rating_count, p=STAR_SHARES).tolist()
    for movie_id, stars in zip(movie_ids[:rating_count], all_stars, strict=True):
        await stores.ratings.rate(person_id, movie_id, stars, "button", now)
    await stores.marks.put(person_id, movie_ids[rating_count : rating_count + shown_count], "shown", now)
    return movie_ids[rating_count + shown_count :]


async def turn(conversation: Conversation, person_id: int, movie_id: int) -> float:
    """Answer a card with a thumb up, and return the processor time in milliseconds."""
    await conversation.record_card(person_id, MESSAGE_ID, movie_id)
    started = time.process_time()
    outcome = await conversation.answer_card(person_id, MESSAGE_ID, movie_id, stars=LIKE)
    processor_ms = (time.process_time() - started) * 1e3
    if not isinstance(outcome, NextCard) or outcome.card is None or outcome.card.model_missing:
        raise SystemExit("the model recommended no movie")
    await conversation.memory.undo(person_id)
    for shown_id in (movie_id, outcome.card.movie.movie_id):
        await conversation.unmark(person_id, shown_id, "shown")
    return processor_ms


async def measure(services: Services) -> list[list[float]]:
    """Return the milliseconds of every turn of each person. The people alternate, so that a disturbance meets all."""
    unknown = [await create_person(services, person_id, *history) for person_id, history in enumerate(HISTORIES, 1)]
    milliseconds: list[list[float]] = [[] for _ in HISTORIES]
    resume_garbage_collection()
    for number in range(TURNS + WARM_UP_TURNS):
        for person_id, movie_ids in enumerate(unknown, 1):
            processor_ms = await turn(services.conversation, person_id, movie_ids[number])
            if number >= WARM_UP_TURNS:
                milliseconds[person_id - 1].append(processor_ms)
    return milliseconds


def processor_name() -> str:
    """Return the name of this machine's processor."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )


async def run(settings: Settings) -> None:
    """Measure and print."""
    async with open_services(settings) as services:
        movie_count = len(services.conversation.state.movies)
        milliseconds = await measure(services)
    index = settings.vectors_url.get_secret_value().partition(":")[0]
    print(f"processor time of a turn, p50 of {TURNS}; {processor_name()}, {movie_count} movies, SQLite and {index}")
    shortest_ms = statistics.median(milliseconds[0])
    for (rating_count, shown_count), values in zip(HISTORIES, milliseconds, strict=True):
        turn_ms = statistics.median(values)
        print(
            f"{rating_count:4} ratings, {shown_count:5,} shown: {turn_ms:6.1f} ms,"
            f" {turn_ms / shortest_ms:.2f} times that without a history (goal {GOAL})"
        )
    by_length = {
        rating_count: statistics.median(values)
        for (rating_count, _), values in zip(HISTORIES, milliseconds, strict=True)
    }
    print(f"{MANY} ratings: {by_length[MANY] / by_length[FEW]:.2f} times {FEW} ratings (goal {GOAL_OF_MANY})")


def main() -> None:
    """Copy REELMATE_HOME and measure in the copy."""
    prepared = load_settings()
    with tempfile.TemporaryDirectory() as home:
        shutil.copytree(prepared.reelmate_home, home, dirs_exist_ok=True)
        settings = Settings(**{**prepared.model_dump(exclude={"database_url", "vectors_url"}), "reelmate_home": home})
        asyncio.run(run(settings))


if __name__ == "__main__":
    main()
