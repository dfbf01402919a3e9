"""The measurement of long histories: who is measured, the ratio with its standard error, and lists with known hits."""

import asyncio
import json

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.evaluation.long_histories import evaluate_long_histories, ratio_of_means
from recsys.evaluation.newcomers import TooSmall
from recsys.models.towers import Towers
from recsys.protocol.newcomers import Split, newcomers, split_people
from tests.builders import checkerboard


def test_the_first_answers_do_not_depend_on_their_number() -> None:
    """People with 25 answers give the same first 20, and what they give after them is no longer hidden."""
    board = checkerboard(people=20, movies=60, rated=40)
    everybody = np.arange(20)
    few, many = newcomers(board, everybody, 0), newcomers(board, everybody, 0, 25)
    longer = {person.person: person for person in many}
    for person in few:
        same = longer.get(person.person)
        if same is not None:
            assert (len(person.answers), len(same.answers)) == (20, 25)
            assert same.answers[:20] == person.answers
            assert set(same.likes.tolist()) < set(person.likes.tolist()) | {movie for movie, _ in same.answers}
    assert 0 < len(many) <= len(few)
    assert newcomers(board, everybody, 0, 36) == []


def test_the_ratio_and_its_standard_error_by_hand() -> None:
    """The residuals of (1, 0, .5) to the ratio 3/4 of (1, .5, .5) are (.25, -.375, .125)."""
    ratio, standard_error = ratio_of_means(np.array([1, 0, 0.5]), np.array([1, 0.5, 0.5]))
    assert ratio == pytest.approx(0.75)
    variance = (0.25**2 + 0.375**2 + 0.125**2) / 2
    assert standard_error == pytest.approx(np.sqrt(variance / 3) / (2 / 3))


def test_equal_lists_have_a_ratio_of_one_without_an_error() -> None:
    """Nothing is uncertain about the ratio of equal values. One person has no standard error, no hit no ratio."""
    assert ratio_of_means(np.array([0.5, 1]), np.array([0.5, 1])) == (pytest.approx(1), pytest.approx(0))
    assert ratio_of_means(np.array([0.5]), np.array([0.25])) == (pytest.approx(2), None)
    assert ratio_of_means(np.array([0.5, 1]), np.array([0, 0])) == (None, None)


def test_on_the_checkerboard_both_know_the_taste_from_long_histories(board: Dataset, towers: Towers) -> None:
    """The taste is obvious: nearly every place is a hit. Nobody has 100 ratings, so there is no such row."""
    progress: list[tuple[int, int, str]] = []

    def fitted(dataset: Dataset, split: Split, seed: int) -> Towers:  # noqa: ARG001 - a TowersFactory has this signature
        return towers

    def show(done: int, total: int, step: str) -> None:
        progress.append((done, total, step))

    report = asyncio.run(evaluate_long_histories(board, [0], fitted, 1.0, show, (10, 20, 100)))
    assert [row.answers for row in report.rows] == [10, 20]
    for row in report.rows:
        assert row.people == len(newcomers(board, split_people(board, 0).test, 0, row.answers))
        assert row.ratio == pytest.approx(row.served / row.ease)
        assert row.standard_error is not None
        assert len(row.settings) == 1
    assert progress == [(0, 2, "EASE, seed 0"), (1, 2, "Reelmate, seed 0"), (2, 2, "done")]
    json.dumps(report.to_dict())


def test_a_data_set_of_short_histories_is_too_small(board: Dataset, towers: Towers) -> None:
    """Nobody has 1,000 ratings."""
    with pytest.raises(TooSmall, match="1000 ratings"):
        asyncio.run(evaluate_long_histories(board, [0], lambda *_: towers, 1.0, lambda *_: None, (1000,)))
