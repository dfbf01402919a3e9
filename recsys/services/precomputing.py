"""Precomputing: the next cards of many people are chosen in batches, before they are sent one by one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from recsys.services.answering import SHOWN_AGAIN_AFTER
from recsys.services.cards import NOTHING_WISHED, Card
from recsys.services.choosing import CardChooser
from recsys.services.state import ServingState
from storage.records import History
from storage.sql import People

PEOPLE_AT_ONCE = 256
"""The cards of this many people are chosen at once. Several smaller batches in concurrent threads take more processor
time, and people who chat wait longer for the interpreter."""


@dataclass(frozen=True, slots=True)
class PrecomputedCard:
    """The next card of a person, and what it was chosen from.

    Attributes:
        card: the card.
        history: of the person.
        state: the catalogue and the model.
    """

    card: Card
    history: History
    state: ServingState


class Precomputing:
    """The use cases of cards that are chosen before they are sent. `Conversation.precomputing` holds one."""

    def __init__(
        self, people: People, chooser: CardChooser, state: Callable[[], ServingState], now: Callable[[], datetime]
    ) -> None:
        self._people, self._chooser, self._state, self._now = people, chooser, state, now

    async def cards(self, person_ids: Sequence[int]) -> dict[int, PrecomputedCard]:
        """Return the next cards of people, as `next_cards` would choose them now.

        People whose card a batch cannot choose are left out, for example because they have been shown every movie.
        """
        cards: dict[int, PrecomputedCard] = {}
        for start in range(0, len(person_ids), PEOPLE_AT_ONCE):
            cards |= await self._cards(person_ids[start : start + PEOPLE_AT_ONCE])
        return cards

    async def next_cards(self, person_id: int, precomputed: PrecomputedCard | None) -> list[Card]:
        """Return the next card of a person as a list, which is empty if no movie is left.

        Args:
            person_id: who gets the card.
            precomputed: of this person, or None. It is the result unless the person, the catalogue or the model has
                changed since. Then the card is chosen again.
        """
        state, history = self._state(), await self._history(person_id)
        if precomputed is not None and precomputed.state is state and precomputed.history == history:
            return [precomputed.card]
        return await self._chooser.next_cards(state, history, NOTHING_WISHED, 1)

    async def _cards(self, person_ids: Sequence[int]) -> dict[int, PrecomputedCard]:
        state = self._state()
        if state.recommender is None:
            return {}
        histories = await self._people.histories(person_ids, self._shown_since())
        cards = await self._chooser.first_cards(state, list(histories.values()))
        return {
            person_id: PrecomputedCard(card, history, state)
            for (person_id, history), card in zip(histories.items(), cards, strict=True)
            if card is not None
        }

    async def _history(self, person_id: int) -> History:
        return await self._people.history(person_id, self._shown_since())

    def _shown_since(self) -> datetime:
        return self._now() - SHOWN_AGAIN_AFTER
