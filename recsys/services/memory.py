"""What the bot remembers of a conversation: the open question, what a person did, and what they were shown."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from recsys.services.answering import SHOWN_AGAIN_AFTER
from recsys.services.cards import NOTHING_WISHED, Card
from recsys.services.choosing import CardChooser
from recsys.services.preferences import Choice, Preference, choices, switched
from recsys.services.state import ServingState
from recsys.services.stuck import MAX_ANSWERS, Stuck, StuckPeople, wish_for
from recsys.services.wishes import WishMemory
from recsys.serving.clusters import MovieCluster
from recsys.text.wishes import Wish
from storage.changes import RatingChange, UndoneCard, UndoneImport, UndoneMark, UndonePreferences
from storage.records import Movie, Person
from storage.sql import Changes, Marks, People, Ratings

OFFERED_FROM = 40
"""The people and series of this many movies that were shown last are offered as preferences."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The outcome of an undo.

    Attributes:
        outcome: what is there now, as in `Undone`.
        card: the card that was answered; None if the change was no answer to a card, or if the movie is gone.
        is_in_place: whether the message in which the undo was asked for shows this card from now on.
    """

    outcome: RatingChange | UndoneMark | UndoneCard | UndonePreferences | UndoneImport
    card: Card | None = None
    is_in_place: bool = False


@dataclass(frozen=True, slots=True)
class ShownMovie:
    """A movie that a person was shown, with what they said of it.

    Attributes:
        movie: the movie of the catalogue, or a placeholder.
        stars: the rating; None if it is not rated.
        is_seen: whether it is marked as seen.
        is_for_later: whether it is on the watchlist.
    """

    movie: Movie
    stars: float | None
    is_seen: bool
    is_for_later: bool


class Memory:
    """The use cases about what a person did before. `Conversation.memory` holds one."""

    def __init__(
        self,
        changes: Changes,
        people: People,
        ratings: Ratings,
        marks: Marks,
        wishes: WishMemory,
        chooser: CardChooser,
        stuck: StuckPeople,
        state: Callable[[], ServingState],
        now: Callable[[], datetime],
    ) -> None:
        self._changes, self._people, self._ratings, self._marks = changes, people, ratings, marks
        self._wishes, self._chooser, self._stuck, self._state, self._now = wishes, chooser, stuck, state, now

    async def undo(
        self,
        person_id: int,
        number: int | None = None,
        update_id: int | None = None,
        *,
        message_id: int | None = None,
    ) -> TakenBack | None:
        """Take back one change of a rating, a mark, a card or the preferences; safe to repeat.

        Args:
            person_id: whose change.
            number: of the change; None for the latest one. A change that is undone, or whose movie or preferences were
                changed again since, is left as it is.
            update_id: the update that asks for it.
            message_id: the card in which it was asked for, and in which the card that was answered comes back.

        Returns:
            None if there is nothing to take back.
        """
        state = self._state()
        undone = await self._changes.undo(
            person_id, self._now(), number, update_id, message_id=message_id, catalogue=state.movies
        )
        if undone is None:
            return None
        outcome = undone.outcome
        if isinstance(outcome, UndonePreferences | UndoneImport):
            return TakenBack(outcome)
        if not undone.is_of_card or outcome.movie_id not in state.movies:
            return TakenBack(outcome)
        history = await self._people.history(person_id, self._now() - SHOWN_AGAIN_AFTER)
        wish = await self._wishes.active(person_id) or NOTHING_WISHED
        card = await self._chooser.card_of(state, history, outcome.movie_id, wish)
        return TakenBack(outcome, card, undone.is_in_place)

    async def open_question(self, person_id: int, question: str, update_id: int | None = None) -> None:
        """Store that a question, asked again from the profile, waits for an answer; safe to repeat.

        Every change that can be undone, and every step of the onboarding, closes it.
        """
        await self._people.update(person_id, update_id, open_question=question)

    async def close_question(self, person: Person) -> Person:
        """Store that no question waits for an answer of a person, and return the person."""
        if person.open_question is None:
            return person
        await self._people.update(person.person_id, open_question=None)
        return replace(person, open_question=None)

    async def find_stuck(self, person_id: int) -> Stuck | None:
        """Return the clusters to offer if several cards in a row, the last one included, did not please; else None."""
        state, answers = self._state(), await self._changes.last_answers(person_id, MAX_ANSWERS)
        return await self._stuck.find(state, answers)

    async def cluster_of(self, movie_id: int) -> tuple[MovieCluster, Wish] | None:
        """Return the cluster that has a movie, and the wish for its movies; None if no cluster has it."""
        cluster = await self._stuck.cluster_of(self._state(), movie_id)
        return None if cluster is None else (cluster, wish_for(cluster))

    async def remember_list(self, person_id: int, movies: Sequence[Movie], update_id: int | None) -> None:
        """Store the movies of a list that was shown: the last list, of which a text may mean "the first one"."""
        await self._wishes.set_listed(person_id, [movie.movie_id for movie in movies], update_id)

    async def last_list(self, person_id: int) -> list[Movie]:
        """Return the movies of the list that was shown last, in its order; none if that was long ago."""
        state = self._state()
        return [state.movies[movie_id] for movie_id in await self._wishes.listed(person_id) if movie_id in state.movies]

    async def preference_choices(self, person_id: int, kind: Preference) -> list[Choice]:
        """Return the lasting preferences of a kind that a person can switch on and off."""
        state = self._state()
        preferences, marks = await asyncio.gather(self._wishes.preferences(person_id), self._marks.of(person_id))
        newest = list(reversed(marks["shown"]))[:OFFERED_FROM]
        shown = [state.movies[movie_id] for movie_id in newest if movie_id in state.movies]
        return choices(kind, state, preferences, shown)

    async def switch_preference(
        self, person_id: int, condition: Wish, *, on: bool, update_id: int | None = None
    ) -> None:
        """Switch a lasting preference on or off; safe to repeat."""
        preferences = await self._wishes.preferences(person_id)
        await self._wishes.set_preferences(person_id, switched(preferences, condition, on=on), update_id)

    async def shown_page(self, person_id: int, offset: int, limit: int) -> tuple[list[ShownMovie], int]:
        """Return a page of the movies that a person was shown, the newest first, and the number of all of them."""
        state = self._state()
        ratings, marks = await asyncio.gather(self._ratings.of(person_id), self._marks.of(person_id))
        movie_ids = list(reversed(marks["shown"]))
        page = [
            ShownMovie(
                state.movie(movie_id),
                ratings[movie_id].stars if movie_id in ratings else None,
                movie_id in marks["seen"],
                movie_id in marks["later"],
            )
            for movie_id in movie_ids[offset : offset + limit]
        ]
        return page, len(movie_ids)
