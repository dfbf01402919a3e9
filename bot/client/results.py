"""The results of calls to the Bot API, checked as far as this bot relies on them."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from telegram import Message, User
from telegram.error import NetworkError

_RETURN_TRUE = ("answer", "delete", "set", "sendchataction")
"""The methods that begin with one of these return True.

All others that send something return a message, and those that edit something return either.
"""

_Time = Annotated[int, Field(ge=0, le=2**32)]


class _Object(BaseModel):
    # With a further field, python-telegram-bot may parse something that is not checked here.
    model_config = ConfigDict(strict=True, extra="forbid")


class _User(_Object):
    id: int
    is_bot: bool
    first_name: str
    username: str | None = None


class _Chat(_Object):
    id: int
    type: str
    title: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None


class _Entity(_Object):
    type: str
    offset: int
    length: int
    url: str | None = None


class _PhotoSize(_Object):
    file_id: str
    file_unique_id: str
    width: int
    height: int
    file_size: int | None = None


class _Button(_Object):
    text: str
    callback_data: str | None = None
    url: str | None = None
    style: str | None = None


class _Keyboard(_Object):
    inline_keyboard: list[list[_Button]]


class _PlainMessage(_Object):
    """A text or a photo that this bot has sent to a private chat."""

    message_id: int
    sender: _User = Field(alias="from")
    chat: _Chat
    date: _Time
    edit_date: _Time | None = None
    text: str | None = None
    entities: list[_Entity] | None = None
    photo: list[_PhotoSize] | None = None
    caption: str | None = None
    caption_entities: list[_Entity] | None = None
    reply_markup: _Keyboard | None = None


def check_result(method: str, response: dict[str, Any]) -> None:
    """Check the result of a call as far as this bot relies on it.

    Without this check, python-telegram-bot would raise TypeError, KeyError and other errors, or return such a result.
    The updates of getUpdates are checked one by one where they are parsed. A message is parsed only if it has other
    fields than a plain one, because python-telegram-bot parses it again afterwards.

    Raises:
        NetworkError: the result is not of the type that the method returns.
    """
    method, result = method.lower(), response["result"]
    try:
        if method == "getme":
            is_valid = type(User.de_json(result, None).id) is int
        elif method.startswith(_RETURN_TRUE) or (method.startswith("edit") and result is True):
            is_valid = result is True
        elif method.startswith(("send", "edit")) and not _is_plain_message(result):
            Message.de_json(result, None)
            is_valid = type(result["message_id"]) is type(result["date"]) is type(result["chat"]["id"]) is int
        else:
            is_valid = True
    except Exception:  # noqa: BLE001 - python-telegram-bot raises all kinds of errors for a malformed object.
        is_valid = False
    if not is_valid:
        # The cause would quote the result.
        raise NetworkError(f"the result of {method} has the wrong shape") from None


def _is_plain_message(result: object) -> bool:
    """Return whether a result is a message that python-telegram-bot certainly can parse."""
    try:
        _PlainMessage.model_validate(result)
    except ValidationError:
        return False
    return True
