"""The cache of fitted towers: equal inputs are loaded from the folder, other inputs are fitted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
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
    """Return the towers, and for how many epochs they were trained."""
    progress: list[Progress] = []
    stages: list[str] = []
    towers = FittedTowers(folder).get(
        dataset, split_people(dataset, seed), options, progress.append, lambda stage, _: stages.append(stage)
    )
    assert set(stages) == ({"exposure", "neighbours"} if progress else set())  # Nobody validates a second stage.
    return towers, len(progress)


def test_equal_inputs_are_not_fitted_again(tmp_path: Path) -> None:
    """The second call loads the same towers from the folder, which has no other files."""
    first, epochs = epochs_of(tmp_path / "new", BOARD, OPTIONS)
    again, epochs_again = epochs_of(tmp_path / "new", BOARD, OPTIONS)
    assert (epochs, epochs_again) == (2, 0)
    assert first.version == again.version
    assert [path.is_dir() for path in (tmp_path / "new").iterdir()] == [True]


def test_vectors_alone_are_kept_apart_from_complete_towers(tmp_path: Path) -> None:
    """They have the vectors of the complete towers, also of new movies, but no neighbours.

    Complete towers are used for vectors, too.
    """
    stages: list[str] = []

    def vectors(folder: Path) -> Towers:
        return FittedTowers(folder).get(
            BOARD,
            split_people(BOARD, 0),
            OPTIONS,
            lambda _: None,
            lambda stage, _: stages.append(stage),
            vectors_only=True,
        )

    alone = vectors(tmp_path)
    assert set(stages) == {"exposure"}
    complete, epochs = epochs_of(tmp_path, BOARD, OPTIONS)
    assert epochs == OPTIONS.epochs
    np.testing.assert_allclose(alone.movie_vectors()[1], complete.movie_vectors()[1], rtol=1e-5, atol=1e-6)
    assert alone.new_movie_bias is not None
    assert alone.neighbours.movies.size == 0
    assert complete.neighbours.movies.size > 0
    assert vectors(tmp_path).version == complete.version


def test_other_inputs_are_fitted_separately(tmp_path: Path) -> None:
    """Other options, another split, other ratings and other movie metadata each have towers of their own."""
    _, epochs = epochs_of(tmp_path, BOARD, OPTIONS)
    described = replace(BOARD, movies=(replace(BOARD.movies[0], description="A board."), *BOARD.movies[1:]))
    stars = BOARD.rating_stars.copy()
    stars[0] = 6 - stars[0]
    for dataset, options, seed in (
        (BOARD, replace(OPTIONS, dropout=0.1), 0),
        (BOARD, OPTIONS, 1),
        (replace(BOARD, rating_stars=stars), OPTIONS, 0),
        (described, OPTIONS, 0),
    ):
        assert epochs_of(tmp_path, dataset, options, seed)[1] == epochs
    assert len(list(tmp_path.iterdir())) == 5


def test_an_interrupted_fit_resumes(tmp_path: Path) -> None:
    """After an interruption in the first of two epochs, only the second epoch is trained."""

    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        FittedTowers(tmp_path).get(BOARD, split_people(BOARD, 0), OPTIONS, interrupt, lambda *_: None)
    assert epochs_of(tmp_path, BOARD, OPTIONS)[1] == 1
    assert [path.is_dir() for path in tmp_path.iterdir()] == [True]
