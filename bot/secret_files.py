"""Secrets in files: BOT_TOKEN_FILE names a file that holds BOT_TOKEN, and so on.

Docker, Kubernetes and systemd hand out secrets as files, because processes, children and crash reports show the
environment.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from pydantic_settings.sources import DotEnvSettingsSource, EnvSettingsSource

from storage.errors import Misconfigured

SUFFIX = "_FILE"

_MAX_BYTES = 64 * 1024
"""No secret is longer. A path to a device or a log must not fill the memory."""


def names_of_files(settings: type[BaseSettings]) -> list[str]:
    """Return the names of the variables that name a file, in lower case: one for each setting that is a secret."""
    return [f"{name}{SUFFIX.lower()}" for name, field in settings.model_fields.items() if _is_secret(field)]


class SecretFiles(PydanticBaseSettingsSource):
    """Reads the secrets for which the environment or `.env` names a file. It comes before both of them."""

    def __init__(
        self, settings: type[BaseSettings], environment: PydanticBaseSettingsSource, dotenv: PydanticBaseSettingsSource
    ) -> None:
        """Create a source.

        Args:
            settings: the class of the settings.
            environment: the variables. They win over the lines of `.env`.
            dotenv: the lines of `.env`.
        """
        super().__init__(settings)
        self._places = [_variables(source) for source in (environment, dotenv)]

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the value of one setting, None if no file is named for it; see the base class.

        Raises:
            Misconfigured: the file cannot be read or holds no secret, or the same place gives the secret itself too.
        """
        file_name = f"{field_name}{SUFFIX.lower()}"
        for variables in self._places if _is_secret(field) else ():
            value, path = variables.get(field_name), variables.get(file_name)
            if value and path:
                raise Misconfigured(f"{field_name.upper()} and {file_name.upper()} are both set: unset one of them")
            if path:
                return _read(file_name.upper(), path), field_name, False
            if value:
                break
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return the secrets that are in files, by the name of the setting.

        Raises:
            Misconfigured: see `get_field_value`.
        """
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}


def _is_secret(field: FieldInfo) -> bool:
    return any(kind is SecretStr for kind in (field.annotation, *getattr(field.annotation, "__args__", ())))


def _variables(source: PydanticBaseSettingsSource) -> Mapping[str, str | None]:
    """Return the variables of the environment or of `.env` by their names in lower case."""
    if not isinstance(source, EnvSettingsSource | DotEnvSettingsSource):
        raise TypeError(f"{type(source).__name__} has no variables")
    return source.env_vars


def _read(variable: str, path: str) -> str:
    """Return the only line of a file, without its end.

    Raises:
        Misconfigured: the file cannot be read, or holds something else than one line of text.
    """
    # Somebody may have put the secret itself here, which must not be shown. Secrets do not begin as an absolute path.
    shown = path if path.startswith(("/", "~")) or Path(path).is_absolute() else "the file that it names"
    try:
        with Path(path).expanduser().open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except (OSError, RuntimeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise Misconfigured(f"{variable}: {shown} cannot be read: {reason}") from None
    if len(content) > _MAX_BYTES:
        raise Misconfigured(f"{variable}: {shown} has more than {_MAX_BYTES} bytes and is no secret")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Misconfigured(f"{variable}: {shown} is not text in UTF-8") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise Misconfigured(f"{variable}: {shown} is empty")
    if len(text.splitlines()) > 1:
        raise Misconfigured(f"{variable}: {shown} has more than one line")
    return text
