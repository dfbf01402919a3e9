"""When nothing pleases: noticing it, and offering corners of the catalogue that are far from what was shown."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.profile import DISLIKED_TO
from recsys.services.state import ServingState
from recsys.serving.corners import Corner, farthest_corners, find_corners
from recsys.text.wishes import Wish
from storage.changes import Answer
from storage.sql import Changes

CORNERS = 5
"""So many corners are offered."""

_DISLIKE_WEIGHT, _NEXT_WEIGHT, _ASK_EVERY = 2, 1, 6
"""The bot asks after three thumbs down, after six cards that were passed over, or after a mixture of both."""

MAX_ANSWERS = 60
"""At most this many answers are looked at."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A person whom several cards in a row did not please.

    Attributes:
        corners: corners far from these cards and from each other, the farthest first; empty without a model.
    """

    corners: tuple[Corner, ...]


class StuckPeople:
    """Finds out whom nothing pleases, and where to look next."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._known: tuple[ServingState, list[Corner]] | None = None

    async def find(self, state: ServingState, person_id: int, answer: Answer | None = None) -> Stuck | None:
        """Return where to look next if it is time to ask; None if it is not.

        Args:
            state: the model and the catalogue.
            person_id: who answers cards.
            answer: an answer that is not stored yet; None if the last answer is stored.
        """
        answers = await self._changes.last_answers(person_id, MAX_ANSWERS)
        missed = missed_in_a_row(answers if answer is None else [answer, *answers])
        return Stuck(tuple(await self._far_from(state, missed))) if missed else None

    async def corner_of(self, state: ServingState, movie_id: int) -> Corner | None:
        """Return the corner that has a movie; None if no corner has it."""
        corners = await self._corners(state)
        return next((corner for corner in corners if movie_id in corner.movie_ids), None)

    async def _far_from(self, state: ServingState, movie_ids: Collection[int]) -> list[Corner]:
        corners = await self._corners(state)
        if state.recommender is None:
            return []
        towers = state.recommender.towers
        _, vectors = towers.movie_vectors()
        positions = [towers.vocabulary.positions.get(movie_id) for movie_id in movie_ids]
        rows = np.array([position for position in positions if position is not None], np.int64)
        return farthest_corners(corners, vectors[rows], CORNERS)

    async def _corners(self, state: ServingState) -> list[Corner]:
        """Return the corners of a catalogue, which are computed once for each model."""
        known = self._known
        if known is None or known[0] is not state:
            known = state, await asyncio.to_thread(_find_corners, state)
            self._known = known
        return known[1]


def missed_in_a_row(answers: Sequence[Answer]) -> tuple[int, ...]:
    """Return the movies that did not please, if it is time to ask because of the first answer; else nothing.

    Thumbs down and cards that were passed over count until a movie was liked, kept for later, or asked for more of.
    What was typed and is no like, and movies that were seen, count for nothing.

    Args:
        answers: the newest first.
    """
    missed: list[int] = []
    total = newest = 0
    for place, answer in enumerate(answers):
        is_disliked = answer.stars is not None and answer.stars <= DISLIKED_TO
        if answer.kind == "similar" or answer.mark == "later" or (answer.kind == "rating" and not is_disliked):
            break
        weight = 0
        if answer.is_of_card and answer.movie_id is not None:
            weight = _DISLIKE_WEIGHT if is_disliked else _NEXT_WEIGHT if answer.kind == "next" else 0
        if weight and answer.movie_id is not None:
            missed.append(answer.movie_id)
        total += weight
        newest = weight if place == 0 else newest
    is_time = newest > 0 and total // _ASK_EVERY > (total - newest) // _ASK_EVERY
    return tuple(missed) if is_time else ()


def wish_for(corner: Corner) -> Wish:
    """Return the wish for movies of a corner: its genres and decades, and like its central movies."""
    return Wish(
        genres_any=corner.genres, year_from=corner.first_year, year_to=corner.last_year, like=corner.central_ids
    )


def _find_corners(state: ServingState) -> list[Corner]:
    if state.recommender is None:
        return []
    movie_ids, vectors = state.recommender.towers.movie_vectors()
    rows = [row for row, movie_id in enumerate(movie_ids.tolist()) if movie_id in state.movies]
    return find_corners([state.movies[int(movie_ids[row])] for row in rows], vectors[rows])
