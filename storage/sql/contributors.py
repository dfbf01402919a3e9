"""Ratings and demographics of the people who consented to training."""

from typing import cast

from sqlalchemy import Table, select, true

from storage.records import Contributor, Rating
from storage.sql.database import Database
from storage.sql.models import PersonRow, RatingRow

_PEOPLE = cast(Table, PersonRow.__table__)
_RATINGS = cast(Table, RatingRow.__table__)
_TIMEOUT_S = 120.0
"""Deadline of the query, which reads the whole table of ratings."""

_CONSENTED = (
    select(_PEOPLE.c.gender, _PEOPLE.c.age, _PEOPLE.c.occupation, _RATINGS)
    .join(_RATINGS, _RATINGS.c.person_id == _PEOPLE.c.person_id)
    .where(_PEOPLE.c.consent == true())
    .order_by(_RATINGS.c.person_id, _RATINGS.c.rated_at, _RATINGS.c.movie_id)
)


class Contributors:
    """Training data of the people who consented to training.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Contributor]:
        """Return everybody who currently consents and has rated a movie, without anything that identifies them."""
        contributors: dict[int, tuple[Contributor, list[Rating]]] = {}
        async with self._database.reading(_TIMEOUT_S) as connection:
            for row in await connection.execute(_CONSENTED):
                if row.person_id not in contributors:
                    contributors[row.person_id] = Contributor(row.gender, row.age, row.occupation), []
                contributors[row.person_id][1].append(Rating(row.movie_id, row.stars, row.source, row.rated_at))
        return [
            Contributor(person.gender, person.age, person.occupation, tuple(ratings))
            for person, ratings in contributors.values()
        ]
