"""The neighbours of movies on data sets with known answers."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.models.neighbours import MAX_NEIGHBOURS, NO_MOVIE, Neighbours
from recsys.training import neighbours as fitting
from recsys.training.neighbours import fit_neighbours
from tests.builders import checkerboard, dataset, movie

NO_TASTE = np.zeros((1, 256), np.float32)
"""A movie vector that points nowhere."""


def ids_of(shelf: Dataset, neighbours: Neighbours, movie_id: int) -> list[int]:
    """Return the ids of a movie's neighbours, the nearest first."""
    positions = neighbours.of(int(np.searchsorted(shelf.movie_ids, movie_id)))
    return [int(shelf.movie_ids[position]) for position in positions]


def fitted(shelf: Dataset, vectors: np.ndarray | None = None) -> Neighbours:
    """Return the neighbours that all people of a data set teach."""
    if vectors is None:
        vectors = np.tile(NO_TASTE, (len(shelf.movies), 1))
    return fit_neighbours(shelf, np.arange(len(shelf.user_ids)), vectors)


def shelf_of(*likes: tuple[int, ...], movies: int = 6, **details: object) -> Dataset:
    """Return a data set in which each person likes these movies; all movies have the same details."""
    rows = [(person, liked, 5.0) for person, mine in enumerate(likes, start=1) for liked in mine]
    return dataset([movie(number, **details) for number in range(1, movies + 1)], rows)


def test_movies_of_the_same_taste_are_neighbours() -> None:
    """On the checkerboard, the nearest movies of an odd movie are odd."""
    board = checkerboard()
    neighbours = fitted(board)
    assert neighbours.movies.shape == neighbours.lifts.shape == (60, 59)
    assert {movie_id // 10 % 2 for movie_id in ids_of(board, neighbours, 30)[:10]} == {1}
    assert {movie_id // 10 % 2 for movie_id in ids_of(board, neighbours, 40)[:10]} == {0}
    for position in range(60):
        assert set(neighbours.of(position)) == set(range(60)) - {position}


def test_what_is_liked_together_is_nearer_than_what_is_popular() -> None:
    """Movie 2 is liked by those who like movie 1. Everybody likes movie 3."""
    shelf = shelf_of(*[(1, 2, 3)] * 10, *[(3,)] * 90)
    assert ids_of(shelf, fitted(shelf), 1)[:2] == [2, 3]


def test_of_movies_without_likes_genres_people_and_vectors_decide() -> None:
    """Nobody likes movie 1. The nearest has its genres and its director, then come genres alone, then the vector."""
    shelf = dataset(
        [
            movie(1, genres=("War", "Drama"), directors=("Ann Lee",)),
            movie(2, genres=("Comedy",)),
            movie(3, genres=("War", "Drama")),
            movie(4, genres=("War", "Drama"), actors=("Ann Lee",)),
            movie(5, genres=("Comedy",)),
        ],
        [(1, 2, 1), (2, 3, 1)],
    )
    vectors = np.zeros((5, 256), np.float32)
    vectors[[0, 4], 7], vectors[1, 9], vectors[:, -1] = 2, 2, [0, 9, 0, 0, 0]
    assert ids_of(shelf, fitted(shelf, vectors), 1) == [4, 3, 5, 2]


@pytest.mark.parametrize(("untrained", "expected"), [((), [4, 3, 2]), (("actors",), [3, 4, 2])])
def test_people_on_which_no_model_may_be_trained_do_not_count(untrained: tuple[str, ...], expected: list[int]) -> None:
    """Movie 4 has the director of movie 1 among its actors. The vector of movie 3 is a little like that of movie 1."""
    shelf = dataset(
        [
            movie(1, genres=("War",), directors=("Ann Lee",)),
            movie(2, genres=("Comedy",)),
            movie(3, genres=("War",)),
            movie(4, genres=("War",), actors=("Ann Lee",), untrained=untrained),
        ],
        [(1, 2, 5)],
    )
    vectors = np.zeros((4, 256), np.float32)
    vectors[[0, 2], 7], vectors[2, 8] = 1, 9
    assert ids_of(shelf, fitted(shelf, vectors), 1) == expected


def test_the_lift_is_the_number_of_people_over_that_by_chance() -> None:
    """8 people of 100 like both. By chance it would be 10 * 20 / 100, to which half a person is added."""
    shelf = shelf_of(*[(1, 2)] * 8, *[(1,)] * 2, *[(2,)] * 12, *[(3,)] * 78)
    neighbours = fitted(shelf)
    assert neighbours.lift(0, 1) == neighbours.lift(1, 0) == pytest.approx(8 / 2.5)
    assert neighbours.lift(0, 2) == neighbours.lift(0, 0) == 0


def test_few_people_are_no_evidence_of_a_lift() -> None:
    """Four people like both movies; a fifth makes the difference."""
    assert fitted(shelf_of(*[(1, 2)] * 4, *[(3,)] * 50)).lift(0, 1) == 0
    assert fitted(shelf_of(*[(1, 2)] * 5, *[(3,)] * 50)).lift(0, 1) > 1


def test_only_these_people_count() -> None:
    """Somebody who is held out teaches nothing."""
    shelf = shelf_of(*[(1, 2)] * 10, *[(1, 3)] * 30, *[(4,)] * 30)
    everybody, without = fitted(shelf), fit_neighbours(shelf, np.arange(10), np.tile(NO_TASTE, (6, 1)))
    assert ids_of(shelf, everybody, 1)[0] == 3
    assert ids_of(shelf, without, 1)[0] == 2


def test_a_dislike_is_no_like() -> None:
    """Everybody who likes movie 1 gives movie 2 two stars, and a few like movie 3."""
    rows = [(person, 1, 5.0) for person in range(20)] + [(person, 2, 2.0) for person in range(20)]
    shelf = dataset([movie(number) for number in range(1, 5)], rows + [(person, 3, 4.0) for person in range(4)])
    assert ids_of(shelf, fitted(shelf), 1)[0] == 3


def test_blocks_of_rows_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large catalogue is fitted in blocks."""
    board = checkerboard()
    at_once = fitted(board)
    monkeypatch.setattr(fitting, "BLOCK_SCORES", 7 * 60)
    in_blocks = fitted(board)
    assert (in_blocks.movies == at_once.movies).all()
    assert in_blocks.lifts == pytest.approx(at_once.lifts)


def test_a_large_catalogue_keeps_the_nearest() -> None:
    """The number of neighbours is bounded, and that of a tiny catalogue is what there is."""
    assert fitted(checkerboard(movies=100)).movies.shape == (100, MAX_NEIGHBOURS)
    assert fitted(shelf_of((1,), movies=1)).movies.shape == (1, 0)
    two = fitted(shelf_of((1, 2), movies=2))
    assert two.movies.tolist() == [[1], [0]]
    assert NO_MOVIE not in two.movies


def test_movies_without_genres_have_neighbours() -> None:
    """Nothing is divided by zero."""
    shelf = shelf_of((1, 2), genres=())
    neighbours = fitted(replace(shelf))
    assert sorted(ids_of(shelf, neighbours, 1)) == [2, 3, 4, 5, 6]
    assert np.isfinite(neighbours.lifts).all()


def test_of_a_large_catalogue_only_liked_movies_are_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for 20, each movie has the most liked others as neighbours, in the order that they have among all."""
    board = checkerboard()
    vectors = np.random.default_rng(0).normal(0, 1, (60, 256)).astype(np.float32)
    complete = fitted(board, vectors)
    monkeypatch.setattr(fitting, "LARGE_CATALOGUE", 20)
    few = fitted(board, vectors)
    likes = np.bincount(board.rating_movies[board.rating_stars >= 4], minlength=60)
    most_liked = {*np.argsort(-likes, kind="stable")[:20].tolist()}
    assert few.movies.shape == (60, 19)
    for position in range(60):
        assert set(few.of(position)) <= most_liked - {position}
        for neighbour in few.of(position).tolist():
            assert few.lift(position, neighbour) == pytest.approx(complete.lift(position, neighbour))
    closest = [next(movie for movie in complete.of(position) if movie in most_liked) for position in range(60)]
    assert [few.of(position)[0] for position in range(60)] == closest
