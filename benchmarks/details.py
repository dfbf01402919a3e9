"""Benchmark of `reelmate details` for a whole catalogue: killed in the middle, continued, and run once more.

    reelmate prepare --data path/to/ml-32m
    python benchmarks/details.py

A server on this machine takes TMDB's place. It knows all movies of the catalogue by their ids but one of UNKNOWN. Its
answers take --latency seconds, and are as long as TMDB's: 110 KB about the best known movies, and 10 KB about most. Now
and then the server asks to wait, or fails.

REELMATE_HOME is copied first, so that its movies get no false details. The data set needs ids of TMDB. Compare
processor time if other programs use the machine.
"""

import argparse
import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from benchmarks.scaling import peak_memory_gb, processor_time_s
from bot.settings import Settings, load_settings
from bot.stores import open_stores
from storage.records import Movie
from tests.servers.tmdb_server import GODFATHER, KEY, TOO_MANY, TmdbServer, status, tmdb_server

UNKNOWN = 50
"""The server does not know one of so many movies."""

BUSY, FAILED = 7_000, 3_000
"""The server asks to wait at one of so many requests, and fails at another of so many."""

WORDS = (
    "ship",
    "night",
    "city",
    "war",
    "love",
    "girl",
    "king",
    "doctor",
    "river",
    "return",
    "secret",
    "house",
    "winter",
)
PLOT_WORDS = 60
CAST, CREW, TRANSLATIONS, COUNTRIES = (10, 80), (10, 200), (2, 40), (1, 60)
"""The numbers of actors, other people, translations, and countries with services: of most movies, and of the first."""

PERSON: dict[str, Any] = {
    "adult": False,
    "gender": 2,
    "id": 3084,
    "known_for_department": "Acting",
    "popularity": 9.136,
    "profile_path": "/eEHCjqKMWSvQU4bmwhLMsg4RtEr.jpg",
    "cast_id": 146,
    "credit_id": "6489aa85e2726001c072483a",
}
"""The fields of a person in TMDB's answers besides the name and the part in the movie."""


class Answers(Mapping[int, dict[str, Any]]):
    """TMDB's answers about the movies of a catalogue, by TMDB's id, each made when it is asked for."""

    def __init__(self, movies: list[Movie]) -> None:
        """Know these movies, the best known first, but one of UNKNOWN."""
        self._movies = {
            movie.tmdb_id: (rank, movie) for rank, movie in enumerate(movies, 1) if movie.tmdb_id and rank % UNKNOWN
        }

    def __getitem__(self, tmdb_id: int) -> dict[str, Any]:
        rank, movie = self._movies[tmdb_id]
        draw = random.Random(tmdb_id)  # noqa: S311 - not for secrets
        share = 1_000 / (1_000 + rank)

        def number(bounds: tuple[int, int]) -> int:
            return round(bounds[0] + share * (bounds[1] - bounds[0]))

        def plot() -> str:
            return " ".join(draw.choices(WORDS, k=PLOT_WORDS))

        def person(order: int, **job: str) -> dict[str, Any]:
            name = f"{draw.choice(WORDS)} {draw.choice(WORDS)} {draw.randrange(200_000)}".title()
            return PERSON | {"name": name, "original_name": name, "order": order} | job

        languages = [f"{first}{second}" for first in "abcdefgh" for second in "lmnopq"]
        countries = [f"{first}{second}" for first in "ABCDEFGH" for second in "LMNOPQRS"]
        return GODFATHER | {
            "id": tmdb_id,
            "imdb_id": movie.imdb_id,
            "title": movie.title,
            "original_title": movie.title,
            "overview": plot(),
            "release_date": f"{movie.year}-03-14",
            "credits": {
                "cast": [person(order, character="a role") for order in range(number(CAST))],
                "crew": [person(order, job="Editor") for order in range(number(CREW))] + [person(0, job="Director")],
            },
            "translations": {
                "translations": [
                    {"iso_3166_1": "DE", "iso_639_1": language, "data": {"title": plot()[:30], "overview": plot()}}
                    for language in languages[: number(TRANSLATIONS)]
                ]
            },
            "watch/providers": {
                "results": {
                    country: {
                        "link": f"https://www.themoviedb.org/movie/{tmdb_id}/watch?locale={country}",
                        "flatrate": [{"provider_name": f"Service {draw.randrange(300)}"}],
                        "rent": [{"provider_name": f"Service {draw.randrange(300)}"} for _ in range(4)],
                    }
                    for country in countries[: number(COUNTRIES)]
                }
            },
        }

    def __iter__(self) -> Iterator[int]:
        """Yield no id: the server finds movies by their ids alone, not by title and year."""
        return iter(())

    def __len__(self) -> int:
        return len(self._movies)


@dataclass
class BusyServer(TmdbServer):
    """A server that takes its time, and fails now and then.

    Attributes:
        latency_s: how long an answer takes.
        times: when each request came.
    """

    latency_s: float = 0.0
    times: list[float] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a request as TMDB does."""
        self.times.append(time.monotonic())
        if len(self.times) % BUSY == 0:
            self.first.append(status(429, TOO_MANY, **{"Retry-After": "2"}))
        elif len(self.times) % FAILED == 0:
            self.first.append(status(502, {}))
        await asyncio.sleep(self.latency_s)
        return await super().answer(request)

    def most_per_second(self) -> int:
        """Return the largest number of requests within a second."""
        most = start = 0
        for end, at in enumerate(self.times):
            while self.times[start] <= at - 1:
                start += 1
            most = max(most, end - start + 1)
        return most


def run(what: str, home: Path, server: BusyServer, kill_after: int | None) -> None:
    """Run `reelmate details`, kill it after so many requests, and print what it has cost.

    Raises:
        SystemExit: it ended in another way.
    """
    server.requests.clear()
    server.times.clear()
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "details"],
        env={**os.environ, "REELMATE_HOME": str(home), "TMDB_API_KEY": KEY, "TMDB_API_URL": server.url},
        stdout=subprocess.DEVNULL,
    )
    peak_gb = processor_s = 0.0
    has_ended = False
    while not has_ended:
        # The process is not reaped yet, so its times can be read once more.
        has_ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        peak_gb, processor_s = max(peak_gb, peak_memory_gb(process.pid)), processor_time_s(process.pid)
        if kill_after is not None and len(server.requests) >= kill_after:
            process.kill()
        time.sleep(0 if has_ended else 0.1)
    duration_s = time.monotonic() - started
    if process.wait() != (0 if kill_after is None else -signal.SIGKILL):
        raise SystemExit(f"reelmate details ended with status {process.returncode}")
    print(
        f"{what:<10} {duration_s:6.0f} s, processor {processor_s:4.0f} s, peak {peak_gb * 1024:4.0f} MiB,"
        f" {len(server.requests):6} requests, at most {server.most_per_second()} a second,"
        f" database {database_mb(home):.0f} MB",
        flush=True,
    )


def database_mb(home: Path) -> float:
    """Return the size of the database with its journal."""
    return sum(path.stat().st_size for path in home.glob("reelmate.db*")) / 1e6


async def measure(home: Path, latency_s: float, kill_at: float) -> None:
    """Measure the three runs in a home, and print the results."""
    async with open_stores(Settings(_env_file=None, reelmate_home=home)) as stores:
        movies = await stores.catalogue.own()
    print(f"{len(movies)} movies, {sum(movie.tmdb_id is not None for movie in movies)} with TMDB's id")
    print(f"before: database {database_mb(home):.0f} MB", flush=True)
    server = BusyServer(Answers(movies), latency_s=latency_s)
    asked: set[str] = set()
    again = 0
    async with tmdb_server(server):
        for what, kill_after in (("killed", round(kill_at * len(movies))), ("continued", None), ("once more", None)):
            await asyncio.to_thread(run, what, home, server, kill_after)
            again += len(asked.intersection(server.requests))
            asked.update(server.requests)
    print(f"asked once more after the kill: {again} requests")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--latency", type=float, default=0.3, help="seconds that an answer takes")
    parser.add_argument("--kill-at", type=float, default=0.5, help="share of the movies after which it is killed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(load_settings().reelmate_home, home)
        asyncio.run(measure(home, arguments.latency, arguments.kill_at))


if __name__ == "__main__":
    main()
