"""The server: one bot's Telegram, listening on a local port in the running event loop."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Self

import httpx
import uvicorn
from starlette.datastructures import Address
from starlette.types import ASGIApp

from bot.local_bot_api.chats import Chat, Telegram
from bot.local_bot_api.faults import Faults, Limits, RateLimiter
from bot.local_bot_api.files import FileStore
from bot.local_bot_api.http import BotApi, Call
from bot.local_bot_api.person import Person
from bot.local_bot_api.signals import DEFAULT_TIMEOUT_S

SAMPLE_TOKEN = "123456789:local-bot-api-server"  # noqa: S105 - it is valid for this server only.

LOOPBACK = "127.0.0.1"

_EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - it is compared with.


class TelegramServer:
    """A local Bot API server with simulated users.

    The server listens while its context is open. Inside the context, `stop` and `start` simulate an outage: the server
    keeps its port and its state.

        token: the bot's token.
        faults: the faults to inject into the next calls.
        open: whether the server listens. Waiting people are notified when that ends.
    """

    def __init__(
        self,
        *,
        token: str = SAMPLE_TOKEN,
        username: str = "reelmate_bot",
        name: str = "",
        host: str = LOOPBACK,
        port: int = 0,
        limits: Limits | None = None,
        webhook_retry_s: float = 1.0,
        web: httpx.AsyncBaseTransport | None = None,
        first_id: int = 1,
        max_history: int | None = None,
        max_file_bytes: int | None = None,
    ) -> None:
        """Create a bot without chats.

        Args:
            token: the bot's id, a colon, a secret.
            username: the bot's username.
            name: the bot's display name; empty for its username.
            host: the IPv4 address to listen on; 0.0.0.0 is every address of this machine.
            port: the port to listen on; 0 takes a free port.
            limits: the rate limits; None disables them.
            webhook_retry_s: seconds before a failed delivery to the webhook is retried; doubled at every failure.
            web: the transport that fetches photos and documents by URL; None uses the network, public addresses only.
            first_id: the id of the first message; update ids start 100 million higher. A bot with a database from an
                earlier server needs new ids.
            max_history: the largest number of messages per chat, calls and updates; None is unlimited.
            max_file_bytes: the total size of files above which the oldest are evicted; None is unlimited.
        """
        self.token = token
        self.faults = Faults()
        self.open = False
        self._host, self._port = host, port
        self._max_history = max_history
        files = FileStore(web, max_file_bytes)
        self._telegram = Telegram(
            token, username, name or username, files, webhook_retry_s, first_id=first_id, max_history=max_history
        )
        self._api = BotApi(
            self._telegram, self.faults, RateLimiter(limits or Limits()), self._reset_connection, max_history
        )
        self._people: dict[int, Person] = {}
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start to listen, and to deliver updates to the webhook if there is one.

        Raises:
            OSError: the port is taken, or the host is not an address of this machine.
        """
        listener = _listen(self._host, self._port)
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
        # The socket accepts connections already, so callers need not wait for the server task.
        self._task = asyncio.create_task(self._server.serve([listener]), name="telegram-api-server")
        self._telegram.webhook.resume()

    async def stop(self) -> None:
        """Answer open requests, stop delivery, and stop listening."""
        await self._telegram.webhook.pause()
        self._telegram.updates.close()
        self.open = False
        self._telegram.notify_chats()
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task

    # For the settings of the bot.

    @property
    def url(self) -> str:
        """The URL of the server on this machine, without a path."""
        host = LOOPBACK if self._host == _EVERY_ADDRESS else self._host
        return f"http://{host}:{self._port}"

    @property
    def base_url(self) -> str:
        """The `base_url` for python-telegram-bot."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        """The `base_file_url` for python-telegram-bot."""
        return f"{self.url}/file/bot"

    @property
    def bot(self) -> dict[str, Any]:
        """The Bot API User object of the bot."""
        return self._telegram.bot

    @property
    def name(self) -> str:
        """The display name of the bot."""
        return self._telegram.descriptions.get(("name", "")) or str(self.bot["first_name"])

    @property
    def description(self) -> str:
        """The description of the bot that people see before they start it."""
        return self._telegram.descriptions.get(("description", ""), "")

    def add_site(self, site: ASGIApp) -> None:
        """Serve another application at all paths that do not belong to the Bot API."""
        self._api.add_site(site)

    # The people.

    def person(self, person_id: int, first_name: str = "Ann", username: str = "", language_code: str = "en") -> Person:
        """Return a person by id; the first call creates the person, and later calls ignore the other arguments."""
        if person_id not in self._people:
            user = {"id": person_id, "is_bot": False, "first_name": first_name}
            if username:
                user["username"] = username
            if language_code:
                user["language_code"] = language_code
            chat = self._telegram.chats[person_id] = Chat(user, self._max_history)
            self._people[person_id] = Person(self._telegram, chat)
        return self._people[person_id]

    # Calls of the bot.

    @property
    def calls(self) -> list[Call]:
        """All calls with the bot's token, oldest first."""
        return list(self._api.calls)

    def calls_of(self, method: str) -> list[Call]:
        """Return the calls of one method, oldest first."""
        return [call for call in self.calls if call.method.lower() == method.lower()]

    async def called(self, method: str, times: int = 1, timeout_s: float = DEFAULT_TIMEOUT_S) -> list[Call]:
        """Wait until `times` calls of a method were answered since the server was created, and return them.

        Raises:
            TimeoutError: there were fewer calls until the timeout.
        """

        def answered_calls() -> list[Call] | None:
            answered = [call for call in self.calls_of(method) if call.reply is not None]
            return answered if len(answered) >= times else None

        return await self._api.called.wait_for(answered_calls, timeout_s)

    async def arrived(self, method: str, times: int = 1, timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
        """Wait until `times` calls of a method arrived, answered or not; for getUpdates, a long poll is open then.

        Raises:
            TimeoutError: there were fewer calls until the timeout.
        """
        await self._api.called.wait_for(lambda: len(self.calls_of(method)) >= times or None, timeout_s)

    # Updates for the bot.

    @property
    def updates(self) -> list[dict[str, Any]]:
        """All updates for the bot, oldest first."""
        return list(self._telegram.updates.history)

    def redeliver(self, update_id: int) -> None:
        """Deliver an earlier update again.

        Raises:
            LookupError: there is no update with this id.
        """
        self._telegram.updates.redeliver(update_id)

    def send_malformed(self, content: Any) -> None:
        """Let the bot's next poll return something that need not be an update, until the bot confirms it."""
        self._telegram.updates.add_malformed(content)

    def open_query(self, person_id: int) -> str:
        """Return the id of a new callback query of a person. The bot can answer it, but gets no update of it."""
        return self._telegram.new_callback_query_id(self._telegram.chats[person_id])

    def draw_update_ids(self, first_id: int) -> None:
        """Let the next update have this id and none be pending, as after a week without updates."""
        self._telegram.updates.draw_ids(first_id)

    def holding(self) -> AbstractContextManager[list[dict[str, Any]]]:
        """Hold back new updates until the block ends; then deliver the contents of the list, in its order."""
        return self._telegram.updates.holding()

    async def delivered(self, timeout_s: float = DEFAULT_TIMEOUT_S, *, but: int = 0) -> None:
        """Wait until no update is pending: a webhook accepted all of them, or getUpdates confirmed all of them.

        A bot that polls confirms an update before it has handled it.

        Args:
            timeout_s: the time to wait.
            but: this many updates may still be pending.

        Raises:
            TimeoutError: more updates are still pending.
        """
        updates = self._telegram.updates
        await updates.signal.wait_for(lambda: updates.pending_count <= but or None, timeout_s)

    def _reset_connection(self, client: Address | None) -> None:
        """Reset the connection of a client, so that the client gets no response."""
        connections = self._server.server_state.connections if self._server is not None else ()
        for transport in [connection.transport for connection in connections]:
            if transport.get_extra_info("peername")[:2] == client:
                # With this option, closing the connection sends a reset, and nothing that is still to be sent.
                linger = struct.pack("ii", 1, 0)
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                transport.abort()


def _listen(host: str, port: int) -> socket.socket:
    """Create a listening socket with an explicit TCP protocol.

    Without it, asyncio does not set TCP_NODELAY, and Nagle's algorithm delays each response by 40 ms.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.listen()
    return listener


class _Server(uvicorn.Server):
    """Uvicorn without signal handlers: the surrounding program handles signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
