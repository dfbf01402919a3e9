"""The Bot API methods that this server implements, by their names in lower case."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.local_bot_api.chats import Telegram
from bot.local_bot_api.methods import editing, profile, queries, receiving, sending
from bot.local_bot_api.parameters import Parameters

METHODS: Mapping[str, Callable[[Telegram, Parameters], Awaitable[Any]]] = {
    "answercallbackquery": queries.answer_callback_query,
    "answerinlinequery": queries.answer_inline_query,
    "close": receiving.no_op,
    "deletemessage": editing.delete_message,
    "deletemessages": editing.delete_messages,
    "deletemycommands": profile.delete_my_commands,
    "deletewebhook": receiving.delete_webhook,
    "editmessagecaption": editing.edit_message_caption,
    "editmessagemedia": editing.edit_message_media,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "editmessagetext": editing.edit_message_text,
    "getchat": profile.get_chat,
    "getchatmember": profile.get_chat_member,
    "getchatmenubutton": profile.get_chat_menu_button,
    "getfile": receiving.get_file,
    "getme": profile.get_me,
    "getmycommands": profile.get_my_commands,
    "getmydescription": profile.getter("description"),
    "getmyname": profile.getter("name"),
    "getmyshortdescription": profile.getter("short_description"),
    "getupdates": receiving.get_updates,
    "getwebhookinfo": receiving.get_webhook_info,
    "logout": receiving.no_op,
    "sendchataction": sending.send_chat_action,
    "senddocument": sending.send_document,
    "sendmediagroup": sending.send_media_group,
    "sendmessage": sending.send_message,
    "sendphoto": sending.send_photo,
    "setchatmenubutton": profile.set_chat_menu_button,
    "setmessagereaction": editing.set_message_reaction,
    "setmycommands": profile.set_my_commands,
    "setmydescription": profile.setter("description", 512),
    "setmyname": profile.setter("name", 64),
    "setmyshortdescription": profile.setter("short_description", 120),
    "setwebhook": receiving.set_webhook,
}
