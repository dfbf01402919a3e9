"""Training learns known tastes, is reproducible, and resumes an interrupted run."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.protocol.newcomers import ANSWER_COUNTS, measure, newcomers, split_people
from recsys.protocol.scorers import TowersScorer, TwoStageScorer
from recsys.training import fit as fitting
from recsys.training.fit import Progress, fit, train_release
from recsys.training.options import TrainingOptions
from tests.builders import checkerboard, dataset, movie

pytestmark = pytest.mark.slow

QUICK = TrainingOptions(epochs=6, min_steps=0, validations=3)


class Interrupted(Exception):
    """Simulates a Ctrl-C between two epochs."""


def disliked(board: Dataset, options: TrainingOptions) -> float:
    split = split_people(board, 1)
    scorer = TowersScorer(fit(board, split, options))
    return measure(board, newcomers(board, split.test, 1), scorer, 3).disliked


def test_equal_seeds_give_equal_vectors(board: Dataset) -> None:
    """The seed fixes every random choice, so a release can be reproduced to the last bit."""
    split = split_people(board, 0)
    first, second = fit(board, split, QUICK), fit(board, split, QUICK)
    other = fit(board, split, dataclasses.replace(QUICK, seed=1))
    np.testing.assert_array_equal(first.movie_vectors()[1], second.movie_vectors()[1])
    assert first.version == second.version != other.version


@pytest.mark.parametrize("stop_after", [1, 2, 5])
def test_a_resumed_run_equals_an_uninterrupted_one(board: Dataset, tmp_path: Path, stop_after: int) -> None:
    """If a run is interrupted after any epoch, the next run with the same options ends with the same weights."""
    split = split_people(board, 0)

    def interrupt(progress: Progress) -> None:
        if progress.done == stop_after:
            raise Interrupted

    with pytest.raises(Interrupted):
        train_release(board, split, QUICK, tmp_path / "release", progress=interrupt)
    reported: list[int] = []
    resumed = train_release(
        board, split, QUICK, tmp_path / "release", progress=lambda state: reported.append(state.done)
    )
    uninterrupted = train_release(board, split, QUICK, tmp_path / "uninterrupted")
    assert resumed.version == uninterrupted.version
    interval = QUICK.epochs // QUICK.validations
    assert reported[0] == stop_after // interval * interval + 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["release", "uninterrupted"]


@pytest.mark.parametrize("changed", ["seed", "demographics"])
def test_a_checkpoint_of_another_run_is_ignored(board: Dataset, tmp_path: Path, changed: str) -> None:
    """A run with another seed, or with other ages, starts from the beginning."""
    split = split_people(board, 0)

    def interrupt(progress: Progress) -> None:
        if progress.done == 4:
            raise Interrupted

    with pytest.raises(Interrupted):
        train_release(board, split, QUICK, tmp_path / "release", progress=interrupt)
    reported: list[int] = []
    if changed == "seed":
        people, options = board, dataclasses.replace(QUICK, seed=5)
    else:
        people, options = dataclasses.replace(board, ages=np.full_like(board.ages, 30)), QUICK
    train_release(people, split, options, tmp_path / "release", progress=lambda state: reported.append(state.done))
    assert reported == [1, 2, 3, 4, 5, 6]


def test_training_stops_early_without_gains(board: Dataset) -> None:
    """On a board that is soon learned perfectly, early stopping ends the run before its last epoch."""
    reported: list[Progress] = []
    options = TrainingOptions(epochs=80, min_steps=0, validations=40, patience=2)
    fit(board, split_people(board, 0), options, progress=reported.append)
    assert reported[-1].done < 80


def test_a_release_reports_the_ndcg_of_both_stages(board: Dataset) -> None:
    """It is measured on three draws of the validation newcomers' answers, and re-ranking does not lower it."""
    split = split_people(board, 0)
    towers = fit(board, split, QUICK)
    first, both = (
        np.mean(
            [
                measure(board, newcomers(board, split.validation, QUICK.seed + draw), scorer, answers).ndcg
                for draw in range(3)
                for answers in ANSWER_COUNTS
            ]
        )
        for scorer in (TowersScorer(towers), TwoStageScorer(towers))
    )
    assert towers.info.validation_ndcg == pytest.approx(both, abs=1e-6)
    assert both >= first - 1e-6


def test_the_softmax_finds_the_liked_movies(towers: Towers, board: Dataset) -> None:
    """After one answer on the checkerboard, no movie of the wrong colour is among the ten best."""
    people = newcomers(board, split_people(board, 0).test, 0)
    assert len(people) == 20
    assert measure(board, people, TowersScorer(towers), 1).disliked == 0


def test_scores_are_centred_on_what_people_watch(towers: Towers, board: Dataset) -> None:
    """Every profile has a popularity-weighted mean score of 0, so that scores of two profiles can be compared."""
    split = split_people(board, 0)
    watched = np.bincount(
        board.rating_movies[np.isin(board.rating_people, split.train)], minlength=len(board.movies)
    ).astype(np.float32)
    vectors = towers.user_vectors([Profile(), Profile("F"), Profile(ratings={10: 5, 20: 1})])
    scores = vectors @ towers.movie_vectors()[1].T
    np.testing.assert_allclose(scores @ (watched + 1) / (watched + 1).sum(), 0, atol=1e-4)


def test_sampled_softmax_learns_as_well() -> None:
    """Above the catalogue size for a full softmax, the sampled softmax learns the same tastes.

    By chance, half of the ten best movies would be disliked. How few remain depends on the rounding of the processor.
    """
    board = checkerboard()
    options = TrainingOptions(epochs=60, min_steps=0, batch_size=32, full_softmax_up_to=10, negatives=20, validations=1)
    assert disliked(board, options) < 0.3


def test_the_rating_objective_predicts_stars() -> None:
    """The baseline's objective, 5 * cos, predicts nearly 5 stars for liked movies, and never more than 5."""
    board = checkerboard()
    everybody = split_people(board, 0, test_share=0.0, validation_share=0.0)
    towers = fit(board, everybody, TrainingOptions(objective="rating", epochs=30, min_steps=0, batch_size=32))
    assert towers.new_movie_bias is None  # The last number of a vector is no bias here.
    ids, vectors = towers.movie_vectors()
    stars = vectors @ towers.user_vectors([board.profile(0, {10: 5.0, 20: 1.0, 30: 5.0})])[0]
    is_odd = ids // 10 % 2 == 1
    assert stars.max() <= 5.0001
    assert stars[is_odd].mean() > 4
    assert stars[~is_odd].mean() < 2


def test_a_data_set_without_ratings_is_refused() -> None:
    """The message says that nobody has a rating to train on."""
    board = dataset([movie(1), movie(2)], [(1, 1, 5.0)])
    with pytest.raises(ValueError, match="nobody in the data set has a rating"):
        fit(board, dataclasses.replace(split_people(board, 0), train=np.array([], np.int64)), QUICK)


def test_training_works_without_validation_people() -> None:
    """Without anybody to hold out, training works and the release reports no NDCG."""
    board = checkerboard(people=5, rated=10)
    assert fit(board, split_people(board, 0), QUICK).info.validation_ndcg is None


LARGE = dataclasses.replace(QUICK, full_softmax_up_to=20, negatives=30, batch_size=16)
"""The checkerboard as a large catalogue: sampled movies, and tables that are optimized by row."""


@pytest.fixture
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An epoch of 11 steps has three parts, each part is followed by a checkpoint, and 30 of 60 movies are embedded."""
    monkeypatch.setattr(fitting, "PART_STEPS", 4)
    monkeypatch.setattr(fitting, "CHECKPOINT_INTERVAL_S", 0.0)
    monkeypatch.setattr(fitting, "LARGE_CATALOGUE", 30)


@pytest.mark.usefixtures("short_parts")
@pytest.mark.parametrize("stop_at", [(0, 2), (5, 1)])
def test_a_run_resumes_within_an_epoch(board: Dataset, tmp_path: Path, stop_at: tuple[int, int]) -> None:
    """A large catalogue goes on at the part where it was interrupted, and ends with the same weights."""
    split, parts = split_people(board, 0), 3

    def interrupt(progress: Progress) -> None:
        if (progress.done, progress.of_epoch) == (stop_at[0], pytest.approx(4 * stop_at[1] / steps)):
            raise Interrupted

    steps = -(-len(split.train) // LARGE.batch_size)
    with pytest.raises(Interrupted):
        train_release(board, split, LARGE, tmp_path / "release", progress=interrupt)
    shares: list[float] = []
    resumed = train_release(
        board, split, LARGE, tmp_path / "release", progress=lambda state: shares.append(state.share)
    )
    uninterrupted = train_release(board, split, LARGE, tmp_path / "uninterrupted")
    assert resumed.version == uninterrupted.version
    assert len(shares) == parts * LARGE.epochs - parts * stop_at[0] - stop_at[1]
    assert shares == sorted(shares)
    assert shares[-1] == 1


@pytest.mark.usefixtures("short_parts")
def test_a_large_catalogue_is_stored_and_read(board: Dataset, tmp_path: Path) -> None:
    """Half of the movies have input embeddings; answers about the others still change the vector."""
    towers = train_release(board, split_people(board, 0), LARGE, tmp_path / "release")
    loaded = Towers.load(tmp_path / "release")
    profiles = [Profile(ratings={int(movie_id): 5.0}) for movie_id in board.movie_ids]
    np.testing.assert_allclose(loaded.user_vectors(profiles), towers.user_vectors(profiles), atol=1e-6)
    embedded = np.asarray(loaded._network.user.input_movies)
    assert len(embedded) == 30
    counts = np.bincount(board.rating_movies[np.isin(board.rating_people, split_people(board, 0).train)])
    assert counts[embedded].min() >= np.delete(counts, embedded).max()
    from_empty = np.abs(loaded.user_vectors(profiles) - loaded.user_vectors([Profile()])).max(axis=1)
    assert (from_empty > 1e-3).all()


def test_by_row_learns_as_well(board: Dataset) -> None:
    """With tables that are optimized by row, no movie of the wrong colour is among the ten best after three answers."""
    assert disliked(board, dataclasses.replace(LARGE, epochs=20)) == 0


def test_stages_around_the_epochs_are_shown(board: Dataset) -> None:
    """The fits before and after the epochs report their begin and their end."""
    shown: list[tuple[str, float]] = []
    options = dataclasses.replace(QUICK, epochs=1, validations=1)
    fit(board, split_people(board, 0), options, show_stage=lambda stage, share: shown.append((stage, share)))
    assert list(dict.fromkeys(stage for stage, _ in shown)) == ["exposure", "neighbours", "second stage"]
    for stage in ("exposure", "neighbours", "second stage"):
        shares = [share for name, share in shown if name == stage]
        assert (shares[0], shares[-1], shares) == (0, 1, sorted(shares))


@pytest.mark.parametrize(
    ("steps", "epochs"),
    [(22, 50), (90, 34), (244, 25), (786, 15), (20_000, 1), (1, 150)],
    ids=["1M", "4M", "10M", "32M", "huge", "tiny"],
)
def test_more_people_are_seen_less_often(steps: int, epochs: int) -> None:
    """MovieLens 1M has 50 epochs; more people are seen less often, in 12,000 steps at most, but everybody is seen."""
    assert TrainingOptions().epochs_of(steps) == epochs
    assert TrainingOptions(epochs=40, min_steps=0, max_steps=None).epochs_of(steps) == 40
