"""Benchmark of warm recommendations: from a profile to 10 recommendations with metadata, alone and in batches of 1,000.

Wishes with words are measured too, in turn with recommendations without a wish. Without movie details, only titles have
words.

    reelmate prepare --data path/to/ml-1m --details path/to/details.dat
    python benchmarks/serving.py path/to/ml-1m

The benchmark uses the stores of the settings, so REELMATE_HOME and the URLs apply.
"""

from bot.runtime import serve_with_one_thread, use_fast_kernels_on_amd

serve_with_one_thread()
use_fast_kernels_on_amd()

import asyncio
import itertools
import statistics
import sys
import time
from pathlib import Path

from bot.app import open_services
from bot.settings import load_settings
from recsys.data import read_dataset
from recsys.profile import Profile
from recsys.protocol.newcomers import newcomers, profiles_after, split_people
from recsys.services.choosing import recommend_for_wish
from recsys.services.state import ServingState
from recsys.serving.requests import Request
from recsys.text.meaning import Situation, Wished, read_meaning
from recsys.text.wishes import Wish

ANSWERS, PEOPLE, PICKS, ROUNDS, BARE_TOP_K = 10, 1_000, 10, 3, 50
THEMES = (
    *("chess", "a submarine", "time travel", "a heist", "vampires", "christmas", "boxing", "a prison escape", "dogs"),
    *("a serial killer", "high school", "a wedding", "robots", "revenge", "pirates", "a road trip", "baseball"),
)
WISHES = (
    *(f"movies about {theme}" for theme in THEMES),
    *("90s movies about a small town", "with Al Pacino about the police", "comedies set in new york"),
)
"""Wishes with words. Some words occur in hundreds of plots, and some wishes have further conditions."""


def real_profiles(folder: Path) -> list[Profile]:
    """Return profiles of people of the data set after ten answers."""
    dataset = read_dataset(folder)
    everybody = split_people(dataset, 0, test_share=1.0, validation_share=0.0).test
    return profiles_after(dataset, newcomers(dataset, everybody, 0)[:PEOPLE], ANSWERS)


def read_wish(text: str, state: ServingState) -> Wish:
    """Return the wish that a text says to the bot."""
    meaning = read_meaning(text, Situation(), state.reader)
    return meaning.wish if isinstance(meaning, Wished) else Wish()


async def measure(profiles: list[Profile]) -> None:
    """Serve the profiles one by one and then in batches, and print milliseconds per person."""
    settings = load_settings()
    async with open_services(settings) as services:
        recommender = services.recommender
        for profile in profiles[:50]:
            await recommender.for_person(profile, PICKS)
        alone_ms = []
        for profile in profiles:
            started = time.perf_counter()
            await recommender.for_person(profile, PICKS)
            alone_ms.append((time.perf_counter() - started) * 1e3)
        version = recommender.towers.version
        search_ms, vector_ms = [], []
        for profile in profiles:
            started = time.perf_counter()
            vector = recommender.towers.user_vectors([profile])
            encoded = time.perf_counter()
            await services.index.search(version, vector, BARE_TOP_K)
            vector_ms.append((encoded - started) * 1e3)
            search_ms.append((time.perf_counter() - encoded) * 1e3)
        state = services.conversation.state
        wishes = [wish for text in WISHES if state.conditions.text_of(wish := read_wish(text, state))]
        plain_ms, wish_ms = [], []
        for profile, wish in zip(profiles, itertools.cycle(wishes), strict=False):
            started = time.perf_counter()
            await recommender.for_person(profile, PICKS)
            plain = time.perf_counter()
            await recommend_for_wish(recommender, state.conditions, profile, wish, PICKS)
            wish_ms.append((time.perf_counter() - plain) * 1e3)
            plain_ms.append((plain - started) * 1e3)
        batch_ms = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            await recommender.for_people([Request(profile) for profile in profiles], PICKS)
            batch_ms.append((time.perf_counter() - started) * 1e3 / len(profiles))
    p50, p99 = statistics.median(alone_ms), statistics.quantiles(alone_ms, n=100)[98]
    search, batch = statistics.median(search_ms), statistics.median(batch_ms)
    index = settings.vectors_url.get_secret_value().partition(":")[0]
    print(f"{len(profiles)} people with {ANSWERS} answers, {PICKS} recommendations each, {index}")
    print(f"alone: p50 {p50:.2f} ms (goal 6), p99 {p99:.2f} ms")
    print(
        f"a bare search for {BARE_TOP_K} movies in the same run: p50 {search:.2f} ms;"
        f" the whole recommendation takes {p50 / search:.2f} times that"
    )
    print(f"one user vector: p50 {statistics.median(vector_ms):.2f} ms")
    if wish_ms:
        wish_p50, plain_p50 = statistics.median(wish_ms), statistics.median(plain_ms)
        print(
            f"a wish with words, {len(wishes)} of them: p50 {wish_p50:.2f} ms,"
            f" {wish_p50 / plain_p50:.2f} times a recommendation without a wish, {plain_p50:.2f} ms (goal 3)"
        )
    print(f"batch of {len(profiles)}: {batch:.3f} ms a person, {p50 / batch:.1f} times cheaper (goal 10)")


if __name__ == "__main__":
    asyncio.run(measure(real_profiles(Path(sys.argv[1]))))
