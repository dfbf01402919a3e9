"""The newcomer protocol, against values computed by hand."""

from dataclasses import dataclass
from math import log2

import numpy as np
import pytest
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.profile import Profile
from recsys.protocol import newcomers as newcomers_module
from recsys.protocol.newcomers import Metrics, Newcomer, measure, newcomers, profiles_after, split_people
from tests.builders import checkerboard, dataset, movie


@dataclass
class FixedScorer:
    """A scorer with the same scores for everybody."""

    row: list[float]

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """Return one copy of the row for each profile."""
        return np.tile(np.array(self.row, np.float32), (len(profiles), 1))


def one_person(ratings: int, liked: int) -> Dataset:
    """Build a woman who rated movies 10, 20, 30 and so on, the last `liked` with 4 stars and the others with 3."""
    rows = [(7, 10 * number, 4.0 if number > ratings - liked else 3.0) for number in range(1, ratings + 1)]
    return dataset([movie(10 * number) for number in range(1, 41)], rows, genders=[0])


def newcomer(likes: list[int], dislikes: list[int], answers: tuple[tuple[int, float], ...] = ()) -> Newcomer:
    """Build person 0 with hidden likes and dislikes at these positions."""
    return Newcomer(0, answers, np.array(likes, np.int32), np.array(dislikes, np.int32))


def test_a_split_divides_everybody_once() -> None:
    """Of 200 people 20 are for testing and 20 for validation; everybody is in exactly one part."""
    split = split_people(checkerboard(people=200), seed=3)
    assert (len(split.test), len(split.validation), len(split.train)) == (20, 20, 160)
    assert sorted([*split.test, *split.validation, *split.train]) == list(range(200))


def test_equal_seeds_give_equal_splits_and_others_do_not() -> None:
    """The held-out people depend on the seed alone."""
    board = checkerboard(people=200)
    assert split_people(board, 3).test.tolist() == split_people(board, 3).test.tolist()
    assert split_people(board, 3).test.tolist() != split_people(board, 4).test.tolist()


def test_twenty_answers_and_the_rest_hidden() -> None:
    """Every rating is an answer or hidden, never both; likes have 4 stars or more, dislikes 2 or fewer."""
    board = checkerboard(people=1, rated=50)
    drawn = newcomers(board, np.array([0]), seed=0)[0]
    answered = [position for position, _ in drawn.answers]
    assert len(answered) == 20
    assert sorted([*answered, *drawn.likes, *drawn.dislikes]) == sorted(board.rating_movies)
    stars = dict(zip(board.rating_movies.tolist(), board.rating_stars.tolist(), strict=True))
    assert dict(drawn.answers) == {position: stars[position] for position in answered}
    assert {stars[position] for position in drawn.likes.tolist()} == {5.0}
    assert {stars[position] for position in drawn.dislikes.tolist()} == {1.0}


def test_people_with_fewer_than_five_hidden_likes_are_left_out() -> None:
    """Of 25 likes in 25 ratings 5 stay hidden; of 24 in 24 only 4 do."""
    assert len(newcomers(one_person(25, 25), np.array([0]), seed=0)) == 1
    assert newcomers(one_person(24, 24), np.array([0]), seed=0) == []


def test_answers_do_not_depend_on_the_other_people() -> None:
    """A person's answers are the same whoever else is held out, and differ with another seed."""
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


def test_metrics_computed_by_hand() -> None:
    """Six likes, three of them at ranks 1, 3 and 11; one dislike at rank 2."""
    people = [newcomer(likes=[0, 2, 10, 37, 38, 39], dislikes=[1, 36])]
    metrics = measure(one_person(30, 10), people, FixedScorer([-float(position) for position in range(40)]), answers=0)
    ideal = sum(1 / log2(rank + 1) for rank in range(1, 7))
    assert metrics.ndcg == pytest.approx((1 + 1 / log2(4)) / ideal)
    assert metrics.recall == pytest.approx(3 / 6)
    assert metrics.disliked == pytest.approx(1 / 10)
    assert metrics.newcomers == 1


def test_ideals_are_cut_at_ten_and_twenty() -> None:
    """With 30 likes ranked first, NDCG@10 has at most ten hits and Recall@20 at most twenty."""
    people = [newcomer(likes=list(range(30)), dislikes=[])]
    metrics = measure(one_person(30, 10), people, FixedScorer([-float(position) for position in range(40)]), answers=0)
    assert metrics == Metrics(ndcg=pytest.approx(1), recall=pytest.approx(1), disliked=0, newcomers=1)


def test_all_20_answers_leave_the_ranking() -> None:
    """The answered movie leaves the ranking, whether its answer is given yet or not, so the like ranks first."""
    people = [newcomer(likes=[1], dislikes=[], answers=((0, 5.0),))]
    scorer = FixedScorer([-float(position) for position in range(40)])
    board = one_person(30, 10)
    assert measure(board, people, scorer, answers=0).ndcg == pytest.approx(1)
    assert measure(board, people, scorer, answers=1).ndcg == pytest.approx(1)


def test_metrics_are_means_over_newcomers_whatever_the_block_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """One perfect and two worst rankings have a mean of a third, two people at a time or all at once."""
    people = [newcomer([0], []), newcomer([39], []), newcomer([38], [])]
    scorer = FixedScorer([-float(position) for position in range(40)])
    board = one_person(30, 10)
    assert measure(board, people, scorer, 0).ndcg == pytest.approx(1 / 3)
    expected = measure(board, people, scorer, 0)
    monkeypatch.setattr(newcomers_module, "PROFILES_AT_ONCE", 2)
    assert measure(board, people, scorer, 0) == expected


def test_equal_scores_rank_in_the_order_of_the_data_set() -> None:
    """A model with constant scores ranks the first movies first, on every machine."""
    flat = FixedScorer([0.0] * 40)
    first, later = [newcomer(list(range(10)), [])], [newcomer(list(range(20, 30)), [])]
    assert measure(one_person(30, 10), first, flat, 0).ndcg == pytest.approx(1)
    assert measure(one_person(30, 10), later, flat, 0).ndcg == 0


@pytest.mark.parametrize("row", [[0.0] * 39, [float("nan")] * 40], ids=["a movie short", "not a number"])
def test_invalid_scores_are_an_error(row: list[float]) -> None:
    """Scores of the wrong shape and NaN are refused."""
    with pytest.raises(ValueError, match="a scorer must return"):
        measure(one_person(30, 10), [newcomer([0], [])], FixedScorer(row), 0)
