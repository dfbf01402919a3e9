"""Answers to the buttons of cards: storing the feedback and choosing the next card from it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from recsys.profile import DISLIKED_TO
from recsys.services.cards import NOTHING_WISHED, Card, NextCard, OutdatedCard, with_answer
from recsys.services.choosing import CardChooser
from recsys.services.state import ServingState
from recsys.services.stuck import MAX_ANSWERS, Stuck, StuckPeople
from recsys.services.wishes import active_wish, stored_wish
from recsys.text.wishes import Wish
from storage.changes import Answer, Passed
from storage.records import History, MarkKind
from storage.sql import CardAnswer, Cards, Changes

SHOWN_AGAIN_AFTER = timedelta(days=14)
"""A movie that was shown is not shown again for this long, unless nothing else is left."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap on a card; `Conversation.answer_card` describes the attributes."""

    person_id: int
    message_id: int
    movie_id: int
    stars: float | None
    mark: MarkKind | None
    update_id: int | None
    adopt: bool
    passed: Passed | None


class CardAnswering:
    """Stores the answers to cards and chooses the next cards from them."""

    def __init__(
        self, cards: Cards, changes: Changes, chooser: CardChooser, stuck: StuckPeople, now: Callable[[], datetime]
    ) -> None:
        self._cards, self._changes, self._chooser, self._stuck, self._now = cards, changes, chooser, stuck, now

    async def answer(self, state: ServingState, tap: Tap, wish: Wish | None) -> NextCard | OutdatedCard | None:
        """Store an answer and choose the next card; see `Conversation.answer_card`."""
        now, person_id, message_id = self._now(), tap.person_id, tap.message_id
        is_unsuccessful = tap.passed == "next" or (tap.stars is not None and tap.stars <= DISLIKED_TO)
        answers = MAX_ANSWERS if is_unsuccessful else 0
        tapped = await self._cards.tapped(person_id, message_id, now - SHOWN_AGAIN_AFTER, answers)
        shown, history = tapped.movie_id, tapped.history
        if wish is None:
            wish = active_wish(tapped.wish, now) or NOTHING_WISHED
        is_unknown = shown is None
        if is_unknown and tap.adopt:
            shown = tap.movie_id
        if shown is None or shown not in state.movies:
            return None
        if shown != tap.movie_id:
            outdated = await self._outdated(state, tap, wish)
            repeated = await self._cards.answered_by(tap.update_id)
            return NextCard(outdated.card, repeated.change, wish=wish) if repeated and outdated else outdated
        answered = with_answer(history, tap.movie_id, tap.stars, tap.mark)
        stuck = None
        if is_unsuccessful:
            unsuccessful = Answer("next" if tap.stars is None else "rating", tap.movie_id, tap.stars)
            stuck = await self._stuck.find(state, [unsuccessful, *tapped.answers])
        # A wish already says which movies to look for. Without a wish, the next card comes from a distant cluster.
        far = await self._from_far(state, answered, stuck) if stuck is not None and wish == NOTHING_WISHED else None
        cards = [far] if far is not None else await self._chooser.next_cards(state, answered, wish, 1)
        card = cards[0] if cards else None
        next_id = card.movie.movie_id if card is not None else None
        new_wish = stored_wish(wish) if tap.passed == "similar" else None
        answer = CardAnswer(
            tap.movie_id, tap.stars, tap.mark, next_id, is_unknown, tap.passed, new_wish, tapped.is_blocked
        )
        stored = await self._cards.answer_card(person_id, message_id, answer, now, tap.update_id)
        if stored is not None:
            return NextCard(card, stored.change, stuck, is_far=far is not None, wish=wish)
        return await self._outdated(state, tap, wish)

    async def _from_far(self, state: ServingState, history: History, stuck: Stuck) -> Card | None:
        """Return the best card for a person from the farthest cluster that has one left."""
        for cluster in stuck.clusters:
            card = await self._chooser.next_among(state, history, cluster.movie_ids)
            if card is not None:
                return card
        return None

    async def _outdated(self, state: ServingState, tap: Tap, wish: Wish) -> OutdatedCard | None:
        history_since = self._now() - SHOWN_AGAIN_AFTER
        tapped = await self._cards.tapped(tap.person_id, tap.message_id, history_since)
        shown = await self._cards.get(tap.person_id, tap.message_id)
        if shown is None or shown.movie_id not in state.movies:
            return None
        card = await self._chooser.card_of(state, tapped.history, shown.movie_id, wish)
        is_confirmed = shown.previous_movie_id is None
        change = await self._changes.answer_of(tap.person_id, tap.message_id, tap.movie_id)
        return OutdatedCard(card, shown.shown_at, is_confirmed, change, wish)
