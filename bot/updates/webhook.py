"""The webhook that Telegram calls; it is answered after the update is handled, so that a failed update comes again."""

import json
import secrets

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from telegram import Bot

from bot.updates.intake import Intake, Outcome
from bot.updates.parsing import read_update

MAX_BODY_BYTES = 1 << 20
"""Telegram's own updates are a hundredth of this."""


SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name.


class TooLarge(Exception):
    """A body is larger than anything that Telegram sends."""


class Webhook:
    """What Telegram calls: answered when the update is handled, so that one which could not be comes again.

    Attributes:
        open: whether updates are taken in; until they are, and when the bot stops, Telegram is asked to repeat them.
    """

    def __init__(self, bot: Bot, intake: Intake, secret: str) -> None:
        self.open = False
        self._bot = bot
        self._intake = intake
        self._secret = secret.encode()

    async def __call__(self, request: Request) -> Response:
        """200 handled, 401 not Telegram, 413 too large, 415 and 400 not an update, 503 to be repeated."""
        if not secrets.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), self._secret):
            return PlainTextResponse("wrong secret token\n", 401)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return PlainTextResponse("expected application/json\n", 415)
        try:
            content = json.loads(await _read(request))
        except TooLarge:
            return PlainTextResponse(f"more than {MAX_BODY_BYTES} bytes\n", 413)
        except (ValueError, RecursionError):
            return PlainTextResponse("not JSON\n", 400)
        except ClientDisconnect:
            return PlainTextResponse("cut off\n", 400)
        if not isinstance(content, dict) or not isinstance(content.get("update_id"), int):
            return PlainTextResponse("not an update\n", 400)
        if not self.open:
            return PlainTextResponse("not now\n", 503)
        if self._intake.drops(content):
            return PlainTextResponse(f"{Outcome.DROPPED.value}\n")
        update = read_update(content, self._bot)
        if update is None:
            return PlainTextResponse("unreadable\n")
        outcome = await self._intake.take(update)
        return PlainTextResponse(f"{outcome.value}\n", 503 if outcome is Outcome.REFUSED else 200)


async def _read(request: Request) -> bytes:
    """The body; stops reading where it becomes too large."""
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > MAX_BODY_BYTES:
        raise TooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge
    return bytes(body)
