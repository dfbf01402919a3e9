"""Methods for the bot's profile, its command menus, and its chats."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from bot.local_bot_api.chats import Telegram
from bot.local_bot_api.errors import bad_request
from bot.local_bot_api.parameters import Parameters

MAX_COMMANDS = 100
SCOPES = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}
"""The types of command scopes, and the fields that each of them needs."""

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")


async def get_me(telegram: Telegram, _: Parameters) -> dict[str, Any]:
    """`getMe`."""
    return {
        **telegram.bot,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def set_my_commands(telegram: Telegram, parameters: Parameters) -> bool:
    """`setMyCommands`."""
    key = _menu(telegram, parameters)
    items = parameters.json_array("commands") or []
    if len(items) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    commands = [_command(item) for item in items]
    telegram.commands[key] = commands
    telegram.notify_chats()
    return True


async def get_my_commands(telegram: Telegram, parameters: Parameters) -> list[dict[str, str]]:
    """`getMyCommands`: the commands of exactly this scope and language."""
    return telegram.commands.get(_menu(telegram, parameters), [])


async def delete_my_commands(telegram: Telegram, parameters: Parameters) -> bool:
    """`deleteMyCommands`."""
    telegram.commands.pop(_menu(telegram, parameters), None)
    telegram.notify_chats()
    return True


def setter(field: str, max_length: int) -> Callable[[Telegram, Parameters], Awaitable[bool]]:
    """Return the method that sets the bot's name or a description for one language."""

    async def set_field(telegram: Telegram, parameters: Parameters) -> bool:
        text = parameters.text(field)
        if len(text) > max_length:
            raise bad_request(f"{field.upper()}_TOO_LONG")
        telegram.descriptions[field, parameters.text("language_code")] = text
        telegram.notify_chats()
        return True

    return set_field


def getter(field: str) -> Callable[[Telegram, Parameters], Awaitable[dict[str, str]]]:
    """Return the method that gets the bot's name or a description in a language, or else in the default language."""

    async def get_field(telegram: Telegram, parameters: Parameters) -> dict[str, str]:
        default = telegram.bot["first_name"] if field == "name" else ""
        for language in (parameters.text("language_code"), ""):
            if text := telegram.descriptions.get((field, language)):
                return {field: text}
        return {field: default}

    return get_field


async def set_chat_menu_button(telegram: Telegram, parameters: Parameters) -> bool:
    """`setChatMenuButton`."""
    button = parameters.json_object("menu_button") or {"type": "default"}
    if button.get("type") not in {"commands", "default", "web_app"}:
        raise bad_request("menu button has unsupported type")
    telegram.menu_buttons[_menu_chat(telegram, parameters)] = button
    return True


async def get_chat_menu_button(telegram: Telegram, parameters: Parameters) -> dict[str, Any]:
    """`getChatMenuButton`."""
    return telegram.menu_buttons.get(_menu_chat(telegram, parameters), {"type": "commands"})


async def get_chat(telegram: Telegram, parameters: Parameters) -> dict[str, Any]:
    """`getChat`."""
    chat = telegram.chat(parameters)
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    return {
        **chat.api_object,
        "accent_color_id": chat.chat_id % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, True),
    }


async def get_chat_member(telegram: Telegram, parameters: Parameters) -> dict[str, Any]:
    """`getChatMember`: a private chat has two members, the person and the bot."""
    chat = telegram.chat(parameters)
    user_id = parameters.integer("user_id")
    if user_id == chat.chat_id:
        return {"status": "member", "user": chat.user}
    if user_id == telegram.bot["id"]:
        return membership(telegram.bot, blocked=chat.blocked)
    raise bad_request("user not found")


def membership(bot: dict[str, Any], blocked: bool) -> dict[str, Any]:
    """Return the bot as a member of a private chat; Telegram shows a blocked bot as banned ("kicked")."""
    return {"status": "kicked", "user": bot, "until_date": 0} if blocked else {"status": "member", "user": bot}


def menu_for(telegram: Telegram, chat_id: int, language_code: str) -> list[dict[str, str]]:
    """Return the commands that a person sees: the narrowest scope takes precedence, and in it the person's language."""
    for scope in (("chat", str(chat_id)), ("all_private_chats",), ("default",)):
        for language in (language_code, ""):
            if commands := telegram.commands.get((scope, language)):
                return commands
    return []


def _menu(telegram: Telegram, parameters: Parameters) -> tuple[tuple[Any, ...], str]:
    """Return the scope and the language of the menu that a call names.

    Raises:
        ApiError: the scope or the language is invalid.
    """
    scope = parameters.json_object("scope") or {"type": "default"}
    kind = scope.get("type")
    if kind not in SCOPES:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    if "chat_id" in SCOPES[kind]:
        telegram.chat_by_id(str(scope.get("chat_id", "")))
    language = parameters.text("language_code")
    if language and not re.fullmatch("[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    return (kind, *(str(scope.get(name)) for name in SCOPES[kind])), language


def _command(item: Any) -> dict[str, str]:
    if not isinstance(item, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    command = str(item.get("command", "")).removeprefix("/").lower()
    description = str(item.get("description", "")).strip()
    if not _COMMAND.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command, "description": description}


def _menu_chat(telegram: Telegram, parameters: Parameters) -> int:
    return telegram.chat(parameters).chat_id if parameters.text("chat_id") else 0
