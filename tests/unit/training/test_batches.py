"""Training batches: the profiles of interviewed people hold the answers to their questions, and little more."""

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
    """Draw a batch with all people of the board."""
    return one_batch(board, fit_exposure(board, np.arange(len(board.user_ids))), interviews, seed)


def answers_of(drawn: Batch) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return (n, m) bool masks of the liked, neutral, unseen and rejected movies."""
    kinds = drawn.profiles.answers.toarray() > 0
    return kinds[::ANSWER_KINDS], kinds[1::ANSWER_KINDS], kinds[2::ANSWER_KINDS], drawn.profiles.rejected.toarray() > 0


def stars_of(drawn: Batch, movies: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (n, m) stars of the shown and of the hidden ratings, 0 without a rating."""
    tables = []
    for part in (drawn.shown, drawn.hidden):
        table = np.zeros((drawn.profiles.inputs.shape[0], movies))
        table[part.owners, part.movies] = part.stars
        tables.append(table)
    return tables[0], tables[1]


@pytest.fixture(scope="module")
def interviewed(board: Dataset) -> Batch:
    """A batch in which everybody is interviewed."""
    return batch(board, 1.0)


def test_without_interviews_nothing_is_unseen(board: Dataset) -> None:
    """All profiles hold all shown ratings with their own stars, and nobody is asked anything."""
    drawn = batch(board, 0.0)
    liked, neutral, unseen, rejected = answers_of(drawn)
    shown, _ = stars_of(drawn, len(board.movies))
    assert not unseen.any()
    assert not neutral.any()
    np.testing.assert_array_equal(liked, shown == 5)
    np.testing.assert_array_equal(rejected, shown == 1)


def test_ratings_become_thumbs(board: Dataset) -> None:
    """4 stars become 👍, 3 become 😐 and 2 become 👎."""
    stars = np.where(board.rating_stars == 5, 4, 2 + np.arange(len(board.rating_stars)) % 2).astype(np.float32)
    board = Dataset(**{name: getattr(board, name) for name in board.__slots__} | {"rating_stars": stars})
    drawn = batch(board, 1.0)
    shown, _ = stars_of(drawn, len(board.movies))
    for mask, stars_given in zip(answers_of(drawn)[:2] + answers_of(drawn)[3:], (4, 3, 2), strict=True):
        assert mask.any()
        assert (shown[mask] == stars_given).all()


def test_answers_come_from_the_shown_half_only(interviewed: Batch, board: Dataset) -> None:
    """Half of the ratings are targets. Of the shown half, the profiles hold only what was answered or named."""
    liked, _, _, rejected = answers_of(interviewed)
    shown, hidden = stars_of(interviewed, len(board.movies))
    assert ((shown > 0).sum(axis=1) == 20).all()
    assert ((hidden > 0).sum(axis=1) == 20).all()
    assert not (shown * hidden).any()
    assert (shown[liked | rejected] > 0).all()
    assert 0 < (liked | rejected).sum() < (shown > 0).sum()


def test_unseen_titles_were_asked_about_and_not_answered(interviewed: Batch, board: Dataset) -> None:
    """Unseen titles are never in the shown half, but may be in the hidden half: then they are targets."""
    liked, _, unseen, rejected = answers_of(interviewed)
    shown, hidden = stars_of(interviewed, len(board.movies))
    assert not (unseen & (liked | rejected)).any()
    assert not (unseen & (shown > 0)).any()
    assert (unseen & (hidden > 0)).any()
    assert unseen.sum(axis=1).max() <= MOST_ASKED


def test_answers_are_limited_to_questions_and_named_likes(interviewed: Batch) -> None:
    """A profile holds at most one answer per question, plus three titles named without a question."""
    liked, _, unseen, rejected = answers_of(interviewed)
    assert ((liked | rejected | unseen).sum(axis=1) <= MOST_ASKED + 3).all()


def test_only_a_share_of_the_people_is_interviewed(board: Dataset) -> None:
    """With a share of a quarter, about 50 of 200 people are interviewed; the others have no unseen titles."""
    _, _, unseen, _ = answers_of(batch(board, 0.25))
    assert 30 <= unseen.any(axis=1).sum() <= 70


def test_equal_draws_make_equal_batches(board: Dataset) -> None:
    """A batch depends on the random generator alone."""
    first, same, other = (batch(board, 0.5, seed).profiles.inputs.toarray() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()
