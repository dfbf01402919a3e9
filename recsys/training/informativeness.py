"""Rank titles by how informative an answer about them is."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.data.dataset import Dataset
from recsys.models.exposure import TITLES_PER_PAGE, ExposureModel
from recsys.profile import LIKED_FROM
from recsys.training.exposure import ANSWERABLE_SHARE
from recsys.training.item_reranker import SIDE_REGULARISATION, side_information

TARGET_MOVIES = 200
"""The answers are judged by how well they predict likes of this many movies, those with the most likes."""

SELECTED_MOVIES = 120
"""Number of titles that are selected, which fill fifteen pages. All other titles have informativeness 0."""

REGULARISATION = 0.003
"""Ridge, as a share of the people. It halves the gain of a title that only this share can answer about."""


def fit_informativeness(dataset: Dataset, people: NDArray[np.int64], exposure: ExposureModel) -> NDArray[np.float32]:
    """Return how much an answer about each title reveals about a person's other likes.

    A person answers about a random half of their ratings: with 👍, with a lower thumb, or with "haven't seen it". From
    these answers and from gender, age and occupation, a linear regression predicts the person's likes in the other
    half, among TARGET_MOVIES. Each person's likes are scaled to length 1. Titles are selected greedily (orthogonal
    forward selection): the informativeness of a title is the variance that it explains beyond the titles selected
    before it. The first page is selected from well known titles. The mean over all halves is taken in closed form, as
    in `recsys.training.item_reranker`.

    Args:
        people: (n,) positions in the data set of the people to fit to.
        exposure: model of the `c` titles that may be asked about.

    Returns:
        (c,) float32, as shares of the variance of the likes.
    """
    is_fitted = np.isin(dataset.rating_people, people)
    owners, columns = dataset.rating_people[is_fitted], dataset.rating_movies[is_fitted]
    is_liked = dataset.rating_stars[is_fitted] >= LIKED_FROM
    shape = (len(dataset.user_ids), len(dataset.movies))
    up, down = (
        csr_matrix((is_thumb.astype(np.float32), (owners, columns)), shape=shape)[people]
        for is_thumb in (is_liked, ~is_liked)
    )
    titles = np.searchsorted(dataset.movie_ids, exposure.movie_ids)
    targets = np.argsort(-np.asarray(up.sum(axis=0)).ravel(), kind="stable")[:TARGET_MOVIES]
    answers = [up[:, titles], down[:, titles]]
    length = np.sqrt(np.maximum(1, np.asarray(up.sum(axis=1)).ravel()))
    likes = up[:, targets].multiply(1 / length[:, np.newaxis]).tocsr()
    if likes.count_nonzero() == 0:
        return np.zeros(len(titles), np.float32)

    answer_products, target_products = _expected_products(answers, likes)
    side = side_information(dataset, people)
    _partial_out(answer_products, target_products, answers, likes, side)
    # An answered title is never in the hidden half. That fact says nothing about the person's taste.
    for thumb_rows in np.split(target_products, 2):
        thumb_rows[titles[:, np.newaxis] == targets] = 0
    gains = _select(answer_products, target_products, exposure.is_well_known, REGULARISATION * len(people))
    return gains / (np.float32(ANSWERABLE_SHARE) * float(likes.multiply(likes).sum()))


def _expected_products(
    answers: Sequence[csr_matrix], likes: csr_matrix
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the inner products of answers and hidden likes, in expectation over the random halves.

    Args:
        answers: two (n, c) matrices, 1 for a 👍 and 1 for a lower thumb, as if everything were answered.
        likes: (n, t) all likes of the target movies.

    Returns:
        (2 * c, 2 * c) products of the answers with each other, and (2 * c, t) products of the answers with the likes.
        All 👍 come first.
    """
    count = answers[0].shape[1]
    half, quarter = np.float32(ANSWERABLE_SHARE), np.float32(ANSWERABLE_SHARE * (1 - ANSWERABLE_SHARE))
    answer_products = np.zeros((2 * count, 2 * count), np.float32)
    target_products = np.zeros((2 * count, likes.shape[1]), np.float32)
    parts = slice(0, count), slice(count, None)
    for rows, thumb in zip(parts, answers, strict=True):
        target_products[rows] = quarter * (thumb.T @ likes).toarray()
        for columns, other_thumb in zip(parts, answers, strict=True):
            answer_products[rows, columns] = quarter * (thumb.T @ other_thumb).toarray()
    totals = np.concatenate([np.asarray(thumb.sum(axis=0)).ravel() for thumb in answers])
    np.fill_diagonal(answer_products, half * totals)
    return answer_products, target_products


def _partial_out(
    answer_products: NDArray[np.float32],
    target_products: NDArray[np.float32],
    answers: Sequence[csr_matrix],
    likes: csr_matrix,
    side: NDArray[np.float32],
) -> None:
    """Remove from both products, in place, what the demographics predict already.

    Args:
        side: (n, s) side information of the people; the other arguments are as in `_expected_products`.
    """
    half, people = np.float32(ANSWERABLE_SHARE), len(side)
    side_products = side.T @ side + SIDE_REGULARISATION * people * np.eye(side.shape[1], dtype=np.float32)
    answers_by_side = half * np.concatenate([thumb.T @ side for thumb in answers])
    right_sides = np.concatenate([answers_by_side, half * (likes.T @ side)]).T
    coefficients = np.linalg.solve(side_products, right_sides)
    answer_products -= answers_by_side @ coefficients[:, : len(answer_products)]
    target_products -= answers_by_side @ coefficients[:, len(answer_products) :]


def _select(
    answer_products: NDArray[np.float32],
    target_products: NDArray[np.float32],
    is_well_known: NDArray[np.bool_],
    ridge: float,
) -> NDArray[np.float32]:
    """Select SELECTED_MOVIES titles greedily. After each title, subtract the part of all products that it explains.

    Args:
        answer_products: (2 * c, 2 * c), 👍 first, then lower thumbs; changed in place.
        target_products: (2 * c, t), of these answers and the likes to predict; changed in place.
        is_well_known: (c,) bool, whether a title may be on the first page.
        ridge: added to every thumb's product with itself.

    Returns:
        (c,) float32, the gain of each selected title and 0 for the others.
    """
    count = len(is_well_known)
    gains = np.zeros(count, np.float32)
    is_left = np.ones(count, bool)
    for step in range(min(SELECTED_MOVIES, count)):
        is_on_first_page = step < TITLES_PER_PAGE and (is_left & is_well_known).any()
        is_eligible = is_left & is_well_known if is_on_first_page else is_left
        up, down = target_products[:count], target_products[count:]
        up_norms, down_norms = np.split(np.diag(answer_products) + ridge, 2)
        cross = np.diag(answer_products[:count, count:])
        # The variance that both thumbs of a title explain together: b' A^-1 b with a 2 x 2 matrix A.
        explained = (
            down_norms * (up**2).sum(axis=1) + up_norms * (down**2).sum(axis=1) - 2 * cross * (up * down).sum(axis=1)
        )
        step_gains = explained / np.maximum(up_norms * down_norms - cross**2, ridge**2)
        best = int(np.argmax(np.where(is_eligible, step_gains, -1)))
        gains[best], is_left[best] = step_gains[best], False
        pair = [best, count + best]
        own_products = answer_products[np.ix_(pair, pair)] + ridge * np.eye(2, dtype=np.float32)
        coefficients = np.linalg.solve(own_products, answer_products[pair])
        target_products -= coefficients.T @ target_products[pair]
        answer_products -= coefficients.T @ answer_products[pair]
    return gains
