"""People of whom everything is stored, and what is stored about them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.settings import Settings
from storage.imports import ImportDraft, ImportEntry
from storage.records import Popularity
from storage.sql import (
    Announcements,
    CardAnswer,
    Cards,
    Changes,
    Database,
    Imports,
    Marks,
    People,
    PeopleTransfer,
    Ratings,
    StoredPerson,
    Wishes,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BOT, OTHER_BOT = "123456:made-up", "654321:made-up"
ADMIN = 3


def settings_of(home: Path, **more: Any) -> Settings:
    """Return the settings of an installation."""
    return Settings(_env_file=None, reelmate_home=home, vectors_url="memory://", **more)


async def add_everything(database: Database, person_id: int) -> None:
    """Store a person with rows in every table, and with a value in every column."""
    people, ratings, marks, cards = People(database), Ratings(database), Marks(database), Cards(database)
    await people.get_or_create(person_id, "occupation", NOW)
    await people.move(person_id, "occupation", "ready", gender="F", age=25, occupation=20)
    await people.update(person_id, consent=True, blocked=True, popularity=Popularity.HIDDEN)
    await people.update(person_id, country="DE", services=["Netflix", "Café Kino"], only_services=True)
    await Wishes(database).put(person_id, "active", {"themes": ["schach ♟"], "year_from": 1990}, NOW)
    await Wishes(database).put(person_id, "lasting", {"genres_none": ["Horror"], "like": [30]}, NOW)
    await Wishes(database).put(person_id, "lasting", {"genres_none": ["War"]}, NOW + SECOND)
    await Wishes(database).put(person_id, "listed", {"like": [30, 10]}, NOW)
    await marks.add(person_id, 40, "unseen", NOW + 2 * SECOND)
    await marks.add(person_id, 50, "later", NOW + 3 * SECOND)
    await marks.remove(person_id, 50, "later", NOW + 4 * SECOND)
    await marks.put(person_id, [60, 70], "seen", NOW)
    await ratings.rate(person_id, 10, 10 / 3, "stars", NOW + 5 * SECOND)
    await ratings.rate(person_id, 10, 5.0, "reaction", NOW + 6 * SECOND)
    await ratings.rate(person_id, 40, 1.0, "button", NOW + 7 * SECOND)
    await cards.put(person_id, 100, 20, NOW + 8 * SECOND)
    await cards.answer_card(person_id, 100, CardAnswer(20, 4.0, next_movie_id=30), NOW + 9 * SECOND)
    similar = CardAnswer(30, next_movie_id=80, passed="similar", wish={"like": [30]})
    await cards.answer_card(person_id, 100, similar, NOW + 10 * SECOND)
    imports = Imports(database)
    entries = (ImportEntry(90, "rated", 4.5, NOW), ImportEntry(100, "seen"))
    number = await imports.add(person_id, ImportDraft("imdb", 2, entries), NOW)
    await imports.apply(person_id, number, NOW + 11 * SECOND)
    await imports.add(person_id, ImportDraft("trakt", 2, entries), NOW + 12 * SECOND)
    await ratings.rate(person_id, 110, 2.0, "reply", NOW + 13 * SECOND)
    await Changes(database).undo(person_id, NOW + 14 * SECOND)
    await people.update(person_id, open_question="age", notify=True, blocked=False)
    announcements = Announcements(database)
    await announcements.start(await announcements.draft("Hello", ADMIN, NOW), None)
    await people.update(person_id, blocked=True)


async def stored(settings: Settings) -> list[StoredPerson]:
    """Return everything that moves, of everybody."""
    async with Database(settings.database_url.get_secret_value()) as database:
        return [person async for page in PeopleTransfer(database).pages() for person in page]
