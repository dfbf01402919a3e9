"""The whole system: two replicas behind a balancer and a worker, as processes over one database."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.local_bot_api import TelegramServer
from bot.local_bot_api.signals import Signal
from recsys.data import snapshot
from recsys.models.towers import Towers
from tests.builders import checkerboard
from tests.flow.balancer import Balancer
from tests.flow.bots import SECRET, free_address, prepare, settings_of
from tests.integration.helpers import ADMIN, Service
from tests.programs import PATIENCE_S, Program


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A local Bot API server that retries webhooks soon."""
    async with TelegramServer(webhook_retry_s=0.1) as opened:
        yield opened


@pytest.fixture
async def service(
    server: TelegramServer, towers: Towers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Service]:
    """Two replicas and a worker with a small data set and an active release. All must stop with status 0."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    board = checkerboard(people=40)
    settings = settings_of(server, tmp_path)
    await prepare(settings, towers, board.movies)
    snapshot.save(board, settings.snapshot_folder)
    addresses, log_signal = [free_address(), free_address()], Signal()
    async with Balancer.open(addresses) as balancer, AsyncExitStack() as stack:

        async def started(command: str, **settings: str) -> Program:
            common = {
                "VECTORS_URL": "memory://",
                "BOT_TOKEN": server.token,
                "BOT_API_URL": server.url,
                "ADMIN_IDS": str(ADMIN),
            }
            program = Program(tmp_path, log_signal, command, {**common, **settings})
            await program.start()
            stack.push_async_callback(program.kill)
            return program

        webhook = {"WEBHOOK_URL": balancer.url, "WEBHOOK_SECRET": SECRET}
        replicas = {address: await started("run", LISTEN=address, **webhook) for address in addresses}
        worker = await started("worker")
        for replica in replicas.values():
            await replica.wait_for_log("running", PATIENCE_S)
        await worker.wait_for_log("waiting for jobs", PATIENCE_S)
        yield Service(tmp_path, balancer, replicas, worker, log_signal)
        assert [await program.stop() for program in (worker, *replicas.values())] == [0, 0, 0]
