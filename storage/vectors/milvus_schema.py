"""How movies are stored in a Milvus collection: schema, vector index, rows and filter expressions."""

import json
from collections.abc import Iterable, Iterator, Sequence
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


def collection_schema(dimension: int) -> CollectionSchema:
    """Return the fields of a collection whose vectors have this dimension."""
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
    return schema


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


def movie_row(movie: Movie, vector: NDArray[np.float32]) -> dict[str, Any]:
    """Return the row of one movie; `vector` is (d,) float32."""
    return {
        "movie_id": movie.movie_id,
        "vector": vector,
        "year": movie.year or 0,
        "genres": stored_genres(movie),
        "rating_count": movie.rating_count,
        "services": stored_services(movie),
    }


def filter_expressions(where: MovieFilter) -> list[str]:
    """Return the conditions of a filter as Milvus expressions, empty if every movie passes."""

    def json_texts(texts: Iterable[str]) -> str:
        # Milvus reads a JSON string as a string literal, escaped quotes and backslashes included.
        return json.dumps(list(texts), ensure_ascii=False)

    def json_names(genres: Sequence[str]) -> str:
        return json_texts(map(stored_genre, genres))

    expressions = []
    if where.genres_any:
        expressions.append(f"array_contains_any(genres, {json_names(where.genres_any)})")
    if where.genres_all:
        expressions.append(f"array_contains_all(genres, {json_names(where.genres_all)})")
    if where.genres_none:
        expressions.append(f"not array_contains_any(genres, {json_names(where.genres_none)})")
    if where.year_from is not None:
        expressions.append(f"year >= {max(1, where.year_from)}")
    if where.year_to is not None:
        expressions.append(f"year > 0 and year <= {where.year_to}")
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
