"""How many films of IMDb's names are found in the catalogue of MovieLens 1M by their titles, and how many wrongly.

    reelmate prepare --data path/to/ml-1m
    python benchmarks/title_matching.py path/to/movies_extrainfos.dat

The file has a movie of MovieLens 1M in each line: its id there, and its title and year at IMDb, separated by "::". Each
is looked for as a row of an imported file without ids, with its year and without it. It is also looked for in the half
of the catalogue that does not have it, where anything that is found is another film.

Movies with even ids are for development: `--misses` prints those that are not found. The others are the measure.
"""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from bot.settings import load_settings
from bot.stores import open_stores
from recsys.histories.rows import Row
from recsys.histories.values import year_of
from recsys.services.histories.matching import HistoryMatcher
from recsys.text.titles import TitleIndex
from storage.records import Movie

PARTS = ("even ids (development)", "odd ids")


async def catalogue() -> list[Movie]:
    """Return the movies of REELMATE_HOME."""
    async with open_stores(load_settings()) as stores:
        return await stores.catalogue.all()


def find(titles: TitleIndex, rows: Sequence[Row]) -> list[Movie | None]:
    """Return the movie of each row. Each is a file of its own, because a file has a limit of comparisons."""
    return [HistoryMatcher({}, titles).find(row) for row in rows]


def main() -> None:
    """Print what was found, what was not, and what was another movie."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", type=Path, help="file with movie_id::title::year")
    parser.add_argument("--misses", action="store_true", help="print the films with even ids that are not found")
    options = parser.parse_args()
    movies = asyncio.run(catalogue())
    by_id, titles = {movie.movie_id: movie for movie in movies}, TitleIndex(movies)
    text = options.names.read_text(encoding="utf-8", errors="replace")
    lines = [line.split("::") for line in text.splitlines() if line.count("::") > 1]
    named = [(int(number), title, year_of(year)) for number, title, year, *_ in lines if number.isdecimal()]
    for rest, part in enumerate(PARTS):
        known = [
            (movie_id, title, year)
            for movie_id, title, year in named
            if movie_id in by_id and year is not None and movie_id % 2 == rest
        ]
        without_them = TitleIndex([movie for movie in movies if movie.movie_id % 2 != rest])
        for with_year in (True, False):
            rows = [Row("seen", title, year if with_year else None) for _, title, year in known]
            found = find(titles, rows)
            is_right = [
                movie is not None and movie.movie_id == movie_id
                for movie, (movie_id, *_) in zip(found, known, strict=True)
            ]
            absent = sum(movie is not None for movie in find(without_them, rows))
            counts = (sum(is_right), found.count(None), len(known) - sum(is_right) - found.count(None), absent)
            shares = [f"{100 * count / len(known):.2f} %" for count in counts]
            print(f"{part}, {len(known)} titles {'with' if with_year else 'without'} their years: {shares[0]} found,")
            print(f"  {shares[1]} not found, {shares[2]} another movie; of films that are not there {shares[3]} found")
            if options.misses and rest == 0:
                for row, movie, right, (movie_id, *_) in zip(rows, found, is_right, known, strict=True):
                    if not right:
                        print(f"  {row.label} | {by_id[movie_id].label} | {movie and movie.label}")


if __name__ == "__main__":
    main()
