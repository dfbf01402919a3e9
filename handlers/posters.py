"""Posters: each is uploaded once, and one that Telegram could not load is left alone for a while."""

import time
from collections.abc import Callable

from telegram import Message

LEFT_ALONE_S = 3600.0
"""For so long a poster that could not be loaded is not tried again: its movie goes without."""


class Posters:
    """What this process knows of posters by their addresses; Telegram keeps what was uploaded under its file_id."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Know nothing yet.

        Args:
            now: seconds, as of `time.monotonic`.
        """
        self._now = now
        self._file_ids: dict[str, str] = {}
        self._failed: dict[str, float] = {}

    def to_send(self, url: str | None) -> str | None:
        """What to give Telegram for a poster: its file_id or its address; None where there is none that it can load."""
        if url is None or self._now() < self._failed.get(url, 0.0):
            return None
        return self._file_ids.get(url, url)

    def sent(self, url: str, message: Message) -> None:
        """Telegram has it: this message shows it."""
        if message.photo:
            self._file_ids[url] = message.photo[-1].file_id

    def failed(self, url: str) -> None:
        """Telegram could not load it."""
        self._failed[url] = self._now() + LEFT_ALONE_S
