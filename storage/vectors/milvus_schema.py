"""How movies are stored in a Milvus collection: schema, vector index, rows and filter expressions."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymilvus import CollectionSchema, DataType, MilvusClient
from pymilvus.milvus_client import IndexParams

from storage.records import Movie, MovieFilter
from storage.vectors.arrays import (
    MAX_GENRE_BYTES,
    MAX_GENRES,
    MAX_SERVICE_BYTES,
    MAX_SERVICES,
    stored_genre,
    stored_genres,
    stored_service,
    stored_services,
)
from storage.vectors.milvus_kinds import IndexKind

IDS_PER_EXPRESSION = 5_000
"""Maximum number of movie ids in one filter expression."""

_MAX_FLAGGED_GENRES = 32
"""A collection has at most 64 fields."""

NO_FLAGS: Mapping[str, str] = MappingProxyType({})

_FLAG_PREFIX = "genre_"
"""Names of the flags of genres begin with this. Their descriptions are the genres."""


def collection_schema(dimension: int, flagged_genres: Sequence[str] = ()) -> CollectionSchema:
    """Return the fields of a collection whose vectors have this dimension.

    Args:
        dimension: of the vectors.
        flagged_genres: these genres have a field of their own, true for the movies of the genre. A server filters a
            million movies by it in a fraction of a millisecond, and by the array of all genres in 5 to 8 ms.
    """
    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("movie_id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    schema.add_field("year", DataType.INT16, description="0 if the year is unknown")
    schema.add_field(
        "genres",
        DataType.ARRAY,
        element_type=DataType.VARCHAR,
        max_capacity=MAX_GENRES,
        max_length=MAX_GENRE_BYTES,
    )
    schema.add_field("rating_count", DataType.INT64)
    add_services(schema)
    for number, genre in enumerate(flagged_genres):
        schema.add_field(f"{_FLAG_PREFIX}{number}", DataType.BOOL, description=genre)
    return schema


def genres_to_flag(movies: Iterable[Movie]) -> list[str]:
    """Return the genres with the most movies, as an index stores them."""
    counts = Counter(genre for movie in movies for genre in stored_genres(movie))
    return sorted(sorted(counts), key=lambda genre: -counts[genre])[:_MAX_FLAGGED_GENRES]


def genre_flags(fields: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return genre -> name of its flag, of the fields of a collection as Milvus describes them."""
    return {field["description"]: field["name"] for field in fields if field["name"].startswith(_FLAG_PREFIX)}


def add_services(schema: CollectionSchema) -> None:
    """Add the field of the services to a schema."""
    schema.add_field(
        "services",
        DataType.ARRAY,
        element_type=DataType.VARCHAR,
        max_capacity=MAX_SERVICES,
        max_length=MAX_SERVICE_BYTES,
    )


def vector_index(kind: IndexKind) -> IndexParams:
    """Return the parameters of a vector index of this kind."""
    params = MilvusClient.prepare_index_params()
    params.add_index("vector", index_type=kind.name, metric_type="IP", params=dict(kind.building))
    return params


def movie_row(movie: Movie, vector: NDArray[np.float32], flags: Mapping[str, str] = NO_FLAGS) -> dict[str, Any]:
    """Return the row of one movie; `vector` is (d,) float32, and `flags` are those of `genre_flags`."""
    genres = stored_genres(movie)
    return {
        "movie_id": movie.movie_id,
        "vector": vector,
        "year": movie.year or 0,
        "genres": genres,
        "rating_count": movie.rating_count,
        "services": stored_services(movie),
        **{flag: genre in genres for genre, flag in flags.items()},
    }


def filter_expressions(where: MovieFilter, flags: Mapping[str, str] = NO_FLAGS) -> list[str]:
    """Return the conditions of a filter as Milvus expressions, empty if every movie passes.

    Args:
        where: the filter.
        flags: those of `genre_flags`.
    """

    def json_texts(texts: Iterable[str]) -> str:
        # Milvus reads a JSON string as a string literal, escaped quotes and backslashes included.
        return json.dumps(list(texts), ensure_ascii=False)

    def each_genre(genres: Sequence[str]) -> list[str]:
        """Return a condition for each flagged genre, and one that any of the others is in the array."""
        stored = list(map(stored_genre, genres))
        others = [genre for genre in stored if genre not in flags]
        flagged = [f"{flags[genre]} == true" for genre in stored if genre in flags]
        return [*flagged, f"array_contains_any(genres, {json_texts(others)})"] if others else flagged

    expressions = []
    if where.genres_any:
        expressions.append(f"({' or '.join(each_genre(where.genres_any))})")
    for genre in where.genres_all:
        expressions += each_genre([genre])
    if where.genres_none:
        expressions.append(f"not ({' or '.join(each_genre(where.genres_none))})")
    first, last = max(1, where.year_from or 1), where.year_to  # An unknown year is 0.
    if last is not None and first <= last:
        expressions.append(f"{first} <= year <= {last}")  # One pass over the years instead of two.
    elif last is not None:
        expressions += [f"year >= {first}", f"year <= {last}"]
    elif where.year_from is not None:
        expressions.append(f"year >= {first}")
    if where.ids is not None:
        expressions.append(f"movie_id in {sorted(where.ids)}")
    if where.ids_none:
        expressions.append(f"movie_id not in {sorted(where.ids_none)}")
    if where.services_any:
        expressions.append(f"array_contains_any(services, {json_texts(map(stored_service, where.services_any))})")
    return expressions


def other_ids_expressions(movie_ids: Sequence[int]) -> Iterator[str]:
    """Yield expressions that together match every id except these.

    Each expression contains at most IDS_PER_EXPRESSION ids.

    Args:
        movie_ids: in ascending order.
    """
    for start in range(0, len(movie_ids), IDS_PER_EXPRESSION):
        chunk = movie_ids[start : start + IDS_PER_EXPRESSION]
        conditions = [f"movie_id not in {list(chunk)}"]
        if start:
            conditions.append(f"movie_id > {movie_ids[start - 1]}")
        if start + IDS_PER_EXPRESSION < len(movie_ids):
            conditions.append(f"movie_id <= {chunk[-1]}")
        yield " and ".join(conditions)
