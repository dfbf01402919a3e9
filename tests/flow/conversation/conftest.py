"""The whole bot, as `reelmate run` wires it, in a chat with people on a local Bot API server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.app import Services, build_application, open_services
from bot.settings import Settings
from recsys.data import Dataset
from recsys.models.towers import Towers
from tests.flow.bots import prepare, running
from tests.flow.conversation.helpers import OpenBot


@pytest.fixture
async def open_bot(polling: Settings, towers: Towers, board: Dataset) -> OpenBot:
    """Runs a bot until the block ends: a second one afterwards is a restart, one at the same time a replica.

    At the beginning the checkerboard's model is released, and nobody known.
    """
    await prepare(polling, towers, board.movies)

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
