"""The search in the catalogue, and the best movie of the watchlist."""

from collections.abc import Callable
from datetime import UTC, datetime

from recsys.services.answering import SHOWN_AGAIN_AFTER
from recsys.services.cards import Card
from recsys.services.choosing import CardChooser
from recsys.services.state import ServingState
from recsys.text.meaning.language import english
from recsys.text.meaning.likeness import alike_titles
from recsys.text.search import Hit, search
from storage.metadata import MetadataStore
from storage.records import Movie
from storage.sql import Marks, People


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Browsing:
    """The use cases of a person who looks something up. They store nothing."""

    def __init__(
        self,
        people: People,
        marks: Marks,
        metadata: MetadataStore,
        state: Callable[[], ServingState],
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Connect the use cases with their storage.

        Args:
            people: the people who talk to the bot.
            marks: their marks on movies.
            metadata: of the movies that are shown.
            state: returns the catalogue and the model that the next use case works with.
            now: returns the time, timezone-aware.
        """
        self._people, self._marks, self._state, self._now = people, marks, state, now
        self._chooser = CardChooser(metadata)

    def search(self, words: str) -> list[Hit]:
        """Return all movies that words may mean; see `recsys.text.search.search`."""
        state = self._state()
        return search(words, state.titles, state.conditions.details, state.reader.people, state.movies)

    def alike(self, words: str) -> list[Movie]:
        """Return the movies whose titles are like these words."""
        state = self._state()
        return [state.movies[movie_id] for movie_id in alike_titles(words, state.reader, english())]

    async def tonight(self, person_id: int) -> Card | None:
        """Return the movie of the watchlist that the person will like best; None if no movie of it is left.

        Raises:
            Unavailable: the database does not answer.
        """
        state, since = self._state(), self._now() - SHOWN_AGAIN_AFTER
        history, marks = await self._people.history(person_id, since), await self._marks.of(person_id)
        return await self._chooser.best_of(state, history, list(marks["later"]))
