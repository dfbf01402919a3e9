"""Counts of messages that were not understood, so that admins see what people miss. No text and no person is stored."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum

from storage.sql import Usage


class Misunderstood(StrEnum):
    """The kinds of messages that were not understood.

    Attributes:
        TEXT: nothing certain was understood.
        TITLE: no movie has this title.
        DENIAL: what a text denies was not understood.
        ANSWER: a text was no answer to the question that waited for one.
        LANGUAGE: the text is in a language that the bot does not read.
        DETAIL: a wish has conditions that the catalogue has no details for.
        MESSAGE: a message without a text that could be read, such as a sticker or a photo.
        COMMAND: the bot does not have this command.
    """

    TEXT = "text"
    TITLE = "title"
    DENIAL = "denial"
    ANSWER = "answer"
    LANGUAGE = "language"
    DETAIL = "detail"
    MESSAGE = "message"
    COMMAND = "command"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Misunderstandings:
    """Counts messages that were not understood."""

    def __init__(self, usage: Usage, now: Callable[[], datetime] = _utc_now) -> None:
        """Connect the counts with their storage.

        Args:
            usage: stores the counts.
            now: returns the time, timezone-aware.
        """
        self._usage, self._now = usage, now

    async def count(self, kind: Misunderstood, update_id: int | None = None) -> None:
        """Count a message; the same update counts once.

        Raises:
            Unavailable: the database does not answer.
        """
        await self._usage.count_misunderstood(kind.value, self._now(), update_id)
