"""Reading the details of movies from TMDB, for the command line and the worker."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot.client.tmdb import Tmdb, find_details, open_tmdb
from bot.client.tmdb.api import CALLS_AT_ONCE
from bot.releases.refresh import refresh_metadata
from bot.reporting import ShowProgress, no_progress
from bot.settings import Settings
from bot.stores import Stores
from storage.errors import StorageError
from storage.net_details import RENEWED_AFTER, TMDB, ReadDetails
from storage.records import Movie
from storage.sql import Details

MOVIES_PER_TRANSACTION = 100
"""An interruption loses the answers about at most this many movies."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DetailsReport:
    """What a run has read.

    Attributes:
        asked: the number of movies that the source was asked about.
        found: how many of them it knows.
        current: the number of movies whose details are new enough, so that nothing was asked.
    """

    asked: int
    found: int
    current: int


async def refresh_details(stores: Stores, settings: Settings, progress: ShowProgress = no_progress) -> DetailsReport:
    """Read the details that are missing or older than RENEWED_AFTER, and give them to running bots. Safe to repeat.

    The best known movies come first. What was read before an error or an interruption is kept, and the next run goes
    on from there.

    Args:
        stores: holds the catalogue and the details.
        settings: names the key of the source, and the index.
        progress: takes the progress.

    Raises:
        Misconfigured: there is no key, or the source refuses it.
        StorageError: the source or a service cannot be used.
    """
    async with open_tmdb(settings) as tmdb:
        today = datetime.now(UTC).date()
        movies = await stores.catalogue.own()
        due = await due_movies(stores.details, movies, today)
        report = DetailsReport(0, 0, len(movies) - len(due))
        try:
            report = await _read(stores.details, tmdb, due, today, progress, report)
        except (StorageError, asyncio.CancelledError):
            # Running bots get what was read. The index, which takes longer, is left to the run that completes it.
            await stores.catalogue.mark_changed()
            await stores.notifier.notify()
            raise
    if report.asked:
        await refresh_metadata(stores, settings, progress=progress)
    return report


async def due_movies(details: Details, movies: Sequence[Movie], today: date) -> list[Movie]:
    """Return the movies whose details are missing, too old, or those of another movie that had the same id."""
    read = await details.read_days()
    oldest = today - RENEWED_AFTER

    def is_due(movie: Movie) -> bool:
        label, read_on = read.get(movie.movie_id, ("", date.min))
        return label != movie.label or read_on < oldest

    return [movie for movie in movies if is_due(movie)]


async def _read(
    details: Details, tmdb: Tmdb, due: Sequence[Movie], today: date, progress: ShowProgress, report: DetailsReport
) -> DetailsReport:
    """Ask about movies concurrently, and store the answers in batches meanwhile; after an error the last ones, too."""
    asked = found = 0
    answers: list[ReadDetails] = []
    left, storing = iter(due), asyncio.Lock()
    progress("details", 0.0)

    async def store(at_least: int) -> None:
        nonlocal asked, found
        async with storing:
            if len(answers) >= at_least:
                batch = tuple(answers)
                await details.put_many(batch)
                del answers[: len(batch)]
                asked += len(batch)
                found += sum(answer.found is not None for answer in batch)
                progress("details", asked / len(due))

    async def ask() -> None:
        # All tasks share the iterator, so each takes the next movie.
        for movie in left:
            answers.append(ReadDetails(movie.movie_id, movie.label, TMDB, today, await find_details(tmdb, movie)))
            await store(MOVIES_PER_TRANSACTION)

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(CALLS_AT_ONCE):
                tasks.create_task(ask())
    except* StorageError as errors:
        raise _first(errors) from None
    finally:
        await store(1)
    progress("details", 1.0)
    return DetailsReport(asked, found, report.current)


def _first(errors: BaseExceptionGroup[StorageError]) -> StorageError:
    """Return one of the errors of concurrent calls, which are about the same source."""
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
