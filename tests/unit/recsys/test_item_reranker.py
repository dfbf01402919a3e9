"""The second stage against results worked out by hand: item weights and popularity, and what they leave unchanged."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.models.item_reranker import (
    RERANKED,
    RERANKED_IF_LONG,
    ItemReranker,
    answer_values,
    history_values,
    strongest,
)

RERANKER = ItemReranker(
    movies=np.array([0, 1, 3]),
    item_weights=np.array([[0, 3, -6], [6, 0, 2], [1.5, 9, 0]], np.float32),
    popularity_bonus=np.array([0.5, 1, -1, 0], np.float32),
)
"""Four movies, all but the third with item weights: the first raises the second and lowers the fourth."""

ALL_MOVIES = np.arange(4)


def with_history(movie_count: int = 300) -> ItemReranker:
    """Return a re-ranker of many movies. In both sets of weights the first and the second movie raise the third.

    It has no popularity bonus. An item weight is 2, a weight for long histories 3.
    """
    item_weights, history_weights = np.zeros((2, 3, 3), np.float32)
    item_weights[:2, 2], history_weights[:2, 2] = 2, 3
    return ItemReranker(np.arange(3), item_weights, np.zeros(movie_count, np.float32), history_weights=history_weights)


def history(length: int) -> dict[int, float]:
    """Return 5 stars for the first and 4 for the second movie, and answers about movies without weights."""
    return {0: 5.0, 1: 4.0} | dict.fromkeys(range(10, 8 + length), 4.0)


def test_an_answer_counts_by_its_stars() -> None:
    """5 stars count 1, 3 stars a half and 2 stars a quarter; lower ratings are rejections and count nothing."""
    values = answer_values(np.array([5, 3, 2, 1.9, 1], np.float32))
    np.testing.assert_allclose(values, [1, 1 / 2, 1 / 4, 0, 0])


def test_item_weights_and_popularity_are_added() -> None:
    """Of three answers, one about a movie without weights: each weight times the value, and a share of the bonus."""
    adjustments = RERANKER.score_adjustments({0: 5.0, 3: 3.0, 2: 4.0}, np.array([3, 2, 1, 0]))
    expected = np.array([-6, 0, 3 + 9 / 2, 1.5 / 2]) + [0, -1, 1, 0.5] / np.sqrt(3)
    np.testing.assert_allclose(adjustments, expected, rtol=1e-6)


@pytest.mark.parametrize(("answer_count", "divisor"), [(0, 1), (1, 1), (4, 2), (8, np.sqrt(8))])
def test_the_popularity_bonus_shrinks_with_the_number_of_answers(answer_count: int, divisor: float) -> None:
    """It is divided by the square root of the number of answers."""
    popular = ItemReranker(np.zeros(0, np.int64), np.zeros((0, 0), np.float32), np.full(9, 6, np.float32))
    adjustments = popular.score_adjustments(dict.fromkeys(range(answer_count), 4.0), np.array([8]))
    np.testing.assert_allclose(adjustments, [6 / divisor])


def test_a_rejection_changes_nothing() -> None:
    """Ratings below 2 stars influence neither item weights nor popularity, and their contribution is 0."""
    answers = {0: 4.0, 1: 1.0, 3: 1.5}
    adjustments = RERANKER.score_adjustments(answers, ALL_MOVIES)
    np.testing.assert_allclose(adjustments, RERANKER.score_adjustments({0: 4.0}, ALL_MOVIES))
    np.testing.assert_array_equal(RERANKER.contributions(answers, ALL_MOVIES)[1:], np.zeros((2, 4)))


def test_a_contribution_is_the_item_weights_of_an_answer_less_the_popularity_it_costs() -> None:
    """There is one row per answer, in their order; with two that count, the share of the bonus fell to 1 / sqrt(2)."""
    costs = RERANKER.popularity_bonus * (1 - 1 / np.sqrt(2))
    contributions = RERANKER.contributions({1: 3.0, 2: 1.0, 0: 5.0}, ALL_MOVIES)
    np.testing.assert_allclose(contributions, [[3, 0, 0, 1] - costs, np.zeros(4), [0, 3, 0, -6] - costs], rtol=1e-6)


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 1000),
    weighted=st.sets(st.integers(0, 11)),
    answers=st.dictionaries(st.integers(0, 11), st.floats(1, 5)),
    candidates=st.lists(st.integers(0, 11)),
)
def test_a_contribution_is_the_difference_without_the_answer(
    seed: int, weighted: set[int], answers: dict[int, float], candidates: list[int]
) -> None:
    """For every answer and any item weights: the adjustments with all answers less those without this answer."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, 3, (len(weighted), len(weighted))).astype(np.float32)
    reranker = ItemReranker(np.array(sorted(weighted), np.int64), weights, rng.normal(0, 3, 12).astype(np.float32))
    positions = np.array(candidates, np.int64)
    complete = reranker.score_adjustments(answers, positions)
    differences = [
        complete
        - reranker.score_adjustments({movie: stars for movie, stars in answers.items() if movie != left_out}, positions)
        for left_out in answers
    ]
    contributions = reranker.contributions(answers, positions)
    assert (contributions.shape, contributions.dtype) == ((len(answers), len(candidates)), np.float32)
    np.testing.assert_allclose(contributions, np.reshape(differences, contributions.shape), atol=1e-4)


def test_an_empty_reranker_changes_nothing() -> None:
    """`none` leaves every score as it is."""
    scores = np.array([3, 1, 2], np.float32)
    none = ItemReranker.none(3)
    none.rerank(scores, {0: 5.0})
    np.testing.assert_array_equal(scores, [3, 1, 2])
    np.testing.assert_array_equal(none.score_adjustments({0: 5.0}, np.arange(3)), np.zeros(3))
    np.testing.assert_array_equal(none.contributions({0: 5.0}, np.arange(3)), np.zeros((1, 3)))


def test_reranked_movies_stay_in_front() -> None:
    """Only the best are re-ranked: weights raise one and lower one of them, and reach no movie behind them."""
    scores = np.arange(300, 0, -1).astype(np.float32)
    weights = np.zeros((4, 4), np.float32)
    weights[0] = [0, -1000, 1000, 5000]
    ItemReranker(np.array([0, 10, 40, 250]), weights, np.zeros(300, np.float32)).rerank(scores, {0: 5.0})
    best = np.arange(1, RERANKED + 1)
    order = np.argsort(-scores[best], kind="stable") + 1
    assert order.tolist() == [40, *(position for position in best if position not in {10, 40}), 10]
    assert scores[0] == 300
    assert scores[10] == pytest.approx(300 - RERANKED)
    np.testing.assert_array_equal(scores[RERANKED + 1 :], np.arange(299 - RERANKED, 0, -1))


def test_answered_movies_are_not_reranked() -> None:
    """Answered movies keep their scores, and if all movies are answered nothing changes."""
    scores = np.array([3, 1, 2, 0], np.float32)
    RERANKER.rerank(scores, {0: 5.0, 2: 1.0})
    np.testing.assert_array_equal(scores[[0, 2]], [3, 2])
    assert scores[1] - scores[3] == pytest.approx((1 + 3 + 1) - (0 - 6))
    before = scores.copy()
    RERANKER.rerank(scores, {0: 5.0, 1: 4.0, 2: 1.0, 3: 3.0})
    np.testing.assert_array_equal(scores, before)


def test_without_answers_popularity_reranks() -> None:
    """The best movies are re-ranked by the bonus alone, and no score falls below the lowest one before."""
    scores = np.array([0, 0.25, 0.75, 0], np.float32)
    RERANKER.rerank(scores, {})
    np.testing.assert_allclose(scores, np.array([0.5, 1.25, -0.25, 0]) + 0.25)


def test_the_strongest_weights_are_kept() -> None:
    """Each row keeps its largest absolute values; the others are 0, for any answers and candidates."""
    rng = np.random.default_rng(0)
    weights = rng.normal(0, 1, (6, 6)).astype(np.float32)
    movies, bonus = np.array([0, 2, 3, 5, 6, 9]), rng.normal(0, 1, 10).astype(np.float32)
    kept, columns = strongest(weights, 2)
    sparse = ItemReranker(movies, kept, bonus, columns)
    smallest_kept = np.sort(np.abs(weights), axis=1)[:, -2:-1]
    complete = ItemReranker(movies, np.where(np.abs(weights) >= smallest_kept, weights, 0), bonus)
    assert (sparse.item_weights.shape, sparse.columns.dtype) == ((6, 2), np.int32)
    answers = {2: 5.0, 9: 3.0, 1: 4.0, 5: 1.0}
    for candidates in (np.arange(10), np.array([9, 4, 0]), np.array([1])):
        np.testing.assert_allclose(
            sparse.score_adjustments(answers, candidates), complete.score_adjustments(answers, candidates), atol=1e-6
        )
        np.testing.assert_allclose(
            sparse.contributions(answers, candidates), complete.contributions(answers, candidates), atol=1e-6
        )


def test_the_weights_of_87_000_movies_take_64_mb() -> None:
    """Two sets for 10,000 movies with 400 weights each; the limit is 300 MB."""
    weights, columns = np.zeros((10_000, 400), np.float32), np.zeros((10_000, 400), np.int32)
    large = ItemReranker(np.arange(10_000), weights, np.zeros(87_000, np.float32), columns, weights, columns)
    assert sum(getattr(large, attribute.name).nbytes for attribute in dataclasses.fields(large)) < 65_000_000


def test_a_rating_counts_in_a_long_history_by_its_stars() -> None:
    """5 stars count 1.5, 4 stars 1, 3 stars a half, and ratings up to 2 stars nothing."""
    values = history_values(np.array([5, 4, 3, 2, 1], np.float32))
    np.testing.assert_allclose(values, [1.5, 1, 0.5, 0, 0])


@pytest.mark.parametrize(
    ("length", "of_item_weights", "of_history_weights"),
    [(2, 1, 0), (20, 1, 0), (40, 0.75, 0.25), (100, 0, 1), (180, 0, 2)],
)
def test_the_weights_for_long_histories_take_over(
    length: int, of_item_weights: float, of_history_weights: float
) -> None:
    """Up to 20 answers only the item weights count, from 100 on only those for long histories, which go on to grow."""
    adjustments = with_history().score_adjustments(history(length), np.array([2, 5]))
    expected = of_item_weights * 2 * (1 + 0.75) + of_history_weights * 3 * (1.5 + 1)
    np.testing.assert_allclose(adjustments, [expected, 0], rtol=1e-6)


def test_without_weights_for_long_histories_the_item_weights_count_for_all() -> None:
    """This is how a release of an earlier version works. 60 movies are re-ranked whatever the number of answers."""
    older = ItemReranker(np.arange(3), with_history().item_weights, np.zeros(300, np.float32))
    np.testing.assert_allclose(older.score_adjustments(history(150), np.array([2])), [2 * 1.75])
    assert older.reranked_count(history(150)) == RERANKED


def test_more_movies_are_reranked_for_a_long_history() -> None:
    """Rejections do not make a history long."""
    reranker = with_history()
    assert reranker.reranked_count(history(20)) == RERANKED
    assert reranker.reranked_count(history(20) | dict.fromkeys(range(100, 200), 1.0)) == RERANKED
    assert reranker.reranked_count(history(21)) == RERANKED_IF_LONG
    scores = np.arange(300, 0, -1).astype(np.float32)
    reranker.rerank(scores, history(100))
    answered = set(history(100))
    order = [position for position in np.argsort(-scores, kind="stable").tolist() if position not in answered]
    assert order[0] == 2


@pytest.mark.parametrize("length", [20, 21, 50, 100, 101, 150])
@pytest.mark.parametrize("is_sparse", [False, True])
def test_a_contribution_to_a_long_history_is_the_difference_without_the_answer(length: int, is_sparse: bool) -> None:
    """The shares of both sets of weights change with the number of answers, which the contributions contain."""
    rng = np.random.default_rng(length)
    weights = rng.normal(0, 1, (2, 160, 160)).astype(np.float32)
    pairs = [strongest(of_set, 30) if is_sparse else (of_set, np.zeros((0, 0), np.int32)) for of_set in weights]
    (item_weights, columns), (history_weights, history_columns) = pairs
    bonus = rng.normal(0, 1, 170).astype(np.float32)
    reranker = ItemReranker(np.arange(5, 165), item_weights, bonus, columns, history_weights, history_columns)
    answers = dict(zip(rng.permutation(170)[:length].tolist(), rng.uniform(2, 5, length).tolist(), strict=True))
    candidates = rng.permutation(170)[:20]
    complete = reranker.score_adjustments(answers, candidates)
    contributions = reranker.contributions(answers, candidates)
    for row, left_out in zip(contributions, answers, strict=True):
        rest = {movie: stars for movie, stars in answers.items() if movie != left_out}
        np.testing.assert_allclose(row, complete - reranker.score_adjustments(rest, candidates), atol=1e-3)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([[0, 3], [0, 1], [1, 2]], "outside of 0..2"),
        ([[1, 0], [0, 1], [1, 2]], "ascending"),
        ([[0], [1], [2]], "instead of"),
    ],
)
def test_wrong_columns_are_refused(columns: list[list[int]], message: str) -> None:
    """Columns are ascending numbers of movies, as many as there are weights. Old releases have none."""
    arrays = {
        "movies": np.arange(3),
        "item_weights": np.zeros((3, 2), np.float32),
        "popularity_bonus": np.zeros(4, np.float32),
    }
    read = ItemReranker.from_arrays({**arrays, "item_weights": np.zeros((3, 3), np.float32)}, 4)
    assert read.columns.shape == (0, 0)
    assert read.history_weights.shape == (0, 0)
    wrong = np.array(columns, np.int32)
    with pytest.raises(ValueError, match=message):
        ItemReranker.from_arrays({**arrays, "columns": wrong}, 4)
    right = {"item_weights": np.zeros((3, 3), np.float32), "history_weights": np.zeros((3, 2), np.float32)}
    with pytest.raises(ValueError, match=f"history.*{message}"):
        ItemReranker.from_arrays({**arrays, **right, "history_columns": wrong}, 4)
