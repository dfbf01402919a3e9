"""The server: one bot's Telegram, listening on a port of this machine in the running event loop."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Self

import httpx
import uvicorn
from starlette.types import ASGIApp

from bot.local_bot_api.chats import Chat, Telegram
from bot.local_bot_api.faults import Faults, Limits, RateLimiter
from bot.local_bot_api.files import FileStore
from bot.local_bot_api.http import BotApi, Call
from bot.local_bot_api.person import DEFAULT_TIMEOUT_S, Person

SAMPLE_TOKEN = "123456789:local-bot-api-server"  # noqa: S105 - opens nothing but this server.


class TelegramServer:
    """A local Bot API server, and the people on its other side.

    It listens while its context is open. `stop` and `start` inside it are an outage: the port stays, and so does all
    that the server holds.

    Attributes:
        token: the bot's token.
        faults: trouble to make for the next calls.
        open: whether it listens; what waits for a person is woken when that ends.
    """

    def __init__(
        self,
        *,
        token: str = SAMPLE_TOKEN,
        username: str = "reelmate_bot",
        name: str = "",
        port: int = 0,
        limits: Limits | None = None,
        webhook_retry_s: float = 1.0,
        web: httpx.AsyncBaseTransport | None = None,
        first_id: int = 1,
        keep: int | None = None,
        max_file_bytes: int | None = None,
    ) -> None:
        """Set up an empty Telegram.

        Args:
            token: the bot's id, a colon, a secret.
            username: of the bot.
            name: what the bot is called; empty is its username.
            port: to listen on; 0 takes a free one.
            limits: on messages a second; None is without limits.
            webhook_retry_s: seconds until a webhook is tried again, doubled at every failure.
            web: where photos and documents given by address are fetched; None is the real network.
            first_id: of messages and, a hundred million higher, of updates: a bot that remembers those of an earlier
                server must not meet them again.
            keep: how many messages a chat, calls and updates are remembered at most; None is without end.
            max_file_bytes: what photos and documents may take in memory; above it, the oldest are forgotten.
        """
        self.token = token
        self.faults = Faults()
        self.open = False
        self._port = port
        self._keep = keep
        files = FileStore(web, max_file_bytes)
        self._telegram = Telegram(
            token, username, name or username, files, webhook_retry_s, first_id=first_id, keep=keep
        )
        self._api = BotApi(self._telegram, self.faults, RateLimiter(limits or Limits()), keep)
        self._people: dict[int, Person] = {}
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, and deliver to the webhook if there is one.

        Raises:
            OSError: the port is taken.
        """
        listener = _listen(self._port)
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._api.app,
            lifespan="off",
            ws="none",
            access_log=False,
            log_config=None,
            log_level="error",
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config)
        self.open = True
        self._telegram.updates.reopen()
        # The listener takes connections already, so nobody has to wait until the server is up.
        self._task = asyncio.create_task(self._server.serve([listener]), name="telegram-api-server")
        self._telegram.webhook.resume()

    async def stop(self) -> None:
        """Answer what is open, deliver nothing more, and stop listening."""
        await self._telegram.webhook.pause()
        self._telegram.updates.close()
        self.open = False
        self._telegram.ring()
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task

    # For the bot's settings.

    @property
    def url(self) -> str:
        """The server's address, without a path."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def base_url(self) -> str:
        """What python-telegram-bot takes as `base_url`."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        """What python-telegram-bot takes as `base_file_url`."""
        return f"{self.url}/file/bot"

    @property
    def bot(self) -> dict[str, Any]:
        """The bot as a user, in Telegram's shape."""
        return self._telegram.bot

    @property
    def name(self) -> str:
        """What the bot is called."""
        return self._telegram.descriptions.get(("name", "")) or str(self.bot["first_name"])

    @property
    def description(self) -> str:
        """What the bot says about itself to who has not begun."""
        return self._telegram.descriptions.get(("description", ""), "")

    def add_site(self, site: ASGIApp) -> None:
        """Serve an application of one's own at the paths that are not the Bot API's."""
        self._api.add_site(site)

    # The people.

    def person(self, person_id: int, first_name: str = "Ann", username: str = "", language_code: str = "en") -> Person:
        """A person by id; made at first, and the same ever after."""
        if person_id not in self._people:
            user = {"id": person_id, "is_bot": False, "first_name": first_name}
            if username:
                user["username"] = username
            if language_code:
                user["language_code"] = language_code
            chat = self._telegram.chats[person_id] = Chat(user, self._keep)
            self._people[person_id] = Person(self._telegram, chat)
        return self._people[person_id]

    # What the bot did.

    @property
    def calls(self) -> list[Call]:
        """Every call the bot made with its token, oldest first."""
        return list(self._api.calls)

    def calls_of(self, method: str) -> list[Call]:
        """The calls of one method, oldest first."""
        return [call for call in self.calls if call.method.lower() == method.lower()]

    async def called(self, method: str, times: int = 1, timeout_s: float = DEFAULT_TIMEOUT_S) -> list[Call]:
        """The calls of a method, as soon as this many were answered since the server was made.

        Raises:
            TimeoutError: there were not that many in time.
        """

        def look() -> list[Call] | None:
            answered = [call for call in self.calls_of(method) if call.reply is not None]
            return answered if len(answered) >= times else None

        return await self._api.called.wait_for(look, timeout_s)

    async def arrived(self, method: str, times: int = 1, timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
        """Wait until this many calls of a method came, answered or not: a long poll is open then.

        Raises:
            TimeoutError: there were not that many in time.
        """
        await self._api.called.wait_for(lambda: len(self.calls_of(method)) >= times or None, timeout_s)

    # What the bot is sent.

    @property
    def updates(self) -> list[dict[str, Any]]:
        """Every update that was made for the bot, oldest first."""
        return list(self._telegram.updates.history)

    def redeliver(self, update_id: int) -> None:
        """Send the bot an old update once more.

        Raises:
            LookupError: there was none with this id.
        """
        self._telegram.updates.repeat(update_id)

    def holding(self) -> AbstractContextManager[list[dict[str, Any]]]:
        """Hold back the updates made inside; at the end its list is delivered, in whatever order it was put."""
        return self._telegram.updates.holding()

    async def delivered(self, timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
        """Wait until no update waits: by webhook all were answered well, by polling all were confirmed.

        A bot that polls confirms an update before it has handled it.

        Raises:
            TimeoutError: some still wait.
        """
        updates = self._telegram.updates
        await updates.signal.wait_for(lambda: updates.pending_count == 0 or None, timeout_s)


def _listen(port: int) -> socket.socket:
    """A listening socket that says it is TCP: only then asyncio turns off Nagle's delay of 40 ms on each answer."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    listener.listen()
    return listener


class _Server(uvicorn.Server):
    """Uvicorn inside somebody else's program, who minds the signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
