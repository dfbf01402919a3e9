"""People of whom everything is stored that can be stored."""

from pathlib import Path

import pytest

from bot.settings import Settings
from recsys.data import Dataset
from storage.sql import Catalogue, Database
from tests.contract.people_files.helpers import BOT, add_everything, settings_of
from tests.migrated import create_database
from tests.programs import PATIENCE_S


@pytest.fixture
async def there(tmp_path: Path, board: Dataset) -> Settings:
    """The settings of an installation on SQLite with three people."""
    settings = settings_of(tmp_path / "there", bot_token=BOT)
    url = settings.database_url.get_secret_value()
    await create_database(url)
    async with Database(url, timeout_s=PATIENCE_S) as database:
        await Catalogue(database).replace(board.movies)
        for person_id in (7, 8, 2**40):
            await add_everything(database, person_id)
    return settings


@pytest.fixture
async def here(tmp_path: Path, any_url: str, any_database: Database, board: Dataset) -> Settings:
    """The settings of an installation of the same bot on each kind of database, without people."""
    await Catalogue(any_database).replace(board.movies)
    return settings_of(tmp_path / "here", bot_token=BOT, database_url=any_url)
