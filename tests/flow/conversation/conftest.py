"""Fixtures: the whole bot, wired as in `reelmate run`, against a local Bot API server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from bot.app import Services, build_application, open_services
from bot.local_bot_api import Person
from bot.settings import Settings
from bot.stores import open_stores
from handlers.steps import Step
from recsys.data import Dataset
from recsys.models.towers import Towers
from tests.flow.bots import prepare, running
from tests.flow.conversation.helpers import OpenBot


@pytest.fixture
async def open_bot(polling: Settings, towers: Towers, board: Dataset, ann: Person) -> OpenBot:
    """Run a bot until the block ends. A second block afterwards is a restart, a simultaneous block is a replica.

    The checkerboard's model is published before, and Ann was greeted, so that no notice on data comes between.
    """
    await prepare(polling, towers, board.movies)
    async with open_stores(polling) as stores:
        await stores.people.get_or_create(ann.id, Step.WELCOME, datetime.now(UTC))

    @asynccontextmanager
    async def run(settings: Settings = polling) -> AsyncIterator[Services]:
        async with open_services(settings) as services:
            application = build_application(services, settings)
            async with (
                services.reloader.running(),
                running(application, settings, services.stores.updates, services.health.readiness),
            ):
                yield services

    return run


@pytest.fixture
async def bot(open_bot: OpenBot) -> AsyncIterator[Services]:
    """The running bot."""
    async with open_bot() as services:
        yield services
