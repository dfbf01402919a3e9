"""When a person is stuck: after three thumbs down, or six cards that were passed over, in a row."""

import asyncio

import pytest

from recsys.data import Dataset
from recsys.models.towers import Towers
from recsys.services.state import ServingState
from recsys.services.stuck import StuckPeople, unsuccessful_in_a_row
from recsys.serving.recommender import Recommender
from storage.changes import Answer
from storage.metadata import open_metadata
from storage.sql import Catalogue
from storage.vectors.memory import MemoryIndex

LIKE, DISLIKE = Answer("rating", 1, 5.0), Answer("rating", 2, 1.0)
NEXT, SIMILAR = Answer("next", 3), Answer("similar", 4)
SEEN, LATER = Answer("mark", 5, mark="seen"), Answer("mark", 6, mark="later")
TYPED_HATE, TYPED_LOVE = Answer("rating", 7, 1.0, is_of_card=False), Answer("rating", 8, 5.0, is_of_card=False)
BAN = Answer("preferences", None, is_of_card=False)


@pytest.mark.parametrize(
    ("answers", "unsuccessful"),
    [
        ([DISLIKE] * 3, 3),
        ([DISLIKE] * 6, 6),
        ([NEXT] * 6, 6),
        ([NEXT, NEXT, DISLIKE, DISLIKE], 4),
        ([DISLIKE, SEEN, DISLIKE, BAN, DISLIKE], 3),
        ([DISLIKE, TYPED_HATE, DISLIKE, DISLIKE], 3),
        ([DISLIKE] * 3 + [LIKE] + [DISLIKE] * 5, 3),
        ([DISLIKE] * 2, 0),
        ([DISLIKE] * 4, 0),
        ([NEXT] * 5, 0),
        ([NEXT] * 7, 0),
        ([DISLIKE, DISLIKE, LIKE, DISLIKE], 0),
        ([DISLIKE, DISLIKE, TYPED_LOVE, DISLIKE], 0),
        ([DISLIKE, DISLIKE, LATER, DISLIKE], 0),
        ([NEXT] * 3 + [SIMILAR] + [NEXT] * 3, 0),
        ([SEEN, DISLIKE, DISLIKE, DISLIKE], 0),
        ([LIKE, DISLIKE, DISLIKE, DISLIKE], 0),
        ([TYPED_HATE] * 6, 0),
        ([], 0),
    ],
)
def test_when_to_ask(answers: list[Answer], unsuccessful: int) -> None:
    """The newest answer comes first; it decides whether it is time now."""
    assert len(unsuccessful_in_a_row(answers)) == unsuccessful


async def test_people_who_are_stuck_at_the_same_time_share_the_clusters(
    towers: Towers, board: Dataset, catalogue: Catalogue
) -> None:
    """The clusters are computed once."""
    recommender = Recommender(towers, MemoryIndex(), open_metadata("sql", catalogue))
    state, stuck = ServingState.build(board.movies, recommender), StuckPeople()
    first, second = await asyncio.gather(*(stuck.find(state, [DISLIKE] * 3) for _ in range(2)))
    assert first is not None
    assert second is not None
    assert len(first.clusters) > 1
    assert {id(cluster) for cluster in first.clusters} == {id(cluster) for cluster in second.clusters}
