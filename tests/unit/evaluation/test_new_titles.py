"""Titles that no model was shown: nothing of them is left in the training, and what is told of them is what counts."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.evaluation.new_titles import evaluate_new_titles, genre_scores, hold_out
from recsys.evaluation.newcomers import TooSmall
from recsys.models.towers import Towers
from recsys.protocol.newcomers import Split
from recsys.training.fit import fit
from recsys.training.options import TrainingOptions
from tests.builders import checkerboard, dataset, movie


def never_fitted(dataset: Dataset, split: Split, seed: int) -> Towers:  # noqa: ARG001  (a TowersFactory)
    """A TowersFactory that must not be asked."""
    raise AssertionError


def test_what_is_held_out_leaves_nothing_behind(board: Dataset) -> None:
    """A tenth of the movies goes with its ratings; the people stay where they are, and so does every other rating."""
    held = hold_out(board, seed=3)
    new = {one.movie_id for one in held.new}
    assert len(new) == len(board.movies) // 10
    assert new.isdisjoint(held.remaining.movie_ids.tolist())
    assert new | set(held.remaining.movie_ids.tolist()) == set(board.movie_ids.tolist())
    assert held.remaining.user_ids is board.user_ids
    known = rows(held.remaining)
    assert known == [row for row in rows(board) if row[1] not in new]
    ids = [one.movie_id for one in held.new]
    rest = [(int(person), ids[int(place)], stars) for person, place, stars in held.ratings]
    assert sorted(known + rest) == sorted(rows(board))


def rows(data: Dataset) -> list[tuple[int, int, float]]:
    """(position of the person, movie id, stars) of every rating."""
    ids = data.movie_ids[data.rating_movies].tolist()
    return list(zip(data.rating_people.tolist(), ids, data.rating_stars.tolist(), strict=True))


def test_the_seed_draws_which_titles_are_new(board: Dataset) -> None:
    """Equal seeds hold the same titles out, others do not."""
    drawn = [{one.movie_id for one in hold_out(board, seed).new} for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_genre_profile_prefers_the_genres_of_the_likes() -> None:
    """Likes one drama and one war drama, dislikes a comedy: a war drama is nearest, a comedy furthest."""
    movies = [
        movie(1, genres=("Drama",)),
        movie(2, genres=("Drama", "War")),
        movie(3, genres=("Comedy",)),
        movie(4, genres=("Comedy",)),
        movie(5, genres=("Drama", "War")),
        movie(6, genres=("Western",)),
    ]
    held = hold_out(dataset(movies, [(1, one.movie_id, 5) for one in movies]), seed=0, share=0)
    held = replace(held, remaining=replace(held.remaining, movies=tuple(movies[:3])), new=tuple(movies[3:]))
    (scores,) = genre_scores(held, [{1: 5.0, 2: 4.0, 3: 1.0}], seed=0)
    # (Drama 1, War 1/2, Comedy -1) has the length 1.5.
    assert scores == pytest.approx([-1 / 1.5, 1.5 / np.sqrt(2) / 1.5, 0], abs=1e-6)


def test_new_titles_of_ones_own_kind_come_first() -> None:
    """On the checkerboard the genre tells all: the towers rank held-out movies as well as the genre profile does."""
    board = checkerboard(movies=80, rated=80)

    def fitted(data: Dataset, split: Split, seed: int) -> Towers:
        assert len(data.movies) == 72
        options = TrainingOptions(seed=seed, epochs=20, min_steps=0, batch_size=32, id_dropout=0.5, validations=1)
        return fit(data, split, options)

    report = evaluate_new_titles(board, [0], fitted, lambda *_: None)
    (split,) = report.splits
    assert (split.titles, split.newcomers) == (8, 20)
    assert split.genre_ndcg == pytest.approx(1)
    assert split.ndcg == pytest.approx(1, abs=0.05)
    assert split.chance_ndcg < 0.8
    assert report.ratio == pytest.approx(split.ndcg)
    assert report.described_share == 0


def test_too_few_ratings_are_said_before_anything_is_fitted() -> None:
    """Nobody with 20 answers is one clear error."""
    with pytest.raises(TooSmall, match="too small to evaluate new titles on"):
        evaluate_new_titles(checkerboard(people=40, rated=10), [0], never_fitted, lambda *_: None)
