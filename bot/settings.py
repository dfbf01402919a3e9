"""The settings, read once from the environment, from `.env` in the current folder, and from files with secrets.

All settings of Reelmate are here. A few libraries and processes read other variables by themselves:

- Proxies: HTTPS_PROXY, NO_PROXY and the like, in `bot.client.transport`, `bot.local_bot_api.public_web` and httpx.
- Threads of the numerical libraries: OMP_NUM_THREADS and its kind; `bot.runtime` sets them to 1 for serving unless they
  are set, and `bot.releases.training_process` lifts that limit for training.
- MKL_DEBUG_CPU_TYPE and OPENBLAS_CORETYPE, which `bot.runtime` sets on AMD.
- PTB_TIMEDELTA, which `bot.application` sets.
- PYTHONPATH, which `bot.releases.training_process` sets for its child process.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot import dotenv
from bot.secret_files import SecretFiles, names_of_files
from recsys.serving.diversify import DEFAULT_STRENGTH, MAX_STRENGTH
from storage import metadata, model_store, vectors
from storage.errors import Misconfigured
from storage.records import Retention
from storage.sql import database
from storage.urls import check_escaped, secrets_in

SCHEMES: Mapping[str, tuple[str, ...]] = {
    "DATABASE_URL": tuple(database.SCHEMES),
    "VECTORS_URL": tuple(vectors.SCHEMES),
    "METADATA_URL": tuple(metadata.SCHEMES),
    "MODELS_URL": model_store.SCHEMES,
    "BOT_API_URL": ("https", "http"),
    "WEBHOOK_URL": ("https", "http"),
    "WISH_LLM_URL": ("https", "http"),
    "TMDB_API_URL": ("https", "http"),
}
"""The settings that are URLs, with the schemes that each of them supports."""

_ALIASES: Mapping[str, Mapping[str, str]] = {"DATABASE_URL": database.ALIASES, "VECTORS_URL": vectors.ALIASES}
"""Other ways to write these schemes."""

TELEGRAM_URL = "https://api.telegram.org"
TMDB_URL = "https://api.themoviedb.org/3"

BOTFATHER_HELP = """\
BOT_TOKEN is not set, and without a token there is no bot. To get one:
  1. write /newbot to @BotFather in Telegram, choose a name, and copy the token that it answers with
  2. put the line BOT_TOKEN=<the token> into .env or into the environment, and run `reelmate run` again"""

_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_WEBHOOK_PORTS = (443, 80, 88, 8443)
_MAX_USER_ID = 2**52
"""Telegram's user ids have at most 52 bits."""

_MAX_DAYS = 36_500
_MONTH_DAYS = 30
"""Announcements to people who were active in the last 30 days read what is kept of these days."""


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _user_ids(value: object) -> object:
    """Parse user ids that are separated by commas. Values that are not texts are left to pydantic."""
    if not isinstance(value, str):
        return value
    words = [word.strip() for word in value.split(",")]
    if not all(word.isascii() and word.isdigit() and 0 < int(word) < _MAX_USER_ID for word in words):
        raise PydanticCustomError("user_ids", "expected Telegram's numeric user ids, separated by commas: 12345,678")
    return frozenset(map(int, words))


class Settings(BaseSettings):
    """The operator's settings. With the defaults, everything is embedded and no other service is needed.

    Attributes:
        reelmate_home: the folder for all stored data; it is created when something is first stored.
        database_url: the SQL database with people, ratings, catalogue and releases.
        vectors_url: the index of movie vectors.
        metadata_url: the store of movie metadata; "sql" reads the catalogue in the SQL database.
        models_url: the folder or the object storage of trained releases.
        bot_token: the token from @BotFather; only `reelmate run` and `reelmate worker` need it.
        bot_api_url: the Bot API server, Telegram's or a server of your own.
        bot_name: the name that people see; without it the name that was given to @BotFather stays.
        webhook_url: the public address of this bot's `POST /telegram`; without it the bot polls.
        webhook_secret: the secret with which Telegram authenticates at the webhook.
        listen: host:port of the webhook, /live, /ready and /metrics; port 0 takes a free one.
        admin_ids: the Telegram user ids that may use the admin commands.
        diversity: strength of the diversification of lists, as in `recsys.serving.diversify`.
        announce_rate: messages per second that jobs send. Telegram allows 30 in all, and answers to people need some.
        wish_llm_url: endpoint of a language model that is asked about texts that the rules leave unclear.
        wish_llm_model: the name of the model there.
        wish_llm_key: the bearer token for it.
        tmdb_api_key: the key of themoviedb.org, for `reelmate details`.
        tmdb_api_url: the API of themoviedb.org, or a proxy in front of it.
        keep_updates_days: days for which update ids are kept, as in `storage.records.Retention`. Telegram redelivers an
            update for a day, and may give its id to another update after a week.
        keep_shown_days: days for which marks "shown" are kept. Recommendations read 14 days of them.
        keep_cards_days: days for which cards are kept. A repeated update needs the card that it has answered.
        keep_changes_days: days for which changes of ratings are kept.
        keep_deliveries_days: days for which deliveries are kept; at least as long as marks "shown".
        keep_drafts_days: days for which announcements are kept that were not sent.
        keep_jobs_days: days for which jobs and texts of announcements are kept; at least as long as deliveries.
        keep_audit_days: days for which the audit log is kept.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        env_file=dotenv.FILE,
        # An editor may have put a byte order mark before the first name.
        env_file_encoding="utf-8-sig",
        env_ignore_empty=True,
        extra="ignore",
        # An invalid URL may contain a password.
        hide_input_in_errors=True,
    )

    reelmate_home: Annotated[Path, AfterValidator(_absolute)] = Field(Path(".reelmate"), validate_default=True)
    # URLs may contain passwords, so they are secrets: neither repr nor a log line shows them.
    database_url: SecretStr = Field(
        default_factory=lambda data: SecretStr(f"sqlite+aiosqlite:///{quote(str(data['reelmate_home']))}/reelmate.db")
    )
    vectors_url: SecretStr = Field(
        default_factory=lambda data: SecretStr(f"milvus+lite:///{quote(str(data['reelmate_home']))}/milvus.db")
    )
    metadata_url: SecretStr = SecretStr("sql")
    models_url: SecretStr = Field(default_factory=lambda data: SecretStr((data["reelmate_home"] / "models").as_uri()))
    bot_token: SecretStr | None = None
    bot_api_url: SecretStr = SecretStr(TELEGRAM_URL)
    bot_name: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    webhook_url: SecretStr | None = None
    webhook_secret: SecretStr | None = None
    listen: str = "127.0.0.1:8080"
    admin_ids: Annotated[frozenset[int], NoDecode, BeforeValidator(_user_ids)] = frozenset()
    diversity: Annotated[float, Field(ge=0, le=MAX_STRENGTH, allow_inf_nan=False)] = DEFAULT_STRENGTH
    wish_llm_url: SecretStr | None = None
    wish_llm_model: str = "default"
    wish_llm_key: SecretStr | None = None
    tmdb_api_key: SecretStr | None = None
    tmdb_api_url: SecretStr = SecretStr(TMDB_URL)
    announce_rate: Annotated[int, Field(ge=1)] = 25
    keep_updates_days: Annotated[int, Field(ge=2, le=5)] = 2
    keep_shown_days: Annotated[int, Field(ge=_MONTH_DAYS, le=_MAX_DAYS)] = 90
    keep_cards_days: Annotated[int, Field(ge=2, le=_MAX_DAYS)] = 180
    keep_changes_days: Annotated[int, Field(ge=_MONTH_DAYS, le=_MAX_DAYS)] = 365
    keep_deliveries_days: Annotated[int, Field(ge=_MONTH_DAYS, le=_MAX_DAYS)] = 90
    keep_drafts_days: Annotated[int, Field(ge=1, le=_MAX_DAYS)] = 1
    keep_jobs_days: Annotated[int, Field(ge=_MONTH_DAYS, le=_MAX_DAYS)] = 365
    keep_audit_days: Annotated[int, Field(ge=_MONTH_DAYS, le=_MAX_DAYS)] = 730

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read secrets from files too; see the base class."""
        files = SecretFiles(settings_cls, env_settings, dotenv_settings)
        return init_settings, files, env_settings, dotenv_settings, file_secret_settings

    @property
    def bot_id(self) -> int:
        """The bot's Telegram user id, with which its token begins.

        Raises:
            Misconfigured: BOT_TOKEN is not set.
        """
        return int(self.token.partition(":")[0])

    @property
    def token(self) -> str:
        """The bot's token.

        Raises:
            Misconfigured: BOT_TOKEN is not set; the message explains how to get a token.
        """
        if self.bot_token is None:
            raise Misconfigured(BOTFATHER_HELP)
        return self.bot_token.get_secret_value()

    @property
    def telegram_api(self) -> str:
        """BOT_API_URL without a trailing slash."""
        return self.bot_api_url.get_secret_value().rstrip("/")

    @property
    def listen_address(self) -> tuple[str, int]:
        """Host and port of LISTEN.

        Raises:
            Misconfigured: LISTEN is not host:port.
        """
        host, _, port = self.listen.rpartition(":")
        if host and port.isdecimal() and int(port) < 2**16:
            return host.strip("[]"), int(port)
        raise Misconfigured(f"LISTEN: {self.listen!r} is not host:port; expected something like 127.0.0.1:8080")

    @property
    def retention(self) -> Retention:
        """How long records are kept: the settings `keep_<kind>_days`."""
        kinds = (field.name for field in fields(Retention))
        return Retention(**{kind: timedelta(days=getattr(self, f"keep_{kind}_days")) for kind in kinds})

    def secrets(self) -> Iterator[str]:
        """Yield everything that must never be shown: the token, the webhook's secret, and the passwords in URLs."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                text = value.get_secret_value()
                if name in ("bot_token", "webhook_secret", "wish_llm_key", "tmdb_api_key"):
                    yield text
                else:
                    yield from secrets_in(text)

    @property
    def models_folder(self) -> Path:
        """The folder where releases are trained and loaded: that of MODELS_URL, or a cache of its object storage."""
        return model_store.local_folder(self.models_url.get_secret_value()) or self.reelmate_home / "models"

    @property
    def catalogue_folder(self) -> Path:
        """The folder of the files of large catalogues, which are written again if they are missing."""
        return self.reelmate_home / "catalogue"

    @property
    def snapshot_folder(self) -> Path:
        """The folder of the imported data set, for training."""
        return self.reelmate_home / "dataset"

    @property
    def downloads_folder(self) -> Path:
        """The folder of downloaded data sets."""
        return self.reelmate_home / "downloads"

    @property
    def evaluations_file(self) -> Path:
        """The file with the finished runs of `reelmate evaluate`."""
        return self.reelmate_home / "evaluations.jsonl"

    @property
    def fitted_folder(self) -> Path:
        """The folder of the towers that `reelmate evaluate` has fitted."""
        return self.reelmate_home / "evaluations"


def load_settings() -> Settings:
    """Read the settings from the environment and `.env`, and the secrets from the files that these name.

    Raises:
        Misconfigured: a setting is invalid; the message names it and what is expected.
    """
    dotenv.check([*Settings.model_fields, *names_of_files(Settings)])
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Misconfigured(f"{'.'.join(map(str, first['loc'])).upper()}: {first['msg']}") from None
    for name, schemes in SCHEMES.items():
        secret = getattr(settings, name.lower())
        if secret is None:
            continue
        url = secret.get_secret_value()
        if name == "MODELS_URL":
            model_store.check_models_url(url)
        elif url.partition("://")[0] not in (*schemes, *_ALIASES.get(name, ())):
            raise _unknown_scheme(name, url)
        if name in ("METADATA_URL", "VECTORS_URL") and "+lite" not in url:
            check_escaped(name, url)
    _check_telegram(settings)
    _check_retention(settings)
    return settings


def _check_telegram(settings: Settings) -> None:
    """Check the settings that concern Telegram.

    Raises:
        Misconfigured: Telegram would refuse a setting, or the webhook would accept updates from anybody.
    """
    if settings.bot_token is not None and not _TOKEN.fullmatch(settings.token):
        raise Misconfigured(
            "BOT_TOKEN: this is not a token; expected something like 123456789:AAE-b_c, from @BotFather"
        )
    secret = settings.webhook_secret
    if secret is not None and not _SECRET.fullmatch(secret.get_secret_value()):
        raise Misconfigured("WEBHOOK_SECRET: expected 1 to 256 letters, digits, _ or -")
    if settings.webhook_url is not None:
        if secret is None:
            raise Misconfigured(
                "WEBHOOK_SECRET: is not set, and WEBHOOK_URL needs it; `openssl rand -hex 32` prints a good one"
            )
        if settings.telegram_api == TELEGRAM_URL:
            _check_webhook_address(settings.webhook_url.get_secret_value())
    _ = settings.listen_address


def _check_webhook_address(url: str) -> None:
    """Check an address against the rules of Telegram's own servers. A server of your own calls any address.

    Raises:
        Misconfigured: Telegram would refuse the address.
    """
    try:
        is_usable = url.startswith("https://") and (urlsplit(url).port or 443) in _WEBHOOK_PORTS
    except ValueError:
        is_usable = False
    if not is_usable:
        ports = ", ".join(map(str, _WEBHOOK_PORTS))
        raise Misconfigured(f"WEBHOOK_URL: expected an https:// address with one of the ports {ports}")


def _check_retention(settings: Settings) -> None:
    """Check that no record is kept longer than the records that it refers to.

    Raises:
        Misconfigured: the marks "shown" would outlive the deliveries that tell whether an announcement made them, or
            deliveries would outlive their job.
    """
    for name, shorter in (("keep_deliveries_days", "keep_shown_days"), ("keep_jobs_days", "keep_deliveries_days")):
        minimum = getattr(settings, shorter)
        if getattr(settings, name) < minimum:
            raise Misconfigured(f"{name.upper()}: expected at least {minimum}, the value of {shorter.upper()}")


def _unknown_scheme(name: str, url: str) -> Misconfigured:
    scheme, separator, _ = url.partition("://")
    # A text without "://" may be anything, even a password on the wrong line, so the message does not repeat it.
    problem = f"{scheme}:// is not supported" if separator else "this is not a URL"
    supported = ", ".join(known if known == "sql" else f"{known}://" for known in SCHEMES[name])
    return Misconfigured(f"{name}: {problem}; expected one of {supported}")
