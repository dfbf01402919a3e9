"""Helpers for the tests of the use cases: a clock, a catalogue, and vector indexes that fail or wait."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from recsys.services.conversation import Conversation
from recsys.services.state import ServingState
from recsys.serving.recommender import Recommender
from storage.changes import ShownCard
from storage.errors import Unavailable
from storage.metadata.sql import SqlMetadata
from storage.records import Movie
from storage.sql import Cards, Catalogue, Changes, Database, Marks, People, Ratings, Updates, Wishes
from storage.vectors.arrays import Hits
from storage.vectors.memory import MemoryIndex
from tests.builders import movie

NEW_STEP = "welcome"
MESSAGE, OTHER_MESSAGE = 100, 101

START = datetime(2026, 1, 1, 12, tzinfo=UTC)

ANN, BOB = 7, 8

MOVIES = tuple(
    movie(10 * number, rating_count=100 - number, genres=("Odd",) if number % 2 else ("Even",))
    for number in range(1, 9)
)
"""Movies 10 to 80, each a little less popular than the one before; 10, 30, 50 and 70 are odd."""


class Clock:
    """A clock that moves only when a test moves it.

    Attributes:
        now: the time, UTC.
    """

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def advance(self, **amount: float) -> None:
        """Move the clock forward by the arguments of `timedelta`."""
        self.now += timedelta(**amount)


class FailingIndex(MemoryIndex):
    """A vector index that does not answer."""

    async def search(self, *_: object, **__: object) -> NoReturn:
        """Raise Unavailable."""
        raise Unavailable("the index gave no answer")


class WaitingIndex(MemoryIndex):
    """A vector index whose searches wait for a test.

    Attributes:
        searching: set when a search has begun.
        proceed: lets searches go on when set.
    """

    def __init__(self) -> None:
        super().__init__()
        self.searching = asyncio.Event()
        self.proceed = asyncio.Event()

    async def search(self, *args: Any, **options: Any) -> list[Hits]:
        """Search once `proceed` is set."""
        self.searching.set()
        await self.proceed.wait()
        return await super().search(*args, **options)


def open_conversation(
    database: Database, clock: Clock, movies: Sequence[Movie] = MOVIES, recommender: Recommender | None = None
) -> Conversation:
    """Return the use cases over a database, whose catalogue must hold the movies."""
    return Conversation(
        People(database),
        Ratings(database),
        Marks(database),
        Cards(database),
        Wishes(database),
        Changes(database),
        SqlMetadata(Catalogue(database)),
        ServingState.build(movies, recommender),
        clock,
    )


async def confirm_card(database: Database, message_id: int, movie_id: int) -> None:
    """Store that a message of Ann's certainly shows a movie, as it is once the update is handled."""
    await Updates(database).mark_handled(1, START, ShownCard(ANN, message_id, movie_id))


def ids(movies: Sequence[Movie]) -> list[int]:
    """Return the ids of movies, in their order."""
    return [movie.movie_id for movie in movies]
