"""What the people have said who agreed that a model may learn from it."""

from typing import cast

from sqlalchemy import Table, select, true

from storage.records import Contributor, Rating
from storage.sql.database import Database
from storage.sql.models import PersonRow, RatingRow

_PEOPLE = cast(Table, PersonRow.__table__)
_RATINGS = cast(Table, RatingRow.__table__)
_TIMEOUT_S = 120.0

_AGREED = (
    select(_PEOPLE.c.gender, _PEOPLE.c.age, _PEOPLE.c.occupation, _RATINGS)
    .join(_RATINGS, _RATINGS.c.person_id == _PEOPLE.c.person_id)
    .where(_PEOPLE.c.consent == true())
    .order_by(_RATINGS.c.person_id, _RATINGS.c.rated_at, _RATINGS.c.movie_id)
)


class Contributors:
    """Every method raises Unavailable where the database does not answer within its deadline."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Contributor]:
        """Everybody who agrees at this moment and has rated a movie; nothing in it says who they are."""
        told: dict[int, tuple[Contributor, list[Rating]]] = {}
        async with self._database.reading(_TIMEOUT_S) as connection:
            for row in await connection.execute(_AGREED):
                if row.person_id not in told:
                    told[row.person_id] = Contributor(row.gender, row.age, row.occupation), []
                told[row.person_id][1].append(Rating(row.movie_id, row.stars, row.source, row.rated_at))
        return [Contributor(one.gender, one.age, one.occupation, tuple(ratings)) for one, ratings in told.values()]
