"""/refresh details: the worker reads details from TMDB, shows the progress, and the running bot has them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.app import Services
from bot.local_bot_api import Person
from bot.settings import Settings
from storage.records import AuditEntry
from tests.flow.admin.helpers import ADMIN, has
from tests.servers.tmdb_server import GODFATHER, KEY, WRONG_KEY, TmdbServer, status, tmdb_server


@pytest.fixture
async def tmdb() -> AsyncIterator[TmdbServer]:
    """A server that knows one movie of the board."""
    async with tmdb_server() as running:
        running.movies = {238: {**GODFATHER, "title": "Movie 90", "original_title": "", "release_date": "1959-01-01"}}
        yield running


@pytest.fixture
def settings(settings: Settings, tmdb: TmdbServer) -> Settings:
    """The settings with the key of the server."""
    return settings.model_copy(
        update=Settings(_env_file=None, tmdb_api_key=KEY, tmdb_api_url=tmdb.url).model_dump(
            include={"tmdb_api_key", "tmdb_api_url"}
        )
    )


async def test_the_worker_reads_details(bot: Services, ada: Person, tmdb: TmdbServer) -> None:
    """The message says what was found, the bot serves it without a restart, and a refusal is one line."""
    await ada.send("/refresh details")
    done = await ada.wait_for(has("done"))
    assert "60 movies asked about, 1 found." in done.text
    while bot.conversation.state.movie(90).directors != ("Francis Ford Coppola",):
        await bot.reloader.sync()
    assert bot.conversation.state.uses_tmdb
    (entry,) = await bot.stores.audit.recent(1)
    assert entry == AuditEntry(entry.at, ADMIN, "end details", entry.job_id, "done")

    await bot.stores.details.delete_old(datetime.now(UTC) + timedelta(days=365))
    tmdb.first += [status(401, WRONG_KEY)] * 60
    await ada.send("/refresh details")
    failed = await ada.wait_for(has("failed"))
    assert failed.text.splitlines()[1].startswith("TMDB_API_KEY: TMDB refuses this key")
