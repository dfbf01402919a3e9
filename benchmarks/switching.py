"""Benchmark of a release switch and a rollback: their duration, and how long people wait meanwhile.

    reelmate prepare --data path/to/ml-1m
    reelmate train --epochs 2 --seed 1 --out other
    python benchmarks/switching.py other

REELMATE_HOME is copied first, so that the ratings of the simulated people do not remain.
"""

from bot.runtime import serve_with_one_thread, use_fast_kernels_on_amd

serve_with_one_thread()
use_fast_kernels_on_amd()

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from pathlib import Path

from bot.app import Services, open_services
from bot.releases.activation import Live, Refused, go_live, roll_back
from bot.releases.pipeline import find_release
from bot.settings import Settings, load_settings

PEOPLE, TURNS_PER_SECOND = 16, 1
QUIET_S, AFTER_S = 10.0, 2.0
GOAL_WAIT_S, GOAL_ROLLBACK_S = 1.0, 2.0


class Crowd:
    """Simulated people who rate a card and get the next card, at a steady pace.

    Attributes:
        turns: (start, duration) of every turn, in seconds.
    """

    def __init__(self, services: Services) -> None:
        self.turns: list[tuple[float, float]] = []
        self._conversation = services.conversation

    async def converse(self, person_id: int) -> None:
        """Rate cards as one person until the task is cancelled."""
        conversation = self._conversation
        await conversation.get_or_create_person(person_id, "ready")
        await asyncio.sleep(person_id / PEOPLE / TURNS_PER_SECOND)
        [card] = await conversation.next_cards(person_id)
        while True:
            started = time.perf_counter()
            await conversation.rate(person_id, card.movie.movie_id, 5 if person_id % 2 else 1, "button")
            [card] = await conversation.next_cards(person_id)
            if card.model_missing:
                raise SystemExit("the popular list was served instead of the model's recommendations")
            duration = time.perf_counter() - started
            self.turns.append((started, duration))
            await asyncio.sleep(max(0.0, 1 / TURNS_PER_SECOND - duration))

    def between(self, start: float, end: float) -> list[float]:
        """Return the durations of the turns that overlap this time span, in seconds."""
        return [duration for started, duration in self.turns if started + duration >= start and started <= end]


async def until_serving(services: Services, change: Awaitable[Live | Refused]) -> tuple[float, float, float]:
    """Await a change of the release, and wait until it is served.

    Returns:
        The start, the seconds until the change was active, and the seconds until it was served.
    """
    started = time.perf_counter()
    outcome = await change
    if isinstance(outcome, Refused):
        raise SystemExit(outcome.reason)
    active_s = time.perf_counter() - started
    while services.recommender.towers.version != outcome.release.version:  # noqa: ASYNC110 - polling is what people see
        await asyncio.sleep(0.005)
    return started, active_s, time.perf_counter() - started


async def measure(settings: Settings, other: Path) -> None:
    """Print the durations of turns before, during and after a switch and a rollback."""
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(settings))
        await stack.enter_async_context(services.reloader.running())
        crowd = Crowd(services)
        people = [asyncio.create_task(crowd.converse(person_id)) for person_id in range(1, PEOPLE + 1)]
        await asyncio.sleep(QUIET_S)
        quiet = [duration for _, duration in crowd.turns]
        index = settings.vectors_url.get_secret_value().partition(":")[0]
        print(f"{PEOPLE} people, {PEOPLE * TURNS_PER_SECOND} turns a second in all, {index}")
        print(f"quiet: p50 {statistics.median(quiet) * 1e3:.0f} ms, longest {max(quiet) * 1e3:.0f} ms a turn")
        changes = (
            ("switch", go_live(services.stores, settings, find_release(other, settings), allow_worse=True), None),
            ("rollback", roll_back(services.stores), GOAL_ROLLBACK_S),
        )
        for name, change, goal_s in changes:
            started, active_s, serving_s = await until_serving(services, change)
            await asyncio.sleep(AFTER_S)
            turns = crowd.between(started, started + serving_s + AFTER_S)
            goal = "" if goal_s is None else f" (goal {goal_s:g} s)"
            print(
                f"{name}: active after {active_s:.2f} s, serving after {serving_s:.2f} s{goal}; {len(turns)} turns"
                f" meanwhile: p50 {statistics.median(turns) * 1e3:.0f} ms, longest {max(turns) * 1e3:.0f} ms"
                f" (goal {GOAL_WAIT_S * 1e3:g} ms)"
            )
        for person in people:
            if person.done():
                person.result()
            person.cancel()
        await asyncio.gather(*people, return_exceptions=True)


def main() -> None:
    """Copy REELMATE_HOME and measure in the copy."""
    prepared = load_settings()
    with tempfile.TemporaryDirectory() as home:
        shutil.copytree(prepared.reelmate_home, home, dirs_exist_ok=True)
        settings = Settings(**{**prepared.model_dump(exclude={"database_url", "vectors_url"}), "reelmate_home": home})
        asyncio.run(measure(settings, Path(sys.argv[1])))


if __name__ == "__main__":
    main()
