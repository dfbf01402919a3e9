"""Validation of inline keyboards, as Telegram does it."""

from typing import Any
from urllib.parse import urlsplit

from bot.local_bot_api.errors import ApiError, bad_request
from bot.local_bot_api.parameters import Parameters

MAX_CALLBACK_DATA = 64
"""Maximum length of callback data, in bytes of UTF-8."""

MAX_COPIED_TEXT = 256
"""Maximum length of the text that a button copies."""

_STYLES = ("primary", "success", "danger")

_BUTTON_ACTIONS = (
    "callback_data",
    "callback_game",
    "copy_text",
    "login_url",
    "pay",
    "switch_inline_query",
    "switch_inline_query_chosen_chat",
    "switch_inline_query_current_chat",
    "url",
    "web_app",
)


def read_markup(parameters: Parameters) -> dict[str, Any] | None:
    """Return the reply markup of a call; None if there is none, or for an inline keyboard without buttons.

    Raises:
        ApiError: the value is not a reply markup, or Telegram would reject one of its buttons.
    """
    value = parameters.values.get("reply_markup")
    if value is None or value == "":
        return None
    if isinstance(value, str):
        raise bad_request("can't parse reply keyboard markup JSON object")
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" not in value:
        return value or None
    return validate_inline_keyboard(value)


def validate_inline_keyboard(markup: dict[str, Any]) -> dict[str, Any] | None:
    """Validate an inline keyboard and remove its empty rows; return None if no button is left.

    Raises:
        ApiError: the keyboard or one of its buttons is invalid.
    """
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list):
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    rows_with_buttons = []
    for row in rows:
        if not isinstance(row, list):
            raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
        if row:
            rows_with_buttons.append([_validate_button(button) for button in row])
    return {"inline_keyboard": rows_with_buttons} if rows_with_buttons else None


def _validate_button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise _unparsable("Expected an Object")
    if not isinstance(button.get("text"), str):
        raise _unparsable('Field "text" must be of type String')
    if not button["text"].strip():
        raise _unparsable("Button text must be non-empty")
    if not any(action in button for action in _BUTTON_ACTIONS):
        raise _unparsable("Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button:
        size = len(str(button["callback_data"]).encode())
        if not 1 <= size <= MAX_CALLBACK_DATA:
            raise bad_request("BUTTON_DATA_INVALID")
    if "copy_text" in button:
        copied = button["copy_text"].get("text") if isinstance(button["copy_text"], dict) else None
        if not isinstance(copied, str) or not 1 <= len(copied) <= MAX_COPIED_TEXT:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if button.get("style", "primary") not in _STYLES:
        raise bad_request("BUTTON_STYLE_INVALID")
    if "url" in button and urlsplit(str(button["url"])).scheme not in {"http", "https", "tg"}:
        raise bad_request("BUTTON_URL_INVALID")
    return button


def _unparsable(detail: str) -> ApiError:
    return bad_request(f"can't parse inline keyboard button: {detail}")
