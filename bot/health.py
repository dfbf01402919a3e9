"""Health of the bot and of its settings: the probes behind /ready, /metrics, the admins' /health and `reelmate check`.

A running bot is probed through the services it has open (`ServiceHealth`); settings are probed by opening what they
name (`check`). Both use `recsys.services.probes`.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.releases.publishing import load_release
from bot.releases.reloader import ReleaseReloader
from bot.settings import Settings
from bot.stores import Stores, model_store
from recsys.services.conversation import Conversation
from recsys.services.probes import Probe, run_probe
from storage.errors import Conflict, Misconfigured, NotFound, StorageError, Unavailable
from storage.metadata import open_metadata
from storage.records import Release
from storage.sql import Catalogue, Contributors, Database, Releases
from storage.urls import lite_folder, redact
from storage.vectors import open_index, verify_index
from storage.vectors.failover import FailoverIndex

_NOT_REGISTERED = "not registered yet; `reelmate run` does that"
_RECENT = timedelta(hours=1)
"""Older errors of the webhook may be mended by now."""

OPENING_TIMEOUT_S = 30.0
"""The timeout of each probe of `check`. Those import drivers and start Milvus Lite before they can ask anything."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the bot can do its work.

    Attributes:
        missing: one line for each thing without which the bot cannot work.
        degraded: one line for each service that a fallback replaces at the moment, by the service's name.
        fallbacks: the number of requests answered by a fallback since the start, by the service's name.
    """

    missing: tuple[str, ...] = ()
    degraded: Mapping[str, str] = field(default_factory=dict)
    fallbacks: Mapping[str, int] = field(default_factory=dict)


CheckReadiness = Callable[[], Awaitable[Readiness]]


class ServiceHealth:
    """The health of a running bot's services."""

    def __init__(
        self, stores: Stores, index: FailoverIndex, conversation: Conversation, reloader: ReleaseReloader
    ) -> None:
        self._stores = stores
        self._index = index
        self._conversation = conversation
        self._reloader = reloader

    @property
    def probes(self) -> Mapping[str, Probe]:
        """The probes by service name. All but the model's, which reads the reloader's state, call the service."""
        return {
            "database": self._stores.database.ping,
            "metadata": self._stores.metadata.ping,
            "vectors": self._index.ping,
            "model": self._model,
        }

    async def readiness(self) -> Readiness:
        """Return whether the bot can work, from a probe of the database and the last calls of everything else.

        Services with a fallback are not called here: a balancer gives up on /ready long before a service that is down
        times out, and would take a bot out that still answers everybody.
        """
        missing: tuple[str, ...] = ()
        database = await run_probe("database", self.probes["database"])
        if database.problem:
            missing = (f"DATABASE_URL: {database.problem}",)
        if not self._conversation.state.movies:
            missing = (*missing, "there are no movies yet: run `reelmate prepare`")
        metadata = self._stores.metadata
        problems = {
            "model": self._model_problem,
            "vectors": self._index.problem,
            "texts": self._index.texts.problem,
            "metadata": metadata.problem,
        }
        fallbacks = {
            "model": self._conversation.fallbacks,
            "cards": self._conversation.refused_cards,
            "vectors": self._index.fallback_searches,
            "texts": self._index.texts.fallback_searches,
            "metadata": metadata.fallbacks,
        }
        return Readiness(missing, {name: problem for name, problem in problems.items() if problem}, fallbacks)

    @property
    def _model_problem(self) -> str:
        """Why the active release is not served, or why the next one could not be fetched."""
        return self._reloader.problem or self._stores.models.problem

    async def _model(self) -> None:
        if self._model_problem:
            raise NotFound(self._model_problem)


class Status(StrEnum):
    """The state of a setting.

    Attributes:
        OK: it works.
        UNSET: it is optional and not set.
        WRONG: it does not work.
    """

    OK = "ok"
    UNSET = "unset"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one setting.

    Attributes:
        setting: its name.
        value: its value without secrets; empty if it is not set.
        status: whether it works.
        detail: what the probe returned, or what is wrong.
        remedy: what to do; empty if it works.
    """

    setting: str
    value: str
    status: Status
    detail: str
    remedy: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields for JSON."""
        return asdict(self)


async def check(settings: Settings) -> list[Finding]:
    """Probe every setting, one after the other. Nothing is created: an embedded store must exist already."""
    probes = _SettingsProbes(settings)
    return [
        await _finding("REELMATE_HOME", str(settings.reelmate_home), probes.home),
        await _finding("DATABASE_URL", settings.database_url.get_secret_value(), probes.database),
        await _finding("MODELS_URL", settings.models_url.get_secret_value(), probes.model),
        await _finding("VECTORS_URL", settings.vectors_url.get_secret_value(), probes.vectors),
        await _finding("METADATA_URL", settings.metadata_url.get_secret_value(), probes.metadata),
        await check_token(settings),
        *([] if settings.bot_token is None else [await check_webhook(settings)]),
        _admins(settings),
    ]


async def check_token(settings: Settings) -> Finding:
    """Check that Telegram accepts the token. Only `reelmate run` needs one, so a missing token is not an error."""
    if settings.bot_token is None:
        remedy = "ask @BotFather in Telegram for one with /newbot; `reelmate run` needs it"
        return Finding("BOT_TOKEN", "", Status.UNSET, "not set", remedy)
    return await _finding("BOT_TOKEN", "set", _SettingsProbes(settings).token)


async def check_webhook(settings: Settings) -> Finding:
    """Check what Telegram says about the webhook. BOT_TOKEN must be set."""
    url = "" if settings.webhook_url is None else settings.webhook_url.get_secret_value()
    return await _finding("WEBHOOK_URL", url, _SettingsProbes(settings).webhook)


class _DatabaseUnreadable(StorageError):
    """A setting could not be checked, because DATABASE_URL does not work."""


class _SettingsProbes:
    """Probes of the settings, one method for each.

    A probe opens the service that the setting names, closes it, and returns a line about its state. It raises a
    StorageError if the setting or the service does not work.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._database_url = settings.database_url.get_secret_value()
        self._active_release: Release | None = None
        self._left = 0
        self._is_database_readable = False

    async def home(self) -> str:
        home = self._settings.reelmate_home
        nearest = next(path for path in (home, *home.parents) if path.exists())
        if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
            raise Misconfigured(f"{nearest} is not a folder that can be written")
        return "writable" if nearest == home else "can be created"

    async def database(self) -> str:
        try:
            detail = await self._read_database()
        except NotFound:
            self._is_database_readable = True
            raise
        self._is_database_readable = True
        return detail

    async def _read_database(self) -> str:
        database = Database(self._database_url)
        _check_created(database)
        async with database:
            try:
                movies = await Catalogue(database).count()
            except Misconfigured:
                raise NotFound("no tables yet") from None
            self._active_release = await Releases(database).active()
            if self._active_release is not None:
                self._left = await Contributors(database).count_left(self._active_release.version)
        if movies == 0:
            raise NotFound("no movies yet")
        return f"{movies} movies"

    def _need_database(self) -> None:
        if not self._is_database_readable:
            raise _DatabaseUnreadable("not checked, it needs the database")

    async def model(self) -> str:
        models = model_store(self._settings)
        await asyncio.to_thread(models.verify)
        self._need_database()
        if self._active_release is None:
            raise NotFound("no release is active yet")
        towers = await asyncio.to_thread(load_release, models, self._active_release)
        release = f"release {towers.version}, {len(towers.movie_vectors()[0])} movies"
        people = "1 person who has" if self._left == 1 else f"{self._left} people who have"
        return f"{release}; it learned from {people} left: run `reelmate refresh model`" if self._left else release

    async def vectors(self) -> str:
        url = self._settings.vectors_url.get_secret_value()
        folder = lite_folder(url)
        if folder is not None and not folder.exists():
            raise NotFound("not created yet")
        try:
            index = await open_index(url)
        except Conflict:  # Milvus Lite admits one process at a time.
            return "in use by another process"
        try:
            versions = await index.versions()
            if folder is None:
                await verify_index(index)
        finally:
            await index.close()
        return f"answers, {len(versions)} release{'' if len(versions) == 1 else 's'}"

    async def metadata(self) -> str:
        url = self._settings.metadata_url.get_secret_value()
        database = Database(self._database_url)
        try:
            if url.partition(":")[0] == "sql":
                self._need_database()
                _check_created(database)
            store = open_metadata(url, Catalogue(database), "check")
            try:
                await store.verify()
            finally:
                await store.close()
        finally:
            await database.close()
        return "answers"

    async def token(self) -> str:
        # python-telegram-bot takes long to import, and this module is imported by commands without Telegram.
        from telegram import Bot
        from telegram.error import InvalidToken, TelegramError

        api = self._settings.telegram_api
        try:
            async with Bot(self._settings.token, f"{api}/bot") as bot:
                return f"Telegram answers: @{bot.username}"
        except InvalidToken:
            raise Misconfigured(f"{redact(api)} does not know this token") from None
        except TelegramError:
            raise Unavailable(f"{redact(api)} did not answer getMe") from None

    async def webhook(self) -> str:
        from telegram import Bot
        from telegram.error import TelegramError

        api, wanted = self._settings.telegram_api, self._settings.webhook_url
        try:
            async with Bot(self._settings.token, f"{api}/bot") as bot:
                info = await bot.get_webhook_info()
        except TelegramError:
            raise Unavailable(f"not checked, {redact(api)} did not answer getWebhookInfo") from None
        if wanted is None:
            is_set = "not set, but Telegram has one, which `reelmate run` removes in order to poll"
            return is_set if info.url else "not set, the bot polls"
        if info.url != wanted.get_secret_value():
            return "Telegram has another address; `reelmate run` registers this one" if info.url else _NOT_REGISTERED
        waiting = f"{info.pending_update_count} updates wait"
        if info.last_error_date is not None and datetime.now(UTC) - info.last_error_date < _RECENT:
            # Telegram's words, such as "Wrong response from the webhook: 404 Not Found". They quote no update.
            raise Unavailable(f"Telegram cannot deliver, {waiting}: {info.last_error_message}")
        return f"registered, {waiting}"


def _admins(settings: Settings) -> Finding:
    if not settings.admin_ids:
        remedy = "set it to your Telegram user id to use /announce, /refresh, /stats and /health"
        return Finding("ADMIN_IDS", "", Status.UNSET, "not set", remedy)
    ids = ",".join(map(str, sorted(settings.admin_ids)))
    return Finding("ADMIN_IDS", ids, Status.OK, f"{len(settings.admin_ids)} may use the admin commands")


def _check_created(database: Database) -> None:
    """Raise NotFound for a SQLite file that does not exist: connecting would create it."""
    if database.file is not None and not database.file.exists():
        raise NotFound("not created yet")


async def _finding(setting: str, value: str, probe: Probe) -> Finding:
    async def guarded() -> str | None:
        try:
            return await probe()
        except StorageError:
            raise
        except Exception as error:
            raise Unavailable(f"cannot be used, because of {type(error).__name__} in its driver") from error

    result = await run_probe(setting, guarded, OPENING_TIMEOUT_S)
    if result.error is None:
        return Finding(setting, redact(value), Status.OK, result.detail)
    return Finding(setting, redact(value), Status.WRONG, result.problem, _remedy(setting, result.error))


def _remedy(setting: str, error: StorageError) -> str:
    if "run `" in str(error):
        return ""  # The message names the remedy itself.
    if isinstance(error, _DatabaseUnreadable):
        return "see DATABASE_URL"
    if isinstance(error, NotFound):
        return "run `reelmate prepare`"
    if setting == "WEBHOOK_URL":
        return "check the reverse proxy, LISTEN, WEBHOOK_URL and that `reelmate run` runs"
    if setting == "BOT_TOKEN":
        is_wrong = isinstance(error, Misconfigured)
        return "ask @BotFather for it again, and correct BOT_TOKEN" if is_wrong else "check the network and BOT_API_URL"
    return f"correct {setting}" if isinstance(error, Misconfigured) else f"start the service, or correct {setting}"
