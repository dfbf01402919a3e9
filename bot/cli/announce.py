"""The command `reelmate announce`."""

import asyncio
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exit_status import one_line_errors
from bot.cli.options import JsonOption
from bot.errors import BadInput
from bot.reporting import print_result

if TYPE_CHECKING:
    from bot.settings import Settings
    from recsys.services.administration import AnnouncementPreview

EXAMPLE = "reelmate announce 'There are 300 new movies.' --active-days 30"

Confirm = Callable[[int], bool]
"""A callback that takes the number of recipients and returns whether to send."""


def command(
    text: Annotated[str, typer.Argument(help="The announcement, as plain text.")],
    active_days: Annotated[
        int | None,
        typer.Option(
            "--active-days",
            min=1,
            metavar="N",
            help="Send only to people who were active in the last N days.",
            show_default="all",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Send an announcement to everybody who wants messages.

    A worker, or a bot that polls, sends it.
    """

    def confirm(recipients: int) -> bool:
        return yes or typer.confirm(f"Send this to {recipients} people?", err=True)

    with one_line_errors():
        from bot.settings import load_settings

        sent = asyncio.run(announce(load_settings(), text, active_days, confirm))
        document = {"job": sent.job_id if sent else None, "recipients": sent.recipients if sent else 0}
        print_result({"announcement": document}, as_json)


async def announce(settings: "Settings", text: str, days: int | None, confirm: Confirm) -> "AnnouncementPreview | None":
    """Request an announcement, which a worker sends.

    Args:
        settings: where everything is stored.
        text: plain text, which is escaped.
        days: send only to people who were active in this many last days; None for everybody who wants messages.
        confirm: called with the number of recipients if there are any.

    Returns:
        The announcement with its number of recipients; None if there are none, or if it was not confirmed.

    Raises:
        BadInput: the text is empty or too long.
        StorageError: a service cannot be used.
    """
    from bot.app import open_administration
    from bot.stores import open_stores
    from handlers.admin import MAX_ANNOUNCEMENT
    from recsys.services.administration import COMMAND_LINE, AnnouncementPreview

    text = text.strip()
    if not text:
        raise BadInput("announce: the text is empty; expected an announcement")
    if len(text.encode("utf-16-le")) // 2 > MAX_ANNOUNCEMENT:
        raise BadInput(f"announce: the text is too long; expected at most {MAX_ANNOUNCEMENT} characters")
    async with open_stores(settings) as stores:
        administration = open_administration(stores, settings, {})
        recipients = await administration.count_recipients(COMMAND_LINE, days)
        if not isinstance(recipients, int) or recipients == 0 or not confirm(recipients):
            return None
        draft = await administration.draft_announcement(COMMAND_LINE, escape(text, quote=False))
        if not isinstance(draft, AnnouncementPreview):
            return None
        sent = await administration.announce(COMMAND_LINE, draft.job_id, days)
    return sent if isinstance(sent, AnnouncementPreview) else None
