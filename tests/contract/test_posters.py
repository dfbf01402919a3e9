"""What bots know of posters."""

import asyncio
from datetime import UTC, datetime

from storage.records import PosterFile
from storage.sql import Database, PosterFiles

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
BOT, OTHER_BOT = 2**40, 2
URL = "https://posters.example/" + "x" * 3_000 + ".png"


async def test_the_latest_counts_for_one_bot(any_database: Database) -> None:
    """An upload takes the place of a failure and the other way round; other addresses and other bots know nothing."""
    files = PosterFiles(any_database)
    assert await files.get(BOT, URL) is None
    for file in (PosterFile(failed_at=NOW), PosterFile("AgAD" * 30), PosterFile(failed_at=NOW)):
        for _ in range(2):
            await files.put(BOT, URL, file)
            assert await files.get(BOT, URL) == file
    assert await files.get(OTHER_BOT, URL) is None
    assert await files.get(BOT, URL + "?") is None


async def test_two_replicas_learn_the_same_at_once(replicas: tuple[Database, Database]) -> None:
    """Both have uploaded it: neither fails, and one of the two file_ids is kept for both."""
    both = [PosterFiles(database) for database in replicas]
    await asyncio.gather(*(files.put(BOT, URL, PosterFile(name)) for files in both for name in ("a", "b")))
    kept = [await files.get(BOT, URL) for files in both]
    assert kept[0] == kept[1]
    assert kept[0] in (PosterFile("a"), PosterFile("b"))
