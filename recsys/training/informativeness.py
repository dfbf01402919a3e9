"""Learning which titles it tells most to ask about."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.data.dataset import Dataset
from recsys.models.exposure import TITLES_PER_PAGE, ExposureModel
from recsys.profile import LIKED_FROM
from recsys.training.exposure import ANSWERABLE
from recsys.training.item_reranker import SIDE_REGULARISATION, side_information

FORETOLD = 200
"""The best liked titles are what the answers shall foretell."""

ASKED = 120
"""Titles that are looked into, fifteen pages; the others are worth nothing."""

REGULARISATION = 0.003
"""As a share of the people: a title that so few can answer about tells only half of what it seems to."""


def fit_informativeness(dataset: Dataset, people: NDArray[np.int64], exposure: ExposureModel) -> NDArray[np.float32]:
    """What asking about each title of a exposure tells, found greedily: each time the title that adds most.

    A person answers about a random half of what they have rated, by 👍, by something less, or by "haven't seen it".
    From that and from gender, age and occupation a linear regression foretells which of the best liked titles they like
    in the other half, every person's likes together being of length 1. The worth of a title is the variance that it
    explains beyond the titles before it (orthogonal forward selection); the first page is chosen from well known
    titles. The mean over all halves is taken in closed form, as in `recsys.training.item_reranker`.

    Args:
        dataset: what the people are of.
        people: positions of the people to learn from.
        exposure: of the titles that may be asked about.

    Returns:
        (c,) float32, variance as a share of all.
    """
    is_fitted = np.isin(dataset.rating_people, people)
    owners, columns = dataset.rating_people[is_fitted], dataset.rating_movies[is_fitted]
    liked = dataset.rating_stars[is_fitted] >= LIKED_FROM
    shape = (len(dataset.user_ids), len(dataset.movies))
    up, down = (
        csr_matrix((thumbs.astype(np.float32), (owners, columns)), shape=shape)[people] for thumbs in (liked, ~liked)
    )
    asked = np.searchsorted(dataset.movie_ids, exposure.movie_ids)
    foretold = np.argsort(-np.asarray(up.sum(axis=0)).ravel(), kind="stable")[:FORETOLD]
    count = len(asked)
    answers = [up[:, asked], down[:, asked]]
    length = np.sqrt(np.maximum(1, np.asarray(up.sum(axis=1)).ravel()))
    likes = up[:, foretold].multiply(1 / length[:, np.newaxis]).tocsr()
    if likes.count_nonzero() == 0:
        return np.zeros(count, np.float32)

    half, quarter = np.float32(ANSWERABLE), np.float32(ANSWERABLE * (1 - ANSWERABLE))
    told = np.zeros((2 * count, 2 * count), np.float32)
    foretelling = np.zeros((2 * count, len(foretold)), np.float32)
    parts = slice(0, count), slice(count, None)
    for row, thumb in zip(parts, answers, strict=True):
        foretelling[row] = quarter * (thumb.T @ likes).toarray()
        for column, other in zip(parts, answers, strict=True):
            told[row, column] = quarter * (thumb.T @ other).toarray()
    np.fill_diagonal(told, half * np.concatenate([np.asarray(thumb.sum(axis=0)).ravel() for thumb in answers]))

    side = side_information(dataset, people)
    sides = side.T @ side + SIDE_REGULARISATION * len(people) * np.eye(side.shape[1], dtype=np.float32)
    told_beside = half * np.concatenate([thumb.T @ side for thumb in answers])
    known = np.linalg.solve(sides, np.concatenate([told_beside, half * (likes.T @ side)]).T)
    told -= told_beside @ known[:, : 2 * count]
    foretelling -= told_beside @ known[:, 2 * count :]
    # Whoever answers about a title does not have it in the other half; that tells nothing of what they like.
    for row in parts:
        foretelling[row][asked[:, np.newaxis] == foretold] = 0

    variance = half * float(likes.multiply(likes).sum())
    return _selected(told, foretelling, exposure.is_well_known, REGULARISATION * len(people)) / variance


def _selected(
    told: NDArray[np.float32], foretelling: NDArray[np.float32], is_well_known: NDArray[np.bool_], ridge: float
) -> NDArray[np.float32]:
    """(c,) float32: what each of the best ASKED titles adds, 0 for the others; what is chosen is taken from the rest.

    Args:
        told: (2 * c, 2 * c) products of 👍, then of anything less; changed.
        foretelling: (2 * c, t) products of these answers with what they foretell; changed.
        is_well_known: (c,), whether a title may stand on the first page.
        ridge: added to every thumb's product with itself.
    """
    count = len(is_well_known)
    worth = np.zeros(count, np.float32)
    is_left = np.ones(count, bool)
    for step in range(min(ASKED, count)):
        may_come = is_left & is_well_known if step < TITLES_PER_PAGE and (is_left & is_well_known).any() else is_left
        up, down = foretelling[:count], foretelling[count:]
        ups, downs = np.split(np.diag(told) + ridge, 2)
        both = np.diag(told[:count, count:])
        explained = downs * (up**2).sum(axis=1) + ups * (down**2).sum(axis=1) - 2 * both * (up * down).sum(axis=1)
        gains = explained / np.maximum(ups * downs - both**2, ridge**2)
        best = int(np.argmax(np.where(may_come, gains, -1)))
        worth[best], is_left[best] = gains[best], False
        pair = [best, count + best]
        kept = np.linalg.solve(told[np.ix_(pair, pair)] + ridge * np.eye(2, dtype=np.float32), told[pair])
        foretelling -= kept.T @ foretelling[pair]
        told -= kept.T @ told[pair]
    return worth
