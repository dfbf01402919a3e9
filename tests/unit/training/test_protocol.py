"""The newcomer protocol, against figures worked out by hand."""

from dataclasses import dataclass
from math import log2

import numpy as np
import pytest
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.profile import Profile
from recsys.protocol.newcomers import Metrics, Newcomer, measure, newcomers, profiles_after, split_people
from tests.builders import checkerboard, dataset, movie


@dataclass
class FixedScorer:
    """The same scores for everybody."""

    row: list[float]

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """One copy of the row for each profile."""
        return np.tile(np.array(self.row, np.float32), (len(profiles), 1))


def one_person(ratings: int, liked: int) -> Dataset:
    """A woman who rated movies 10, 20, 30 and so on: the last `liked` of them with 4 stars, the others with 3."""
    rows = [(7, 10 * number, 4.0 if number > ratings - liked else 3.0) for number in range(1, ratings + 1)]
    return dataset([movie(10 * number) for number in range(1, 41)], rows, genders=[0])


def newcomer(likes: list[int], dislikes: list[int], answers: tuple[tuple[int, float], ...] = ()) -> Newcomer:
    """Person 0 with hidden likes and dislikes at these positions."""
    return Newcomer(0, answers, np.array(likes, np.int32), np.array(dislikes, np.int32))


def test_a_split_divides_everybody_once() -> None:
    """Of 200 people 20 are for tests, 20 for validation, and nobody is in two parts or in none."""
    split = split_people(checkerboard(people=200), seed=3)
    assert (len(split.test), len(split.validation), len(split.train)) == (20, 20, 160)
    assert sorted([*split.test, *split.validation, *split.train]) == list(range(200))


def test_equal_seeds_give_equal_splits_and_others_do_not() -> None:
    """The seed alone decides who is held out."""
    board = checkerboard(people=200)
    assert split_people(board, 3).test.tolist() == split_people(board, 3).test.tolist()
    assert split_people(board, 3).test.tolist() != split_people(board, 4).test.tolist()


def test_twenty_answers_and_the_rest_hidden() -> None:
    """Every rating is an answer or hidden, never both; likes have 4 stars or more, dislikes 2 or fewer."""
    board = checkerboard(people=1, rated=50)
    one = newcomers(board, np.array([0]), seed=0)[0]
    answered = [position for position, _ in one.answers]
    assert len(answered) == 20
    assert sorted([*answered, *one.likes, *one.dislikes]) == sorted(board.rating_movies)
    stars = dict(zip(board.rating_movies.tolist(), board.rating_stars.tolist(), strict=True))
    assert dict(one.answers) == {position: stars[position] for position in answered}
    assert {stars[position] for position in one.likes.tolist()} == {5.0}
    assert {stars[position] for position in one.dislikes.tolist()} == {1.0}


def test_who_has_fewer_than_five_hidden_likes_is_left_out() -> None:
    """With 25 likes in 25 ratings 5 stay hidden; with 24 in 24 only 4 do."""
    assert len(newcomers(one_person(25, 25), np.array([0]), seed=0)) == 1
    assert newcomers(one_person(24, 24), np.array([0]), seed=0) == []


def test_answers_depend_on_the_seed_and_not_on_the_company() -> None:
    """A person's answers are the same whoever else is held out, and others for another seed."""
    board = checkerboard(people=20)
    alone, among = newcomers(board, np.array([7]), seed=1)[0], newcomers(board, np.arange(20), seed=1)[7]
    assert alone.answers == among.answers
    assert alone.answers != newcomers(board, np.array([7]), seed=2)[0].answers


def test_a_model_sees_the_first_answers_by_movie_id() -> None:
    """After two answers a profile holds those two movie ids with their stars, and the demographics."""
    board = one_person(30, 10)
    people = [newcomer([], [], answers=((4, 3.0), (29, 4.0), (0, 3.0)))]
    assert profiles_after(board, people, 2) == [Profile(gender="F", ratings={50: 3.0, 300: 4.0})]
    assert profiles_after(board, people, 0) == [Profile(gender="F")]


def test_figures_worked_out_by_hand() -> None:
    """Six likes, of which two are ranked 1st and 3rd, one 11th; one dislike at rank 2."""
    people = [newcomer(likes=[0, 2, 10, 37, 38, 39], dislikes=[1, 36])]
    metrics = measure(one_person(30, 10), people, FixedScorer([-float(place) for place in range(40)]), answers=0)
    ideal = sum(1 / log2(rank + 1) for rank in range(1, 7))
    assert metrics.ndcg == pytest.approx((1 + 1 / log2(4)) / ideal)
    assert metrics.recall == pytest.approx(3 / 6)
    assert metrics.disliked == pytest.approx(1 / 10)
    assert metrics.newcomers == 1


def test_ideals_are_cut_at_ten_and_twenty() -> None:
    """With 30 likes ranked first, ten hits are all that NDCG@10 can have and twenty all that Recall@20 can."""
    people = [newcomer(likes=list(range(30)), dislikes=[])]
    metrics = measure(one_person(30, 10), people, FixedScorer([-float(place) for place in range(40)]), answers=0)
    assert metrics == Metrics(ndcg=pytest.approx(1), recall=pytest.approx(1), disliked=0, newcomers=1)


def test_all_answers_leave_the_ranking_given_or_not() -> None:
    """The movie that would be answered first makes way for the like behind it, whether it is given yet or not."""
    people = [newcomer(likes=[1], dislikes=[], answers=((0, 5.0),))]
    scorer = FixedScorer([-float(place) for place in range(40)])
    board = one_person(30, 10)
    assert measure(board, people, scorer, answers=0).ndcg == pytest.approx(1)
    assert measure(board, people, scorer, answers=1).ndcg == pytest.approx(1)


def test_figures_are_means_over_newcomers_in_batches_of_any_size() -> None:
    """One person with the best figure and two with the worst give a third, two at a time as all at once."""
    people = [newcomer([0], []), newcomer([39], []), newcomer([38], [])]
    scorer = FixedScorer([-float(place) for place in range(40)])
    board = one_person(30, 10)
    assert measure(board, people, scorer, 0).ndcg == pytest.approx(1 / 3)
    assert measure(board, people, scorer, 0, batch=2) == measure(board, people, scorer, 0)


def test_equal_scores_rank_in_the_order_of_the_data_set() -> None:
    """A model that knows nothing is measured on the first movies, the same ones on every machine."""
    flat = FixedScorer([0.0] * 40)
    first, later = [newcomer(list(range(10)), [])], [newcomer(list(range(20, 30)), [])]
    assert measure(one_person(30, 10), first, flat, 0).ndcg == pytest.approx(1)
    assert measure(one_person(30, 10), later, flat, 0).ndcg == 0


@pytest.mark.parametrize("row", [[0.0] * 39, [float("nan")] * 40], ids=["a movie short", "not a number"])
def test_a_broken_scorer_is_an_error_and_not_a_low_figure(row: list[float]) -> None:
    """Scores of the wrong shape or without a value are refused."""
    with pytest.raises(ValueError, match="a scorer must return"):
        measure(one_person(30, 10), [newcomer([0], [])], FixedScorer(row), 0)
