"""Posters: each is uploaded once, and left out for a while if Telegram cannot load it or does not answer."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from telegram import Message

from storage.errors import StorageError
from storage.poster_files import PosterFile

RETRY_AFTER = timedelta(days=1)
"""A poster that Telegram could not load is tried again after this time. Until then its movie is sent without it."""

REST = timedelta(minutes=10)
"""After a call with a poster gave no answer, this process sends the movie without the poster for this time."""

PHOTO_TIMEOUT_S = 2.5
"""The time to wait for the answer to a call with a poster, in seconds. Then the card is sent without the poster."""

_UNKNOWN = PosterFile()

_logger = logging.getLogger(__name__)


class PosterFiles(Protocol):
    """The stored results of sending posters, shared by all replicas; `storage.sql.PosterFiles` in production."""

    async def get(self, bot_id: int, url: str) -> PosterFile | None:
        """Return the result for a poster, None if it was never sent."""
        ...

    async def put(self, bot_id: int, url: str, file: PosterFile) -> None:
        """Store the result for a poster."""
        ...


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Posters:
    """Decides how to send a poster: by the file_id that Telegram gave to its upload, by its URL, or not at all.

    Results are cached in this process without a limit in time. If the database is unavailable, posters are sent by
    their URLs.
    """

    def __init__(self, files: PosterFiles, bot_id: int, now: Callable[[], datetime] = _utc_now) -> None:
        """Start with an empty cache.

        Args:
            files: the stored results.
            bot_id: the bot's Telegram user id. A file_id is valid for one bot only.
            now: the clock; it returns an aware datetime.
        """
        self._files, self._bot_id, self._now = files, bot_id, now
        self._cache: dict[str, PosterFile] = {}
        self._resting_until: dict[str, datetime] = {}

    async def to_send(self, url: str | None) -> str | None:
        """Return the file_id or the URL to send for a poster; None if there is no poster that Telegram can load."""
        if url is None or self._is_resting(url):
            return None
        file = self._cache.get(url)
        if file is None or not self._is_current(file):
            file = await self._read(url)
        if file.file_id is None and self._is_current(file):
            return None
        return file.file_id or url

    async def sent(self, url: str, message: Message) -> None:
        """Record that a message shows the poster."""
        file = self._cache.get(url)
        if message.photo and (file is None or file.file_id is None):
            await self._record(url, PosterFile(file_id=message.photo[-1].file_id))

    async def failed(self, url: str) -> None:
        """Record that Telegram could not load the poster."""
        await self._record(url, PosterFile(failed_at=self._now()))

    def rest(self, url: str) -> None:
        """Leave a poster out for a while, because a call with it gave no answer. The poster itself may be fine."""
        self._resting_until[url] = self._now() + REST

    def _is_resting(self, url: str) -> bool:
        until = self._resting_until.get(url)
        if until is not None and until <= self._now():
            del self._resting_until[url]
            return False
        return until is not None

    def _is_current(self, file: PosterFile) -> bool:
        """Return whether a result is known and a failure is recent enough to be respected."""
        return file.file_id is not None or (file.failed_at is not None and self._now() < file.failed_at + RETRY_AFTER)

    async def _read(self, url: str) -> PosterFile:
        try:
            file = await self._files.get(self._bot_id, url)
        except StorageError as error:
            _logger.warning("could not read the file_id of a poster; it is sent by its URL", exc_info=error)
            return _UNKNOWN
        if file is not None:
            self._cache[url] = file
        return file or _UNKNOWN

    async def _record(self, url: str, file: PosterFile) -> None:
        self._cache[url] = file
        try:
            await self._files.put(self._bot_id, url, file)
        except StorageError as error:  # The card has been sent, so its update must not be handled again.
            _logger.warning("could not store the result of sending a poster", exc_info=error)
