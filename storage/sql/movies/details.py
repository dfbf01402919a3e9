"""Details of movies from TMDB, in SQL, apart from the movies of the data set."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import Any, cast

from sqlalchemy import Table, and_, delete, select

from storage.net_details import FACTS, SHOWN_FOR, FoundDetails, MoreDetails, NetDetails, Offers, ReadDetails
from storage.records import Movie
from storage.sql.database import Database
from storage.sql.models import DetailsRow
from storage.sql.revisions import increment_revision

DETAILS = cast(Table, DetailsRow.__table__)

SHOWN_COLUMNS = (DETAILS.c.label, DETAILS.c.source, DETAILS.c.read_on, DETAILS.c.shown)
"""The columns that `with_shown` takes."""

_ROWS_PER_STATEMENT = 1_000
_BULK_TIMEOUT_S = 120.0


class Details:
    """Details of movies from TMDB.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read_days(self) -> dict[int, tuple[str, date]]:
        """Return movie id -> the label of the movie when its source was asked, and the day of that."""
        query = select(DETAILS.c.movie_id, DETAILS.c.label, DETAILS.c.read_on)
        async with self._database.reading(_BULK_TIMEOUT_S) as connection:
            return {row.movie_id: (row.label, row.read_on) for row in await connection.execute(query)}

    async def put_many(self, answers: Sequence[ReadDetails]) -> None:
        """Insert or overwrite the answers of a source, in one transaction. Safe to repeat.

        The catalogue is not marked as changed, because running bots would load it again after every call.
        """
        if answers:
            async with self._database.writing(_BULK_TIMEOUT_S) as connection:
                await connection.execute(self._database.upsert(DETAILS), [_values(answer) for answer in answers])

    async def more(self, movie: Movie) -> MoreDetails | None:
        """Return what is not part of the movie itself; None if its source was not read or does not know it."""
        if movie.net is None:
            return None
        query = select(DETAILS.c.more).where(
            and_(DETAILS.c.movie_id == movie.movie_id, DETAILS.c.read_on >= oldest_shown(datetime.now(UTC)))
        )
        more = await self._database.read(lambda connection: connection.execute(query).scalar_one_or_none())
        return None if more is None else _more(more)

    async def delete_old(self, now: datetime) -> int:
        """Delete the details that may not be shown any more, and return their number. Safe to repeat."""
        async with self._database.writing(_BULK_TIMEOUT_S) as connection:
            statement = delete(DETAILS).where(DETAILS.c.read_on < oldest_shown(now))
            deleted = (await connection.execute(statement)).rowcount
            if deleted:
                await increment_revision(self._database, connection, "catalogue")
        return deleted


def oldest_shown(now: datetime) -> date:
    """Return the day of the oldest details that may be shown.

    Args:
        now: an aware datetime.
    """
    return (now - SHOWN_FOR).date()


def with_shown(movie: Movie, details: Sequence[Any], searched: Mapping[str, Any] | None, oldest: date) -> Movie:
    """Return a movie with its details, if they are of this movie and may still be shown.

    Args:
        movie: a movie of the catalogue.
        details: the values of SHOWN_COLUMNS; each is None if there are no details.
        searched: the value of the column "searched"; None leaves keywords, services and countries out.
        oldest: from `oldest_shown`.
    """
    label, source, read_on, shown = details
    if shown is None or read_on < oldest or label != movie.label:
        return movie
    facts = {name: tuple(value) if isinstance(value, list) else value for name, value in shown["facts"].items()}
    net = NetDetails(
        source,
        read_on,
        titles=tuple((language, title) for language, title in shown["titles"]),
        keywords=tuple((searched or {}).get("keywords", ())),
        services=tuple(map(sys.intern, (searched or {}).get("services", ()))),
        countries=tuple(map(sys.intern, (searched or {}).get("countries", ()))),
    )
    own = movie.own
    # MySQL returns the names of a JSON object in an order of its own.
    filled: dict[str, Any] = {name: facts[name] for name in FACTS if facts.get(name) and not getattr(own, name)}
    return replace(own, net=replace(net, filled=tuple(filled)), **filled)


def _values(answer: ReadDetails) -> dict[str, Any]:
    found = answer.found
    return {
        "movie_id": answer.movie_id,
        "label": answer.label,
        "source": answer.source,
        "read_on": answer.read_on,
        "shown": None if found is None else {"facts": dict(found.facts), "titles": found.titles},
        "searched": None if found is None else _searched(found),
        "more": None if found is None else asdict(found.more),
    }


def _searched(found: FoundDetails) -> dict[str, Any]:
    return {"keywords": found.keywords, "services": found.services, "countries": found.more.countries}


def _more(stored: Mapping[str, Any]) -> MoreDetails:
    offers = {
        country: Offers(tuple(offer["stream"]), tuple(offer["rent"]), tuple(offer["buy"]), offer["link"])
        for country, offer in stored["offers"].items()
    }
    return MoreDetails(**{**stored, "countries": tuple(stored["countries"]), "offers": offers})
