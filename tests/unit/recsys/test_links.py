"""The second stage, worked out by hand: what each answer adds to which movie, and what it leaves alone."""

import numpy as np
import pytest

from recsys.links import RERANKED, Links, answer_values

LINKS = Links(
    targets=np.array([[1, 2], [0, 2], [0, 1]], np.int32),
    weights=np.array([[3, -6], [6, 0], [1.5, 9]], np.float32),
)
"""Three movies: the first speaks for the second and against the third, the others for what stands there."""


def test_an_answer_counts_by_its_stars() -> None:
    """5 stars are 1, 2 are nothing, and 1 speaks against as much as 3 speak for."""
    values = answer_values(np.array([5, 3.5, 3, 2, 1], np.float32))
    np.testing.assert_allclose(values, [1, 1 / 2, 1 / 3, 0, -1 / 3], rtol=1e-6)


def test_each_answer_adds_its_links() -> None:
    """A row for each answer, a column for each candidate: its stars' value times the link, 0 where there is none."""
    added = LINKS.contributions({0: 5.0, 1: 3.5}, np.array([2, 1, 0]))
    np.testing.assert_allclose(added, [[-6, 3, 0], [0, 0, 3]])


def test_a_low_rating_never_raises() -> None:
    """1 star takes a third of a link away, and is not turned into praise for what is linked the wrong way round."""
    np.testing.assert_allclose(LINKS.contributions({0: 1.0}, np.arange(3)), [[0, -1, 0]])
    np.testing.assert_array_equal(LINKS.contributions({0: 2.0}, np.arange(3)), [[0, 0, 0]])


@pytest.mark.parametrize(("answers", "candidates"), [({}, [0, 1]), ({0: 5.0}, [])])
def test_without_answers_or_candidates_there_is_nothing_to_add(
    answers: dict[int, float], candidates: list[int]
) -> None:
    """The shape says so, and a sum over the answers is 0."""
    added = LINKS.contributions(answers, np.array(candidates, np.int64))
    assert added.shape == (len(answers), len(candidates))
    assert added.sum() == 0


def test_no_links_change_nothing() -> None:
    """The second stage of a model that has none leaves every score as it is."""
    scores = np.array([3, 1, 2], np.float32)
    none = Links.none(3)
    none.rerank(scores, {0: 5.0})
    assert scores.tolist() == [3, 1, 2]
    np.testing.assert_array_equal(none.contributions({0: 5.0}, np.arange(3)), np.zeros((1, 3)))


def test_the_strongest_links_are_kept_for_and_against() -> None:
    """Two of three by their size, whatever their sign, in the order of the movies."""
    kept = Links.strongest(np.array([[0.1, 2, -5], [-3, 0, 1], [0, 0, 7]], np.float32), 2)
    assert kept.targets[:2].tolist() == [[1, 2], [0, 2]]
    assert kept.weights[:2].tolist() == [[2, -5], [-3, 1]]
    assert (kept.targets.dtype, kept.weights.dtype) == (np.int32, np.float32)
    assert Links.strongest(np.eye(2, dtype=np.float32), 5).weights.tolist() == [[1, 0], [0, 1]]


def test_what_was_found_stays_in_front() -> None:
    """Of many movies only the best are ordered anew: links raise one, sink one, and reach nothing beyond them."""
    scores = np.arange(300, 0, -1).astype(np.float32)
    targets, weights = np.zeros((300, 3), np.int32), np.zeros((300, 3), np.float32)
    targets[0], weights[0] = [10, 40, 250], [-1000, 1000, 5000]
    Links(targets, weights).rerank(scores, {0: 5.0})
    best = np.arange(1, RERANKED + 1)
    order = np.argsort(-scores[best], kind="stable") + 1
    assert order.tolist() == [40, *(place for place in best if place not in {10, 40}), 10]
    assert scores[0] == 300
    assert scores[10] == 300 - RERANKED
    assert scores[RERANKED + 1 :].tolist() == list(range(299 - RERANKED, 0, -1))


def test_only_what_is_not_answered_is_ordered_anew() -> None:
    """Answered movies keep their scores, and once all are answered nothing is left to do."""
    scores = np.array([3, 1, 2], np.float32)
    LINKS.rerank(scores, {0: 5.0})
    np.testing.assert_allclose(scores[[0]], [3])
    assert scores[1] - scores[2] == (1 + 3) - (2 - 6)
    again = scores.copy()
    LINKS.rerank(again, {0: 5.0, 1: 4.0, 2: 1.0})
    LINKS.rerank(again, {})
    np.testing.assert_array_equal(again, scores)
