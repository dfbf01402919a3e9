"""The HTTP interface of the Bot API: token check, parameters, faults, rate limits, dispatch, response."""

import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Address
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from bot.local_bot_api.chats import Telegram
from bot.local_bot_api.errors import ApiError
from bot.local_bot_api.faults import ConnectionReset, Faults, RateLimiter
from bot.local_bot_api.methods import METHODS
from bot.local_bot_api.methods.receiving import DescribedResult
from bot.local_bot_api.parameters import Parameters, read_parameters
from bot.local_bot_api.signals import Signal


@dataclass(eq=False, slots=True)
class Call:
    """A call of the bot.

    Attributes:
        method: the method as the bot spelled it.
        parameters: the parameters by name. The values of a form are text, except for JSON values, which are decoded.
        uploads: the names of the form parts with files.
        at: the time of arrival, in seconds of `time.monotonic`.
        reply: the body of the response; None until there is one.
    """

    method: str
    parameters: dict[str, Any]
    uploads: tuple[str, ...]
    at: float = field(default_factory=time.monotonic)
    reply: dict[str, Any] | None = None

    @property
    def ok(self) -> bool:
        """Whether the call succeeded."""
        return self.reply is not None and bool(self.reply["ok"])

    @property
    def chat_id(self) -> int | None:
        """The chat id of the call, if it has one."""
        chat_id = str(self.parameters.get("chat_id", ""))
        return int(chat_id) if chat_id.isascii() and chat_id.isdigit() else None


class BotApi:
    """The HTTP interface of one bot's Telegram.

    Attributes:
        calls: all calls with the right token, or the newest `max_history`; in order of arrival.
        called: is notified when a call arrives, and when it is answered.
        app: the Starlette application.
    """

    def __init__(
        self,
        telegram: Telegram,
        faults: Faults,
        limiter: RateLimiter,
        reset: Callable[[Address | None], None],
        max_history: int | None = None,
    ) -> None:
        """Create the interface.

        Args:
            telegram: the bot and its chats.
            faults: the faults to inject.
            limiter: the rate limits.
            reset: resets the connection of a client.
            max_history: the largest number of calls in `calls`; None is unlimited.
        """
        self.calls: deque[Call] = deque(maxlen=max_history)
        self.called = Signal()
        self._telegram = telegram
        self._faults = faults
        self._limiter = limiter
        self._reset = reset
        self.app = Starlette(
            routes=[
                Route("/bot{token}/{method}", self._method, methods=["GET", "POST"]),
                Route("/file/bot{token}/{path:path}", self._file),
            ],
            exception_handlers={404: _not_found, 405: _not_found, Exception: _broken},
        )

    def add_site(self, site: ASGIApp) -> None:
        """Serve another application at all paths that do not belong to the API."""
        self.app.router.routes.append(Mount("/", site))

    async def _method(self, request: Request) -> Response:
        try:
            self._check_token(request)
            parameters = await read_parameters(request)
        except ApiError as error:
            return JSONResponse(error.body(), error.code)
        method = request.path_params["method"]
        call = Call(method, parameters.values, tuple(parameters.uploads))
        self.calls.append(call)
        self.called.notify()
        status, chat_id = 200, self._chat_of(parameters)
        try:
            try:
                call.reply = _ok(await self._answer(method, chat_id, parameters))
            except ApiError as error:
                status, call.reply = error.code, error.body()
            self.called.notify()
            # In ASCII, as Telegram's servers answer.
            body = json.dumps(call.reply, separators=(",", ":")).encode("ascii")
            content = self._faults.damaged(method, body, chat_id)
        except ConnectionReset:
            self._reset(request.client)
            content = b""
        return Response(content, status, media_type="application/json")

    async def _answer(self, method: str, chat_id: str, parameters: Parameters) -> Any:
        handler = METHODS.get(method.lower())
        if handler is None:
            raise ApiError(404, "Not Found")
        await self._faults.apply(method, chat_id)
        self._limiter.count(method, chat_id)
        return await handler(self._telegram, parameters)

    def _chat_of(self, parameters: Parameters) -> str:
        """Return the id of the chat that a call concerns; empty if it concerns none."""
        asked = self._telegram.open_callback_queries.get(parameters.text("callback_query_id"))
        return parameters.text("chat_id") if asked is None else str(asked.chat_id)

    async def _file(self, request: Request) -> Response:
        try:
            self._check_token(request)
        except ApiError as error:
            return JSONResponse(error.body(), error.code)
        content = self._telegram.files.content_at(request.path_params["path"])
        if content is None:
            return _not_found(request, None)
        return Response(content, media_type="application/octet-stream")

    def _check_token(self, request: Request) -> None:
        if request.path_params["token"] != self._telegram.token:
            raise ApiError(401, "Unauthorized")


def _ok(result: Any) -> dict[str, Any]:
    if isinstance(result, DescribedResult):
        return {"ok": True, "result": result.result, "description": result.description}
    return {"ok": True, "result": result}


def _not_found(_: Request, __: Exception | None) -> Response:
    return JSONResponse(ApiError(404, "Not Found").body(), 404)


def _broken(_: Request, __: Exception) -> Response:
    return JSONResponse(ApiError(500, "Internal Server Error").body(), 500)
