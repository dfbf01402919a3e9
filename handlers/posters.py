"""Posters: each is uploaded once, and one that Telegram could not load is left alone for a while."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from telegram import Message

from storage.errors import StorageError
from storage.records import PosterFile
from storage.sql import PosterFiles

LEFT_ALONE = timedelta(days=1)
"""For so long a poster that could not be loaded is not tried again: its movie goes without."""

_NOTHING = PosterFile()

_logger = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Posters:
    """What a bot knows of posters by their addresses; Telegram keeps what was uploaded under its file_id.

    What this process has learnt is not read again. Where the database does not answer, a poster is sent by its address.
    """

    def __init__(self, files: PosterFiles, bot_id: int, now: Callable[[], datetime] = _utc_now) -> None:
        """Know nothing yet.

        Args:
            files: what was learnt before, and by others.
            bot_id: whose file_ids they are.
            now: the time, aware.
        """
        self._files, self._bot_id, self._now = files, bot_id, now
        self._known: dict[str, PosterFile] = {}

    async def to_send(self, url: str | None) -> str | None:
        """What to give Telegram for a poster: its file_id or its address; None where there is none that it can load."""
        if url is None:
            return None
        file = self._known.get(url)
        if file is None or not self._holds(file):
            file = await self._read(url)
        if file.file_id is None and self._holds(file):
            return None
        return file.file_id or url

    async def sent(self, url: str, message: Message) -> None:
        """Telegram has it: this message shows it."""
        known = self._known.get(url)
        if message.photo and (known is None or known.file_id is None):
            await self._learn(url, PosterFile(file_id=message.photo[-1].file_id))

    async def failed(self, url: str) -> None:
        """Telegram could not load it."""
        await self._learn(url, PosterFile(failed_at=self._now()))

    def _holds(self, file: PosterFile) -> bool:
        """Whether what was learnt counts still."""
        return file.file_id is not None or (file.failed_at is not None and self._now() < file.failed_at + LEFT_ALONE)

    async def _read(self, url: str) -> PosterFile:
        try:
            file = await self._files.get(self._bot_id, url)
        except StorageError as error:
            _logger.warning("a poster is sent by its address", exc_info=error)
            return _NOTHING
        if file is not None:
            self._known[url] = file
        return file or _NOTHING

    async def _learn(self, url: str, file: PosterFile) -> None:
        self._known[url] = file
        try:
            await self._files.put(self._bot_id, url, file)
        except StorageError as error:  # The card is there: its update must not come again because of this.
            _logger.warning("what became of a poster is not kept", exc_info=error)
