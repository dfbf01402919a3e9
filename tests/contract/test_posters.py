"""Stored results of sending posters."""

import asyncio
from datetime import UTC, datetime

from storage.poster_files import PosterFile
from storage.sql import Database, PosterFiles

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
BOT, OTHER_BOT = 2**40, 2
URL = "https://posters.example/" + "x" * 3_000 + ".png"


async def test_the_latest_result_is_stored_per_bot(any_database: Database) -> None:
    """An upload overwrites a failure and vice versa; other URLs and other bots have no result."""
    files = PosterFiles(any_database)
    assert await files.get(BOT, URL) is None
    for file in (PosterFile(failed_at=NOW), PosterFile("AgAD" * 30), PosterFile(failed_at=NOW)):
        for _ in range(2):
            await files.put(BOT, URL, file)
            assert await files.get(BOT, URL) == file
    assert await files.get(OTHER_BOT, URL) is None
    assert await files.get(BOT, URL + "?") is None


async def test_two_replicas_store_a_poster_concurrently(replicas: tuple[Database, Database]) -> None:
    """Neither fails, and both read the same one of the two file_ids."""
    stores = [PosterFiles(database) for database in replicas]
    await asyncio.gather(*(files.put(BOT, URL, PosterFile(name)) for files in stores for name in ("a", "b")))
    stored = [await files.get(BOT, URL) for files in stores]
    assert stored[0] == stored[1]
    assert stored[0] in (PosterFile("a"), PosterFile("b"))
