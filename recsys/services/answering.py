"""Answers to cards: storing the feedback and choosing the next card from it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from recsys.services.cards import NextCard, OutdatedCard, with_answer
from recsys.services.choosing import CardChooser
from recsys.services.state import ServingState
from recsys.text.wishes import Wish
from storage.records import MarkKind
from storage.sql import CardAnswer, Cards

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


class CardAnswering:
    """Stores the answers to cards and chooses the next cards from them."""

    def __init__(self, cards: Cards, chooser: CardChooser, now: Callable[[], datetime]) -> None:
        self._cards, self._chooser, self._now = cards, chooser, now

    async def answer(self, state: ServingState, tap: Tap, wish: Wish) -> NextCard | OutdatedCard | None:
        """Store an answer and choose the next card; see `Conversation.answer_card`."""
        now, person_id, message_id = self._now(), tap.person_id, tap.message_id
        shown, history = await self._cards.card_and_history(person_id, message_id, now - SHOWN_AGAIN_AFTER)
        is_unknown = shown is None
        if is_unknown and tap.adopt:
            shown = tap.movie_id
        if shown is None or shown not in state.movies:
            return None
        if shown != tap.movie_id:
            outdated = await self._outdated(state, tap, wish)
            is_repeated = outdated is not None and await self._cards.was_answered_by(tap.update_id)
            return NextCard(outdated.card) if is_repeated and outdated is not None else outdated
        answered = with_answer(history, tap.movie_id, tap.stars, tap.mark)
        cards = await self._chooser.next_cards(state, answered, wish, 1)
        card = cards[0] if cards else None
        next_id = card.movie.movie_id if card is not None else None
        answer = CardAnswer(tap.movie_id, tap.stars, tap.mark, next_id, is_unknown)
        if await self._cards.answer_card(person_id, message_id, answer, now, tap.update_id):
            return NextCard(card)
        return await self._outdated(state, tap, wish)

    async def _outdated(self, state: ServingState, tap: Tap, wish: Wish) -> OutdatedCard | None:
        history_since = self._now() - SHOWN_AGAIN_AFTER
        _, history = await self._cards.card_and_history(tap.person_id, tap.message_id, history_since)
        shown = await self._cards.get(tap.person_id, tap.message_id)
        if shown is None or shown.movie_id not in state.movies:
            return None
        card = await self._chooser.card_of(state, history, shown.movie_id, wish)
        is_confirmed = shown.previous_movie_id is None
        return OutdatedCard(card, shown.shown_at, is_confirmed, is_rated=tap.movie_id in history.stars)
