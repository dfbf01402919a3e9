"""Composed lists: calibrated genres, the popularity setting, and cards that continue what was shown."""

import numpy as np
import pytest
from numpy.typing import NDArray

from recsys.models.directions import Directions
from recsys.serving.compose import compose
from recsys.serving.similar_likes import nearest_to_likes
from recsys.serving.style import ListStyle
from recsys.serving.traits import BEST_KNOWN, MovieTraits, best_known
from storage.records import Movie, Popularity

DRAMAS, WESTERNS = range(30), range(30, 40)
"""The positions of the movies: 30 dramas, of which the first ten are well known, then ten westerns, all hidden."""

MOVIES = [
    Movie(
        position + 1,
        f"Movie {position}",
        1990,
        ("Western",) if position in WESTERNS else ("Drama",),
        rating_count=40 - position if position in WESTERNS else 1000 - position,
    )
    for position in range(40)
]
TRAITS = MovieTraits.of(MOVIES, np.array([movie.movie_id for movie in MOVIES]))
CANDIDATES = np.arange(40)


def listed(
    scores: NDArray[np.float32],
    count: int = 10,
    likes: tuple[int, ...] = (),
    latest: tuple[int, ...] = (),
    popularity: Popularity = Popularity.BALANCED,
    *,
    is_calibrated: bool = True,
    is_wished: bool = False,
    diversity: float = 0.0,
    reserved: int | None = None,
) -> list[int]:
    """Return the chosen positions, for scores in descending order."""
    style = ListStyle(popularity, is_calibrated=is_calibrated, is_wished=is_wished)
    directions = np.eye(len(scores), dtype=np.float32)
    return compose(scores, directions, CANDIDATES, count, TRAITS, likes, style, latest, diversity, reserved)


FALLING = np.linspace(4, 0, 40, dtype=np.float32)


def test_the_best_known_are_a_quarter_of_a_small_catalogue_and_200_of_a_large_one() -> None:
    """The numbers of ratings decide; without a catalogue no movie is hidden."""
    assert np.flatnonzero(~TRAITS.is_long_tail).tolist() == list(range(10))
    large = [Movie(number, "x", rating_count=number) for number in range(1, 2001)]
    assert [movie.movie_id for movie in best_known(large)] == list(range(2000, 2000 - BEST_KNOWN, -1))
    assert not MovieTraits.of((), np.array([1, 2, 3])).is_long_tail.any()


def test_genres_are_shares_of_a_movie() -> None:
    """A movie of two genres is half of each, and one without genres, or that is missing, is nothing."""
    traits = MovieTraits.of([Movie(1, "a", genres=("War", "Drama")), Movie(2, "b")], np.array([1, 2, 3]))
    assert traits.genres.tolist() == [[0.5, 0.5], [0, 0], [0, 0]]
    assert traits.genre_shares.sum() == pytest.approx(1)


def test_a_fan_of_a_rare_genre_gets_more_of_it_than_by_relevance() -> None:
    """Westerns with lower scores come in, the best of them first, and the list stays sorted by score."""
    fan = listed(FALLING, likes=(31, 32, 33), is_calibrated=True)
    assert sum(position in WESTERNS for position in fan) == 2
    assert fan == sorted(fan)
    assert listed(FALLING, likes=(31, 32, 33), is_calibrated=False) == list(range(10))


def test_nobody_is_calibrated_to_genres_that_the_list_has_already() -> None:
    """A person who likes dramas, and one of whom nothing is known, get the best dramas."""
    steep = 10 * FALLING
    assert listed(steep, likes=(11, 12)) == list(range(10))
    assert listed(steep) == list(range(10))


def test_unusual_tastes_get_more_of_the_long_tail() -> None:
    """A person of whom nothing is known gets two, a fan of westerns more with each like, and a fan of dramas none."""
    steep = 2 * FALLING
    tails = [sum(position >= 10 for position in listed(steep, likes=likes)) for likes in ((), (11,), (11, 12, 13))]
    assert tails == [2, 0, 0]
    fans = [sum(position >= 10 for position in listed(steep, likes=tuple(range(31, 31 + n)))) for n in (1, 2, 4)]
    assert fans == sorted(set(fans))


def test_hidden_gems_are_half_of_the_list_and_the_best_of_both_halves() -> None:
    """Five well-known and five hidden movies, sorted by score."""
    assert listed(FALLING, popularity=Popularity.HIDDEN, is_calibrated=False) == [*range(5), *range(10, 15)]


def test_a_wish_for_hidden_gems_brings_no_others() -> None:
    """The whole list is hidden, and not half of it as with the preference."""
    wished = listed(FALLING, popularity=Popularity.HIDDEN, is_calibrated=False, is_wished=True)
    assert wished == list(range(10, 20))


def test_well_known_movies_come_before_all_others() -> None:
    """Hidden movies come only when no other is left."""
    rising = FALLING.copy()
    rising[10:] += 5
    assert sorted(listed(rising, popularity=Popularity.WELL_KNOWN)) == list(range(10))
    longer = listed(rising, 12, popularity=Popularity.WELL_KNOWN, is_calibrated=False)
    assert longer == [*range(10), 10, 11]


def test_single_cards_continue_what_was_shown() -> None:
    """Ten cards one at a time are the movies of a list of ten, for each popularity setting."""
    for popularity in Popularity:
        shown: list[int] = []
        for _ in range(10):
            scores = FALLING.copy()
            scores[shown] = -100
            order = np.argsort(-scores, kind="stable")
            style = ListStyle(popularity)
            [chosen] = compose(
                scores[order], np.eye(40, dtype=np.float32), order, 1, TRAITS, (31, 32, 33), style, shown, 0.0
            )
            shown.append(int(order[chosen]))
        assert len(set(shown)) == 10
        hidden = sum(position >= 10 for position in shown)
        if popularity is Popularity.HIDDEN:
            assert hidden == 5
        elif popularity is Popularity.WELL_KNOWN:
            assert hidden == 0
        else:
            assert sum(position in WESTERNS for position in shown) == 2


def test_near_copies_are_apart() -> None:
    """Of two equal movies the second is left out when the penalty outweighs its score."""
    directions = np.eye(40, dtype=np.float32)
    directions[1] = directions[0]
    style = ListStyle(is_calibrated=False)
    chosen = compose(FALLING, directions, CANDIDATES, 3, TRAITS, (), style, (), 1.0)
    assert chosen == [0, 2, 3]


def test_a_reserved_movie_comes_after_five_cards() -> None:
    """It is in a list of six, not in one of five, and is the next card after five others."""
    assert 39 in listed(FALLING, 6, reserved=39)
    assert 39 not in listed(FALLING, 5, reserved=39)
    assert listed(FALLING, 1, latest=(0, 1, 2, 3, 4), reserved=39) == [39]


def is_movie(position: int) -> bool:
    """Allow every movie."""
    return position >= 0


class TestNearestToLikes:
    """The movie that is nearest to likes of one kind."""

    # Movies 0 to 4 point in nearly one direction, the others in directions of their own.
    VECTORS = np.eye(10, 11, dtype=np.float32)
    VECTORS[:5, 0] = 2.0
    VECTORS[4, 0] = 1.5
    DIRECTIONS = Directions(VECTORS)
    GENRES = np.zeros((10, 2), np.float32)

    def test_likes_of_one_kind_have_a_nearest_movie(self) -> None:
        """The nearest that is allowed, unless it or a nearer one was shown lately."""
        assert nearest_to_likes(self.DIRECTIONS, self.GENRES, [0, 1, 2], (), is_movie) == 3
        assert nearest_to_likes(self.DIRECTIONS, self.GENRES, [0, 1, 2], (9,), lambda position: position != 3) == 4
        assert nearest_to_likes(self.DIRECTIONS, self.GENRES, [0, 1, 2], (3,), lambda position: position != 3) is None
        assert nearest_to_likes(self.DIRECTIONS, self.GENRES, [0, 1, 2], (), lambda position: position > 9) is None

    def test_of_a_large_catalogue_only_some_movies_are_compared(self) -> None:
        """The nearest is chosen among them, and none if there are none."""
        among = np.array([3, 4, 9])
        assert nearest_to_likes(self.DIRECTIONS, self.GENRES, [0, 1, 2], (), is_movie, among) == 3
        assert nearest_to_likes(self.DIRECTIONS, self.GENRES, [0, 1, 2], (), is_movie, among[1:]) == 4
        assert nearest_to_likes(self.DIRECTIONS, self.GENRES, [0, 1, 2], (), is_movie, among[:0]) is None

    def test_few_likes_and_likes_of_several_kinds_have_none(self) -> None:
        """Two likes, and three likes that have nothing in common."""
        assert nearest_to_likes(self.DIRECTIONS, self.GENRES, [0, 1], (), is_movie) is None
        assert nearest_to_likes(self.DIRECTIONS, self.GENRES, [0, 6, 7], (), is_movie) is None

    def test_the_nearest_movie_has_the_genre_that_all_likes_share(self) -> None:
        """A nearer movie of another genre is of another kind, also among those that were shown."""
        genres = self.GENRES.copy()
        genres[[0, 1, 2, 4], 0] = 1
        assert nearest_to_likes(self.DIRECTIONS, genres, [0, 1, 2], (3,), is_movie) == 4
        genres[4] = 0
        assert nearest_to_likes(self.DIRECTIONS, genres, [0, 1, 2], (), is_movie) is None
