"""`reelmate check`: what works, what is optional and not set, what is wrong, and what to do about it."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import fsspec
import pytest
from pydantic import SecretStr
from telegram import Bot

from bot.app import open_services
from bot.health import Finding, Status, check, check_token, check_webhook
from bot.local_bot_api import TelegramServer
from bot.settings import Settings
from recsys.data import Dataset
from recsys.models.towers import Towers
from storage.sql import Database
from storage.vectors import open_index
from tests.flow.bots import SECRET, prepare, with_webhook
from tests.programs import PATIENCE_S


def by_setting(findings: Sequence[Finding]) -> Mapping[str, Finding]:
    """Return the findings by the name of their setting."""
    return {finding.setting: finding for finding in findings}


def test_before_anything_is_prepared_it_says_what_to_run_and_creates_nothing(tmp_path: Path) -> None:
    """Every embedded store is reported as not created; an optional setting is not a failure."""
    home = tmp_path / "home"
    findings = by_setting(asyncio.run(check(Settings(_env_file=None, reelmate_home=home))))
    for setting in ("DATABASE_URL", "MODELS_URL", "VECTORS_URL", "METADATA_URL"):
        assert findings[setting].status is Status.WRONG
        assert findings[setting].remedy == "run `reelmate prepare`"
    assert findings["VECTORS_URL"].detail == "not created yet"
    assert findings["REELMATE_HOME"].status is Status.OK
    assert {findings[setting].status for setting in ("BOT_TOKEN", "ADMIN_IDS")} == {Status.UNSET}
    assert list(tmp_path.iterdir()) == []


async def test_milvus_lite_in_another_process_is_in_order(tmp_path: Path, towers: Towers, board: Dataset) -> None:
    """A running bot holds the folder, so `reelmate check` beside it cannot open it."""
    settings = Settings(_env_file=None, reelmate_home=tmp_path / "home")
    await prepare(settings, towers, board.movies)
    index = await open_index(settings.vectors_url.get_secret_value())
    findings = by_setting(await check(settings))
    assert (findings["VECTORS_URL"].status, findings["VECTORS_URL"].detail) == (Status.OK, "in use by another process")
    await index.close()
    findings = by_setting(await check(settings))
    assert (findings["VECTORS_URL"].status, findings["VECTORS_URL"].detail) == (Status.OK, "answers, 0 releases")
    assert findings["DATABASE_URL"].detail == f"{len(board.movies)} movies"
    assert findings["MODELS_URL"].detail.startswith(f"release {towers.version}, ")
    assert Status.WRONG not in {finding.status for finding in findings.values()}


async def test_a_home_that_was_moved_serves(tmp_path: Path, towers: Towers, board: Dataset) -> None:
    """The release is found in MODELS_URL, although it was written elsewhere."""
    old = Settings(_env_file=None, reelmate_home=tmp_path / "old", vectors_url="memory://")
    await prepare(old, towers, board.movies)
    new = Settings(_env_file=None, reelmate_home=tmp_path / "new", vectors_url="memory://")
    old.reelmate_home.rename(new.reelmate_home)
    findings = by_setting(await check(new))
    assert findings["MODELS_URL"].detail.startswith(f"release {towers.version}, ")
    async with open_services(new) as services:
        assert services.recommender is not None
        assert services.reloader.problem == ""


async def test_object_storage_is_written_and_read(tmp_path: Path, towers: Towers, board: Dataset) -> None:
    """The object that was written is deleted again. A storage that cannot be used is named."""
    home = Settings(_env_file=None, reelmate_home=tmp_path / "home", vectors_url="memory://")
    await prepare(home, towers, board.movies)
    settings = home.model_copy(update={"models_url": SecretStr(f"memory://{tmp_path.name}/models")})
    finding = by_setting(await check(settings))["MODELS_URL"]
    assert (finding.status, finding.detail) == (Status.OK, f"release {towers.version}, {len(board.movies)} movies")
    assert fsspec.filesystem("memory").find(f"/{tmp_path.name}") == []
    missing = home.model_copy(update={"models_url": SecretStr("gs://bucket/models")})
    finding = by_setting(await check(missing))["MODELS_URL"]
    assert finding.detail.endswith("run `pip install 'reelmate[gs]'`")


async def test_a_driver_that_raises_anything_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report has no traceback, and nothing of the error's message, which may quote a password."""

    async def fail(*_: object) -> None:
        raise ZeroDivisionError("hunter2")

    monkeypatch.setattr(Database, "open", fail)
    (tmp_path / "reelmate.db").touch()
    findings = by_setting(await check(Settings(_env_file=None, reelmate_home=tmp_path)))
    assert findings["DATABASE_URL"].detail == "cannot be used, because of ZeroDivisionError in its driver"
    assert (findings["MODELS_URL"].status, findings["MODELS_URL"].remedy) == (Status.WRONG, "see DATABASE_URL")
    assert "hunter2" not in str(findings)


async def test_what_telegram_says_about_the_webhook(server: TelegramServer, polling: Settings) -> None:
    """Before it is registered, and when Telegram cannot deliver."""
    unset = await check_webhook(polling)
    assert (unset.status, unset.detail) == (Status.OK, "not set, the bot polls")
    settings = with_webhook(polling)
    new = await check_webhook(settings)
    assert (new.status, new.detail) == (Status.OK, "not registered yet; `reelmate run` does that")
    async with Bot(settings.token, f"{server.url}/bot") as bot:
        await bot.set_webhook(f"http://{settings.listen}/telegram", secret_token=SECRET)
    registered = await check_webhook(settings)
    assert (registered.status, registered.detail) == (Status.OK, "registered, 0 updates wait")
    person = server.person(1, "Ann")
    await person.send("hi")
    async with asyncio.timeout(PATIENCE_S):
        while (failed := await check_webhook(settings)).status is Status.OK:  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.1)
    assert failed.detail.startswith("Telegram cannot deliver, 1 updates wait: ")
    assert "LISTEN" in failed.remedy


async def test_services_that_are_down_are_named_without_their_passwords(tmp_path: Path) -> None:
    """What depends on the database refers to it, and every other setting is checked all the same."""
    settings = Settings(
        _env_file=None,
        reelmate_home=tmp_path,
        database_url="postgresql+asyncpg://me:hunter2@127.0.0.1:9/reelmate",
        vectors_url="milvus://me:hunter2@127.0.0.1:9",
        metadata_url="redis://:hunter2@127.0.0.1:9",
    )
    findings = by_setting(await check(settings))
    for setting in ("DATABASE_URL", "VECTORS_URL", "METADATA_URL"):
        assert findings[setting].status is Status.WRONG
        assert findings[setting].remedy == f"start the service, or correct {setting}"
    assert (findings["MODELS_URL"].status, findings["MODELS_URL"].remedy) == (Status.WRONG, "see DATABASE_URL")
    assert "hunter2" not in str(findings)


async def test_a_valid_token_is_shown_by_its_bot(server: TelegramServer, polling: Settings) -> None:
    """The finding names the bot and does not contain the token."""
    finding = await check_token(polling)
    assert (finding.status, finding.value, finding.detail) == (Status.OK, "set", "Telegram answers: @reelmate_bot")
    assert server.token not in str(finding)


async def test_a_token_that_is_not_set_is_no_failure(polling: Settings) -> None:
    """Only `reelmate run` needs one; the remedy says where to get it."""
    finding = await check_token(Settings(**{**polling.model_dump(), "bot_token": None}))
    assert (finding.status, finding.value, finding.detail) == (Status.UNSET, "", "not set")
    assert "@BotFather" in finding.remedy


async def test_a_wrong_token_differs_from_a_telegram_that_is_down(server: TelegramServer, polling: Settings) -> None:
    """Each has its own detail and remedy."""
    wrong = await check_token(Settings(**{**polling.model_dump(), "bot_token": "123456:AAAAAAAAAAAAAAAAAAAAAAAA"}))
    assert (wrong.status, wrong.detail) == (Status.WRONG, f"{server.url} does not know this token")
    assert wrong.remedy == "ask @BotFather for it again, and correct BOT_TOKEN"
    await server.stop()
    down = await check_token(polling)
    assert (down.status, down.detail) == (Status.WRONG, f"{server.url} did not answer getMe")
    assert down.remedy == "check the network and BOT_API_URL"
