"""Rank titles by how informative an answer about them is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.data.dataset import Dataset
from recsys.models.exposure import TITLES_PER_PAGE, ExposureModel
from recsys.models.features import DEMOGRAPHIC_SIZES
from recsys.profile import LIKED_FROM
from recsys.training.exposure import ANSWERABLE_SHARE
from recsys.training.rating_blocks import RatingBlock, rating_blocks
from recsys.training.second_stage.item_reranker import SIDE_REGULARISATION, side_information

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
    in `recsys.training.second_stage.item_reranker`.

    Args:
        people: (n,) positions in the data set of the people to fit to.
        exposure: model of the `c` titles that may be asked about.

    Returns:
        (c,) float32, as shares of the variance of the likes.
    """
    titles = np.searchsorted(dataset.movie_ids, exposure.movie_ids)
    like_counts = np.zeros(len(dataset.movies), np.int64)
    for block in rating_blocks(dataset, people):
        like_counts += np.bincount(block.movies[block.stars >= LIKED_FROM], minlength=len(like_counts))
    targets = np.argsort(-like_counts, kind="stable")[:TARGET_MOVIES]
    products = _Products.zeros(len(titles), len(targets))
    side = side_information(dataset, people)
    first = 0
    for block in rating_blocks(dataset, people):
        products.add(block, titles, targets, side[first : first + len(block.people)])
        first += len(block.people)
    if products.like_norm == 0:
        return np.zeros(len(titles), np.float32)
    answer_products, target_products = products.without_side(len(people))
    # An answered title is never in the hidden half. That fact says nothing about the person's taste.
    for thumb_rows in np.split(target_products, 2):
        thumb_rows[titles[:, np.newaxis] == targets] = 0
    gains = _select(answer_products, target_products, exposure.is_well_known, REGULARISATION * len(people))
    return gains / (np.float32(ANSWERABLE_SHARE) * products.like_norm)


@dataclass(eq=False)
class _Products:
    """Inner products over people, in expectation over the random halves, with all 👍 before the lower thumbs.

    Attributes:
        answers: (2 * c, 2 * c) float32, of the answers with each other.
        totals: (2 * c,) float32, how many answers there are, as if everything were answered.
        targets: (2 * c, t) float32, of the answers and the hidden likes.
        answers_by_side: (2 * c, s) float32, of the answers and the side information.
        likes_by_side: (t, s) float32.
        side: (s, s) float32.
        like_norm: the sum of all squared likes, whose length is 1 for each person.
    """

    answers: NDArray[np.float32]
    totals: NDArray[np.float32]
    targets: NDArray[np.float32]
    answers_by_side: NDArray[np.float32]
    likes_by_side: NDArray[np.float32]
    side: NDArray[np.float32]
    like_norm: float

    @classmethod
    def zeros(cls, titles: int, targets: int) -> "_Products":
        sides = 1 + sum(DEMOGRAPHIC_SIZES)
        return cls(
            answers=np.zeros((2 * titles, 2 * titles), np.float32),
            totals=np.zeros(2 * titles, np.float32),
            targets=np.zeros((2 * titles, targets), np.float32),
            answers_by_side=np.zeros((2 * titles, sides), np.float32),
            likes_by_side=np.zeros((targets, sides), np.float32),
            side=np.zeros((sides, sides), np.float32),
            like_norm=0.0,
        )

    def add(
        self, block: RatingBlock, titles: NDArray[np.int64], targets: NDArray[np.int64], side: NDArray[np.float32]
    ) -> None:
        """Add a block of people.

        Args:
            block: their ratings.
            titles: (c,) positions of the titles that are answered.
            targets: (t,) positions of the movies whose likes are predicted.
            side: (b, s) side information of these people.
        """
        half, quarter = np.float32(ANSWERABLE_SHARE), np.float32(ANSWERABLE_SHARE * (1 - ANSWERABLE_SHARE))
        is_liked = (block.stars >= LIKED_FROM).astype(np.float32)
        # A product is 0 where there is no such answer.
        thumbs = [_nonzero(block.matrix(values, titles)) for values in (is_liked, 1 - is_liked)]
        length = np.sqrt(np.maximum(1, np.bincount(block.owners, is_liked, len(block.people))).astype(np.float32))
        likes = _nonzero(block.matrix(is_liked, targets)).multiply(1 / length[:, np.newaxis]).tocsr()
        parts = slice(0, len(titles)), slice(len(titles), None)
        for rows, thumb in zip(parts, thumbs, strict=True):
            self.targets[rows] += quarter * (thumb.T @ likes).toarray()
            self.totals[rows] += np.asarray(thumb.sum(axis=0)).ravel()
            self.answers_by_side[rows] += half * (thumb.T @ side)
            for columns, other_thumb in zip(parts, thumbs, strict=True):
                self.answers[rows, columns] += quarter * (thumb.T @ other_thumb).toarray()
        self.likes_by_side += half * (likes.T @ side)
        self.side += side.T @ side
        self.like_norm += float(likes.multiply(likes).sum())

    def without_side(self, people: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return `answers` and `targets` without what the demographics predict already.

        Args:
            people: number of people in the sums.
        """
        answers, targets = self.answers.copy(), self.targets.copy()
        np.fill_diagonal(answers, np.float32(ANSWERABLE_SHARE) * self.totals)
        side_products = self.side + SIDE_REGULARISATION * people * np.eye(len(self.side), dtype=np.float32)
        right_sides = np.concatenate([self.answers_by_side, self.likes_by_side]).T
        coefficients = np.linalg.solve(side_products, right_sides)
        answers -= self.answers_by_side @ coefficients[:, : len(answers)]
        targets -= self.answers_by_side @ coefficients[:, len(answers) :]
        return answers, targets


def _nonzero(matrix: csr_matrix) -> csr_matrix:
    matrix.eliminate_zeros()
    return matrix


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
