"""All that a person can do with the bot: one method a use case, one commit each, values back.

Every method may raise Unavailable where the database does not answer; everything else that can be missing is stood in
for, and the value says so.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Unpack

from recsys.models.exposure import TITLES_PER_PAGE
from recsys.profile import LIKE, Profile
from recsys.services.state import ServingState
from recsys.serving.explain import Popular, Reason
from recsys.serving.fallback import popular_movies
from recsys.text.titles import Found, Match
from recsys.text.wishes import NotAWish, Wish, parse_wish
from storage.errors import NotFound, Unavailable
from storage.metadata import MetadataStore
from storage.records import History, MarkKind, Movie, Person, Rating, RatingChange, RatingSource
from storage.sql import CardAnswer, Cards, Marks, People, Ratings
from storage.sql.people import Demographics, PersonSettings

PLANNED_AHEAD = 5
"""How many cards are chosen at once, at most; every thumb plans anew."""

SHOWN_AGAIN_AFTER = timedelta(days=14)
"""For so long a card that was passed over stays away."""

NOTHING_WISHED = Wish()


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Card:
    """One movie to show.

    Attributes:
        movie: with its metadata.
        reason: why it is here.
        because: the movie that the reason names, None where it names none.
        is_asked_for: something like that movie was asked for; what the person thinks of it is another matter.
        model_missing: there is no model to ask, this comes from the popular list.
    """

    movie: Movie
    reason: Reason
    because: Movie | None
    is_asked_for: bool = False
    model_missing: bool = False


@dataclass(frozen=True, slots=True)
class NextCard:
    """What comes after a card that was tapped.

    Attributes:
        card: shown in its place from now on; None where nothing is left.
    """

    card: Card | None


class OutdatedCard:
    """The message shows another card by now."""


class Conversation:
    """What the handlers call.

    A use case takes what is known once, at its beginning: a turn that began with one model ends with it.

    Attributes:
        state: what the next use case begins with.
        model_missing: how many times the popular list stood in for a model.
    """

    def __init__(
        self,
        people: People,
        ratings: Ratings,
        marks: Marks,
        cards: Cards,
        metadata: MetadataStore,
        state: ServingState,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Wire the use cases.

        Args:
            people: who talks to the bot.
            ratings: what they think of movies.
            marks: what they have seen, keep for later, or were shown.
            cards: which message shows what.
            metadata: of the movies that are shown.
            state: of movies, to begin with.
            now: the time, aware.
        """
        self.state = state
        self.model_missing = 0
        self._people, self._ratings, self._marks, self._cards = people, ratings, marks, cards
        self._metadata = metadata
        self._now = now

    def use(self, state: ServingState) -> None:
        """Know something else from the next use case on; those that have begun end with what they began with."""
        self.state = state

    # --- the person -------------------------------------------------------------------------------------------------

    async def person(self, person_id: int) -> Person | None:
        """Who this is; None for somebody new."""
        return await self._people.get(person_id)

    async def arrive(self, person_id: int, step: str) -> Person:
        """The person, made known at this step if they are new; whoever had blocked the bot has not any more."""
        person = await self._people.get_or_create(person_id, step, self._now())
        if person.blocked:
            await self._people.update(person_id, blocked=False)
        return person

    async def move(self, person_id: int, from_step: str, to_step: str, changes: Demographics) -> bool:
        """Take a step of the onboarding; False where the person is not at `from_step` any more."""
        return await self._people.move(person_id, from_step, to_step, **changes)

    async def settle(self, person_id: int, **settings: Unpack[PersonSettings]) -> None:
        """Change settings or what is told of oneself."""
        await self._people.update(person_id, **settings)

    async def switch(self, person_id: int, setting: Literal["consent", "notify"], *, on: bool) -> None:
        """Switch a setting; safe to repeat."""
        if setting == "consent":
            await self._people.update(person_id, consent=on)
        else:
            await self._people.update(person_id, notify=on)

    async def export(self, person_id: int) -> dict[str, Any] | None:
        """All that is kept of a person, ready for JSON; None where nothing is."""
        try:
            return await self._people.export(person_id)
        except NotFound:
            return None

    async def forget(self, person_id: int) -> None:
        """Delete all of it; safe to repeat."""
        await self._people.forget(person_id)

    # --- ratings ----------------------------------------------------------------------------------------------------

    async def rate(
        self, person_id: int, movie_id: int, stars: float | None, source: RatingSource
    ) -> RatingChange | None:
        """Set or remove a rating; safe to repeat. None for a movie that is not in the catalogue."""
        if movie_id not in self.state.movies:
            return None
        return await self._ratings.rate(person_id, movie_id, stars, source, self._now())

    async def undo(self, person_id: int, only: int | None = None) -> RatingChange | None:
        """Take the latest change of a rating back.

        Args:
            person_id: whose.
            only: do it only if this movie is the one that was changed last.

        Returns:
            None where there is nothing to take back.
        """
        if only is not None and await self._ratings.last_changed(person_id) != only:
            return None
        return await self._ratings.undo(person_id, self._now())

    async def ratings(self, person_id: int, offset: int, limit: int) -> tuple[list[tuple[Movie, Rating]], int]:
        """A page of ratings with their movies, the newest first, and how many there are in all."""
        page, count = await asyncio.gather(self._ratings.page(person_id, offset, limit), self._ratings.count(person_id))
        return [(self.movie(rating.movie_id), rating) for rating in page], count

    async def stars(self, person_id: int) -> dict[int, float]:
        """Stars by movie id, the oldest rating first."""
        return {movie_id: rating.stars for movie_id, rating in (await self._ratings.of(person_id)).items()}

    async def counts(self, person_id: int) -> tuple[int, int]:
        """How many movies a person has rated, and how many they keep for later."""
        rated, marks = await asyncio.gather(self._ratings.count(person_id), self._marks.of(person_id))
        return rated, len(marks["later"])

    # --- marks ------------------------------------------------------------------------------------------------------

    async def mark(self, person_id: int, movie_id: int, kind: MarkKind) -> bool:
        """Mark a movie; False for one that is not in the catalogue."""
        if movie_id not in self.state.movies:
            return False
        await self._marks.put(person_id, [movie_id], kind, self._now())
        return True

    async def unmark(self, person_id: int, movie_id: int, kind: MarkKind) -> bool:
        """Take a mark away; False where there is none."""
        return await self._marks.remove(person_id, movie_id, kind)

    async def watchlist(self, person_id: int) -> list[Movie]:
        """What is kept for later, the newest first."""
        later = (await self._marks.of(person_id))["later"]
        return [self.movie(movie_id) for movie_id in reversed(later)]

    # --- the interview ----------------------------------------------------------------------------------------------

    async def titles_page(self, person_id: int, before: Collection[int] = ()) -> list[Movie]:
        """Titles to tap; those of the page before that stayed untouched are noted as not seen."""
        state, said = self.state, await self._history(person_id)
        untouched = [movie_id for movie_id in before if movie_id in state.movies and movie_id not in said.stars]
        await self._marks.put(person_id, untouched, "unseen", self._now())
        shown = {*before, *said.unseen, *said.seen}
        return [state.movies[one] for one in state.interview.next_movies(_profile(said), shown, TITLES_PER_PAGE)]

    async def finish_titles(self, person_id: int, page: Collection[int]) -> None:
        """Note the untouched titles of the last page as not seen."""
        state = self.state
        rated = await self._ratings.of(person_id)
        untouched = [movie_id for movie_id in page if movie_id in state.movies and movie_id not in rated]
        await self._marks.put(person_id, untouched, "unseen", self._now())

    # --- what is understood -----------------------------------------------------------------------------------------

    def wish(self, text: str) -> Wish | NotAWish:
        """What a text wishes for."""
        return parse_wish(text, self.state.titles, self.state.genres)

    def find(self, title: str) -> Match:
        """The movie that a title means."""
        return self.state.titles.find(title)

    def is_title(self, text: str) -> bool:
        """Whether a text is a whole title as it stands, numbers at its end and all."""
        return isinstance(self.state.titles.exactly(text), Found)

    def movie(self, movie_id: int) -> Movie:
        """What is known of a movie; one that has left the catalogue is named by its number."""
        return self.state.movies.get(movie_id) or Movie(movie_id, f"Movie {movie_id}")

    # --- cards ------------------------------------------------------------------------------------------------------

    async def next_cards(self, person_id: int, wish: Wish = NOTHING_WISHED, n: int = 1) -> list[Card]:
        """The next cards: nothing that is rated, seen or was just shown; fewer where fewer are left.

        They count as shown once `remember_card` knows their message.
        """
        state, said = self.state, await self._history(person_id)
        return await self._next(state, said, wish, min(n, PLANNED_AHEAD))

    async def answer_card(
        self,
        person_id: int,
        message_id: int,
        movie_id: int,
        stars: float | None = None,
        mark: MarkKind | None = None,
        wish: Wish = NOTHING_WISHED,
    ) -> NextCard | OutdatedCard | None:
        """Take in a tap on a card and choose the next one, which knows it already; both are kept, or neither.

        Args:
            person_id: who tapped.
            message_id: the message with the card.
            movie_id: what the card showed when it was tapped.
            stars: what that movie gets, None for nothing.
            mark: what else is said of it.
            wish: what the next card must fulfil.

        Returns:
            None where the message is no card of theirs.
        """
        state, now = self.state, self._now()
        shown, said = await self._cards.card_and_history(person_id, message_id, now - SHOWN_AGAIN_AFTER)
        if shown is None or shown not in state.movies:
            return None
        if shown != movie_id:
            return OutdatedCard()
        found = await self._next(state, _after(said, movie_id, stars, mark), wish, 1)
        card = found[0] if found else None
        turn = CardAnswer(movie_id, stars, mark, card.movie.movie_id if card is not None else None)
        return NextCard(card) if await self._cards.answer_card(person_id, message_id, turn, now) else OutdatedCard()

    async def preview(self, person_id: int, n: int) -> list[Movie]:
        """The picks so far, as the first cards will show them; none before the first answer."""
        state, said = self.state, await self._history(person_id)
        if not said.stars:
            return []
        return [card.movie for card in await self._choose(state, _profile(said), NOTHING_WISHED, n, said.seen)]

    async def card_of(self, person_id: int, message_id: int) -> Movie | None:
        """The movie that a message showed to this person."""
        movie_id = await self._cards.movie_of(person_id, message_id)
        return None if movie_id is None else self.state.movies.get(movie_id)

    async def remember_card(self, person_id: int, message_id: int, movie_id: int) -> None:
        """Note which movie a message shows: a reply or a reaction to it finds it, and it does not come again soon."""
        await self._cards.put(person_id, message_id, movie_id, self._now())

    async def _next(self, state: ServingState, said: History, wish: Wish, n: int) -> list[Card]:
        profile = _profile(said)
        cards = await self._choose(state, profile, wish, n, said.seen | said.shown)
        if len(cards) < n and said.shown:  # Whoever has come to the end begins again with what was passed over.
            again = {*said.seen, *(card.movie.movie_id for card in cards)}
            cards += await self._choose(state, profile, wish, n - len(cards), again)
        return cards

    async def _choose(
        self, state: ServingState, profile: Profile, wish: Wish, n: int, hidden: Collection[int]
    ) -> list[Card]:
        if state.recommender is not None:
            try:
                asked = profile
                if wish.like:
                    asked = replace(profile, ratings=dict.fromkeys(wish.like, LIKE))
                    hidden = {*hidden, *profile.ratings}
                found = await state.recommender.for_person(asked, n, hidden, wish.filter)
            except (NotFound, Unavailable):
                pass
            else:
                return [Card(one.movie, one.reason, self._named(one.reason), bool(wish.like)) for one in found]
        self.model_missing += 1
        popular = popular_movies(state.movies.values(), profile, n, hidden, wish.filter)
        return [Card(movie, Popular(), None, model_missing=True) for movie in await self._metadata_of(popular)]

    async def _metadata_of(self, movies: Iterable[Movie]) -> list[Movie]:
        found = await self._metadata.get_many([movie.movie_id for movie in movies])
        return list(found.values())

    def _named(self, reason: Reason) -> Movie | None:
        movie_id = getattr(reason, "movie_id", None)
        return None if movie_id is None else self.movie(movie_id)

    async def _history(self, person_id: int) -> History:
        return await self._people.history(person_id, self._now() - SHOWN_AGAIN_AFTER)


def _profile(said: History) -> Profile:
    return Profile(said.gender, said.age, said.occupation, said.stars, said.unseen)


def _after(said: History, movie_id: int, stars: float | None, mark: MarkKind | None) -> History:
    """What a person has said once they have said this too of the card that they look at."""
    rated = said.stars if stars is None else said.stars | {movie_id: stars}
    return replace(
        said,
        stars=rated,
        unseen=said.unseen - rated.keys(),
        seen=said.seen | {movie_id} if mark == "seen" else said.seen,
        shown=said.shown | {movie_id},
    )
