"""Rows of a history, one per film, with the feedback of the person."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Literal

Kind = Literal["rated", "seen", "later"]
"""What a row says: the film was rated, was seen, or is on the watchlist."""

_ORDER: Mapping[Kind, int] = {"rated": 0, "seen": 1, "later": 2}


class Source(StrEnum):
    """Where a file comes from."""

    LETTERBOXD = "letterboxd"
    IMDB = "imdb"
    TRAKT = "trakt"
    NETFLIX = "netflix"
    TMDB = "tmdb"
    MOVIELENS = "movielens"
    REELMATE = "reelmate"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Row:
    """One film of a history.

    Attributes:
        kind: what the row says.
        title: the title; empty if the file has ids only.
        year: the year of release; None if the file does not have it.
        other_title: another title of the same film, such as the original one; empty if there is none.
        imdb_id: such as "tt0114709"; None if the file does not have it.
        tmdb_id: id at themoviedb.org.
        movielens_id: id at movielens.org.
        rating: on the scale of the file; None unless the row is a rating on a scale.
        thumb: True for a thumb up or a heart, False for a thumb down; None unless the rating is a thumb.
        at: when, as ISO 8601 with or without a time, UTC; None if the file does not have it.
    """

    kind: Kind
    title: str
    year: int | None = None
    other_title: str = ""
    imdb_id: str | None = None
    tmdb_id: int | None = None
    movielens_id: int | None = None
    rating: float | None = None
    thumb: bool | None = None
    at: str | None = None

    @property
    def label(self) -> str:
        """The title with its year, or an id."""
        if not self.title:
            return self.imdb_id or (
                f"MovieLens {self.movielens_id}" if self.tmdb_id is None else f"TMDB {self.tmdb_id}"
            )
        return self.title if self.year is None else f"{self.title} ({self.year})"


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one table or document that are of one person.

    Attributes:
        source: where it comes from.
        rows: one per row that names a film.
        left_out: the number of rows about series, episodes and games.
        scale: the lowest and the highest rating that the source allows; None if the source does not say.
        profile: the name of the profile that the rows are of; empty if the table does not say.
    """

    source: Source
    rows: tuple[Row, ...]
    left_out: int = 0
    scale: tuple[float, float] | None = None
    profile: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """The rows of a file that are of one person.

    Attributes:
        source: where it comes from.
        rows: one per film.
        left_out: the number of rows about series, episodes and games.
        scale: as in `Part`.
        profile: as in `Part`.
    """

    source: Source
    rows: tuple[Row, ...]
    left_out: int = 0
    scale: tuple[float, float] | None = None
    profile: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the history, ready for JSON. Absent values are left out."""
        rows = [{name: value for name, value in asdict(row).items() if value not in (None, "")} for row in self.rows]
        return {
            "source": self.source,
            "rows": rows,
            "left_out": self.left_out,
            "scale": self.scale,
            "profile": self.profile,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "History":
        """Return the history that `to_dict` wrote."""
        rows = tuple(Row(**{"title": "", **row}) for row in values["rows"])
        scale = values["scale"]
        scale = None if scale is None else tuple(scale)
        return cls(Source(values["source"]), rows, values["left_out"], scale, values["profile"])


def one_per_film(rows: list[Row]) -> tuple[Row, ...]:
    """Merge the rows of the same film, in the order of their first rows.

    A rating counts more than "seen", and that more than the watchlist. Of two ratings, the later one counts; of two
    rows of another kind, the first one. A merged row has the ids of all of them.
    """
    merged: dict[object, Row] = {}
    for row in rows:
        key = _key(row)
        before = merged.get(key)
        if before is not None and _have_different_ids(before, row):
            # Two films of a year may have the same title.
            key = (key, row.imdb_id, row.tmdb_id)
            before = merged.get(key)
        merged[key] = row if before is None else _merged(before, row)
    return tuple(merged.values())


def _have_different_ids(first: Row, second: Row) -> bool:
    ids = (first.imdb_id, second.imdb_id), (first.tmdb_id, second.tmdb_id)
    return any(one is not None and other is not None and one != other for one, other in ids)


def _key(row: Row) -> object:
    if row.title:
        return row.title.casefold(), row.year
    return row.imdb_id or (row.tmdb_id, row.movielens_id)


def _merged(first: Row, second: Row) -> Row:
    kept, other = first, second
    if _ORDER[second.kind] < _ORDER[first.kind]:
        kept, other = second, first
    elif first.kind == second.kind == "rated":
        # A rating on a scale says more than a thumb. Rows without a time are in the order of the file.
        by_scale = (second.rating is not None) - (first.rating is not None)
        if by_scale > 0 or (by_scale == 0 and (second.at or "") >= (first.at or "")):
            kept, other = second, first
    return replace(
        kept,
        imdb_id=kept.imdb_id or other.imdb_id,
        tmdb_id=kept.tmdb_id or other.tmdb_id,
        movielens_id=kept.movielens_id or other.movielens_id,
        other_title=kept.other_title or other.other_title,
        at=kept.at or other.at,
    )
