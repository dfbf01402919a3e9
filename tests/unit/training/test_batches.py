"""Interviews in batches: who is interviewed tells what they are asked about, by taps, and not much more."""

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.models.exposure import TITLES_PER_PAGE
from recsys.models.features import ANSWER_KINDS
from recsys.training.batches import Batch
from recsys.training.exposure import fit_exposure
from recsys.training.pages import PAGES
from tests.unit.training.one_batch import one_batch

MOST_ASKED = PAGES * TITLES_PER_PAGE


def batch(board: Dataset, interviews: float, seed: int = 0) -> Batch:
    """Everybody in one batch."""
    return one_batch(board, fit_exposure(board, np.arange(len(board.user_ids))), interviews, seed)


def told(found: Batch) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(n, m) bool each: liked, passable, unseen and rejected."""
    sides = found.profiles.answers.toarray() > 0
    return sides[::ANSWER_KINDS], sides[1::ANSWER_KINDS], sides[2::ANSWER_KINDS], found.profiles.rejected.toarray() > 0


def stars_of(found: Batch, movies: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, m) stars each of what is shown and of what is hidden, 0 where there are none."""
    tables = []
    for part in (found.shown, found.hidden):
        table = np.zeros((found.profiles.inputs.shape[0], movies))
        table[part.owners, part.movies] = part.stars
        tables.append(table)
    return tables[0], tables[1]


@pytest.fixture(scope="module")
def interviewed(board: Dataset) -> Batch:
    """A batch in which everybody is interviewed."""
    return batch(board, 1.0)


def test_without_interviews_nothing_is_unseen(board: Dataset) -> None:
    """Everybody tells all that is shown of them with its own stars, and is asked nothing."""
    found = batch(board, 0.0)
    liked, passable, unseen, rejected = told(found)
    shown, _ = stars_of(found, len(board.movies))
    assert not unseen.any()
    assert not passable.any()
    np.testing.assert_array_equal(liked, shown == 5)
    np.testing.assert_array_equal(rejected, shown == 1)


def test_a_tap_is_one_of_three(board: Dataset) -> None:
    """4 stars are told as 👍, 3 as 😐 and 2 as 👎."""
    stars = np.where(board.rating_stars == 5, 4, 2 + np.arange(len(board.rating_stars)) % 2).astype(np.float32)
    board = Dataset(**{name: getattr(board, name) for name in board.__slots__} | {"rating_stars": stars})
    found = batch(board, 1.0)
    shown, _ = stars_of(found, len(board.movies))
    for side, given in zip(told(found)[:2] + told(found)[3:], (4, 3, 2), strict=True):
        assert side.any()
        assert (shown[side] == given).all()


def test_the_interviewed_tell_only_of_the_half_that_is_no_target(interviewed: Batch, board: Dataset) -> None:
    """Half of everybody's ratings are targets; of the others they tell some, and what is left out is no target."""
    liked, _, _, rejected = told(interviewed)
    shown, hidden = stars_of(interviewed, len(board.movies))
    assert ((shown > 0).sum(axis=1) == 20).all()
    assert ((hidden > 0).sum(axis=1) == 20).all()
    assert not (shown * hidden).any()
    assert (shown[liked | rejected] > 0).all()
    assert 0 < (liked | rejected).sum() < (shown > 0).sum()


def test_unseen_titles_were_asked_about_and_not_told(interviewed: Batch, board: Dataset) -> None:
    """They are none of the answerable half, though their person may come to like them: then they are targets."""
    liked, _, unseen, rejected = told(interviewed)
    shown, hidden = stars_of(interviewed, len(board.movies))
    assert not (unseen & (liked | rejected)).any()
    assert not (unseen & (shown > 0)).any()
    assert (unseen & (hidden > 0)).any()
    assert unseen.sum(axis=1).max() <= MOST_ASKED


def test_what_is_not_named_was_asked_about(interviewed: Batch) -> None:
    """👎 come from questions alone, and nobody tells more than the questions and three titles of their own accord."""
    liked, _, unseen, rejected = told(interviewed)
    assert ((liked | rejected | unseen).sum(axis=1) <= MOST_ASKED + 3).all()


def test_one_share_of_the_people_is_interviewed(board: Dataset) -> None:
    """With a quarter of 200 people, about 50 are asked something; the others have seen all they were asked about."""
    _, _, unseen, _ = told(batch(board, 0.25))
    assert 30 <= unseen.any(axis=1).sum() <= 70


def test_equal_draws_make_equal_batches(board: Dataset) -> None:
    """Only what the generator says is random."""
    one, same, other = (batch(board, 0.5, seed).profiles.inputs.toarray() for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
