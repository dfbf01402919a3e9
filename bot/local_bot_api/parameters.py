"""The parameters of a call from its query string and its form, JSON or multipart body."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request

from bot.local_bot_api.errors import ApiError, bad_request

MAX_BODY = 50 * 1024 * 1024
"""Largest request body in bytes that is accepted."""
# In a form, the values of these parameters are JSON texts.
_JSON_NAMES = frozenset(
    {
        "allowed_updates",
        "button",
        "caption_entities",
        "commands",
        "entities",
        "link_preview_options",
        "media",
        "menu_button",
        "message_ids",
        "reaction",
        "reply_markup",
        "reply_parameters",
        "results",
        "scope",
    }
)


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file."""

    filename: str
    content_type: str
    content: bytes


class Parameters:
    """Typed access to the parameters of a call; errors have Telegram's texts.

    Attributes:
        values: the parameters by name; JSON values are decoded.
        uploads: the uploaded files by the name of their form part.
    """

    def __init__(self, values: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None) -> None:
        self.values = {name: _decode(name, value) for name, value in values.items()}
        self.uploads = dict(uploads or {})

    def text(self, name: str) -> str:
        """Return a string; empty if the parameter is missing.

        Raises:
            ApiError: the value is not valid UTF-8.
        """
        value = self.values.get(name)
        text = "" if value is None else str(value)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise bad_request("strings must be encoded in UTF-8") from None
        return text

    def integer(self, name: str, default: int = 0) -> int:
        """Return an integer.

        Raises:
            ApiError: the value has another type.
        """
        value = self.values.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad_request(f'invalid {name} specified: "{value}" is not a number') from None

    def flag(self, name: str) -> bool:
        """Return a Boolean: "true", "yes" and "1" are true, anything else is false."""
        return str(self.values.get(name, "")).lower() in {"true", "yes", "1"}

    def json_array(self, name: str) -> list[Any] | None:
        """Return a JSON array; None if the parameter is missing.

        Raises:
            ApiError: the value has another type.
        """
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, list):
            raise bad_request(f"can't parse {name} JSON array")
        return value

    def json_object(self, name: str) -> dict[str, Any] | None:
        """Return a JSON object; None if the parameter is missing.

        Raises:
            ApiError: the value has another type.
        """
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, dict):
            raise bad_request(f"can't parse {name} JSON object")
        return value


def _decode(name: str, value: Any) -> Any:
    """Decode the JSON text of a form value.

    Text that is not valid JSON is returned as it is; the typed accessors reject it.
    """
    if name in _JSON_NAMES and isinstance(value, str) and value:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


async def read_parameters(request: Request) -> Parameters:
    """Read the parameters from the query string and the body; the body takes precedence.

    Raises:
        ApiError: the body cannot be read, or is larger than `MAX_BODY`.
    """
    if int(request.headers.get("content-length") or 0) > MAX_BODY:
        raise ApiError(413, "Request Entity Too Large")
    values: dict[str, Any] = dict(request.query_params)
    uploads: dict[str, Upload] = {}
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == "multipart/form-data":
        async with request.form() as form:
            for name, value in form.items():
                if isinstance(value, UploadFile):
                    content = await value.read()
                    uploads[name] = Upload(value.filename or name, value.content_type or "", content)
                else:
                    values[name] = value
    elif content_type == "application/json":
        values.update(_json_body(await request.body()))
    else:
        try:
            values.update(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        except UnicodeDecodeError:
            raise bad_request("strings must be encoded in UTF-8") from None
    return Parameters(values, uploads)


def _json_body(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body or b"{}")
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise bad_request("can't parse JSON object")
    return values
