"""Calls to the Bot API over aiohttp: they cost a fifth of what python-telegram-bot's own cost, which go over httpx."""

from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

_KEEP_ALIVE_S = 4.0
"""Many servers close a connection after 5 s; what is sent just then may be lost, or may not."""

ANSWER_TIMEOUT_S = 15.0
"""Seconds until more of an answer must come, if a call does not say otherwise."""

UPLOAD_TIMEOUT_S = 30.0
"""How long it may take to send a call with all its files."""


class AiohttpRequest(BaseRequest):
    """The HTTP side of python-telegram-bot, to one server; it opens with the first call, in the loop that makes it."""

    def __init__(self, connections: int, *, connect_timeout_s: float, answer_timeout_s: float) -> None:
        """Set the limits.

        Args:
            connections: how many calls may be under way at once; further ones wait, within the time for connecting.
            connect_timeout_s: until a call can begin.
            answer_timeout_s: until more of its answer comes, where the call does not say otherwise.
        """
        self._connections = connections
        self._connect_timeout_s = connect_timeout_s
        self._answer_timeout_s = answer_timeout_s
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """Seconds until more of an answer comes."""
        return self._answer_timeout_s

    async def initialize(self) -> None:
        """Nothing is opened before the first call."""

    async def shutdown(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        write_timeout: Any = None,  # noqa: ARG002 - python-telegram-bot's signature; UPLOAD_TIMEOUT_S stands for all.
        connect_timeout: Any = None,  # noqa: ARG002 - the same signature; the time for connecting is set once.
        pool_timeout: Any = None,  # noqa: ARG002 - the same signature; waiting for a connection counts as connecting.
    ) -> tuple[int, bytes]:
        """Make one call: the status and the body of its answer."""
        answer_s = read_timeout if isinstance(read_timeout, int | float) else self._answer_timeout_s
        timeout = aiohttp.ClientTimeout(
            total=self._connect_timeout_s + UPLOAD_TIMEOUT_S + answer_s,
            connect=self._connect_timeout_s,
            sock_read=answer_s,
        )
        try:
            async with self._opened(url).request(method, url, data=_form(request_data), timeout=timeout) as answer:
                return answer.status, await answer.read()
        except TimeoutError as error:
            raise TimedOut from error
        except aiohttp.ClientError as error:
            # Its message may hold the address, and that holds the token.
            raise NetworkError(f"aiohttp.{type(error).__name__}") from error

    def _opened(self, url: str) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, keepalive_timeout=_KEEP_ALIVE_S, ssl=httpx.create_ssl_context()
                ),
                headers={"User-Agent": self.USER_AGENT},
                # Not `trust_env`, which asks the environment anew at every call, in a thread, and looks for a .netrc:
                # that took as long as the rest of a call.
                proxy=_proxy_for(url),
            )
        return self._session


def _proxy_for(url: str) -> str | None:
    """The proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for an address."""
    address = urlsplit(url)
    if address.hostname is None or proxy_bypass(address.hostname):
        return None
    return getproxies().get(address.scheme)


def _form(data: RequestData | None) -> aiohttp.FormData | dict[str, str] | None:
    if data is None or not data.contains_files:
        return data.json_parameters if data else None
    form = aiohttp.FormData(data.json_parameters)
    for name, (filename, content, mime_type) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime_type)
    return form
