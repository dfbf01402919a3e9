"""Two replicas with homes of their own, whose releases travel by object storage."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot.releases.reloader
from bot.app import open_services
from bot.releases.activation import go_live, roll_back
from bot.settings import Settings
from bot.stores import open_stores
from recsys.data import Dataset
from storage.sql import Database
from tests.flow.releases.helpers import Models, release_of, serving
from tests.migrated import create_database
from tests.programs import until
from tests.servers.redis_server import RedisServer
from tests.servers.s3_server import S3Server, running_s3


@pytest.fixture
def s3_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """A running S3 server."""
    with running_s3(monkeypatch) as server:
        yield server


@pytest.fixture
async def machines(
    s3_server: S3Server, redis_server: RedisServer, tmp_path: Path, board: Dataset
) -> tuple[Settings, Settings]:
    """The settings of a machine that trains and of one that serves. They share nothing but services."""
    shared = {
        "_env_file": None,
        "database_url": f"sqlite+aiosqlite:///{tmp_path}/database/reelmate.db",
        "metadata_url": redis_server.url,
        "models_url": f"{s3_server.new_bucket()}/models",
        "vectors_url": "memory://",
    }
    trainer, replica = (Settings(reelmate_home=tmp_path / name, **shared) for name in ("trainer", "replica"))
    await create_database(trainer.database_url.get_secret_value())
    async with open_stores(trainer) as stores:
        await stores.catalogue.replace(board.movies)
    return trainer, replica


async def release(settings: Settings, models: Models, number: int) -> None:
    """Activate a model from the machine that has trained it."""
    model = models[number]
    model.save(settings.models_folder / model.version)
    async with open_stores(settings) as stores:
        await go_live(stores, settings, release_of(model, settings))


async def stored_urls(settings: Settings) -> set[str]:
    """Return the URLs of releases in the database."""
    async with Database(settings.database_url.get_secret_value()) as database:
        return set(
            await database.read(
                lambda connection: connection.exec_driver_sql("SELECT url FROM releases").scalars().all()
            )
        )


async def test_what_one_machine_releases_another_serves(
    machines: tuple[Settings, Settings], models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notification makes the replica fetch the release. A rollback works on a machine that has neither."""
    monkeypatch.setattr(bot.releases.reloader, "POLL_INTERVAL_S", 600.0)
    trainer, replica = machines
    await release(trainer, models, 0)
    async with open_services(replica) as services, services.reloader.running():
        assert serving(services) == models.good.version
        await release(trainer, models, 1)
        while serving(services) != models.second.version:
            await services.stores.notifier.notify()  # The bot may have subscribed after the first notification.
            await asyncio.sleep(0.1)
        assert (await services.health.readiness()).degraded == {}
        assert await stored_urls(trainer) == {""}
    third = replica.model_copy(update={"reelmate_home": replica.reelmate_home.with_name("third")})
    async with open_stores(third) as stores:
        await roll_back(stores)
    async with open_services(third) as services:
        assert serving(services) == models.good.version


async def test_a_bucket_that_is_away_at_the_start(
    machines: tuple[Settings, Settings], models: Models, s3_server: S3Server
) -> None:
    """The release in the cache is served, and `/ready` says that the bucket is away."""
    trainer, replica = machines
    await release(trainer, models, 0)
    async with open_services(replica) as services:
        assert serving(services) == models.good.version
    await release(trainer, models, 1)
    s3_server.stop()
    async with open_services(replica) as services, services.reloader.running():
        assert serving(services) == models.good.version
        assert f"release {models.second.version} is active and not served: MODELS_URL" in services.reloader.problem
    async with open_services(trainer) as services, services.reloader.running():
        assert serving(services) == models.second.version
        await until(lambda: services.stores.models.problem != "")
        assert (await services.health.readiness()).degraded["model"].startswith("MODELS_URL: s3://")
