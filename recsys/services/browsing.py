"""The search in the catalogue, and the best movie of the watchlist."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from recsys.services.answering import SHOWN_AGAIN_AFTER
from recsys.services.cards import Card
from recsys.services.choosing import CardChooser
from recsys.services.reading import MAX_READERS
from recsys.services.state import ServingState
from recsys.text.meaning.language import english
from recsys.text.meaning.likeness import alike_titles
from recsys.text.search import Field, Hit, search
from recsys.text.search_terms import nearest_terms
from storage.errors import NotFound, Unavailable
from storage.metadata import MetadataStore
from storage.net_details import MoreDetails
from storage.records import Movie
from storage.sql import Details, Marks, People

_logger = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Browsing:
    """The use cases of a person who looks something up. They store nothing."""

    def __init__(
        self,
        people: People,
        marks: Marks,
        metadata: MetadataStore,
        details: Details,
        state: Callable[[], ServingState],
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Connect the use cases with their storage.

        Args:
            people: the people who talk to the bot.
            marks: their marks on movies.
            metadata: of the movies that are shown.
            details: what TMDB says about the movies beside that.
            state: returns the catalogue and the model that the next use case works with.
            now: returns the time, timezone-aware.
        """
        self._people, self._marks, self._state, self._now = people, marks, state, now
        self._details = details
        self._chooser = CardChooser(metadata)
        self._turns = asyncio.Semaphore(MAX_READERS)

    async def search(self, words: str) -> list[Hit]:
        """Return all movies that words may mean; see `recsys.text.search.search`."""
        state = self._state()
        async with self._turns:
            return await asyncio.to_thread(_search, words, state)

    async def nearest(self, words: str) -> list[Hit]:
        """Return the movies that have some of these words, by full-text search, best first; none if it does not answer.

        It takes longer than `search`, so it is for words that no movie has together.
        """
        state = self._state()
        terms = nearest_terms(words)
        if state.recommender is None or not terms:
            return []
        try:
            found = await state.recommender.find_by_text(" ".join(terms))
        except (NotFound, Unavailable) as error:
            _logger.warning("full-text search did not answer: %s", error)
            return []
        return [Hit(state.movies[movie_id], Field.NEAREST) for movie_id in found if movie_id in state.movies]

    async def alike(self, words: str) -> list[Movie]:
        """Return the movies whose titles are like these words."""
        state = self._state()
        async with self._turns:
            movie_ids = await asyncio.to_thread(alike_titles, words, state.reader, english())
        return [state.movies[movie_id] for movie_id in movie_ids]

    async def more_details(self, movie: Movie) -> MoreDetails:
        """Return what TMDB says about a movie of the catalogue beside what the movie has; empty if it says nothing.

        Raises:
            Unavailable: the database does not answer.
        """
        return await self._details.more(movie) or MoreDetails()

    async def country(self, person_id: int) -> str | None:
        """Return the country in which a person watches movies, an ISO 3166-1 code; None if they have not said.

        Raises:
            Unavailable: the database does not answer.
        """
        person = await self._people.get(person_id)
        return None if person is None else person.country

    async def tonight(self, person_id: int) -> Card | None:
        """Return the movie of the watchlist that the person will like best; None if no movie of it is left.

        Raises:
            Unavailable: the database does not answer.
        """
        state, since = self._state(), self._now() - SHOWN_AGAIN_AFTER
        history, marks = await self._people.history(person_id, since), await self._marks.of(person_id)
        return await self._chooser.best_of(state, history, list(marks["later"]))


def _search(words: str, state: ServingState) -> list[Hit]:
    return search(words, state.titles, state.conditions.details, state.reader.people, state.movies)
