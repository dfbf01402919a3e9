"""Fitted towers are kept: the same question is answered from the folder, any other is not."""

from dataclasses import replace
from pathlib import Path

import pytest

from recsys.data import Dataset
from recsys.evaluation.fitted_towers import FittedTowers
from recsys.models.towers import Towers
from recsys.protocol.newcomers import split_people
from recsys.training.fit import Progress
from recsys.training.options import TrainingOptions
from tests.builders import checkerboard

BOARD = checkerboard(people=20, movies=10, rated=10)
OPTIONS = TrainingOptions(epochs=2, min_steps=0, batch_size=32, validations=2)


def epochs_of(folder: Path, dataset: Dataset, options: TrainingOptions, seed: int = 0) -> tuple[Towers, int]:
    """The towers, and how many epochs they took."""
    seen: list[Progress] = []
    towers = FittedTowers(folder).get(dataset, split_people(dataset, seed), options, seen.append)
    return towers, len(seen)


def test_what_was_fitted_is_not_fitted_again(tmp_path: Path) -> None:
    """The second time the same towers are read from the folder, in which nothing else is left."""
    first, epochs = epochs_of(tmp_path / "new", BOARD, OPTIONS)
    again, none = epochs_of(tmp_path / "new", BOARD, OPTIONS)
    assert (epochs, none) == (2, 0)
    assert first.version == again.version
    assert [one.is_dir() for one in (tmp_path / "new").iterdir()] == [True]


def test_another_question_is_answered_anew(tmp_path: Path) -> None:
    """Other options, another split, other ratings, and more told of a movie are each fitted for themselves."""
    _, epochs = epochs_of(tmp_path, BOARD, OPTIONS)
    told = replace(BOARD, movies=(replace(BOARD.movies[0], description="A board."), *BOARD.movies[1:]))
    stars = BOARD.rating_stars.copy()
    stars[0] = 6 - stars[0]
    for dataset, options, seed in (
        (BOARD, replace(OPTIONS, dropout=0.1), 0),
        (BOARD, OPTIONS, 1),
        (replace(BOARD, rating_stars=stars), OPTIONS, 0),
        (told, OPTIONS, 0),
    ):
        assert epochs_of(tmp_path, dataset, options, seed)[1] == epochs
    assert len(list(tmp_path.iterdir())) == 5


def test_an_interrupted_fit_goes_on(tmp_path: Path) -> None:
    """Broken off after the first of two epochs, only the second is left to do."""

    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        FittedTowers(tmp_path).get(BOARD, split_people(BOARD, 0), OPTIONS, interrupt)
    assert epochs_of(tmp_path, BOARD, OPTIONS)[1] == 1
    assert [one.is_dir() for one in tmp_path.iterdir()] == [True]
