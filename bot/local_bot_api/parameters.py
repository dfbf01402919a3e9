"""The parameters of a call, however they were sent: query string, form, JSON or multipart."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request

from bot.local_bot_api.errors import ApiError, bad_request

MAX_BODY = 50 * 1024 * 1024
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
    """One uploaded file."""

    filename: str
    content_type: str
    content: bytes


class Parameters:
    """Typed access to what was sent; every complaint is Telegram's.

    Attributes:
        values: the parameters by name, those that are JSON by nature decoded.
        uploads: the uploaded files by the name of their part.
    """

    def __init__(self, values: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None) -> None:
        self.values = {name: _decoded(name, value) for name, value in values.items()}
        self.uploads = dict(uploads or {})

    def text(self, name: str) -> str:
        """A string; empty where it is missing.

        Raises:
            ApiError: it is no valid UTF-8.
        """
        value = self.values.get(name)
        text = "" if value is None else str(value)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise bad_request("strings must be encoded in UTF-8") from None
        return text

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number.

        Raises:
            ApiError: it is something else.
        """
        value = self.values.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad_request(f'invalid {name} specified: "{value}" is not a number') from None

    def flag(self, name: str) -> bool:
        """A Boolean: "true", "yes" and "1" are."""
        return str(self.values.get(name, "")).lower() in {"true", "yes", "1"}

    def listed(self, name: str) -> list[Any] | None:
        """A JSON array; None where it is missing.

        Raises:
            ApiError: it is something else.
        """
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, list):
            raise bad_request(f"can't parse {name} JSON array")
        return value

    def record(self, name: str) -> dict[str, Any] | None:
        """A JSON object; None where it is missing.

        Raises:
            ApiError: it is something else.
        """
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, dict):
            raise bad_request(f"can't parse {name} JSON object")
        return value


def _decoded(name: str, value: Any) -> Any:
    """What a form carries as JSON text; text that is no JSON stays, and is refused when it is asked for."""
    if name in _JSON_NAMES and isinstance(value, str) and value:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


async def read_parameters(request: Request) -> Parameters:
    """Take the parameters from the query string and, over it, from the body.

    Raises:
        ApiError: the body cannot be read or is larger than Telegram takes.
    """
    if int(request.headers.get("content-length") or 0) > MAX_BODY:
        raise ApiError(413, "Request Entity Too Large")
    values: dict[str, Any] = dict(request.query_params)
    uploads: dict[str, Upload] = {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        async with request.form() as form:
            for name, value in form.items():
                if isinstance(value, UploadFile):
                    content = await value.read()
                    uploads[name] = Upload(value.filename or name, value.content_type or "", content)
                else:
                    values[name] = value
    elif kind == "application/json":
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
