"""`reelmate demo`: the bot with a local Bot API server and a chat page in the browser."""

import asyncio
import contextlib
import errno
import ipaddress
import os
import secrets
import socket
import time
import webbrowser

from pydantic import SecretStr

from bot.errors import BadInput
from bot.local_bot_api import ADMIN, ChatPage, PageOptions, TelegramServer
from bot.process.run import run
from bot.reporting import print_note
from bot.settings import Settings
from bot.stores import open_stores
from recsys.data import snapshot
from storage.errors import NotFound
from storage.migrations import migrate

ADMIN_ID = 1000
"""The user id of the person at `/?as=admin`; it is above all other ids of the demo."""

STARTER_NOTICE = "This is the starter set: real titles, simulated audiences. reelmate demo --data DIR takes your own."
SUGGESTIONS = ("/recommend", "90s comedy, no horror", "like Alien", "give me five", "/watchlist", "/export")

_HISTORY_SIZE = 1000
"""The local server keeps this many messages of a chat, calls and updates."""

_MAX_FILE_BYTES = 256 * 1024 * 1024
_LOCAL_HOSTS = ("127.0.0.1", "localhost")
_START_TIMEOUT_S = 600.0


def check(settings: Settings, host: str, port: int) -> None:
    """Check what a demo needs, before anything is prepared for it.

    Raises:
        BadInput: the address cannot be bound, or the database is a server, to which the demo would add invented people.
    """
    if not settings.database_url.get_secret_value().startswith("sqlite"):
        raise BadInput("DATABASE_URL: the demo would write invented people into a database that others use; unset it")
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        raise BadInput(f"--host {host}: expected an IPv4 address, such as 127.0.0.1 or 0.0.0.0") from None
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise _not_bound(host, port, error) from None


async def is_prepared(settings: Settings) -> bool:
    """Migrate the database, and return whether there is a model to serve.

    Raises:
        Misconfigured: a URL cannot be used.
        Unavailable: a service does not answer.
    """
    await migrate(settings.database_url.get_secret_value())
    async with open_stores(settings) as stores:
        return await stores.releases.active() is not None


async def demo(settings: Settings, host: str, port: int, *, open_browser: bool) -> None:
    """Run the bot against a local Bot API server with a chat page, until SIGTERM or SIGINT.

    The demo replaces the settings for Telegram, the address to listen on, and the admins.

    Args:
        settings: the settings, after `reelmate prepare`.
        host: the IPv4 address of the page; 0.0.0.0 is every address of this machine.
        port: the port of the page; 0 takes a free one.
        open_browser: whether to open the page in a graphical browser, if there is one.

    Raises:
        BadInput: the address cannot be bound, or the database is a server.
        StorageError: see `bot.process.run.run`.
    """
    check(settings, host, port)
    if not ipaddress.ip_address(host).is_loopback:
        print_note("Everybody who can reach this machine can open the page, also as the admin.")
    _reach_directly(host)
    notice = STARTER_NOTICE if _is_starter(settings) else ""
    server = TelegramServer(
        # The token is random: anybody who has it can write as the bot, and a page of any site may call this machine.
        token=f"{secrets.randbelow(10**9) + 10**9}:{secrets.token_urlsafe(26)}",
        username="reelmate_demo_bot",
        name="Reelmate",
        host=host,
        port=port,
        # Ids must be new: the bot's database has the messages and updates of earlier demos.
        first_id=int(time.time()),
        max_history=_HISTORY_SIZE,
        max_file_bytes=_MAX_FILE_BYTES,
    )
    server.add_site(ChatPage(server, PageOptions(notice, SUGGESTIONS), ADMIN_ID).app)
    try:
        await server.start()
    except OSError as error:
        raise _not_bound(host, port, error) from None
    announcing = asyncio.create_task(_announce(server, notice, open_browser=open_browser), name="announce")
    try:
        await run(_with_local_telegram(settings, server), "WARNING")
    finally:
        announcing.cancel()
        await asyncio.gather(announcing, return_exceptions=True)
        await server.stop()


def _not_bound(host: str, port: int, error: OSError) -> BadInput:
    if error.errno == errno.EADDRINUSE:
        return BadInput(f"--port {port}: {error.strerror}; --port 0 takes a free one")
    return BadInput(f"--host {host} --port {port}: {error.strerror or error}")


def _with_local_telegram(settings: Settings, server: TelegramServer) -> Settings:
    """Return settings for the local Bot API server: its URL and token replace those of the real bot.

    There is no webhook, a free port for the HTTP server, and ADMIN_ID is the only admin.
    """
    return settings.model_copy(
        update={
            "bot_token": SecretStr(server.token),
            "bot_api_url": SecretStr(server.url),
            "webhook_url": None,
            "webhook_secret": None,
            "listen": "127.0.0.1:0",
            "admin_ids": frozenset({ADMIN_ID}),
        }
    )


async def _announce(server: TelegramServer, notice: str, *, open_browser: bool) -> None:
    """Print the address of the page once the bot polls, and open it in a browser."""
    await server.arrived("getUpdates", timeout_s=_START_TIMEOUT_S)
    if notice:
        print_note(notice)
    print_note(f"Reelmate answers at  {server.url}/\nand its admin is at  {server.url}/?as={ADMIN}\nCtrl+C ends it.")
    if open_browser:
        await asyncio.to_thread(_open_window, f"{server.url}/")


def _open_window(url: str) -> None:
    with contextlib.suppress(webbrowser.Error):
        browser = webbrowser.get()
        # Browsers of exactly this class run in the terminal and would block it.
        if type(browser) is not webbrowser.GenericBrowser:
            browser.open(url)


def _is_starter(settings: Settings) -> bool:
    try:
        return snapshot.load(settings.snapshot_folder).is_starter
    except NotFound:
        return False


def _reach_directly(host: str) -> None:
    """Exclude this machine and an address of it from any proxy; httpx reads NO_PROXY from the environment."""
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), *_LOCAL_HOSTS, host)))
