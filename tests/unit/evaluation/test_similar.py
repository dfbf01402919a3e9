"""The measurement of similar movies: co-likes counted by hand, and the order of the methods on a clear data set."""

import asyncio
import json

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.evaluation import similar
from recsys.evaluation.newcomers import TooSmall
from recsys.evaluation.similar import CoLikes, LikeCounts, SimilarReport, evaluate_similar
from recsys.models.towers import Towers
from recsys.protocol.newcomers import Split
from tests.builders import dataset, movie

EVERYBODY = np.arange(100)
ROWS = [
    *((person, 1, 5.0) for person in range(40)),
    *((person, 2, 4.0) for person in range(20, 70)),
    *((person, 3, 4.0) for person in range(10)),
    *((person, 4, 3.5) for person in range(100)),
]
"""40 people like movie 1, 50 like movie 2 and 20 like both. 10 like movie 3, and nobody likes movie 4."""


def counts(people: np.ndarray = EVERYBODY) -> LikeCounts:
    """Return the likes of ROWS among some people."""
    return LikeCounts(dataset([movie(number) for number in range(1, 5)], ROWS), people)


def test_co_likes_computed_by_hand() -> None:
    """Half of those who like movie 1 like movie 2, as by chance. Movie 3 has too few likes to have a lift."""
    assert counts().co_likes(np.array([0]), np.array([[1]]), counts()) == CoLikes(pytest.approx(1), pytest.approx(0.5))
    assert counts().co_likes(np.array([1]), np.array([[0]]), counts()) == CoLikes(pytest.approx(1), pytest.approx(0.4))
    assert counts().co_likes(np.array([0]), np.array([[2]]), counts()) == CoLikes(1, pytest.approx(0.25))


def test_held_out_people_decide_and_all_people_are_the_chance() -> None:
    """Of the people 30 to 59, the first ten like movies 1 and 2. A title that none of them likes does not count."""
    held_out = counts(np.arange(30, 60))
    assert held_out.co_likes(np.array([0, 2]), np.array([[1], [1]]), counts()) == CoLikes(
        pytest.approx(1 / 0.5), pytest.approx(1)
    )


@pytest.fixture(scope="module")
def report(board: Dataset, towers: Towers) -> SimilarReport:
    """The report on the checkerboard, whose titles have some 65 likes each."""

    def fitted(dataset: Dataset, split: Split, seed: int) -> Towers:  # noqa: ARG001 - a TowersFactory has this signature
        return towers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(similar, "COMMON_LIKES", 50)
        return asyncio.run(evaluate_similar(board, [0], fitted, lambda *_: None))


def test_on_the_checkerboard_lists_share_the_taste(report: SimilarReport) -> None:
    """Ours list movies of the same parity only: twice as many people as by chance like both."""
    ours = report.rows[0]
    assert ours.name == "Reelmate"
    assert ours.overlap == pytest.approx(1)
    assert ours.seen.lift == pytest.approx(2, abs=0.15)
    assert ours.held_out.lift == pytest.approx(2, abs=0.3)
    popular = report.rows[-1]
    assert popular.seen.lift < 1.3
    assert popular.titles <= 11 < ours.titles
    json.dumps(report.to_dict())


def test_a_data_set_without_common_titles_is_too_small(board: Dataset, towers: Towers) -> None:
    """No title has a hundred likes."""
    with pytest.raises(TooSmall, match="100 likes"):
        asyncio.run(evaluate_similar(board, [0], lambda *_: towers, lambda *_: None))
