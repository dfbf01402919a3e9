"""Thousands of generated updates, most of them odd, are all handled."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from benchmarks.generated_updates.bot import Watch, running_bot
from benchmarks.generated_updates.feeding import ADMIN_IDS, Feeding, introduce
from bot.local_bot_api import TelegramServer
from recsys.data import Dataset
from recsys.models.towers import Towers
from tests.flow.bots import prepare, settings_of, with_webhook

SEED = 20_260_701
UPDATES = 2_500
"""The number of updates by polling, and by webhook."""

FIRST_ID = 200_000_000


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A server that keeps as little as it can, because it has to keep much."""
    async with TelegramServer(max_history=100, max_file_bytes=1 << 20) as opened:
        yield opened


@pytest.mark.parametrize("by_webhook", [False, True], ids=["polling", "webhook"])
async def test_generated_updates_are_handled(
    server: TelegramServer,
    towers: Towers,
    board: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    by_webhook: bool,
) -> None:
    """None raises an unexpected error, everybody is still answered, and nothing is left of them in the process."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    caplog.set_level(logging.WARNING)
    settings = settings_of(server, tmp_path, admin_ids=frozenset(ADMIN_IDS))
    settings = with_webhook(settings) if by_webhook else settings
    await prepare(settings, towers, board.movies)
    watch = Watch()
    async with running_bot(settings) as running:
        await introduce(server)
        start = running.levels()
        with watch.watching():
            feeding = Feeding(server, running, SEED, watch)
            if by_webhook:
                await feeding.by_webhook(range(UPDATES, 2 * UPDATES), FIRST_ID, settings)
            else:
                await feeding.by_polling(range(UPDATES), FIRST_ID)
            grown = await feeding.end(start)
    assert watch.errors == []
    assert feeding.outcomes["handled"] > UPDATES / 2
    assert feeding.outcomes.keys() & {"failed", "refused"} == set()
    assert grown == {}
