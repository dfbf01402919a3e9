"""The bot deletes old records by itself, and `reelmate housekeeping` does it at once."""

import asyncio
import json
import logging
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from typer.testing import CliRunner

from bot.cli import app
from bot.jobs import housekeeping
from bot.observability import logs
from bot.process.run import run
from bot.settings import Settings
from storage.migrations import migrate
from storage.records import AuditEntry
from storage.sql import Audit, Database

NOW = datetime.now(UTC)
OLD, YOUNG = (AuditEntry(NOW - timedelta(days=days), 1, f"{days} days ago", None, "done") for days in (731, 729))


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """Restore the logging configuration afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in (*logs.OURS, *logs.TALKATIVE)}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


async def add_entries(url: str) -> None:
    """Store an old and a young entry of the audit log."""
    await migrate(url)
    async with Database(url) as database:
        for entry in (OLD, YOUNG):
            await Audit(database).record(entry)


def counted() -> float:
    """Return the number of deleted entries since the start of the tests."""
    return REGISTRY.get_sample_value("reelmate_deleted_records_total", {"kind": "audit"}) or 0.0


async def test_a_running_bot_deletes_old_records(
    either: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It does so some time after its start, by polling and by webhook, and logs the numbers."""
    url = either.database_url.get_secret_value()
    await add_entries(url)
    monkeypatch.setattr(housekeeping, "START_DELAY_S", 0.0)
    before = counted()
    running = asyncio.create_task(run(either))
    while counted() == before:
        assert not running.done()
        await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGTERM)
    await running
    async with Database(url) as database:
        assert await Audit(database).recent(9) == [YOUNG]
    assert counted() == before + 1
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (line,) = [line for line in lines if line["message"] == "housekeeping is done"]
    assert {name: line[name] for name in line if name.startswith("deleted_") and line[name]} == {"deleted_audit": 1}


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It prints the numbers; run again, it finds nothing. A setting changes what is old."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REELMATE_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    asyncio.run(add_entries(f"sqlite+aiosqlite:///{tmp_path}/reelmate.db"))
    for days, deleted in (("730", 1), ("730", 0), ("728", 1)):
        monkeypatch.setenv("KEEP_AUDIT_DAYS", days)
        result = CliRunner().invoke(app, ["housekeeping", "--json"])
        assert result.exit_code == 0
        counts = json.loads(result.stdout)["deleted"]
        assert {kind: count for kind, count in counts.items() if count} == ({"audit": deleted} if deleted else {})
        assert "cards" in counts
