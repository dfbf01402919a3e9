"""The settings, read once from the environment and from `.env` in the current folder. Nobody else reads either."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from storage import metadata, vectors
from storage.errors import Misconfigured
from storage.sql import database

SCHEMES: Mapping[str, tuple[str, ...]] = {
    "DATABASE_URL": tuple(database.SCHEMES),
    "VECTORS_URL": tuple(vectors.SCHEMES),
    "METADATA_URL": tuple(metadata.SCHEMES),
    "MODELS_URL": ("file",),
}
"""Every setting that names a service, and the ways in which it can."""


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


class Settings(BaseSettings):
    """What an operator can set; every default is embedded and needs no other service.

    Attributes:
        reelmate_home: folder of everything that is kept; made when something is first kept.
        database_url: the SQL database: people, ratings, catalogue, releases.
        vectors_url: the index of movie vectors.
        metadata_url: where movie metadata is read; "sql" is the catalogue itself.
        models_url: the folder of trained releases.
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
        url = getattr(settings, name.lower()).get_secret_value()
        if url.partition("://")[0] not in schemes:
            raise _unknown_scheme(name, url)
    return settings


def folder_of(url: str) -> Path:
    """The folder that a file:// URL names: MODELS_URL, or where one release lies.

    Raises:
        Misconfigured: it is a URL of another kind.
    """
    if urlsplit(url).scheme not in SCHEMES["MODELS_URL"]:
        raise _unknown_scheme("MODELS_URL", url)
    return Path(url2pathname(urlsplit(url).path))


def _unknown_scheme(name: str, url: str) -> Misconfigured:
    scheme, found, _ = url.partition("://")
    # Without "://" it may be anything, a password on the wrong line too: it is not repeated.
    what = f"{scheme}:// is not known" if found else "this is not a URL"
    known = ", ".join(one if one == "sql" else f"{one}://" for one in SCHEMES[name])
    return Misconfigured(f"{name}: {what}; known schemes are {known}")
