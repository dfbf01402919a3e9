"""An import that is killed leaves whole people, and goes on when it is run again."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import insert, text

from bot.people.importing import BATCH_PEOPLE, import_people
from bot.people.lines import end_line, header_line, person_line
from bot.reporting import no_progress
from storage.sql import Database, People, StoredPerson
from storage.sql.transfer.rows import PEOPLE
from tests.contract.people_files.helpers import NOW, settings_of, stored
from tests.demo_process import environment
from tests.programs import PATIENCE_S

COUNT = 3 * BATCH_PEOPLE
BLOCKED = 2 * BATCH_PEOPLE + 1
"""The first person of the third transaction."""

PROFILE = {
    "step": "ready",
    "gender": None,
    "age": 25,
    "occupation": None,
    "consent": False,
    "notify": True,
    "blocked": False,
    "created_at": NOW,
    "popularity": "balanced",
    "country": None,
    "services": None,
    "only_services": False,
    "open_question": None,
}


def write_people(file: Path) -> None:
    """Write a file of COUNT people with a rating each."""
    lines = [header_line(None, {})]
    for person_id in range(1, COUNT + 1):
        person = StoredPerson(person_id, PROFILE)
        rating = {"movie_id": person_id, "stars": 4.0, "source": "button", "rated_at": NOW}
        person.rows["ratings"].append(rating)
        lines.append(person_line(person))
    file.write_bytes(b"".join([*lines, end_line(COUNT)]))


@asynccontextmanager
async def blocked(database: Database) -> AsyncIterator[None]:
    """Let whoever inserts BLOCKED wait for ever, until the block ends."""
    if database.writes_serially:
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
        condition = f"BEFORE INSERT ON people WHEN new.person_id = {BLOCKED}"
        async with database.writing() as connection:
            await connection.execute(text(f"CREATE TRIGGER endless {condition} BEGIN {endless}; END"))
        yield
        async with database.writing(PATIENCE_S) as connection:
            await connection.execute(text("DROP TRIGGER endless"))
        return
    async with database._engine.connect() as connection:
        await connection.execute(insert(PEOPLE), {"person_id": BLOCKED, **PROFILE})
        yield


async def test_an_import_that_is_killed(any_url: str, any_database: Database, tmp_path: Path) -> None:
    """Whole people are there when it is killed. Run again, it adds the others and leaves these as they are."""
    file, home = tmp_path / "people.jsonl", tmp_path / "home"
    write_people(file)
    async with blocked(any_database):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "import-people", str(file)),
            cwd=tmp_path,
            env=environment(home, DATABASE_URL=any_url),
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(PATIENCE_S):
            while await People(any_database).count() < BLOCKED - 1:  # noqa: ASYNC110 - there is no event
                await asyncio.sleep(0.05)
        process.kill()
        await process.wait()
    settings = settings_of(home, database_url=any_url)
    assert [len(person.rows["ratings"]) for person in await stored(settings)] == [1] * (BLOCKED - 1)
    result = await import_people(settings, file, (), no_progress)
    assert result["people"] == {"new": COUNT - BLOCKED + 1, "changed": 0, "same": BLOCKED - 1}
    assert [person.person_id for person in await stored(settings)] == list(range(1, COUNT + 1))
    assert (await import_people(settings, file, (), no_progress))["people"]["same"] == COUNT
