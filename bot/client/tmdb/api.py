"""Calls of TMDB's API, at most 40 a second, which is what TMDB allows.

Documented at https://developer.themoviedb.org/reference: `/movie/{id}` with `append_to_response`, `/find/{imdb_id}` and
`/search/movie`.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from bot.backoff import Backoff
from bot.client.throttle import Throttle
from bot.settings import Settings
from storage.errors import Misconfigured, Unavailable

CALLS_PER_SECOND = 40
CALLS_AT_ONCE = 20
"""With answers that take half a second, this many concurrent calls reach CALLS_PER_SECOND."""

TIMEOUT_S = 20.0
"""Deadline of one call, in seconds."""

ATTEMPTS = 4
"""A call is tried this many times if TMDB is out of order. Waiting after a 429 is no attempt."""

LONGEST_WAIT_S = 300.0
"""If TMDB asks to wait for longer after a 429, the call fails."""

DEFAULT_WAIT_S = 10.0
"""The pause in seconds after a 429 without a readable Retry-After."""

MAX_ANSWER_BYTES = 4_000_000

APPENDED = "credits,videos,release_dates,keywords,translations,watch/providers,external_ids"
"""The parts of a movie that TMDB adds to the same answer."""

_SHORT_KEY = re.compile(r"[0-9a-fA-F]{32}")
"""An API key of version 3. Anything else is an "API read access token", which is sent in a header."""

_logger = logging.getLogger(__name__)


class TmdbRefused(Misconfigured):
    """TMDB refuses the key."""


class TmdbBusy(Unavailable):
    """TMDB asks to wait for longer than LONGEST_WAIT_S."""


class Tmdb:
    """TMDB's API. Every method raises `TmdbRefused` for a wrong key and `Unavailable` if there is no usable answer."""

    def __init__(self, client: httpx.AsyncClient, key: str, url: str, *, first_pause_s: float = 1.0) -> None:
        """Set the key.

        Args:
            client: makes the calls; the caller closes it.
            key: an API key or an API read access token.
            url: of the API, with its version.
            first_pause_s: the pause before a failed call is tried again. Further pauses double.
        """
        self._client, self._url = client, url.rstrip("/")
        is_short = _SHORT_KEY.fullmatch(key) is not None
        self._parameters = {"api_key": key} if is_short else {}
        self._headers = {} if is_short else {"Authorization": f"Bearer {key}"}
        self._throttle = Throttle(CALLS_PER_SECOND)
        self._first_pause_s = first_pause_s

    async def movie(self, tmdb_id: int) -> Mapping[str, Any] | None:
        """Return a movie with everything in APPENDED; None if TMDB has no such movie."""
        return await self._get(f"/movie/{tmdb_id}", {"append_to_response": APPENDED})

    async def find(self, imdb_id: str) -> list[Any]:
        """Return the movies with an id of IMDb, at most one if TMDB is right."""
        return _listed(await self._get(f"/find/{imdb_id}", {"external_source": "imdb_id"}), "movie_results")

    async def search(self, title: str, year: int | None) -> list[Any]:
        """Return the movies that a title may mean, those first that TMDB takes for the best."""
        parameters = {"query": title, "include_adult": "false"} | ({} if year is None else {"year": str(year)})
        return _listed(await self._get("/search/movie", parameters), "results")

    async def _get(self, path: str, parameters: Mapping[str, str]) -> Mapping[str, Any] | None:
        """Return the answer to a call; None if TMDB does not know what was asked for."""
        backoff = Backoff(first_s=self._first_pause_s)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._answer(path, parameters)
            except Unavailable as error:
                if attempt == ATTEMPTS or isinstance(error, TmdbBusy):
                    raise
                _logger.info("TMDB is asked again: %s", error)
            await asyncio.sleep(backoff.next())
        raise AssertionError("the last attempt returns or raises")

    async def _answer(self, path: str, parameters: Mapping[str, str]) -> Mapping[str, Any] | None:
        """Make one call, and wait as often as TMDB asks for it.

        Raises:
            TmdbRefused: the key is wrong.
            Unavailable: there is no usable answer.
        """
        while True:
            if not await self._throttle.acquire():
                await asyncio.sleep(max(0.0, self._throttle.paused_for))
                continue
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    response = await self._client.get(
                        self._url + path, params={**parameters, **self._parameters}, headers=self._headers
                    )
            except TimeoutError:
                raise Unavailable(f"TMDB gave no answer within {TIMEOUT_S:g} s") from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                # The text of the error may hold the address with the key.
                raise Unavailable(f"TMDB cannot be reached ({type(error).__name__})") from None
            if response.status_code != httpx.codes.TOO_MANY_REQUESTS:
                return _document(response)
            self._throttle.pause(_wait_of(response))


@asynccontextmanager
async def open_tmdb(settings: Settings) -> AsyncIterator[Tmdb]:
    """Open TMDB's API with the key of the settings.

    Raises:
        Misconfigured: there is no key.
    """
    if settings.tmdb_api_key is None:
        raise Misconfigured(
            "TMDB_API_KEY is not set: get a key, free for non-commercial use, at "
            "https://www.themoviedb.org/settings/api and put the line TMDB_API_KEY=<the key> into .env"
        )
    limits = httpx.Limits(max_connections=CALLS_AT_ONCE)
    async with httpx.AsyncClient(timeout=TIMEOUT_S, limits=limits) as client:
        yield Tmdb(client, settings.tmdb_api_key.get_secret_value(), settings.tmdb_api_url.get_secret_value())


def _document(response: httpx.Response) -> Mapping[str, Any] | None:
    status = response.status_code
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise TmdbRefused("TMDB_API_KEY: TMDB refuses this key; see https://www.themoviedb.org/settings/api")
    if status == httpx.codes.NOT_FOUND:
        return None
    if not response.is_success:
        raise Unavailable(f"TMDB answers with status {status}")
    if len(response.content) > MAX_ANSWER_BYTES:
        raise Unavailable("TMDB's answer is too long")
    try:
        document = response.json()
    except (ValueError, RecursionError):
        raise Unavailable("TMDB's answer is no JSON") from None
    if not isinstance(document, dict):
        raise Unavailable("TMDB's answer is no JSON object")
    return document


def _wait_of(response: httpx.Response) -> float:
    """Return how many seconds TMDB asks to wait.

    Raises:
        TmdbBusy: that is too long.
    """
    written = response.headers.get("Retry-After", "")
    wait_s = float(written) if written.isascii() and written.isdecimal() else DEFAULT_WAIT_S
    if wait_s > LONGEST_WAIT_S:
        raise TmdbBusy(f"TMDB asks to wait for {wait_s:.0f} s: run the command again later")
    return wait_s


def _listed(document: Mapping[str, Any] | None, name: str) -> list[Any]:
    listed = None if document is None else document.get(name)
    return listed if isinstance(listed, list) else []
