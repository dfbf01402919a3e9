"""Everything a person can do with the bot: one method per use case, which returns values and commits once.

Every method may raise Unavailable if the database does not answer. Other missing services are replaced by a fallback,
and the returned value says so.
"""

import asyncio
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any, Literal, Unpack

from recsys.models.exposure import TITLES_PER_PAGE
from recsys.services.answering import SHOWN_AGAIN_AFTER, CardAnswering, Tap
from recsys.services.cards import NOTHING_WISHED, Card, NextCard, OutdatedCard, profile_of
from recsys.services.choosing import CardChooser
from recsys.services.exporting import with_titles
from recsys.services.memory import Memory
from recsys.services.precomputing import Precomputing
from recsys.services.reading import TextReader
from recsys.services.state import ServingState
from recsys.services.stuck import StuckPeople
from recsys.services.wishes import WishMemory
from recsys.text.meaning import Meaning, Situation
from recsys.text.titles import Found, Match
from recsys.text.wishes import Wish
from storage.changes import Passed, RatingChange
from storage.errors import NotFound
from storage.metadata import MetadataStore
from storage.records import History, MarkKind, Movie, Person, Rating, RatingSource
from storage.sql import Cards, Changes, Marks, People, Ratings, Wishes
from storage.sql.people import Demographics, PersonSettings

MAX_CARDS = 5
"""`next_cards` returns at most this many cards, because every answer changes the recommendations."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Conversation:
    """The use cases of a person, called by the handlers.

    A use case reads `state` once, at its beginning, so it never mixes two models or two catalogues. `update_id` is the
    Telegram update that a use case answers. If the same update comes again, nothing changes and the result is the same.

    Attributes:
        state: the catalogue and the model that the next use case works with.
        refused_cards: how many times a card was replaced because Telegram refused its movie.
        memory: the use cases about what a person did before.
        precomputing: the use cases of cards that are chosen before they are sent.
    """

    def __init__(
        self,
        people: People,
        ratings: Ratings,
        marks: Marks,
        cards: Cards,
        wishes: Wishes,
        changes: Changes,
        metadata: MetadataStore,
        state: ServingState,
        now: Callable[[], datetime] = _utc_now,
        reader: TextReader | None = None,
    ) -> None:
        """Connect the use cases with their storage.

        Args:
            people: the people who talk to the bot.
            ratings: their ratings.
            marks: their other marks on movies: seen, not seen, for later, shown.
            cards: which message shows which movie.
            wishes: what they want to see, and never want to see.
            changes: what they changed, so that it can be undone.
            metadata: of the movies that are shown.
            state: the catalogue and the model to begin with.
            now: returns the time, timezone-aware.
            reader: reads what people type; None for the rules alone.
        """
        self.state = state
        self.refused_cards = 0
        self._people, self._ratings, self._marks, self._cards = people, ratings, marks, cards
        self._chooser = chooser = CardChooser(metadata)
        stuck = StuckPeople()
        self._answering = CardAnswering(cards, changes, chooser, stuck, now)
        self._wishes = WishMemory(wishes, now)
        self._reader = TextReader() if reader is None else reader
        self.memory = Memory(changes, people, ratings, marks, self._wishes, chooser, stuck, lambda: self.state, now)
        self.precomputing = Precomputing(people, chooser, lambda: self.state, now)
        self._now = now

    @property
    def fallbacks(self) -> int:
        """How many times the popularity fallback replaced the model."""
        return self._chooser.fallbacks

    def use(self, state: ServingState) -> None:
        """Replace the state. Use cases that are already running finish with the state they began with."""
        self.state = state

    # --- the person -------------------------------------------------------------------------------------------------

    async def get_person(self, person_id: int) -> Person | None:
        """Return the person; None if there is none with this id."""
        return await self._people.get(person_id)

    async def get_or_create_person(self, person_id: int, step: str) -> Person:
        """Return the person, created at this onboarding step if new, and no longer marked as having blocked the bot."""
        person = await self._people.get_or_create(person_id, step, self._now())
        if person.blocked:
            await self._people.update(person_id, blocked=False)
        return person

    async def change_step(
        self, person_id: int, from_step: str, to_step: str, changes: Demographics, update_id: int | None = None
    ) -> bool:
        """Take a step of the onboarding and store what was answered; False if the person is not at `from_step`."""
        return await self._people.move(person_id, from_step, to_step, update_id, **changes)

    async def has_changed_step(self, update_id: int | None) -> bool:
        """Return whether an update that comes again has taken its step of the onboarding."""
        return await self._people.was_moved_by(update_id)

    async def update_person(
        self, person_id: int, update_id: int | None = None, **settings: Unpack[PersonSettings]
    ) -> None:
        """Change settings or demographics; safe to repeat."""
        await self._people.update(person_id, update_id, **settings)

    async def switch_setting(
        self, person_id: int, setting: Literal["consent", "notify"], *, on: bool, update_id: int | None = None
    ) -> None:
        """Switch a setting on or off; safe to repeat."""
        settings = PersonSettings(consent=on) if setting == "consent" else PersonSettings(notify=on)
        await self._people.update(person_id, update_id, **settings)

    async def export(self, person_id: int) -> dict[str, Any] | None:
        """Return everything that is stored about a person, with titles, ready for JSON; None if nothing is."""
        try:
            exported = await self._people.export(person_id)
        except NotFound:
            return None
        return with_titles(exported, self.state)

    async def forget(self, person_id: int, update_id: int | None = None) -> None:
        """Delete everything that is stored about a person; safe to repeat."""
        await self._people.forget(person_id, update_id)

    # --- ratings ----------------------------------------------------------------------------------------------------

    async def rate(
        self,
        person_id: int,
        movie_id: int,
        stars: float | None,
        source: RatingSource,
        update_id: int | None = None,
        position: int = 0,
    ) -> RatingChange | None:
        """Set a rating, or remove it with None; safe to repeat.

        An update that rates several movies gives each of them its position.

        Returns:
            None if the movie is not in the catalogue.
        """
        if movie_id not in self.state.movies:
            return None
        return await self._ratings.rate(person_id, movie_id, stars, source, self._now(), update_id, position)

    async def take_back_reaction(self, person_id: int, movie_id: int, update_id: int | None) -> RatingChange | None:
        """Undo what reactions to a card changed; None if the movie was not rated by a reaction last."""
        return await self._ratings.take_back(person_id, movie_id, "reaction", self._now(), update_id)

    async def ratings_page(self, person_id: int, offset: int, limit: int) -> tuple[list[tuple[Movie, Rating]], int]:
        """Return a page of rated movies with their ratings, the newest first, and the number of all ratings."""
        page, count = await asyncio.gather(self._ratings.page(person_id, offset, limit), self._ratings.count(person_id))
        return [(self.movie(rating.movie_id), rating) for rating in page], count

    async def stars(self, person_id: int) -> dict[int, float]:
        """Return movie id -> stars, the oldest rating first."""
        return {movie_id: rating.stars for movie_id, rating in (await self._ratings.of(person_id)).items()}

    async def counts(self, person_id: int) -> tuple[int, int]:
        """Return the number of rated movies and the length of the watchlist."""
        rated, marks = await asyncio.gather(self._ratings.count(person_id), self._marks.of(person_id))
        return rated, len(marks["later"])

    # --- marks ------------------------------------------------------------------------------------------------------

    async def mark(
        self, person_id: int, movie_id: int, kind: MarkKind, update_id: int | None = None, position: int = 0
    ) -> bool:
        """Mark a movie; False if it is not in the catalogue. An update that marks several movies numbers them."""
        if movie_id not in self.state.movies:
            return False
        if kind == "shown":
            await self._marks.put(person_id, [movie_id], kind, self._now())
        else:
            await self._marks.add(person_id, movie_id, kind, self._now(), update_id, position)
        return True

    async def unmark(self, person_id: int, movie_id: int, kind: MarkKind, update_id: int | None = None) -> bool:
        """Remove a mark; False if there is none."""
        return await self._marks.remove(person_id, movie_id, kind, self._now(), update_id)

    async def watchlist(self, person_id: int) -> list[Movie]:
        """Return the movies marked "later", the newest mark first."""
        later = (await self._marks.of(person_id))["later"]
        return [self.movie(movie_id) for movie_id in reversed(later)]

    # --- the interview ----------------------------------------------------------------------------------------------

    async def titles_page(self, person_id: int, previous: Collection[int] = ()) -> list[Movie]:
        """Return the next page of titles to ask about.

        Args:
            person_id: who is asked.
            previous: movie ids of the page before. Those that were not rated are marked "unseen".
        """
        state, history = self.state, await self._history(person_id)
        untouched = [movie_id for movie_id in previous if movie_id in state.movies and movie_id not in history.stars]
        await self._marks.put(person_id, untouched, "unseen", self._now())
        shown = {*previous, *history.unseen, *history.seen}
        page = state.interview.next_movies(profile_of(history), shown, TITLES_PER_PAGE)
        return [state.movies[movie_id] for movie_id in page]

    async def finish_titles(self, person_id: int, page: Collection[int]) -> None:
        """Mark the titles of the last page that were not rated as "unseen"."""
        state = self.state
        rated = await self._ratings.of(person_id)
        untouched = [movie_id for movie_id in page if movie_id in state.movies and movie_id not in rated]
        await self._marks.put(person_id, untouched, "unseen", self._now())

    # --- wishes -----------------------------------------------------------------------------------------------------

    async def active_wish(self, person_id: int) -> Wish | None:
        """Return the wish that is active; None if none was said within a day."""
        return await self._wishes.active(person_id)

    async def set_wish(self, person_id: int, wish: Wish | None, update_id: int | None = None) -> None:
        """Replace the active wish, or end it with None; safe to repeat."""
        await self._wishes.set_active(person_id, wish, update_id)

    async def preferences(self, person_id: int) -> Wish:
        """Return what a person never wants to see. No card and no preview shows it."""
        return await self._wishes.preferences(person_id)

    async def set_preferences(self, person_id: int, wish: Wish, update_id: int | None = None) -> None:
        """Replace what a person never wants to see; safe to repeat."""
        await self._wishes.set_preferences(person_id, wish, update_id)

    def not_known(self, wish: Wish) -> tuple[str, ...]:
        """Return the conditions of a wish that the catalogue has no details for; cards do not consider them."""
        return self.state.conditions.not_known(wish)

    # --- texts ------------------------------------------------------------------------------------------------------

    async def read(self, text: str, situation: Situation) -> Meaning:
        """Read what a person says with a text in a situation."""
        return await self._reader.read(text, situation, self.state.reader)

    async def find_title(self, title: str) -> Match:
        """Find the movie that a title means."""
        return await self._reader.find_title(title, self.state.reader)

    def is_exact_title(self, text: str) -> bool:
        """Return whether the whole text, with any number at its end, is the title of one movie."""
        return isinstance(self.state.titles.find_exact(text), Found)

    def movie(self, movie_id: int) -> Movie:
        """Return the movie of the catalogue; for a movie that left the catalogue, a placeholder with its id."""
        return self.state.movie(movie_id)

    # --- cards ------------------------------------------------------------------------------------------------------

    async def next_cards(self, person_id: int, wish: Wish = NOTHING_WISHED, n: int = 1) -> list[Card]:
        """Choose the next cards among the movies that were not rated, seen or recently shown.

        A card counts as shown once `record_card` has stored its message.

        Args:
            person_id: who gets the cards.
            wish: which movies may be chosen.
            n: how many, at most MAX_CARDS; fewer are returned if fewer movies are left.
        """
        state, history = self.state, await self._history(person_id)
        return await self._chooser.next_cards(state, history, wish, min(n, MAX_CARDS))

    async def answer_card(
        self,
        person_id: int,
        message_id: int,
        movie_id: int,
        stars: float | None = None,
        mark: MarkKind | None = None,
        wish: Wish | None = None,
        update_id: int | None = None,
        *,
        adopt: bool = False,
        passed: Passed | None = None,
    ) -> NextCard | OutdatedCard | None:
        """Store the answer to a card and choose the next card from it; both are committed, or neither.

        Args:
            person_id: who tapped.
            message_id: the message with the card.
            movie_id: the movie that the card showed when it was tapped.
            stars: the rating of that movie; None leaves its rating as it is.
            mark: the mark of that movie; None for none.
            wish: which movies may be on the next card; None for the active wish, if there is one.
            update_id: the update with the tap.
            adopt: whether the message certainly is a card of this movie, so that it becomes one if it is not stored.
            passed: how the card is passed over without feedback; with "similar" the wish becomes the active one.

        Returns:
            None if the message is no card of this person, or if the person does not exist.
        """
        tap = Tap(person_id, message_id, movie_id, stars, mark, update_id, adopt, passed)
        return await self._answering.answer(self.state, tap, wish)

    async def preview(self, person_id: int, n: int) -> list[Movie]:
        """Return the movies that the first n cards would show; none before the first rating."""
        state, history = self.state, await self._history(person_id)
        return await self._chooser.preview(state, history, n) if history.stars else []

    async def surprise(self, person_id: int, wish: Wish, seed: int | None) -> Card | None:
        """Return a card from further away, the same for the same seed; None if no movie is left."""
        return await self._chooser.surprise(self.state, await self._history(person_id), wish, seed)

    async def card_of(self, person_id: int, movie_id: int) -> Card | None:
        """Return the card of one movie; None if it is not in the catalogue."""
        state, history = self.state, await self._history(person_id)
        is_known = movie_id in state.movies
        return await self._chooser.card_of(state, history, movie_id, NOTHING_WISHED) if is_known else None

    async def shown_movies(self, person_id: int) -> list[Movie]:
        """Return the movies that the person was shown, those that were shown last at the end."""
        return [self.movie(movie_id) for movie_id in (await self._marks.of(person_id))["shown"]]

    async def movie_on_card(self, person_id: int, message_id: int) -> Movie | None:
        """Return the movie that a message shows; None if it is no card of this person or the movie is gone.

        Until the message certainly shows the next movie of a card, this is the previous movie.
        """
        shown = await self._cards.get(person_id, message_id)
        if shown is None:
            return None
        return self.state.movies.get(shown.movie_id if shown.previous_movie_id is None else shown.previous_movie_id)

    async def rate_card(
        self,
        person_id: int,
        message_id: int,
        stars: float,
        source: RatingSource,
        on_screen: int | None = None,
        update_id: int | None = None,
    ) -> RatingChange | None:
        """Rate the movie that a card shows, without choosing the next card; safe to repeat.

        Args:
            person_id: who rates.
            message_id: the message with the card.
            stars: the rating.
            source: how the rating was given.
            on_screen: the movie that the message certainly shows; None if only the database knows. If the message is
                not stored, it becomes a card of this movie.
            update_id: the update with the rating.

        Returns:
            None if the message is no card of this person, or if the movie is not in the catalogue.
        """
        movie = (
            await self.movie_on_card(person_id, message_id) if on_screen is None else self.state.movies.get(on_screen)
        )
        if movie is None:
            return None
        return await self._cards.rate(person_id, message_id, movie.movie_id, stars, source, self._now(), update_id)

    async def record_card(self, person_id: int, message_id: int, movie_id: int, update_id: int | None = None) -> None:
        """Store which movie a message shows, mark it "shown", and let `has_sent_card` return True for the update."""
        await self._cards.put(person_id, message_id, movie_id, self._now(), update_id)

    async def has_sent_card(self, update_id: int | None) -> bool:
        """Return whether a redelivered update was already answered with a new card message."""
        return await self._cards.was_sent_by(update_id)

    async def skip_refused(self, person_id: int, movie_id: int) -> None:
        """Mark a movie whose card Telegram refused as "shown", so that another movie is chosen, and count it."""
        self.refused_cards += 1
        await self.mark(person_id, movie_id, "shown")

    async def _history(self, person_id: int) -> History:
        return await self._people.history(person_id, self._now() - SHOWN_AGAIN_AFTER)
