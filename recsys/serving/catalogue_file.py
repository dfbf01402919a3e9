"""A large catalogue in a file, which all processes of a machine map into memory.

Only the best known movies are Python objects. The others are read from the file when they are used, and so are the
tables of the title search.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from recsys.models.arrays import MappedArrays, write_arrays
from recsys.models.positions import SortedPositions
from recsys.text.tables import TextColumn, arrays_of_texts, named, part_of
from recsys.text.title_tables import TitleTables
from recsys.text.titles import TitleIndex
from storage.net_details import NetDetails
from storage.records import Movie, Tag

MAX_MOVIES_IN_MEMORY = 100_000
"""A catalogue of more movies is served from a file, and so many of the best known movies are Python objects. People and
words of a wish are found in these."""

FORMAT = 1
"""The format of the file. Another program version writes a file of its own."""

_READ_MOVIES = 5_000
"""So many of the movies that were read last are kept."""

_MOVIE_FIELDS = tuple(field.name for field in fields(Movie))
_NET_FIELDS = tuple(field.name for field in fields(NetDetails))
_NAMES = frozenset(("genres", "directors", "actors", "untrained", "filled", "keywords", "services", "countries"))


def write_catalogue(movies: Sequence[Movie], path: Path) -> None:
    """Write the file of a catalogue.

    Raises:
        OSError: the file cannot be written.
    """
    movies = sorted(movies, key=lambda movie: (-movie.rating_count, movie.movie_id))
    movie_ids = np.fromiter((movie.movie_id for movie in movies), np.int64, len(movies))
    order = np.argsort(movie_ids)
    genre_names = sorted({name for movie in movies for name in movie.genres})
    codes = {name: code for code, name in enumerate(genre_names)}
    genre_codes = [codes[name] for movie in movies for name in movie.genres]
    arrays: dict[str, NDArray[Any]] = {
        "sorted_ids": movie_ids[order],
        "positions": order.astype(np.int32),
        "rating_counts": np.fromiter((movie.rating_count for movie in movies), np.int64, len(movies)),
        "genre_codes": np.array(genre_codes, np.int32),
        "genre_sizes": np.fromiter((len(movie.genres) for movie in movies), np.int32, len(movies)),
        **named("genres", arrays_of_texts(genre_names)),
        **named("movies", arrays_of_texts(map(_encoded, movies))),
        **named("titles", TitleTables.build(movies).arrays()),
    }
    write_arrays(arrays, path)


class CatalogueFile(Mapping[int, Movie]):
    """The movies of a large catalogue by their ids. Positions number them by descending popularity.

    Attributes:
        in_memory: the MAX_MOVIES_IN_MEMORY movies with the most ratings, the best known first.
        best_known: the same movies by ascending id.
        by_popularity: all movies, those with the most ratings first.
        titles: finds all movies by their titles.
    """

    def __init__(self, path: Path, in_memory: int = MAX_MOVIES_IN_MEMORY) -> None:
        """Map the file.

        Args:
            path: of a file that `write_catalogue` has written.
            in_memory: number of the best known movies.

        Raises:
            OSError: the file cannot be read.
            ValueError: the file is no catalogue or is damaged.
        """
        self._arrays = arrays = MappedArrays(path)
        try:
            self._sorted_ids, self._positions = arrays["sorted_ids"], arrays["positions"]
            self._rating_counts = arrays["rating_counts"]
            self._genre_codes, self._genre_sizes = arrays["genre_codes"], arrays["genre_sizes"]
            self._genre_count = len(TextColumn(part_of(arrays, "genres")))
            self._written = TextColumn(part_of(arrays, "movies"))
            tables = TitleTables.of_arrays(part_of(arrays, "titles"))
        except KeyError as error:
            raise ValueError(f"{path.name}: {error} is missing") from None
        self._read = lru_cache(maxsize=_READ_MOVIES)(self._decoded)
        self.in_memory = [self._decoded(position) for position in range(min(in_memory, len(self)))]
        self.best_known = tuple(sorted(self.in_memory, key=lambda movie: movie.movie_id))
        self.by_popularity: Sequence[Movie] = _MoviesByPopularity(self)
        self.titles = TitleIndex.of_tables(self.by_popularity, _Positions(self._sorted_ids, self._positions), tables)

    def __getitem__(self, movie_id: int) -> Movie:
        return self.movie_at(self.titles.positions[movie_id])

    def __contains__(self, movie_id: object) -> bool:
        return movie_id in self.titles.positions

    def __iter__(self) -> Iterator[int]:
        return iter(self._sorted_ids.data)

    def __len__(self) -> int:
        return len(self._sorted_ids)

    def movie_at(self, position: int) -> Movie:
        """Return the movie at a position, which is not negative."""
        return self.in_memory[position] if position < len(self.in_memory) else self._read(position)

    def rating_counts_of(self, movie_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number of ratings of each movie, (m,) int64; 0 for a movie that the catalogue lacks."""
        positions = self._positions_of(movie_ids)
        return np.where(positions >= 0, self._rating_counts[positions], 0)

    def genres_of(self, movie_ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the genres of movies, (m, g) float32: 1 / n for each of the n genres of a movie, else 0.

        Args:
            movie_ids: (m,) int64, each once.
        """
        positions = self._positions_of(movie_ids)
        rows = np.full(len(self), -1, np.int32)
        is_known = positions >= 0
        rows[positions[is_known]] = np.flatnonzero(is_known)
        owners = np.repeat(rows, self._genre_sizes)
        is_wanted = owners >= 0
        shares = np.repeat((1 / np.maximum(self._genre_sizes, 1)).astype(np.float32), self._genre_sizes)
        genres = np.zeros((len(movie_ids), self._genre_count), np.float32)
        genres[owners[is_wanted], self._genre_codes[is_wanted]] = shares[is_wanted]
        return genres

    def drop_from_memory(self) -> None:
        """Take what was read of the file out of the memory of this process. It is read again when it is used."""
        self._arrays.drop_from_memory()

    def _positions_of(self, movie_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the positions of movies, (m,) int64; -1 for a movie that the catalogue lacks."""
        places = np.minimum(np.searchsorted(self._sorted_ids, movie_ids), len(self) - 1)
        return np.where(self._sorted_ids[places] == movie_ids, self._positions[places], -1).astype(np.int64)

    def _decoded(self, position: int) -> Movie:
        return _decoded(self._written.bytes_of(position))


class _MoviesByPopularity(Sequence[Movie]):
    """The movies of a file by their positions."""

    def __init__(self, file: CatalogueFile) -> None:
        self._file = file

    @overload
    def __getitem__(self, position: int) -> Movie: ...
    @overload
    def __getitem__(self, position: slice) -> list[Movie]: ...
    def __getitem__(self, position: int | slice) -> Movie | list[Movie]:
        if isinstance(position, slice):
            return [self._file.movie_at(one) for one in range(*position.indices(len(self)))]
        return self._file.movie_at(range(len(self))[position])

    def __len__(self) -> int:
        return len(self._file)


class _Positions(Mapping[int, int]):
    """Movie id -> position."""

    def __init__(self, sorted_ids: NDArray[np.int64], positions: NDArray[np.int32]) -> None:
        self._places, self._positions = SortedPositions(sorted_ids), positions.data

    def __getitem__(self, movie_id: int) -> int:
        return self._positions[self._places[movie_id]]

    def __iter__(self) -> Iterator[int]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _encoded(movie: Movie) -> str:
    """Return the values of a movie as a JSON list, a third of the size of a JSON object."""
    values = [getattr(movie, name) for name in _MOVIE_FIELDS]
    return json.dumps(values, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: NetDetails | date) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return [getattr(value, name) for name in _NET_FIELDS]


def _decoded(written: bytes) -> Movie:
    values = dict(zip(_MOVIE_FIELDS, json.loads(written), strict=True))
    values["tags"] = tuple(Tag(sys.intern(name), people) for name, people in values["tags"])
    if values["net"] is not None:
        net = dict(zip(_NET_FIELDS, values["net"], strict=True))
        net["read_on"] = date.fromisoformat(net["read_on"])
        net["titles"] = tuple((language, title) for language, title in net["titles"])
        values["net"] = NetDetails(**_with_names(net))
    return Movie(**_with_names(values))


def _with_names(values: dict[str, Any]) -> dict[str, Any]:
    """Return values whose lists of names are tuples. Each name is in memory once."""
    return {name: tuple(map(sys.intern, value)) if name in _NAMES else value for name, value in values.items()}
