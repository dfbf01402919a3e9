"""Models that are fitted in blocks of people are those that are fitted to all people at once."""

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.models.towers import Towers
from recsys.protocol import newcomers as protocol
from recsys.protocol.newcomers import newcomers, split_people
from recsys.protocol.scorers import TowersScorer
from recsys.training import rating_blocks as blocks
from recsys.training.exposure import fit_exposure
from recsys.training.informativeness import fit_informativeness
from recsys.training.rating_blocks import rating_blocks, rating_counts
from recsys.training.second_stage.item_reranker import Shortlists, fit_regression

PEOPLE = np.array([3, 150, 0, 77, 199, 42])


@pytest.mark.parametrize("ratings_at_once", [1, 90, 1_000])
def test_blocks_have_every_rating_of_the_people_once(
    board: Dataset, monkeypatch: pytest.MonkeyPatch, ratings_at_once: int
) -> None:
    """People stay in their order, a person is never divided, and others are left out."""
    monkeypatch.setattr(blocks, "RATINGS_AT_ONCE", ratings_at_once)
    found = list(rating_blocks(board, PEOPLE))
    assert np.concatenate([block.people for block in found]).tolist() == PEOPLE.tolist()
    assert len(found) == {1: 6, 90: 3, 1_000: 1}[ratings_at_once]
    for block in found:
        for row, person in enumerate(block.people):
            expected = np.flatnonzero(board.rating_people == person)
            assert block.movies[block.owners == row].tolist() == board.rating_movies[expected].tolist()
            assert block.stars[block.owners == row].tolist() == board.rating_stars[expected].tolist()
    counted = np.isin(board.rating_people, PEOPLE)
    expected_counts = np.bincount(board.rating_movies[counted], minlength=len(board.movies))
    assert rating_counts(board, PEOPLE).tolist() == expected_counts.tolist()


def test_a_block_is_a_matrix_of_the_chosen_movies(board: Dataset) -> None:
    """Columns have the order of the movies that were asked for; other movies are left out."""
    [block] = rating_blocks(board, PEOPLE)
    stars = np.zeros((len(board.user_ids), len(board.movies)), np.float32)
    stars[board.rating_people, board.rating_movies] = board.rating_stars
    movies = np.array([7, 2, 59])
    np.testing.assert_array_equal(block.matrix(block.stars, movies).toarray(), stars[PEOPLE][:, movies])


def test_the_closed_forms_are_the_same_in_blocks(board: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exposure, informativeness and item weights do not depend on how many people are summed at once."""
    people = split_people(board, 0).train

    def fitted() -> list[np.ndarray]:
        exposure = fit_exposure(board, people, 30)
        regression = fit_regression(board, people)
        return [
            exposure.means,
            exposure.covariance,
            fit_informativeness(board, people, exposure),
            regression.item_weights,
            regression.popularity_bonus,
        ]

    at_once = fitted()
    monkeypatch.setattr(blocks, "RATINGS_AT_ONCE", 500)
    for whole, in_blocks in zip(at_once, fitted(), strict=True):
        np.testing.assert_allclose(in_blocks, whole, rtol=1e-3, atol=1e-5)


def test_shortlists_are_the_same_in_blocks(board: Dataset, towers: Towers, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many people are scored at once, each has the same candidates, in any order among equal scores."""
    people = newcomers(board, split_people(board, 0).validation, 0)
    whole = Shortlists.of(board, people, TowersScorer(towers))
    monkeypatch.setattr(protocol, "SCORES_AT_ONCE", 3 * len(board.movies))
    in_blocks = Shortlists.of(board, people, TowersScorer(towers))
    by_movie = [np.argsort(lists.movies, axis=1) for lists in (in_blocks, whole)]
    for name in ("movies", "hits", "scores"):
        rows = [
            np.take_along_axis(getattr(lists, name), order, axis=1)
            for lists, order in zip((in_blocks, whole), by_movie, strict=True)
        ]
        np.testing.assert_allclose(*rows, atol=1e-5)


def test_of_many_people_few_are_held_out(board: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 200 people 20 would be held out twice; with a limit of 7 the others are trained on."""
    monkeypatch.setattr(protocol, "MAX_HELD_OUT", 7)
    split = split_people(board, 0)
    assert (len(split.test), len(split.validation), len(split.train)) == (7, 7, 186)
