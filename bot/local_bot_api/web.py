"""The chat page: a person's chat in a browser tab. It uses the same interface as the tests: people and messages.

    GET  /                          the page, from the folder `page`
    POST /people                    adds a person: {"key": "3"}
    GET  /people/{key}/events       Server-Sent Events: everything that the person sees first, then the changes
    POST /people/{key}/messages     {"text", "reply_to"?}
    POST /people/{key}/presses      {"message_id", "data"}: returns when the bot answers the callback query
    POST /people/{key}/reactions    {"message_id", "emoji": []}
    POST /people/{key}/uploads      sends the body as a photo or a file: ?kind=photo, or ?kind=file&name=list.csv
    POST /people/{key}/samples      {"kind"}: sends a sample "sticker" or "voice" message
    GET  /people/{key}/files/{id}   a photo or document of the person's chat

Every stream begins with the whole chat, so a tab that lost its connection only has to open another stream.
"""

import contextlib
import ipaddress
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, Field, ValidationError
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as AsgiMessage

from bot.local_bot_api.errors import ApiError
from bot.local_bot_api.formatting import MAX_TEXT
from bot.local_bot_api.images import media_type
from bot.local_bot_api.person import Person
from bot.local_bot_api.server import TelegramServer
from bot.local_bot_api.view import Message
from bot.local_bot_api.web_view import ChatView, PageOptions

ADMIN = "admin"
"""The key of the bot's admin."""

MAX_PEOPLE = 50
"""Largest number of people, without the admin."""

MAX_STREAMS = 100
"""Largest number of open event streams."""

MAX_BODY_BYTES = 64 * 1024
"""Largest request body in bytes, except for uploads."""

MAX_UPLOAD_BYTES = 10 * 1024 * 1024
"""Largest photo or file in bytes that a person can send."""

MAX_NAME = 200
"""Longest name of a file that a person can send."""

_HEARTBEAT_S = 15.0
_PRESS_TIMEOUT_S = 20.0
_PAGE_FOLDER = Path(__file__).parent / "page"
_NAMES = ("Ann", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gia", "Hugo", "Ida", "Jon")
_HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class NewPerson(BaseModel):
    """The body of a request that adds a person; it has no fields."""


class NewMessage(BaseModel):
    """A text message, or a reply."""

    text: str = Field(max_length=MAX_TEXT)
    reply_to: int | None = None


class ButtonPress(BaseModel):
    """A tap on a button, with the callback data that the button had at that time."""

    message_id: int
    data: str


class Sample(BaseModel):
    """A message that the page can send without a file of the person."""

    kind: Literal["sticker", "voice"]


class Reaction(BaseModel):
    """All emoji with which a person reacts to a message."""

    message_id: int
    emoji: list[str]


_Body = TypeVar("_Body", bound=BaseModel)


class ChatPage:
    """The web application for the people of one server.

    Anybody who can reach the address of the server may use it. A page of another site in the same browser cannot,
    because requests with a host name or with another origin are rejected.

    Attributes:
        app: the Starlette application; see `TelegramServer.add_site`.
    """

    def __init__(self, server: TelegramServer, options: PageOptions, admin_id: int | None = None) -> None:
        """Create the application with one person.

        Args:
            server: the server of the people.
            options: texts for the page.
            admin_id: the id of the bot's admin; None for no admin.
        """
        self._server = server
        self._options = options
        self._people: dict[str, Person] = {}
        self._streams = 0
        self._add_person("1")
        if admin_id is not None:
            self._people[ADMIN] = server.person(admin_id, "Admin")
        self.app = Starlette(
            routes=[
                Route("/people", self._new_person, methods=["POST"]),
                Route("/people/{key}/events", self._events),
                Route("/people/{key}/messages", self._write, methods=["POST"]),
                Route("/people/{key}/presses", self._press, methods=["POST"]),
                Route("/people/{key}/reactions", self._react, methods=["POST"]),
                Route("/people/{key}/uploads", self._upload, methods=["POST"]),
                Route("/people/{key}/samples", self._send_sample, methods=["POST"]),
                Route("/people/{key}/files/{file_id}", self._file),
                Mount("/", StaticFiles(directory=_PAGE_FOLDER, html=True)),
            ],
            middleware=[Middleware(_Headers), Middleware(_AddressesOnly)],
            exception_handlers={HTTPException: _error_response},
        )

    # People.

    def _add_person(self, key: str) -> Person:
        number = int(key)
        name = _NAMES[number - 1] if number <= len(_NAMES) else f"Guest {number}"
        return self._people.setdefault(key, self._server.person(number, name))

    def _person(self, request: Request) -> Person:
        key = request.path_params["key"]
        if key in self._people:
            return self._people[key]
        if key.isascii() and key.isdecimal() and key == str(int(key)) and 1 <= int(key) <= MAX_PEOPLE:
            return self._add_person(key)
        raise HTTPException(404, f"there is no person {key[:20]!r}: 1 to {MAX_PEOPLE}")

    async def _new_person(self, request: Request) -> Response:
        await _body(request, NewPerson)
        key = next((str(number) for number in range(1, MAX_PEOPLE + 1) if str(number) not in self._people), None)
        if key is None:
            raise HTTPException(409, f"there are {MAX_PEOPLE} people already")
        self._add_person(key)
        return JSONResponse({"key": key})

    # Actions.

    async def _write(self, request: Request) -> Response:
        person, body = self._person(request), await _body(request, NewMessage)
        try:
            if body.reply_to is None:
                message = await person.send(body.text)
            else:
                message = await person.reply(_message(person, body.reply_to), body.text)
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        return JSONResponse({"message_id": message.message_id})

    async def _press(self, request: Request) -> Response:
        person, body = self._person(request), await _body(request, ButtonPress)
        press = await person.press_crafted(body.message_id, body.data)
        with contextlib.suppress(TimeoutError):
            await person.until(
                lambda person: not self._server.open or person.answer_to(press.query_id) is not None, _PRESS_TIMEOUT_S
            )
        answer = person.answer_to(press.query_id)
        if answer is None:
            raise HTTPException(504, "the bot did not answer")
        return JSONResponse({"text": answer.text, "show_alert": answer.show_alert, "url": answer.url})

    async def _react(self, request: Request) -> Response:
        person, body = self._person(request), await _body(request, Reaction)
        try:
            await person.react(_message(person, body.message_id), *body.emoji)
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        return JSONResponse({})

    async def _upload(self, request: Request) -> Response:
        person, content = self._person(request), await _content(request, MAX_UPLOAD_BYTES)
        name = request.query_params.get("name", "")[:MAX_NAME] or "file"
        try:
            if request.query_params.get("kind") == "photo":
                message = await person.send_photo(content)
            else:
                message = await person.send_document(content, name, request.headers.get("content-type", ""))
        except ApiError as error:
            raise HTTPException(400, f"Telegram does not take this: {error.description}") from None
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        return JSONResponse({"message_id": message.message_id})

    async def _send_sample(self, request: Request) -> Response:
        person, body = self._person(request), await _body(request, Sample)
        try:
            message = await (person.send_sticker() if body.kind == "sticker" else person.send_voice())
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        return JSONResponse({"message_id": message.message_id})

    # Events and files.

    async def _events(self, request: Request) -> Response:
        person = self._person(request)
        if self._streams >= MAX_STREAMS:
            raise HTTPException(503, f"{MAX_STREAMS} tabs are open already")
        return StreamingResponse(self._stream(person, request.path_params["key"]), media_type="text/event-stream")

    async def _stream(self, person: Person, key: str) -> AsyncIterator[str]:
        view = ChatView(self._server, person, key, self._options, self._people)
        self._streams += 1
        try:
            while self._server.open:
                event = view.next_event()
                # The comment keeps the connection open, and writing it reveals a closed connection.
                yield f"data: {json.dumps(event, ensure_ascii=False)}\n\n" if event else ": still here\n\n"
                with contextlib.suppress(TimeoutError):
                    await person.until(lambda _: not self._server.open or view.is_behind, _HEARTBEAT_S)
        finally:
            self._streams -= 1

    async def _file(self, request: Request) -> Response:
        person = self._person(request)
        try:
            content = person.file(request.path_params["file_id"])
        except LookupError:
            raise HTTPException(404, "no such file is in this chat") from None
        picture = media_type(content)
        if picture is not None:
            return Response(content, media_type=picture)
        # The browser must download any other file: as a page of this origin it could run scripts.
        name = quote(request.query_params.get("name", "file"), safe="")
        headers = {"content-disposition": f"attachment; filename*=utf-8''{name}"}
        return Response(content, media_type="application/octet-stream", headers=headers)


def _message(person: Person, message_id: int) -> Message:
    message = person.message(message_id)
    if message is None:
        raise HTTPException(404, "the message is not in the chat any more")
    return message


async def _body(request: Request, model: type[_Body]) -> _Body:
    """Read and validate the body of a request from the page.

    Raises:
        HTTPException: the request comes from another site, or the body is too large or invalid.
    """
    try:
        return model.model_validate_json(await _content(request, MAX_BODY_BYTES))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise HTTPException(400, f"{field}: {first['msg']}" if field else first["msg"]) from None


async def _content(request: Request, max_bytes: int) -> bytes:
    """Read the body of a request from the page.

    Raises:
        HTTPException: the request comes from another site, or the body is too large.
    """
    if request.headers.get("origin") != f"http://{request.headers['host']}":
        raise HTTPException(403, "only this page may send anything here")
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > max_bytes:
            raise HTTPException(413, f"more than {max_bytes} bytes")
    return bytes(content)


def _error_response(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - the handler is registered for this class only.
    return JSONResponse({"error": error.detail}, error.status_code)


class _Headers:
    """Middleware that adds headers to every response: for security, and against outdated copies of the page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: AsgiMessage) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, with_headers)


class _AddressesOnly:
    """Middleware that rejects requests to host names other than localhost.

    The name of a hostile site can resolve to this machine (DNS rebinding), and an address cannot.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _names_an_address(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse("Open this page by its address: host names are not accepted", 400)(
                scope, receive, send
            )


def _names_an_address(host: str) -> bool:
    """Return whether a Host header is an IP address or localhost, with or without a port."""
    bracketed = host.startswith("[")
    name = host[1:].partition("]")[0] if bracketed else host.partition(":")[0]
    if name == "localhost":
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
