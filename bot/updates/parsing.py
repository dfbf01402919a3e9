"""Updates as Telegram writes them: whose they are, what they are about, and as objects."""

import logging
from typing import Any

from telegram import Bot, Update

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "message_reaction", "my_chat_member")
"""Kinds of updates that the bot asks Telegram for; reactions come only if they are asked for."""

_logger = logging.getLogger(__name__)


def person_of(update: object) -> int | None:
    """Whose update this is: the id of the user, or of the chat where there is none; None for a poll and the like."""
    if not isinstance(update, Update):
        return None
    source = update.effective_user or update.effective_chat
    return None if source is None else source.id


def sender_of(content: dict[str, Any]) -> int | None:
    """The same of an update as Telegram writes it, without reading it; None too where it does not say it plainly."""
    for kind, about in content.items():
        if kind in Update.ALL_TYPES and isinstance(about, dict):
            source = about.get("from") or about.get("user") or about.get("chat")
            sender = source.get("id") if isinstance(source, dict) else None
            return sender if isinstance(sender, int) else None
    return None


def read_update(content: dict[str, Any], bot: Bot) -> Update | None:
    """An update as Telegram sends it; None, and a line in the log, for one in a shape that nobody knows.

    To ask for that one again would keep the person's later updates out.
    """
    try:
        return Update.de_json(content, bot)
    except Exception:  # noqa: BLE001 - whatever python-telegram-bot stumbles over, in whichever way.
        _logger.error("an update cannot be read", extra={"update_id": content["update_id"]})
        return None


def kind_of(update: Update) -> str:
    """What an update is about, in Telegram's words: "message", "callback_query" and so on."""
    return next((str(kind) for kind in Update.ALL_TYPES if getattr(update, kind) is not None), "other")
