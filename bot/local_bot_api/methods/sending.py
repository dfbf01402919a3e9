"""Methods that send messages and chat actions."""

import itertools
from collections.abc import Mapping
from typing import Any

from bot.local_bot_api.chats import Chat, Telegram, without_reply
from bot.local_bot_api.errors import bad_request
from bot.local_bot_api.formatting import MAX_CAPTION, MAX_TEXT, FormattedText, parse_text, utf16_length
from bot.local_bot_api.keyboards import read_markup
from bot.local_bot_api.parameters import Parameters

MAX_ALBUM = 10
CHAT_ACTIONS = frozenset(
    {
        "choose_sticker",
        "find_location",
        "record_video",
        "record_video_note",
        "record_voice",
        "typing",
        "upload_document",
        "upload_photo",
        "upload_video",
        "upload_video_note",
        "upload_voice",
    }
)

_album_ids = itertools.count(1)


async def send_message(telegram: Telegram, parameters: Parameters) -> dict[str, Any]:
    """`sendMessage`."""
    chat = telegram.writable_chat(parameters)
    text = read_text(parameters)
    preview = parameters.json_object("link_preview_options")
    return _send(telegram, chat, parameters, **text_content(text), link_preview_options=preview)


async def send_photo(telegram: Telegram, parameters: Parameters) -> dict[str, Any]:
    """`sendPhoto`."""
    chat = telegram.writable_chat(parameters)
    caption = read_caption(parameters)
    photo = await telegram.files.photo(parameters, "photo", parameters.text("photo"))
    return _send(telegram, chat, parameters, photo=photo, **caption_content(caption))


async def send_document(telegram: Telegram, parameters: Parameters) -> dict[str, Any]:
    """`sendDocument`."""
    chat = telegram.writable_chat(parameters)
    caption = read_caption(parameters)
    document = await telegram.files.document(parameters, "document", parameters.text("document"))
    return _send(telegram, chat, parameters, document=document, **caption_content(caption))


async def send_media_group(telegram: Telegram, parameters: Parameters) -> list[dict[str, Any]]:
    """`sendMediaGroup`: all messages are sent, or none."""
    chat = telegram.writable_chat(parameters)
    media = parameters.json_array("media") or []
    if not media:
        raise bad_request("there are no messages to send")
    if len(media) > MAX_ALBUM:
        raise bad_request("too many messages to send as an album")
    if len({item.get("type") for item in media if isinstance(item, dict)}) > 1:
        raise bad_request("document can't be mixed with other media types")
    contents = [await read_media(telegram, parameters, item) for item in media]
    album = f"{next(_album_ids):017d}"
    return [_send(telegram, chat, parameters, **content, media_group_id=album) for content in contents]


async def send_chat_action(telegram: Telegram, parameters: Parameters) -> bool:
    """`sendChatAction`."""
    chat = telegram.writable_chat(parameters)
    action = parameters.text("action").lower()
    if action not in CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat.actions.append(action)
    chat.signal.notify()
    return True


def read_text(parameters: Parameters) -> FormattedText:
    """Parse the text of a message.

    Raises:
        ApiError: the text is empty or too long, or its markup is invalid.
    """
    text = parse_text(parameters.text("text"), parameters.text("parse_mode"), parameters.json_array("entities"))
    if not text.text:
        raise bad_request("message text is empty")
    if utf16_length(text.text) > MAX_TEXT:
        raise bad_request("message is too long")
    return text


def read_caption(parameters: Parameters) -> FormattedText:
    """Parse the caption of a photo or document, which may be empty.

    Raises:
        ApiError: the caption is too long, or its markup is invalid.
    """
    entities = parameters.json_array("caption_entities")
    return _validate_caption(parse_text(parameters.text("caption"), parameters.text("parse_mode"), entities))


async def read_media(telegram: Telegram, parameters: Parameters, item: Any) -> dict[str, Any]:
    """Return the fields of a message for an InputMediaPhoto or InputMediaDocument.

    Raises:
        ApiError: the item has another type, or its file or caption is invalid.
    """
    if not isinstance(item, Mapping):
        raise bad_request("can't parse InputMedia: expected an Object")
    text, parse_mode = str(item.get("caption") or ""), str(item.get("parse_mode") or "")
    caption = _validate_caption(parse_text(text, parse_mode, item.get("caption_entities")))
    content = caption_content(caption)
    name = str(item.get("media") or "")
    if item.get("type") == "photo":
        return {"photo": await telegram.files.photo(parameters, "media", name), **content}
    if item.get("type") == "document":
        return {"document": await telegram.files.document(parameters, "media", name), **content}
    raise bad_request(f'can\'t parse InputMedia: type "{item.get("type")}" is unsupported')


def text_content(text: FormattedText) -> dict[str, Any]:
    """Return the fields of a message for its text."""
    return {"text": text.text, "entities": list(text.entities) or None}


def caption_content(caption: FormattedText) -> dict[str, Any]:
    """Return the fields of a message for its caption."""
    return {"caption": caption.text or None, "caption_entities": list(caption.entities) or None}


def _validate_caption(caption: FormattedText) -> FormattedText:
    if utf16_length(caption.text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return caption


def _send(telegram: Telegram, chat: Chat, parameters: Parameters, **content: Any) -> dict[str, Any]:
    markup = read_markup(parameters)
    reply_to = _replied(chat, parameters)
    protected = parameters.flag("protect_content") or None
    if markup is not None and "inline_keyboard" in markup:
        content["reply_markup"] = markup
    elif markup is not None:
        chat.reply_keyboard = [[_key_text(key) for key in row] for row in markup.get("keyboard", ())]
    return telegram.new_message(
        chat, telegram.bot, **content, reply_to_message=reply_to, has_protected_content=protected
    )


def _key_text(key: Any) -> str:
    return str(key["text"]) if isinstance(key, dict) else str(key)


def _replied(chat: Chat, parameters: Parameters) -> dict[str, Any] | None:
    """Return the message that a new message replies to; None if it is not a reply.

    Raises:
        ApiError: the message does not exist, and the call does not allow that.
    """
    reply = parameters.json_object("reply_parameters") or {}
    message_id = reply.get("message_id") or parameters.integer("reply_to_message_id")
    if not message_id:
        return None
    replied = chat.messages.get(int(message_id))
    if replied is not None:
        return without_reply(replied)
    if reply.get("allow_sending_without_reply") or parameters.flag("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")
