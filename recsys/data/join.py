"""Join data sets that share movies: their people stay apart, and movies that are the same become one.

A movie of a later set is the same as one of an earlier set, by the first of these rules that finds one:

1. Both have the same id in MovieLens, their years differ by at most one, and their titles are alike.
2. Both have the same id at IMDb, or at TMDB.
3. Both have the same title or alternative title and the same year, and no other detail shows that they are different.
   A title that several movies of that year have decides nothing.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from recsys.data.assemble import People, Ratings, assemble
from recsys.data.dataset import Dataset
from recsys.data.duplicates import are_different, fill_missing
from storage.records import Movie

ID_STEP = 1_000_000_000
"""A movie that only a later set has gets its id plus this times the set's position, if the sets do not share ids."""
MIN_LIKENESS = 60.0
"""Titles of the same MovieLens id that are less alike, 0..100, are those of different movies. Releases write a title in
different languages and with different alternatives, but some word of it stays."""
MAX_YEARS_APART = 1
"""The years of one movie in two releases differ by at most this many."""

_ALTERNATIVE = re.compile(r"\(([^()]*)\)")
_ALSO_KNOWN_AS = re.compile(r"^a\.?k\.?a\.?\s+", re.IGNORECASE)
_NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One of the data sets that are joined.

    Attributes:
        dataset: the data set.
        has_movielens_ids: whether its movie ids are those of MovieLens. The ids of MovieLens 100K are not.
    """

    dataset: Dataset
    has_movielens_ids: bool


@dataclass(slots=True)
class JoinCounts:
    """How many movies of the later sets were joined to movies of earlier ones by each rule, and how many were added."""

    by_movielens_id: int = 0
    by_other_id: int = 0
    by_title: int = 0
    added: int = 0

    def __str__(self) -> str:
        return (
            f"joined {self.by_movielens_id:,} movies by MovieLens id, {self.by_other_id:,} by IMDb or TMDB id and "
            f"{self.by_title:,} by title and year; added {self.added:,}"
        )


def join_datasets(parts: Sequence[Part]) -> tuple[Dataset, JoinCounts]:
    """Return one data set with all movies, people and ratings.

    The movies of the first set keep their ids, titles and years. What they lack comes from later sets. The people of
    the first set keep their ids, and those of later sets get the ids that follow.

    Args:
        parts: at least one data set, the most important one first.
    """
    catalogue = _Catalogue()
    final_ids = [catalogue.add(part, position) for position, part in enumerate(parts)]
    movie_ids = np.array(sorted(catalogue.movies), np.int64)
    sets = [part.dataset for part in parts]
    dataset = assemble(
        " + ".join(dataset.name for dataset in sets),
        [catalogue.movies[movie_id] for movie_id in movie_ids.tolist()],
        _join_people(sets),
        _join_ratings(sets, [np.searchsorted(movie_ids, ids).astype(np.int32) for ids in final_ids]),
        skipped_rows=sum(dataset.skipped_rows for dataset in sets),
        merged=_join_merged(parts, final_ids, set(catalogue.movies)),
        merge_duplicates=False,
    )
    return dataset, catalogue.counts


@dataclass(slots=True)
class _Catalogue:
    """The movies of the sets that were added so far, and what they are found by.

    Attributes:
        movies: id in the joined set -> movie.
        by_movielens_id: id in MovieLens -> id in the joined set.
        by_site_id: id at IMDb (text) or TMDB (number) -> id in the joined set.
        by_title: (title without case, accents and punctuation, year) -> ids in the joined set.
        keeps_movielens_ids: whether all sets so far have the ids of MovieLens.
        counts: what was joined by which rule.
    """

    movies: dict[int, Movie] = field(default_factory=dict)
    by_movielens_id: dict[int, int] = field(default_factory=dict)
    by_site_id: dict[str | int, int] = field(default_factory=dict)
    by_title: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    keeps_movielens_ids: bool = True
    counts: JoinCounts = field(default_factory=JoinCounts)

    def add(self, part: Part, position: int) -> NDArray[np.int64]:
        """Add the movies of a set, and return their ids in the joined set, (m,) int64, all different.

        Args:
            part: the set.
            position: its position among the sets; 0 for the first.
        """
        found = self._find_all(part) if position else {}
        self.keeps_movielens_ids &= part.has_movielens_ids
        ids = []
        for movie in part.dataset.movies:
            movie_id = found.get(movie.movie_id)
            if movie_id is None:
                movie_id = self._new_id(movie.movie_id, position)
                self.movies[movie_id] = replace(movie, movie_id=movie_id)
                self.counts.added += position > 0
            else:
                kept = fill_missing(self.movies[movie_id], movie)
                self.movies[movie_id] = kept if kept.year is not None else replace(kept, year=movie.year)
            ids.append(movie_id)
            self._register(movie, movie_id, has_movielens_id=part.has_movielens_ids)
        return np.array(ids, np.int64)

    def _find_all(self, part: Part) -> dict[int, int]:
        """Return id in a set -> id in the joined set, for its movies that are there. Each is found at most once."""
        found: dict[int, int] = {}
        taken: set[int] = set()
        rules = [self._of_site, self._of_title]
        if part.has_movielens_ids:
            rules.insert(0, self._of_movielens)
        counts = []
        for rule in rules:
            before = len(found)
            for movie in part.dataset.movies:
                match = None if movie.movie_id in found else rule(movie)
                if match is not None and match not in taken:
                    found[movie.movie_id] = match
                    taken.add(match)
            counts.append(len(found) - before)
        self.counts.by_title += counts.pop()
        self.counts.by_other_id += counts.pop()
        self.counts.by_movielens_id += sum(counts)
        return found

    def _of_movielens(self, movie: Movie) -> int | None:
        match = self.by_movielens_id.get(movie.movie_id)
        return match if match is not None and _alike(self.movies[match], movie) else None

    def _of_site(self, movie: Movie) -> int | None:
        for site_id in (movie.imdb_id, movie.tmdb_id):
            if site_id is not None and site_id in self.by_site_id:
                return self.by_site_id[site_id]
        return None

    def _of_title(self, movie: Movie) -> int | None:
        matches = set().union(*(self.by_title.get(key, ()) for key in _title_keys(movie)))
        match = matches.pop() if len(matches) == 1 else None
        return match if match is not None and not are_different(self.movies[match], movie) else None

    def _new_id(self, movie_id: int, position: int) -> int:
        if not position or (self.keeps_movielens_ids and movie_id not in self.movies):
            return movie_id
        movie_id += position * ID_STEP
        while movie_id in self.movies:
            movie_id += ID_STEP
        return movie_id

    def _register(self, movie: Movie, movie_id: int, *, has_movielens_id: bool) -> None:
        if has_movielens_id:
            self.by_movielens_id.setdefault(movie.movie_id, movie_id)
        for site_id in (movie.imdb_id, movie.tmdb_id):
            if site_id is not None:
                self.by_site_id.setdefault(site_id, movie_id)
        for key in _title_keys(movie):
            self.by_title.setdefault(key, set()).add(movie_id)


def _alike(first: Movie, second: Movie) -> bool:
    """Return whether years and titles allow that two movies with one MovieLens id are the same."""
    if first.year is not None and second.year is not None and abs(first.year - second.year) > MAX_YEARS_APART:
        return False
    return fuzz.token_set_ratio(_plain(first.title), _plain(second.title)) >= MIN_LIKENESS


def _title_keys(movie: Movie) -> Iterator[tuple[str, int]]:
    """Yield the title of a movie and its alternative titles in one form, with the year; nothing without a year."""
    if movie.year is None:
        return
    alternatives = [_ALSO_KNOWN_AS.sub("", text) for text in _ALTERNATIVE.findall(movie.title)]
    for title in (_ALTERNATIVE.sub(" ", movie.title), *alternatives):
        plain = _plain(title)
        if plain:
            yield plain, movie.year


def _plain(title: str) -> str:
    """Return a title in lower case with nothing but words, without accents."""
    decomposed = unicodedata.normalize("NFKD", title.casefold().replace("&", " and "))
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _NO_WORD.sub(" ", letters).strip()


def _join_people(sets: Sequence[Dataset]) -> People:
    user_ids = [sets[0].user_ids]
    for dataset in sets[1:]:
        next_id = int(user_ids[-1].max(initial=0)) + 1
        user_ids.append(next_id + np.arange(len(dataset.user_ids)))
    return People(
        np.concatenate(user_ids),
        np.concatenate([dataset.genders for dataset in sets]),
        np.concatenate([dataset.ages for dataset in sets]),
        np.concatenate([dataset.occupations for dataset in sets]),
    )


def _join_ratings(sets: Sequence[Dataset], positions: Sequence[NDArray[np.int32]]) -> Ratings:
    """Return the ratings of all sets.

    Args:
        sets: the data sets.
        positions: for each of them, the positions of its movies among those of the joined set.
    """
    first_people = np.cumsum([0, *(len(dataset.user_ids) for dataset in sets)]).astype(np.int32)
    times = None
    if any(dataset.rating_times is not None for dataset in sets):
        times = np.concatenate([_times(dataset) for dataset in sets])
    return Ratings(
        np.concatenate([dataset.rating_people + first for dataset, first in zip(sets, first_people[:-1], strict=True)]),
        np.concatenate([new[dataset.rating_movies] for dataset, new in zip(sets, positions, strict=True)]),
        np.concatenate([dataset.rating_stars for dataset in sets]),
        times,
    )


def _times(dataset: Dataset) -> NDArray[np.int64]:
    return dataset.rating_times if dataset.rating_times is not None else np.full(len(dataset.rating_stars), -1)


def _join_merged(parts: Sequence[Part], final_ids: Sequence[NDArray[np.int64]], used: set[int]) -> dict[int, int]:
    """Return which ids stand for other movies: those that a set has merged, if its ids are those of the joined set."""
    merged: dict[int, int] = {}
    for part, ids in zip(parts, final_ids, strict=True):
        final = dict(zip(part.dataset.movie_ids.tolist(), ids.tolist(), strict=True))
        for movie_id, kept in part.dataset.merged.items():
            if final[kept] == kept and movie_id not in used:
                merged.setdefault(movie_id, kept)
    return merged
