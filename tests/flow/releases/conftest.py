"""Fixtures: a catalogue, three models of it, and two replicas of a bot over one database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import Services, open_services
from bot.settings import Settings
from bot.stores import Stores, open_stores
from recsys.data import Dataset, snapshot
from recsys.models.towers import Towers
from recsys.protocol.newcomers import split_people
from recsys.training.fit import fit
from recsys.training.options import TrainingOptions
from tests.flow.releases.helpers import Models, release_of
from tests.migrated import create_database
from tests.train_once import TrainOnce


@pytest.fixture(scope="session")
def models(board: Dataset, towers: Towers, trained_once: TrainOnce) -> Models:
    """A good model of the board and two barely trained ones; all of them differ."""

    def hasty(seed: int) -> Towers:
        options = TrainingOptions(epochs=1, min_steps=0, batch_size=64, validations=1, seed=seed)
        return trained_once(f"hasty-{seed}", lambda: fit(board, split_people(board, 0), options))

    return Models(towers, hasty(1), hasty(2))


@pytest.fixture
async def settings(tmp_path: Path, board: Dataset, models: Models) -> Settings:
    """Settings of a bot with a catalogue and three releases, none of which is active."""
    created = Settings(_env_file=None, reelmate_home=tmp_path / "home", vectors_url="memory://")
    await create_database(created.database_url.get_secret_value())
    snapshot.save(board, created.snapshot_folder)
    for model in models:
        model.save(created.models_folder / model.version)
    async with open_stores(created) as opened:
        await opened.catalogue.replace(board.movies)
        for model in models:
            await opened.releases.add(release_of(model, created))
    return created


@pytest.fixture
async def stores(settings: Settings) -> AsyncIterator[Stores]:
    """The stores of the command line or of a worker, over the replicas' database."""
    async with open_stores(settings) as opened:
        yield opened


@pytest.fixture
async def replicas(settings: Settings, stores: Stores, models: Models) -> AsyncIterator[tuple[Services, Services]]:
    """Two bots that serve the good model, over one database and with an index each."""
    await stores.releases.activate(models.good.version)
    async with open_services(settings) as first, open_services(settings) as second:
        yield first, second
