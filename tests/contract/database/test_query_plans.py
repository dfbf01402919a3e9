"""The statements of a thumb turn find their rows by indexes, on servers that plan with statistics of the tables."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest
from sqlalchemy import Table, insert, text

from benchmarks.million_people import MESSAGE_ID, Statement, ThumbTurn, explain, recorded
from storage.sql import Database
from storage.sql.models import CardRow, ChangeRow, EffectRow, MarkRow, PersonRow, RatingRow, UpdateRow, WishRow
from tests.servers.sql_servers import SERVERS, OpenServer

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
PEOPLE, RATINGS, ROWS = range(1, 2_001), range(1, 11), 5_000
TAPPING = 1_234
WRITTEN = ("ratings", "marks", "changes", "cards", "people", "wishes", "updates", "effects")


def rows() -> dict[type[Any], list[dict[str, Any]]]:
    """Return the rows of people who have rated, by table."""
    person = {"step": "ready", "consent": False, "notify": True, "blocked": False, "created_at": NOW}
    rating = {"stars": 4.0, "source": "button", "rated_at": NOW}
    both = [(person_id, movie_id) for movie_id in RATINGS for person_id in PEOPLE]
    keys = [{"person_id": person_id, "movie_id": movie_id} for person_id, movie_id in both]
    change = {"kind": "rating", "message_id": MESSAGE_ID, "after_stars": 4.0, "source": "button", "changed_at": NOW}
    card = {"message_id": MESSAGE_ID, "movie_id": 20, "shown_at": NOW}
    return {
        PersonRow: [{"person_id": person_id, **person} for person_id in PEOPLE],
        RatingRow: [key | rating for key in keys],
        MarkRow: [key | {"kind": "shown", "marked_at": NOW} for key in keys],
        ChangeRow: [key | {"number": key["movie_id"], **change} for key in keys],
        CardRow: [{"person_id": person_id, **card} for person_id in PEOPLE],
        WishRow: [{"person_id": person_id, "kind": "lasting", "wish": {}, "said_at": NOW} for person_id in PEOPLE],
        UpdateRow: [{"update_id": person_id, "seen_at": NOW, "handled_at": NOW} for person_id in PEOPLE],
        EffectRow: [{"update_id": person_id, "effect": "answer", "result": 1} for person_id in PEOPLE],
    }


@pytest.fixture(params=SERVERS)
async def many_people(request: pytest.FixtureRequest, sql_servers: OpenServer) -> Any:
    """A database on each kind of server with 2,000 people, about whom the server has collected statistics."""
    server = await sql_servers(request.param)
    async with Database(await server.emptied(), timeout_s=60) as database:
        for model, of_table in rows().items():
            for start in range(0, len(of_table), ROWS):
                async with database.writing(60) as connection:
                    await connection.execute(insert(cast(Table, model.__table__)), of_table[start : start + ROWS])
        async with database.writing(60) as connection:
            is_mysql = connection.dialect.name == "mysql"
            await connection.execute(text(f"ANALYZE {'TABLE ' if is_mysql else ''}{', '.join(WRITTEN)}"))
        yield database


async def test_a_thumb_turn_scans_no_table(many_people: Database) -> None:
    """No statement of a thumb turn reads a whole table."""
    with recorded() as statements:
        assert await ThumbTurn(many_people).run(TAPPING, 1_000_000, 2.0)
    plans = {statement.text: await explain(many_people, statement) for statement in statements}
    assert {statement: plan.scanned for statement, plan in plans.items() if plan.scanned} == {}
    used = {index for plan in plans.values() for index in plan.indexes}
    prefix, suffix = ("", ".PRIMARY") if any("." in index for index in used) else ("pk_", "")
    assert {f"{prefix}{table}{suffix}" for table in WRITTEN} <= used


async def test_a_scan_is_noticed(many_people: Database) -> None:
    """A condition without an index is reported as a scan of its table."""
    plan = await explain(many_people, Statement("SELECT * FROM ratings WHERE stars = 2.0", ()))
    assert plan.scanned == {"ratings"}
