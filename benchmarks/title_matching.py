"""How many films of IMDb's names are found in the catalogue of MovieLens 1M by their titles.

    reelmate prepare --data path/to/ml-1m
    python benchmarks/title_matching.py path/to/movies_extrainfos.dat

The file has a movie of MovieLens 1M in each line: its id there, and its title and year at IMDb, separated by "::". Each
is looked for as a row of an imported file without ids, with its year and without it.
"""

import argparse
import asyncio
import time
from pathlib import Path

from bot.settings import load_settings
from bot.stores import open_stores
from recsys.histories.rows import Row
from recsys.histories.values import year_of
from recsys.services.histories.matching import HistoryMatcher
from recsys.text.titles import TitleIndex
from storage.records import Movie


async def catalogue() -> list[Movie]:
    """Return the movies of REELMATE_HOME."""
    async with open_stores(load_settings()) as stores:
        return await stores.catalogue.all()


def main() -> None:
    """Print what was found, what was not, and what was another movie."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", type=Path, help="file with movie_id::title::year")
    text = parser.parse_args().names.read_text(encoding="utf-8", errors="replace")
    movies = asyncio.run(catalogue())
    by_id, titles = {movie.movie_id: movie for movie in movies}, TitleIndex(movies)
    lines = [line.split("::") for line in text.splitlines() if line.count("::") > 1]
    named = [(int(number), title, year_of(year)) for number, title, year, *_ in lines if number.isdecimal()]
    known = [(movie_id, title, year) for movie_id, title, year in named if movie_id in by_id and year is not None]
    for with_year in (True, False):
        started = time.monotonic()
        # Each title is a file of its own, because only some titles of a file are compared with all titles.
        found = [
            HistoryMatcher({}, titles).find(Row("seen", title, year if with_year else None)) for _, title, year in known
        ]
        seconds = time.monotonic() - started
        right = sum(
            movie is not None and movie.movie_id == movie_id for movie, (movie_id, *_) in zip(found, known, strict=True)
        )
        none = found.count(None)
        shares = [f"{100 * count / len(known):.2f} %" for count in (right, none, len(known) - right - none)]
        print(f"{len(known)} titles {'with' if with_year else 'without'} their years in {seconds:.1f} s: ", end="")
        print(f"{shares[0]} found, {shares[1]} not found, {shares[2]} another movie")


if __name__ == "__main__":
    main()
