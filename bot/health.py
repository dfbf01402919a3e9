"""`reelmate check`: whether every setting and service works, and what to do where it does not."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.releases.publishing import load_towers
from bot.settings import Settings, folder_of
from storage.errors import Misconfigured, NotFound, StorageError
from storage.metadata import open_metadata
from storage.records import Release
from storage.sql import Catalogue, Database, Releases
from storage.urls import redact
from storage.vectors import open_index

TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one setting.

    Attributes:
        setting: its name.
        value: as it may be shown, without secrets.
        ok: whether it works.
        detail: what was found; where it does not work, what is wrong.
        remedy: what to do; empty where it works.
    """

    setting: str
    value: str
    ok: bool
    detail: str
    remedy: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


async def check(settings: Settings) -> list[Finding]:
    """Try every setting, one after the other; nothing is changed but that an embedded store may make its files."""
    database_url = settings.database_url.get_secret_value()
    vectors_url = settings.vectors_url.get_secret_value()
    metadata_url = settings.metadata_url.get_secret_value()
    active: Release | None = None

    async def home() -> str:
        nearest = next(path for path in (settings.reelmate_home, *settings.reelmate_home.parents) if path.exists())
        if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
            raise Misconfigured(f"{nearest} is not a folder that can be written")
        return "can be written" if nearest == settings.reelmate_home else "will be made when something is first kept"

    async def database() -> str:
        nonlocal active
        async with Database(database_url) as opened:
            movies = await Catalogue(opened).count()
            active = await Releases(opened).active()
        if movies == 0:
            raise NotFound("no movies yet")
        return f"{movies} movies"

    async def models() -> str:
        if active is None:
            raise NotFound("no release is active yet")
        towers = await asyncio.to_thread(load_towers, folder_of(active.url))
        return f"release {towers.version}, {len(towers.movie_vectors()[0])} movies"

    async def vectors() -> str:
        index = await open_index(vectors_url)
        try:
            versions = await index.versions()
        finally:
            await index.close()
        return f"answers, {len(versions)} release(s)"

    async def metadata() -> str:
        async with Database(database_url) as opened:
            store = await open_metadata(metadata_url, Catalogue(opened))
            await store.close()
        return "answers"

    return [
        await _finding("REELMATE_HOME", str(settings.reelmate_home), home),
        await _finding("DATABASE_URL", database_url, database),
        await _finding("MODELS_URL", settings.models_url.get_secret_value(), models),
        await _finding("VECTORS_URL", vectors_url, vectors),
        await _finding("METADATA_URL", metadata_url, metadata),
        await check_token(settings),
        _admins(settings),
    ]


async def check_token(settings: Settings) -> Finding:
    """Whether Telegram knows the token. Without one everything works but `reelmate run`, so that is no failure."""
    if settings.bot_token is None:
        remedy = "ask @BotFather in Telegram for one with /newbot, and set it, to use `reelmate run`"
        return Finding("BOT_TOKEN", "", True, "missing", remedy)

    shown = redact(settings.telegram_api)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            async with Bot(settings.token, f"{settings.telegram_api}/bot") as bot:
                return Finding("BOT_TOKEN", "set", True, f"Telegram answers: @{bot.username}")
    except InvalidToken:
        remedy = "ask @BotFather for it again, and correct BOT_TOKEN"
        return Finding("BOT_TOKEN", "set", False, f"{shown} does not know this token", remedy)
    except (TelegramError, TimeoutError):
        return Finding("BOT_TOKEN", "set", False, f"{shown} did not answer getMe", "see to the network or BOT_API_URL")


def _admins(settings: Settings) -> Finding:
    if not settings.admin_ids:
        remedy = "set your own Telegram user id, to use /announce, /refresh, /stats and /health"
        return Finding("ADMIN_IDS", "", True, "nobody", remedy)
    ids = ",".join(map(str, sorted(settings.admin_ids)))
    return Finding("ADMIN_IDS", ids, True, f"{len(settings.admin_ids)} may use the admin commands")


async def _finding(setting: str, value: str, probe: Callable[[], Awaitable[str]]) -> Finding:
    shown = redact(value)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return Finding(setting, shown, True, await probe())
    except TimeoutError:
        return Finding(setting, shown, False, f"no answer within {TIMEOUT_S:g} s", _remedy(setting, None))
    except StorageError as error:
        return Finding(setting, shown, False, str(error), _remedy(setting, error))


def _remedy(setting: str, error: StorageError | None) -> str:
    if isinstance(error, NotFound):
        return "run `reelmate prepare`"
    if isinstance(error, Misconfigured):
        return f"correct {setting}" if "run `" not in str(error) else ""
    return f"start the service, or correct {setting}"
