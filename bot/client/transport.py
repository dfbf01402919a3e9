"""Calls to the Bot API over aiohttp. They take a fifth of the time of python-telegram-bot's own calls over httpx."""

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.client.results import check_result

_KEEP_ALIVE_S = 4.0
"""An idle connection is closed after this time, because many servers close theirs after 5 s: a call that is sent at
that moment may or may not be lost."""

_LONGEST_PAUSE_S = 7 * 86400
"""Telegram asks for pauses of seconds, and of hours after many calls. More than a week is a broken response."""

ANSWER_TIMEOUT_S = 15.0
"""The default time to wait for the next bytes of a response."""

UPLOAD_TIMEOUT_S = 30.0
"""Sending a call with all its files may take this long."""

_FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


class AiohttpRequest(BaseRequest):
    """The HTTP client of python-telegram-bot, for one server. It connects at the first call."""

    def __init__(self, connections: int, *, connect_timeout_s: float, answer_timeout_s: float) -> None:
        """Set the limits.

        Args:
            connections: the number of calls that may be in progress at once. Further ones wait up to connect_timeout_s.
            connect_timeout_s: the time to get a connection, in seconds.
            answer_timeout_s: the default time to wait for the next bytes of a response, in seconds.
        """
        self._connections = connections
        self._connect_timeout_s = connect_timeout_s
        self._answer_timeout_s = answer_timeout_s
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """The default time to wait for the next bytes of a response, in seconds."""
        return self._answer_timeout_s

    async def initialize(self) -> None:
        """Do nothing; connections are opened by calls."""

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
        write_timeout: Any = None,  # noqa: ARG002 - python-telegram-bot's signature; UPLOAD_TIMEOUT_S applies to all calls.
        connect_timeout: Any = None,  # noqa: ARG002 - the same signature; the timeout is set once, for all calls.
        pool_timeout: Any = None,  # noqa: ARG002 - the same signature; waiting for a connection counts as connecting.
    ) -> tuple[int, bytes]:
        """Make one call.

        Returns:
            The status and the body of the response. The body of an error is empty if it is not of the Bot API.

        Raises:
            TimedOut: a timeout was exceeded.
            NetworkError: the call failed, a proxy forbids it, or its result has the wrong shape. In the last case the
                call may have had its effect.
        """
        read_timeout_s = read_timeout if isinstance(read_timeout, int | float) else self._answer_timeout_s
        timeout = aiohttp.ClientTimeout(
            total=self._connect_timeout_s + UPLOAD_TIMEOUT_S + read_timeout_s,
            connect=self._connect_timeout_s,
            sock_read=read_timeout_s,
        )
        body, headers = _body(request_data)
        try:
            async with self._session_for(url).request(
                method, url, data=body, headers=headers, timeout=timeout
            ) as response:
                content = await response.read()
                if not response.ok:
                    return response.status, self._of_bot_api(response.status, content)
        except TimeoutError as error:
            raise TimedOut from error
        except aiohttp.ClientError as error:
            # The error's message may contain the URL, and with it the token.
            raise NetworkError(f"aiohttp.{type(error).__name__}") from error
        if method == "POST":
            content = _ParsedContent(content)
            content.response = self.parse_json_payload(bytes(content))
            check_result(urlsplit(url).path.rpartition("/")[2], content.response)
        return response.status, content

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Return the JSON object of a response.

        Raises:
            NetworkError: the response is cut or does not come from the Bot API. If its status is 200, the call may have
                had its effect, so it must not count as refused.
        """
        if isinstance(payload, _ParsedContent):
            return payload.response
        try:
            content = json.loads(payload.decode(errors="replace"))
        except (ValueError, RecursionError) as error:
            # The cause would quote the response.
            raise NetworkError(f"the response is not JSON: {type(error).__name__}") from None
        parameters = content.get("parameters") if isinstance(content, dict) else None
        if not isinstance(content, dict) or not isinstance(parameters, dict | None):
            raise NetworkError("the response is JSON, but not of the Bot API")
        retry_after_s = (parameters or {}).get("retry_after", 0)
        if type(retry_after_s) is not int or not 0 <= retry_after_s <= _LONGEST_PAUSE_S:
            raise NetworkError("the response asks for a pause that makes no sense")
        return _Response(content)

    def _of_bot_api(self, status: int, content: bytes) -> bytes:
        """Return the body of an error response; empty if it cannot be parsed, because the error would quote it.

        Raises:
            NetworkError: a proxy forbids the call, which must not look like a person who has blocked the bot.
        """
        try:
            self.parse_json_payload(content)
        except NetworkError as error:
            if status == HTTPStatus.FORBIDDEN:
                raise NetworkError("403 Forbidden, but not by the Bot API") from error
            return b""
        return content

    def _session_for(self, url: str) -> aiohttp.ClientSession:
        if self._session is None:
            # Reading the certificates takes 40 ms. A Bot API server of one's own needs none.
            certificates = httpx.create_ssl_context() if url.startswith("https:") else True
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, keepalive_timeout=_KEEP_ALIVE_S, ssl=certificates
                ),
                headers={"User-Agent": self.USER_AGENT},
                # Not `trust_env`: it reads the environment and .netrc at every call, in a thread, which took as long as
                # the rest of the call.
                proxy=_proxy_for(url),
            )
        return self._session


class _ParsedContent(bytes):
    """The body of a response that is parsed already; python-telegram-bot would parse it once more.

    Attributes:
        response: what `AiohttpRequest.parse_json_payload` returns for it.
    """

    response: dict[str, Any]


class _Response(dict[str, Any]):
    """A response of the Bot API. Reading a missing key raises NetworkError: a 200 without "result" is not one."""

    def __missing__(self, key: str) -> Any:
        raise NetworkError(f"the response has no {key!r}")


def _proxy_for(url: str) -> str | None:
    """Return the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for a URL, or None."""
    address = urlsplit(url)
    if address.hostname is None or proxy_bypass(address.hostname):
        return None
    return getproxies().get(address.scheme)


def _body(data: RequestData | None) -> tuple[aiohttp.FormData | bytes | None, dict[str, str] | None]:
    """Return the body of a call, and its headers."""
    if data is None:
        return None, None
    if not data.contains_files:
        # `aiohttp.FormData` would take half as long again for the same bytes.
        return urlencode(data.json_parameters).encode(), _FORM_HEADERS
    form = aiohttp.FormData(data.json_parameters)
    for name, (filename, content, mime_type) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime_type)
    return form, None
