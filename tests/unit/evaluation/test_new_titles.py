"""New titles: no trace of them is left in the training data, and they are ranked by their descriptions."""

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


def never_fitted(dataset: Dataset, split: Split, seed: int) -> Towers:  # noqa: ARG001 - a TowersFactory has this signature
    """A TowersFactory that must not be called."""
    raise AssertionError


def test_held_out_titles_leave_no_trace(board: Dataset) -> None:
    """A tenth of the movies is removed with its ratings; people and all other ratings stay the same."""
    held_out = hold_out(board, seed=3)
    new = {movie.movie_id for movie in held_out.new}
    assert len(new) == len(board.movies) // 10
    assert new.isdisjoint(held_out.remaining.movie_ids.tolist())
    assert new | set(held_out.remaining.movie_ids.tolist()) == set(board.movie_ids.tolist())
    assert held_out.remaining.user_ids is board.user_ids
    remaining = rows(held_out.remaining)
    assert remaining == [row for row in rows(board) if row[1] not in new]
    ids = [movie.movie_id for movie in held_out.new]
    new_ratings = [(int(person), ids[int(place)], stars) for person, place, stars in held_out.ratings]
    assert sorted(remaining + new_ratings) == sorted(rows(board))


def rows(data: Dataset) -> list[tuple[int, int, float]]:
    """Return (position of the person, movie id, stars) of every rating."""
    ids = data.movie_ids[data.rating_movies].tolist()
    return list(zip(data.rating_people.tolist(), ids, data.rating_stars.tolist(), strict=True))


def test_the_seed_draws_which_titles_are_new(board: Dataset) -> None:
    """Equal seeds hold out the same titles; different seeds hold out different titles."""
    drawn = [{movie.movie_id for movie in hold_out(board, seed).new} for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_genre_profile_prefers_the_genres_of_the_likes() -> None:
    """For somebody who likes a drama and a war drama and dislikes a comedy, a war drama is first and a comedy last."""
    movies = [
        movie(1, genres=("Drama",)),
        movie(2, genres=("Drama", "War")),
        movie(3, genres=("Comedy",)),
        movie(4, genres=("Comedy",)),
        movie(5, genres=("Drama", "War")),
        movie(6, genres=("Western",)),
    ]
    held_out = hold_out(dataset(movies, [(1, rated.movie_id, 5) for rated in movies]), seed=0, share=0)
    held_out = replace(held_out, remaining=replace(held_out.remaining, movies=tuple(movies[:3])), new=tuple(movies[3:]))
    (scores,) = genre_scores(held_out, [{1: 5.0, 2: 4.0, 3: 1.0}], seed=0)
    # (Drama 1, War 1/2, Comedy -1) has length 1.5.
    assert scores == pytest.approx([-1 / 1.5, 1.5 / np.sqrt(2) / 1.5, 0], abs=1e-6)


@pytest.mark.slow
def test_new_titles_of_the_genre_that_a_person_likes_rank_first() -> None:
    """On the checkerboard the genre determines the taste, so the towers rank as well as the genre profile does."""
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


def test_too_few_ratings_are_refused_before_any_fitting() -> None:
    """A data set in which nobody has 20 answers raises a clear error."""
    with pytest.raises(TooSmall, match="too small to evaluate new titles on"):
        evaluate_new_titles(checkerboard(people=40, rated=10), [0], never_fitted, lambda *_: None)
