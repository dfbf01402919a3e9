"""How many films are found in a catalogue by the titles that IMDb and TMDB give them, and how many wrongly.

    reelmate import --data path/to/ml-1m
    python benchmarks/title_matching.py path/to/movies_extrainfos.dat

Each line of the file has the id of a movie of MovieLens 1M, and its title and year at IMDb, separated by "::".

    reelmate import --data path/to/ml-latest-small
    python benchmarks/title_matching.py path/to/tmdb_5000_movies.csv

The table is Kaggle's "TMDB 5000 Movie Dataset". Letterboxd and Trakt have the titles of TMDB too. The catalogue knows
the ids of TMDB from `links.csv`; they say which movie is meant, and are not given to the matching.

Each film is looked for as a row of an imported file without ids, with its year and without it. It is also looked for in
the half of the catalogue that does not have it, where anything that is found is another film. Without a year, nobody
can tell a film from another one with the same title. Such films count as the others do, and the figures of the rest
are printed beside.

Movies with even ids are for development: `--misses` prints those that are not found. The others are the measure.
"""

import argparse
import asyncio
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.settings import load_settings
from bot.stores import open_stores
from recsys.histories.rows import Row
from recsys.histories.values import number_of, year_of
from recsys.services.histories.matching import HistoryMatcher
from recsys.text.titles import Found, TitleIndex, Unknown
from storage.records import Movie

PARTS = ("even ids (development)", "odd ids")


@dataclass(frozen=True)
class Film:
    """A movie of the catalogue, with its title and year elsewhere."""

    movie: Movie
    title: str
    year: int


async def catalogue() -> list[Movie]:
    """Return the movies of REELMATE_HOME."""
    async with open_stores(load_settings()) as stores:
        return await stores.catalogue.all()


def films_of(path: Path, movies: Sequence[Movie]) -> Iterator[Film]:
    """Yield the films of a file that the catalogue has."""
    if path.suffix == ".csv":
        by_id = {movie.tmdb_id: movie for movie in movies}
        with path.open(encoding="utf-8", newline="") as file:
            named = [(number_of(row["id"]), row["title"], row["release_date"]) for row in csv.DictReader(file)]
    else:
        by_id = {movie.movie_id: movie for movie in movies}
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        rows = [line.split("::") for line in lines if line.count("::") > 1]
        named = [(number_of(number), title, year) for number, title, year, *_ in rows]
    for number, title, text in named:
        movie, year = by_id.get(number) if number is not None else None, year_of(text)
        if movie is not None and year is not None:
            yield Film(movie, title, year)


def find(titles: TitleIndex, rows: Sequence[Row]) -> list[Movie | None]:
    """Return the movie of each row. Each is a file of its own, because a file has a limit of comparisons."""
    return [HistoryMatcher({}, titles).find(row) for row in rows]


def is_shared(film: Film, titles: TitleIndex) -> bool:
    """Return whether the title of a film is also that of another movie of the catalogue."""
    match = titles.find_exact(film.title)
    if isinstance(match, Unknown):
        return False
    candidates = (match.movie,) if isinstance(match, Found) else match.candidates
    return any(movie.movie_id != film.movie.movie_id for movie in candidates)


def report(results: Sequence[tuple[Film, Movie | None, Movie | None]]) -> str:
    """Return what was found, what was not, and what was another movie.

    Args:
        results: each film, what was found, and what was found in a catalogue without the film.
    """
    right = sum(found is not None and found.movie_id == film.movie.movie_id for film, found, _ in results)
    missing = sum(found is None for _, found, _ in results)
    wrongly = sum(absent is not None for *_, absent in results)
    counts = (right, missing, len(results) - right - missing, wrongly)
    shares = [f"{100 * count / len(results):.2f} %" for count in counts]
    return (
        f"{len(results)} films: {shares[0]} found, {shares[1]} not found, {shares[2]} another movie; "
        f"of films that are not there {shares[3]} found"
    )


def main() -> None:
    """Print the report of each half, with the years and without them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", type=Path, help="file with movie_id::title::year, or the table of TMDB")
    parser.add_argument("--misses", action="store_true", help="print the films with even ids that are not found")
    options = parser.parse_args()
    movies = asyncio.run(catalogue())
    titles, films = TitleIndex(movies), list(films_of(options.names, movies))
    for rest, part in enumerate(PARTS):
        of_part = [film for film in films if film.movie.movie_id % 2 == rest]
        without_them = TitleIndex([movie for movie in movies if movie.movie_id % 2 != rest])
        for with_year in (True, False):
            rows = [Row("seen", film.title, film.year if with_year else None) for film in of_part]
            results = list(zip(of_part, find(titles, rows), find(without_them, rows), strict=True))
            print(f"{part}, {'with' if with_year else 'without'} the year, {report(results)}", flush=True)
            if not with_year:
                own = [result for result in results if not is_shared(result[0], titles)]
                print(f"  no other movie has the title: {report(own)}", flush=True)
            if options.misses and rest == 0:
                for film, movie, _ in results:
                    if movie is None or movie.movie_id != film.movie.movie_id:
                        print(f"  {film.title} ({film.year}) | {film.movie.label} | {movie and movie.label}")


if __name__ == "__main__":
    main()
