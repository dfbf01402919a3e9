"""Conditions on many ids, split into statements that each read only their own rows."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement

_IDS_PER_STATEMENT = 500


def any_of(column: Column[Any], ids: Iterable[int]) -> Iterator[ColumnElement[bool]]:
    """Yield conditions on a column of a primary key that together match `ids`.

    Each condition names the range of its ids too. Without the range, databases may read all rows of a person for each
    statement: undoing an import then takes time that is quadratic in the number of its rows.
    """
    ascending = sorted(ids)
    for start in range(0, len(ascending), _IDS_PER_STATEMENT):
        chunk = ascending[start : start + _IDS_PER_STATEMENT]
        yield column.between(chunk[0], chunk[-1]) & column.in_(chunk)
