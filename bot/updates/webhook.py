"""The webhook. It responds after an update was handled, so that Telegram redelivers a refused update."""

import json
import secrets
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from telegram import Bot

from bot.updates.intake import Intake, Outcome
from bot.updates.parsing import read_update, update_id_of

MAX_BODY_BYTES = 1 << 20
"""Larger request bodies are refused. Telegram's updates are a hundredth of this size."""

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name.


RETRY_AFTER_S = 1
"""The pause after which Telegram delivers an update again that was not accepted. Its own pauses grow to a minute."""


class BodyTooLarge(Exception):
    """A request body is larger than MAX_BODY_BYTES."""


class Webhook:
    """The endpoint that Telegram posts updates to.

    Attributes:
        open: whether updates are accepted. Before the bot has started and while it stops, Telegram gets a 503 and
            redelivers them.
    """

    def __init__(self, bot: Bot, intake: Intake, secret: str) -> None:
        self.open = False
        self._bot = bot
        self._intake = intake
        self._secret = secret.encode()

    async def __call__(self, request: Request) -> Response:
        """Handle the update of a request.

        Returns:
            200: the update was handled, or must not be redelivered.
            400, 415: the body is not an update.
            401: the secret token is wrong.
            413: the body is too large.
            503: the update must be redelivered, after RETRY_AFTER_S.
        """
        if not secrets.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), self._secret):
            return PlainTextResponse("wrong secret token\n", 401)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return PlainTextResponse("expected application/json\n", 415)
        try:
            content = json.loads(await _read_body(request))
        except BodyTooLarge:
            return PlainTextResponse(f"more than {MAX_BODY_BYTES} bytes\n", 413)
        except (ValueError, RecursionError):
            return PlainTextResponse("not JSON\n", 400)
        except ClientDisconnect:
            return PlainTextResponse("client disconnected\n", 400)
        if update_id_of(content) is None:
            return PlainTextResponse("not an update\n", 400)
        if not self.open:
            return _redeliver("not running")
        return await self._take(content)

    async def _take(self, content: dict[str, Any]) -> Response:
        if self._intake.drops(content):
            return PlainTextResponse(f"{Outcome.DROPPED.value}\n")
        update = read_update(content, self._bot)
        if update is None:
            return PlainTextResponse("malformed update\n")
        outcome = await self._intake.take(update)
        return _redeliver(outcome.value) if outcome is Outcome.REFUSED else PlainTextResponse(f"{outcome.value}\n")


def _redeliver(reason: str) -> Response:
    return PlainTextResponse(f"{reason}\n", 503, headers={"Retry-After": str(RETRY_AFTER_S)})


async def _read_body(request: Request) -> bytes:
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > MAX_BODY_BYTES:
        raise BodyTooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge
    return bytes(body)
