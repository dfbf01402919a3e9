"""Methods that edit or delete messages, or react to them."""

import time
from typing import Any

from telegram.constants import ReactionEmoji

from bot.local_bot_api.chats import Chat, Reactions, Telegram
from bot.local_bot_api.errors import bad_request
from bot.local_bot_api.keyboards import read_markup
from bot.local_bot_api.methods.sending import caption_content, read_caption, read_media, read_text, text_content
from bot.local_bot_api.parameters import Parameters

MAX_DELETED = 100
REACTIONS = frozenset(str(emoji) for emoji in ReactionEmoji)
"""The emoji that Telegram accepts as reactions."""

_CONTENT = ("text", "entities", "caption", "caption_entities", "photo", "document", "link_preview_options")


async def edit_message_text(telegram: Telegram, parameters: Parameters) -> dict[str, Any]:
    """`editMessageText`."""
    chat, message = _editable(telegram, parameters)
    text = read_text(parameters)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    preview = parameters.json_object("link_preview_options")
    return _change(chat, message, parameters, **text_content(text), link_preview_options=preview)


async def edit_message_caption(telegram: Telegram, parameters: Parameters) -> dict[str, Any]:
    """`editMessageCaption`."""
    chat, message = _editable(telegram, parameters)
    caption = read_caption(parameters)
    if "text" in message:
        raise bad_request("there is no caption in the message to edit")
    media = {name: message[name] for name in ("photo", "document") if name in message}
    return _change(chat, message, parameters, **media, **caption_content(caption))


async def edit_message_media(telegram: Telegram, parameters: Parameters) -> dict[str, Any]:
    """`editMessageMedia`: replace the content by a photo or document; a text message can become one, too."""
    chat, message = _editable(telegram, parameters)
    content = await read_media(telegram, parameters, parameters.json_object("media"))
    return _change(chat, message, parameters, **content)


async def edit_message_reply_markup(telegram: Telegram, parameters: Parameters) -> dict[str, Any]:
    """`editMessageReplyMarkup`."""
    chat, message = _editable(telegram, parameters)
    return _change(chat, message, parameters, **{name: message.get(name) for name in _CONTENT})


async def delete_message(telegram: Telegram, parameters: Parameters) -> bool:
    """`deleteMessage`."""
    chat = telegram.writable_chat(parameters)
    if not chat.remove(_message_id(parameters)):
        raise bad_request("message to delete not found")
    return True


async def delete_messages(telegram: Telegram, parameters: Parameters) -> bool:
    """`deleteMessages`: ids of missing messages are ignored."""
    chat = telegram.writable_chat(parameters)
    message_ids = parameters.json_array("message_ids") or []
    if not message_ids:
        raise bad_request("message identifiers are not specified")
    if len(message_ids) > MAX_DELETED:
        raise bad_request("too many message identifiers specified")
    for message_id in message_ids:
        chat.remove(int(message_id))
    return True


async def set_message_reaction(telegram: Telegram, parameters: Parameters) -> bool:
    """`setMessageReaction`: bots may set at most one reaction."""
    chat = telegram.writable_chat(parameters)
    message_id = _message_id(parameters)
    if message_id not in chat.messages:
        raise bad_request("message to react not found")
    reactions = parameters.json_array("reaction") or []
    emoji = tuple(str(reaction.get("emoji")) if isinstance(reaction, dict) else "" for reaction in reactions)
    if len(emoji) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if not REACTIONS.issuperset(emoji):
        raise bad_request("REACTION_INVALID")
    chat.reactions[message_id] = Reactions(chat.reactions.get(message_id, Reactions()).person, emoji)
    chat.signal.notify()
    return True


def _editable(telegram: Telegram, parameters: Parameters) -> tuple[Chat, dict[str, Any]]:
    """Return the bot's message that a call names, and its chat.

    Raises:
        ApiError: there is no such message, or it is not the bot's.
    """
    if parameters.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat = telegram.writable_chat(parameters)
    message = chat.messages.get(_message_id(parameters))
    if message is None:
        raise bad_request("message to edit not found")
    if message["from"]["id"] != telegram.bot["id"]:
        raise bad_request("message can't be edited")
    return chat, message


def _message_id(parameters: Parameters) -> int:
    message_id = parameters.integer("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    return message_id


def _change(chat: Chat, message: dict[str, Any], parameters: Parameters, **content: Any) -> dict[str, Any]:
    """Replace the content and the keyboard of a message; without a keyboard in the call, the message loses its own."""
    markup = read_markup(parameters)
    if markup is not None and "inline_keyboard" not in markup:
        raise bad_request("inline keyboard expected")
    unchanged = {name: value for name, value in message.items() if name not in _CONTENT and name != "reply_markup"}
    replaced = {name: value for name, value in {**content, "reply_markup": markup}.items() if value is not None}
    edited = {**unchanged, **replaced}
    if edited == message:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same "
            "as a current content and reply markup of the message"
        )
    edited["edit_date"] = int(time.time())
    chat.put(edited)
    return edited
