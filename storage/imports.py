"""What a person imports from another service, and what an import has changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ImportKind = Literal["rated", "seen", "later"]
"""What an entry says of a movie: it was rated, was seen, or is on the watchlist."""


@dataclass(frozen=True, slots=True)
class ImportEntry:
    """What an imported file says of one movie.

    Attributes:
        movie_id: the movie.
        kind: what the entry says.
        stars: the rating, 1..5; None for other kinds.
        at: time of the entry, UTC; None if the file does not have it.
        profile: the place of its profile among those of the file, from 0.
    """

    movie_id: int
    kind: ImportKind
    stars: float | None = None
    at: datetime | None = None
    profile: int = 0


@dataclass(frozen=True, slots=True)
class ImportDraft:
    """A file that was read and waits for the person's confirmation.

    Attributes:
        source: the name of the service.
        row_count: the number of rows of the file.
        entries: at most one per movie and profile.
    """

    source: str
    row_count: int
    entries: tuple[ImportEntry, ...]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import has changed.

    Attributes:
        rated: the number of movies that were rated.
        seen: the number of movies that were marked as seen.
        later: the number of movies that were put on the watchlist.
        same: the number of entries that were already stored.
        kept: the number of entries that are older than the feedback in the bot, which stays.
        number: of the change, by which all of it can be undone; None if nothing changed.
    """

    rated: int = 0
    seen: int = 0
    later: int = 0
    same: int = 0
    kept: int = 0
    number: int | None = None
