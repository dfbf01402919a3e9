"""The pages of training are the product's own where nothing is left to chance, and near to them elsewhere."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.models.exposure import TITLES_PER_PAGE, ExposureModel
from recsys.models.features import ANSWER_KINDS, DEMOGRAPHIC_STARTS, AnswerKind, demographics_of
from recsys.profile import GENDERS, Profile
from recsys.training import batches, pages
from recsys.training.exposure import fit_exposure
from recsys.training.pages import PAGES, draw_pages
from tests.unit.training.one_batch import one_batch

TITLES = 40


@pytest.fixture(scope="module")
def exposure(board: Dataset) -> ExposureModel:
    """Of the 40 best known of 60 movies, not in the order of their ids; half of them well known, some women's own."""
    found = fit_exposure(board, np.arange(len(board.user_ids)), count=TITLES)
    means, covariance = found.means.copy(), found.covariance.copy()
    means[:TITLES:2] = 0.1
    women = TITLES + DEMOGRAPHIC_STARTS[0] + 1 + GENDERS.index("F")
    for code, along in ((women, 0.1), (women + 1, -0.1)):
        covariance[: TITLES // 4, code] = covariance[code, : TITLES // 4] = along
    worth = np.random.default_rng(0).uniform(0.1, 1, TITLES).astype(np.float32)
    return replace(found, means=means, covariance=covariance, informativeness=worth)


@pytest.fixture
def nothing_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages of training become the product's."""
    monkeypatch.setattr(pages, "SHARPNESS_RANGE", (1e9, 1e9))
    monkeypatch.setattr(pages, "LESS_KNOWN_PENALTY", -1e12)
    monkeypatch.setattr(pages, "MIN_RELATIVE_INFORMATIVENESS", 1e-9)


def _asked(exposure: ExposureModel, profile: Profile, known: set[int]) -> list[int]:
    """Movie ids as the interview itself asks, page after page."""
    shown: list[int] = []
    for _ in range(PAGES):
        shown += [one for one in exposure.by_informativeness(profile) if one not in shown][:TITLES_PER_PAGE]
        seen = known & set(shown)
        profile = replace(profile, ratings=dict.fromkeys(seen, 5.0), unseen=set(shown) - seen)
    return shown


@pytest.mark.usefixtures("nothing_by_chance")
def test_without_chance_they_are_the_products(exposure: ExposureModel) -> None:
    """A woman, a man and somebody who says nothing of themselves, each with other titles to answer about."""
    profiles = [Profile("F"), Profile("M"), Profile()]
    can_answer = np.random.default_rng(0).random((3, TITLES)) < 0.5
    codes = np.array([demographics_of(one) for one in profiles])
    found = draw_pages(exposure, codes, can_answer, np.random.default_rng(1))
    expected = [
        _asked(exposure, profile, set(exposure.movie_ids[knows].tolist()))
        for profile, knows in zip(profiles, can_answer, strict=True)
    ]
    assert exposure.movie_ids[found].tolist() == expected
    assert len({tuple(page[:TITLES_PER_PAGE]) for page in expected}) == 3


@pytest.mark.usefixtures("nothing_by_chance")
def test_a_batch_asks_what_they_ask(exposure: ExposureModel, board: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody is asked the beginning of the pages that the product would show them, by their half and gender."""
    monkeypatch.setattr(batches, "NAMED_LIKES_SHARE", 0.0)
    people = np.arange(len(board.user_ids))
    batch = one_batch(board, exposure, 1.0, seed=3)
    told = batch.profiles.answers.toarray() > 0
    answered = told[::ANSWER_KINDS] | told[1::ANSWER_KINDS] | (batch.profiles.rejected.toarray() > 0)
    lengths = set()
    for row, person in enumerate(np.random.default_rng(3).permutation(people).tolist()):
        half = set(board.movie_ids[batch.shown.movies[batch.shown.owners == row]].tolist())
        expected = _asked(exposure, Profile("F" if board.genders[person] == 0 else "M"), half)
        asked = set(board.movie_ids[answered[row] | told[AnswerKind.UNSEEN :: ANSWER_KINDS][row]].tolist())
        assert asked == set(expected[: len(asked)])
        assert set(board.movie_ids[answered[row]].tolist()) == asked & half
        lengths.add(len(asked))
    assert min(lengths) == 1
    assert max(lengths) == PAGES * TITLES_PER_PAGE


def test_chance_varies_them_but_not_the_first_pages_rule(exposure: ExposureModel) -> None:
    """Twenty people who answer alike see other titles, none of them twice, and first of all well known ones."""
    can_answer = np.zeros((20, TITLES), bool)
    codes = np.tile(np.array(demographics_of(Profile("F"))), (20, 1))
    found = draw_pages(exposure, codes, can_answer, np.random.default_rng(1))
    assert found.shape == (20, PAGES * TITLES_PER_PAGE)
    assert all(len(set(row)) == len(row) for row in found.tolist())
    assert len({frozenset(row) for row in found[:, :TITLES_PER_PAGE].tolist()}) > 10
    assert exposure.is_well_known[found[:, :TITLES_PER_PAGE]].all()
    assert not exposure.is_well_known[found[:, TITLES_PER_PAGE:]].all()


def test_where_few_are_well_known_others_fill_the_page(exposure: ExposureModel) -> None:
    """Three well known titles stand on everybody's first page, though no title is worth anything."""
    means = exposure.means.copy()
    means[:TITLES] = 0.1
    means[[4, 7, 9]] = 0.3
    few = replace(exposure, means=means, informativeness=np.zeros(TITLES, np.float32))
    found = draw_pages(few, np.zeros((5, 3), np.int64), np.zeros((5, TITLES), bool), np.random.default_rng(0))
    assert all({4, 7, 9} < set(row) for row in found[:, :TITLES_PER_PAGE].tolist())
    assert all(len(set(row)) == PAGES * TITLES_PER_PAGE for row in found.tolist())


def test_what_is_worth_nothing_need_not_be_looked_at(exposure: ExposureModel) -> None:
    """Of 40 titles 30 are worth something: with those alone everything is told of them that was told before."""
    worth = exposure.informativeness.copy()
    worth[::4] = 0
    whole = replace(exposure, informativeness=worth)
    less = whole.informative_movies()
    assert less.movie_ids.tolist() == exposure.movie_ids[worth > 0].tolist()
    for profile in (Profile(), Profile("F"), Profile("M", ratings={int(less.movie_ids[3]): 5.0})):
        assert less.by_informativeness(profile) == [
            one for one in whole.by_informativeness(profile) if one in set(less.movie_ids.tolist())
        ]
    nothing = replace(exposure, informativeness=np.zeros(TITLES, np.float32))
    assert nothing.informative_movies() is nothing


@pytest.mark.parametrize("count", [0, 10])
def test_a_small_catalogue_is_shown_whole(board: Dataset, count: int) -> None:
    """With ten movies there is a page and a quarter, without any there is none."""
    few = fit_exposure(board, np.arange(len(board.user_ids)), count=count)
    found = draw_pages(few, np.zeros((2, 3), np.int64), np.zeros((2, count), bool), np.random.default_rng(0))
    assert np.sort(found, axis=1).tolist() == [list(range(count))] * 2
