"""Telegram's raw updates: sender, kind, and parsing."""

import logging
from typing import Any, TypeGuard

from telegram import Bot, Update

from bot.updates.schema import MAX_ID, is_well_formed

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "message_reaction", "my_chat_member")
"""The kinds of updates that the bot requests. Telegram sends reactions only to a bot that requests them."""

_logger = logging.getLogger(__name__)


def update_id_of(content: object) -> int | None:
    """Return the id of a raw update; None if it has none that Telegram would give: an integer from 0 to MAX_ID."""
    update_id = content.get("update_id") if isinstance(content, dict) else None
    return update_id if type(update_id) is int and 0 <= update_id <= MAX_ID else None


def person_of(update: object) -> int | None:
    """Return the id of an update's user, or of its chat if it has no user; None for polls and the like."""
    if not isinstance(update, Update):
        return None
    source = update.effective_user or update.effective_chat
    return None if source is None else source.id


def sender_of(content: dict[str, Any]) -> int | None:
    """Return `person_of` a raw update without parsing it; None also if the update is malformed."""
    for kind, payload in content.items():
        if kind in Update.ALL_TYPES and isinstance(payload, dict):
            source = payload.get("from") or payload.get("user") or payload.get("chat")
            sender = source.get("id") if isinstance(source, dict) else None
            return sender if _is_id(sender) else None
    return None


def read_update(content: dict[str, Any], bot: Bot) -> Update | None:
    """Parse a raw update.

    Returns:
        The update; None if it is malformed, which is logged. A malformed update must not be redelivered: it would block
        the person's later updates.
    """
    is_malformed = not is_well_formed(content)
    try:
        update = Update.de_json(content, bot)
        sources = (update.effective_user, update.effective_chat)
        is_malformed |= not all(source is None or _is_id(source.id) for source in sources)
    except Exception:  # noqa: BLE001 - python-telegram-bot raises all kinds of errors for a malformed update.
        is_malformed = True
    if is_malformed:
        _logger.error("malformed update", extra={"update_id": content["update_id"]})
        return None
    return update


def kind_of(update: Update) -> str:
    """Return the name of an update's payload: "message", "callback_query" and so on."""
    return next((str(kind) for kind in Update.ALL_TYPES if getattr(update, kind) is not None), "other")


def _is_id(value: object) -> TypeGuard[int]:
    # No person and no chat has the id 0.
    return type(value) is int and 0 < abs(value) <= MAX_ID
