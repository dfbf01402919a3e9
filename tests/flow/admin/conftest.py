"""Fixtures: the whole bot with its worker, and an admin."""

from collections.abc import AsyncIterator

import pytest

from bot.app import Services, build_application, open_services
from bot.jobs.worker import running_worker
from bot.local_bot_api import Person, TelegramServer
from bot.settings import Settings
from recsys.data import Dataset
from recsys.models.towers import Towers
from tests.flow.admin.helpers import ADMIN
from tests.flow.bots import prepare, running


@pytest.fixture
async def settings(polling: Settings, towers: Towers, board: Dataset) -> Settings:
    """Settings with an admin and without a limit on the announcement rate. The checkerboard's model is published."""
    await prepare(polling, towers, board.movies)
    return Settings(**{**polling.model_dump(), "admin_ids": frozenset({ADMIN}), "announce_rate": 5_000})


@pytest.fixture
async def bot(settings: Settings) -> AsyncIterator[Services]:
    """The running bot."""
    async with open_services(settings) as services:
        application = build_application(services, settings)
        async with (
            running_worker(services, settings),
            running(application, settings, services.stores.updates, services.health.readiness),
        ):
            yield services


@pytest.fixture
def ada(server: TelegramServer) -> Person:
    """The admin."""
    return server.person(ADMIN, "Ada")
