"""The settings, read once from the environment and from `.env` in the current folder. Nobody else reads either."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from recsys.serving.diversify import MAX_STRENGTH, STRENGTH
from storage import metadata, vectors
from storage.errors import Misconfigured
from storage.sql import database

SCHEMES: Mapping[str, tuple[str, ...]] = {
    "DATABASE_URL": tuple(database.SCHEMES),
    "VECTORS_URL": tuple(vectors.SCHEMES),
    "METADATA_URL": tuple(metadata.SCHEMES),
    "MODELS_URL": ("file",),
    "BOT_API_URL": ("https", "http"),
    "WEBHOOK_URL": ("https", "http"),
}
"""Every setting that names a service, and the ways in which it can."""

TELEGRAM_URL = "https://api.telegram.org"

HOW_TO_BEGIN = """\
BOT_TOKEN is not set, and without a token there is no bot. To get one:
  1. write /newbot to @BotFather in Telegram, choose a name, and copy the token that it answers with
  2. put the line BOT_TOKEN=<the token> into .env or into the environment, and run `reelmate run` again"""

_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_PASSWORD = re.compile(r"://[^:/@\s]*:(\S+)@")
_WEBHOOK_PORTS = (443, 80, 88, 8443)
_MAX_USER_ID = 2**52
"""Telegram's user ids have at most 52 bits."""


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _user_ids(value: object) -> object:
    """Numbers with commas between them, as the environment has them; anything else is for pydantic to judge."""
    if not isinstance(value, str):
        return value
    words = [word.strip() for word in value.split(",")]
    if not all(word.isascii() and word.isdigit() and 0 < int(word) < _MAX_USER_ID for word in words):
        raise PydanticCustomError(
            "user_ids", "expected Telegram's numeric user ids with commas between them: 12345,678"
        )
    return frozenset(map(int, words))


class Settings(BaseSettings):
    """What an operator can set; every default is embedded and needs no other service.

    Attributes:
        reelmate_home: folder of everything that is kept; made when something is first kept.
        database_url: the SQL database: people, ratings, catalogue, releases.
        vectors_url: the index of movie vectors.
        metadata_url: where movie metadata is read; "sql" is the catalogue itself.
        models_url: the folder of trained releases.
        bot_token: what @BotFather gave; only `reelmate run` needs it.
        bot_api_url: the Bot API server, Telegram's or one's own.
        webhook_url: the address at which Telegram reaches `POST /telegram` of this bot; without it the bot polls.
        webhook_secret: what Telegram proves itself with at the webhook.
        listen: host:port of the webhook, /live, /ready and /metrics; port 0 takes a free one.
        admin_ids: the Telegram user ids of those who may use the admin commands.
        diversity: how much likeness to what a list already holds costs a title, as of `recsys.serving.diversify`.
        announce_rate: messages a second that jobs send, below Telegram's 30 in all so that people are answered too.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        # A wrong URL may hold a password.
        hide_input_in_errors=True,
    )

    reelmate_home: Annotated[Path, AfterValidator(_absolute)] = Field(Path(".reelmate"), validate_default=True)
    # URLs may hold passwords, so they are typed as secrets: neither repr nor a log line shows them.
    database_url: SecretStr = Field(
        default_factory=lambda data: SecretStr(f"sqlite+aiosqlite:///{data['reelmate_home']}/reelmate.db")
    )
    vectors_url: SecretStr = Field(
        default_factory=lambda data: SecretStr(f"milvus+lite:///{data['reelmate_home']}/milvus.db")
    )
    metadata_url: SecretStr = SecretStr("sql")
    models_url: SecretStr = Field(default_factory=lambda data: SecretStr((data["reelmate_home"] / "models").as_uri()))
    bot_token: SecretStr | None = None
    bot_api_url: SecretStr = SecretStr(TELEGRAM_URL)
    webhook_url: SecretStr | None = None
    webhook_secret: SecretStr | None = None
    listen: str = "127.0.0.1:8080"
    admin_ids: Annotated[frozenset[int], NoDecode, BeforeValidator(_user_ids)] = frozenset()
    diversity: Annotated[float, Field(ge=0, le=MAX_STRENGTH, allow_inf_nan=False)] = STRENGTH
    announce_rate: Annotated[int, Field(ge=1)] = 25

    @property
    def bot_id(self) -> int:
        """The bot's Telegram user id, which its token begins with; raises Misconfigured where there is none."""
        return int(self.token.partition(":")[0])

    @property
    def token(self) -> str:
        """The bot's token.

        Raises:
            Misconfigured: there is none; the message says in three lines how to get one.
        """
        if self.bot_token is None:
            raise Misconfigured(HOW_TO_BEGIN)
        return self.bot_token.get_secret_value()

    @property
    def telegram_api(self) -> str:
        """BOT_API_URL without a slash at its end."""
        return self.bot_api_url.get_secret_value().rstrip("/")

    @property
    def listen_address(self) -> tuple[str, int]:
        """Host and port of LISTEN.

        Raises:
            Misconfigured: it is not host:port.
        """
        host, _, port = self.listen.rpartition(":")
        if host and port.isdecimal() and int(port) < 2**16:
            return host.strip("[]"), int(port)
        raise Misconfigured(f"LISTEN: {self.listen!r} is not host:port, such as 127.0.0.1:8080")

    def secrets(self) -> Iterator[str]:
        """Everything in the settings that must never be shown: the token, the webhook's secret, passwords in URLs."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                text = value.get_secret_value()
                if name in ("bot_token", "webhook_secret"):
                    yield text
                elif (found := _PASSWORD.search(text)) is not None:
                    yield found[1]

    @property
    def models_folder(self) -> Path:
        """The folder that MODELS_URL names."""
        return folder_of(self.models_url.get_secret_value())

    @property
    def snapshot_folder(self) -> Path:
        """Where the imported data set is kept for training."""
        return self.reelmate_home / "dataset"

    @property
    def downloads_folder(self) -> Path:
        """Where a downloaded data set is kept."""
        return self.reelmate_home / "downloads"

    @property
    def evaluations_file(self) -> Path:
        """Where finished runs of `reelmate evaluate` are kept."""
        return self.reelmate_home / "evaluations.jsonl"

    @property
    def fitted_folder(self) -> Path:
        """Where the towers that `reelmate evaluate` fitted are kept."""
        return self.reelmate_home / "evaluations"


def load_settings() -> Settings:
    """Read the environment.

    Raises:
        Misconfigured: a setting is not what it can be; the message names the setting and what is known.
    """
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
        if url.partition("://")[0] not in schemes:
            raise _unknown_scheme(name, url)
    _check_telegram(settings)
    return settings


def folder_of(url: str) -> Path:
    """The folder that a file:// URL names: MODELS_URL, or where one release lies.

    Raises:
        Misconfigured: it is a URL of another kind.
    """
    if urlsplit(url).scheme not in SCHEMES["MODELS_URL"]:
        raise _unknown_scheme("MODELS_URL", url)
    return Path(url2pathname(urlsplit(url).path))


def _check_telegram(settings: Settings) -> None:
    """Raise Misconfigured where Telegram would refuse what is set, or anybody could play Telegram."""
    if settings.bot_token is not None and not _TOKEN.fullmatch(settings.token):
        raise Misconfigured(
            "BOT_TOKEN: this is not a token; one looks like 123456789:AAE-b_c and comes from @BotFather"
        )
    secret = settings.webhook_secret
    if secret is not None and not _SECRET.fullmatch(secret.get_secret_value()):
        raise Misconfigured("WEBHOOK_SECRET: expected 1 to 256 letters, digits, _ or -")
    if settings.webhook_url is not None:
        if secret is None:
            raise Misconfigured("WEBHOOK_SECRET: WEBHOOK_URL needs one, such as `openssl rand -hex 32` prints")
        if settings.telegram_api == TELEGRAM_URL:
            _check_webhook_address(settings.webhook_url.get_secret_value())
    _ = settings.listen_address


def _check_webhook_address(url: str) -> None:
    # A Bot API server of one's own takes any.
    try:
        usable = url.startswith("https://") and (urlsplit(url).port or 443) in _WEBHOOK_PORTS
    except ValueError:
        usable = False
    if not usable:
        ports = ", ".join(map(str, _WEBHOOK_PORTS))
        raise Misconfigured(f"WEBHOOK_URL: Telegram calls https:// only, on the ports {ports}")


def _unknown_scheme(name: str, url: str) -> Misconfigured:
    scheme, found, _ = url.partition("://")
    # Without "://" it may be anything, a password on the wrong line too: it is not repeated.
    what = f"{scheme}:// is not known" if found else "this is not a URL"
    known = ", ".join(one if one == "sql" else f"{one}://" for one in SCHEMES[name])
    return Misconfigured(f"{name}: {what}; known schemes are {known}")
