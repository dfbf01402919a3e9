"""The second stage, worked out by hand: what answers and fame add to which movie, and what they leave alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.models.item_reranker import RERANKED, ItemReranker, answer_values

LINKS = ItemReranker(
    movies=np.array([0, 1, 3]),
    item_weights=np.array([[0, 3, -6], [6, 0, 2], [1.5, 9, 0]], np.float32),
    popularity_bonus=np.array([0.5, 1, -1, 0], np.float32),
)
"""Four movies, of which all but the third are linked: the first speaks for the second and against the fourth."""
EVERYTHING = np.arange(4)


def test_an_answer_counts_by_its_stars() -> None:
    """5 stars are 1, 3 a half and 2 a quarter; fewer are a rejection, which says nothing."""
    values = answer_values(np.array([5, 3, 2, 1.9, 1], np.float32))
    np.testing.assert_array_equal(values, [1, 1 / 2, 1 / 4, 0, 0])


def test_links_and_fame_are_added() -> None:
    """Three answers, one about a movie without links: each link times the stars' value, and a share of the fame."""
    added = LINKS.added({0: 5.0, 3: 3.0, 2: 4.0}, np.array([3, 2, 1, 0]))
    np.testing.assert_allclose(added, np.array([-6, 0, 3 + 9 / 2, 1.5 / 2]) + [0, -1, 1, 0.5] / np.sqrt(3), rtol=1e-6)


@pytest.mark.parametrize(("told", "divisor"), [(0, 1), (1, 1), (4, 2), (8, np.sqrt(8))])
def test_fame_counts_the_less_the_more_is_told(told: int, divisor: float) -> None:
    """It is divided by the root of the number of answers."""
    famous = ItemReranker(np.zeros(0, np.int64), np.zeros((0, 0), np.float32), np.full(9, 6, np.float32))
    np.testing.assert_allclose(famous.added(dict.fromkeys(range(told), 4.0), np.array([8])), [6 / divisor])


def test_a_rejection_changes_nothing() -> None:
    """Neither links nor fame hear of 1 star, and nothing would be missing without it."""
    answers = {0: 4.0, 1: 1.0, 3: 1.5}
    np.testing.assert_array_equal(LINKS.added(answers, EVERYTHING), LINKS.added({0: 4.0}, EVERYTHING))
    np.testing.assert_array_equal(LINKS.contributions(answers, EVERYTHING)[1:], np.zeros((2, 4)))


def test_a_contribution_is_an_answers_links_less_the_fame_that_it_costs() -> None:
    """A row for each answer, in their order; with two that count, each costs fame: 1 became 1 / sqrt(2)."""
    costs = LINKS.popularity_bonus * (1 - 1 / np.sqrt(2))
    found = LINKS.contributions({1: 3.0, 2: 1.0, 0: 5.0}, EVERYTHING)
    np.testing.assert_allclose(found, [[3, 0, 0, 1] - costs, np.zeros(4), [0, 3, 0, -6] - costs], rtol=1e-6)


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 1000),
    linked=st.sets(st.integers(0, 11)),
    answers=st.dictionaries(st.integers(0, 11), st.floats(1, 5)),
    candidates=st.lists(st.integers(0, 11)),
)
def test_a_contribution_is_what_would_be_missing(
    seed: int, linked: set[int], answers: dict[int, float], candidates: list[int]
) -> None:
    """For every answer, whatever is linked: what is added with all answers less what is added without this one."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, 3, (len(linked), len(linked))).astype(np.float32)
    links = ItemReranker(np.array(sorted(linked), np.int64), weights, rng.normal(0, 3, 12).astype(np.float32))
    places = np.array(candidates, np.int64)
    everything = links.added(answers, places)
    missing = [
        everything - links.added({movie: stars for movie, stars in answers.items() if movie != answered}, places)
        for answered in answers
    ]
    found = links.contributions(answers, places)
    assert (found.shape, found.dtype) == ((len(answers), len(candidates)), np.float32)
    np.testing.assert_allclose(found, np.reshape(missing, found.shape), atol=1e-4)


def test_without_links_and_fame_nothing_changes() -> None:
    """The second stage of a model that has none leaves every score as it is."""
    scores = np.array([3, 1, 2], np.float32)
    none = ItemReranker.none(3)
    none.rerank(scores, {0: 5.0})
    assert scores.tolist() == [3, 1, 2]
    np.testing.assert_array_equal(none.added({0: 5.0}, np.arange(3)), np.zeros(3))
    np.testing.assert_array_equal(none.contributions({0: 5.0}, np.arange(3)), np.zeros((1, 3)))


def test_what_was_found_stays_in_front() -> None:
    """Of many movies only the best are ordered anew: links raise one, sink one, and reach nothing beyond them."""
    scores = np.arange(300, 0, -1).astype(np.float32)
    weights = np.zeros((4, 4), np.float32)
    weights[0] = [0, -1000, 1000, 5000]
    ItemReranker(np.array([0, 10, 40, 250]), weights, np.zeros(300, np.float32)).rerank(scores, {0: 5.0})
    best = np.arange(1, RERANKED + 1)
    order = np.argsort(-scores[best], kind="stable") + 1
    assert order.tolist() == [40, *(place for place in best if place not in {10, 40}), 10]
    assert scores[0] == 300
    assert scores[10] == 300 - RERANKED
    assert scores[RERANKED + 1 :].tolist() == list(range(299 - RERANKED, 0, -1))


def test_only_what_is_not_answered_is_ordered_anew() -> None:
    """Answered movies keep their scores, and once all are answered nothing is left to do."""
    scores = np.array([3, 1, 2, 0], np.float32)
    LINKS.rerank(scores, {0: 5.0, 2: 1.0})
    np.testing.assert_array_equal(scores[[0, 2]], [3, 2])
    assert scores[1] - scores[3] == pytest.approx((1 + 3 + 1) - (0 - 6))
    again = scores.copy()
    LINKS.rerank(again, {0: 5.0, 1: 4.0, 2: 1.0, 3: 3.0})
    np.testing.assert_array_equal(again, scores)


def test_before_the_first_answer_fame_orders() -> None:
    """Nobody has told anything, and still the best found are scored again, no score lower than the lowest was."""
    scores = np.array([0, 0.25, 0.75, 0], np.float32)
    LINKS.rerank(scores, {})
    np.testing.assert_array_equal(scores, np.array([0.5, 1.25, -0.25, 0]) + 0.25)
