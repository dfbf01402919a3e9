"""`reelmate announce`: an announcement from the command line, which `reelmate worker`, or a bot that polls, sends."""

from collections.abc import Callable
from html import escape

from bot.app import open_administration
from bot.errors import BadInput
from bot.settings import Settings
from bot.stores import open_stores
from handlers.admin import MAX_ANNOUNCEMENT
from recsys.services.administration import COMMAND_LINE, Preview

Confirm = Callable[[int], bool]
"""Takes the number of recipients."""


async def announce(settings: Settings, text: str, days: int | None, confirm: Confirm) -> Preview | None:
    """Let a text be sent to everybody who wants messages.

    Args:
        settings: where everything lies.
        text: plain; nothing in it is markup.
        days: only to people who did something in so many days; None for all.
        confirm: asks whether it shall be.

    Returns:
        How many get it; None where they are nobody, or it shall not be.

    Raises:
        BadInput: the text is empty or too long.
        StorageError: a service cannot be used.
    """
    text = text.strip()
    if not text:
        raise BadInput("announce: the text is empty")
    if len(text.encode("utf-16-le")) // 2 > MAX_ANNOUNCEMENT:
        raise BadInput(f"announce: the text has more than {MAX_ANNOUNCEMENT} characters")
    async with open_stores(settings) as stores:
        administration = open_administration(stores, settings, {})
        recipients = await administration.count_recipients(COMMAND_LINE, days)
        if not isinstance(recipients, int) or recipients == 0 or not confirm(recipients):
            return None
        draft = await administration.draft_announcement(COMMAND_LINE, escape(text, quote=False))
        if not isinstance(draft, Preview):
            return None
        sent = await administration.announce(COMMAND_LINE, draft.job_id, days)
    return sent if isinstance(sent, Preview) else None
