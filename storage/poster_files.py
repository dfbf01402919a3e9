"""Posters as Telegram keeps them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PosterFile:
    """The result of sending a poster by its URL.

    Attributes:
        file_id: Telegram's id of the uploaded file; None if Telegram could not load the URL.
        failed_at: time of the failure, UTC; None if the upload succeeded.
    """

    file_id: str | None = None
    failed_at: datetime | None = None
