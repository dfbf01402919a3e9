"""The simulated interview pages equal the product's own without randomness, and vary with it."""

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
    """A model of 40 of the 60 movies, not in order of ids. Half are well known; women have seen ten more often."""
    fitted = fit_exposure(board, np.arange(len(board.user_ids)), count=TITLES)
    means, covariance = fitted.means.copy(), fitted.covariance.copy()
    means[:TITLES:2] = 0.1
    women = TITLES + DEMOGRAPHIC_STARTS[0] + 1 + GENDERS.index("F")
    for code, value in ((women, 0.1), (women + 1, -0.1)):
        covariance[: TITLES // 4, code] = covariance[code, : TITLES // 4] = value
    informativeness = np.random.default_rng(0).uniform(0.1, 1, TITLES).astype(np.float32)
    return replace(fitted, means=means, covariance=covariance, informativeness=informativeness)


@pytest.fixture
def without_randomness(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the randomness: every page holds the most informative titles."""
    monkeypatch.setattr(pages, "SHARPNESS_RANGE", (1e9, 1e9))
    monkeypatch.setattr(pages, "LESS_KNOWN_PENALTY", -1e12)
    monkeypatch.setattr(pages, "MIN_RELATIVE_INFORMATIVENESS", 1e-9)


def _asked(exposure: ExposureModel, profile: Profile, seen_ids: set[int]) -> list[int]:
    """Return the movie ids that the interview itself asks about, page after page."""
    shown: list[int] = []
    for _ in range(PAGES):
        shown += [movie_id for movie_id in exposure.by_informativeness(profile) if movie_id not in shown][
            :TITLES_PER_PAGE
        ]
        seen = seen_ids & set(shown)
        profile = replace(profile, ratings=dict.fromkeys(seen, 5.0), unseen=set(shown) - seen)
    return shown


@pytest.mark.usefixtures("without_randomness")
def test_without_randomness_pages_are_the_products(exposure: ExposureModel) -> None:
    """A woman, a man and an anonymous person, who can each answer about different titles."""
    profiles = [Profile("F"), Profile("M"), Profile()]
    can_answer = np.random.default_rng(0).random((3, TITLES)) < 0.5
    codes = np.array([demographics_of(profile) for profile in profiles])
    pages_shown = draw_pages(exposure, codes, can_answer, np.random.default_rng(1))
    expected = [
        _asked(exposure, profile, set(exposure.movie_ids[mask].tolist()))
        for profile, mask in zip(profiles, can_answer, strict=True)
    ]
    assert exposure.movie_ids[pages_shown].tolist() == expected
    assert len({tuple(page[:TITLES_PER_PAGE]) for page in expected}) == 3


@pytest.mark.usefixtures("without_randomness")
def test_a_batch_asks_what_the_product_asks(
    exposure: ExposureModel, board: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody is asked the first titles of the pages that the product would show, given their answers and gender."""
    monkeypatch.setattr(batches, "NAMED_LIKES_SHARE", 0.0)
    people = np.arange(len(board.user_ids))
    batch = one_batch(board, exposure, 1.0, seed=3)
    kinds = batch.profiles.answers.toarray() > 0
    answered = kinds[::ANSWER_KINDS] | kinds[1::ANSWER_KINDS] | (batch.profiles.rejected.toarray() > 0)
    lengths = set()
    for row, person in enumerate(np.random.default_rng(3).permutation(people).tolist()):
        half = set(board.movie_ids[batch.shown.movies[batch.shown.owners == row]].tolist())
        expected = _asked(exposure, Profile("F" if board.genders[person] == 0 else "M"), half)
        asked = set(board.movie_ids[answered[row] | kinds[AnswerKind.UNSEEN :: ANSWER_KINDS][row]].tolist())
        assert asked == set(expected[: len(asked)])
        assert set(board.movie_ids[answered[row]].tolist()) == asked & half
        lengths.add(len(asked))
    assert min(lengths) == 1
    assert max(lengths) == PAGES * TITLES_PER_PAGE


def test_pages_vary_but_start_with_well_known_titles(exposure: ExposureModel) -> None:
    """Twenty people with equal answers are shown different titles, none of them twice, and well known ones first."""
    can_answer = np.zeros((20, TITLES), bool)
    codes = np.tile(np.array(demographics_of(Profile("F"))), (20, 1))
    pages_shown = draw_pages(exposure, codes, can_answer, np.random.default_rng(1))
    assert pages_shown.shape == (20, PAGES * TITLES_PER_PAGE)
    assert all(len(set(row)) == len(row) for row in pages_shown.tolist())
    assert len({frozenset(row) for row in pages_shown[:, :TITLES_PER_PAGE].tolist()}) > 10
    assert exposure.is_well_known[pages_shown[:, :TITLES_PER_PAGE]].all()
    assert not exposure.is_well_known[pages_shown[:, TITLES_PER_PAGE:]].all()


def test_less_known_titles_fill_the_first_page(exposure: ExposureModel) -> None:
    """Three well known titles are on everybody's first page, even if no title is informative."""
    means = exposure.means.copy()
    means[:TITLES] = 0.1
    means[[4, 7, 9]] = 0.3
    exposure_model = replace(exposure, means=means, informativeness=np.zeros(TITLES, np.float32))
    pages_shown = draw_pages(
        exposure_model, np.zeros((5, 3), np.int64), np.zeros((5, TITLES), bool), np.random.default_rng(0)
    )
    assert all({4, 7, 9} < set(row) for row in pages_shown[:, :TITLES_PER_PAGE].tolist())
    assert all(len(set(row)) == PAGES * TITLES_PER_PAGE for row in pages_shown.tolist())


def test_uninformative_titles_can_be_dropped(exposure: ExposureModel) -> None:
    """Of 40 titles 30 are informative; a model of those alone ranks them as the full model does."""
    informativeness = exposure.informativeness.copy()
    informativeness[::4] = 0
    full = replace(exposure, informativeness=informativeness)
    informative = full.informative_movies()
    assert informative.movie_ids.tolist() == exposure.movie_ids[informativeness > 0].tolist()
    for profile in (Profile(), Profile("F"), Profile("M", ratings={int(informative.movie_ids[3]): 5.0})):
        assert informative.by_informativeness(profile) == [
            movie_id for movie_id in full.by_informativeness(profile) if movie_id in set(informative.movie_ids.tolist())
        ]
    uninformative = replace(exposure, informativeness=np.zeros(TITLES, np.float32))
    assert uninformative.informative_movies() is uninformative


@pytest.mark.parametrize("count", [0, 10])
def test_a_small_catalogue_is_shown_completely(board: Dataset, count: int) -> None:
    """Ten movies make a page and a quarter; without movies there are no pages."""
    exposure_model = fit_exposure(board, np.arange(len(board.user_ids)), count=count)
    pages_shown = draw_pages(
        exposure_model, np.zeros((2, 3), np.int64), np.zeros((2, count), bool), np.random.default_rng(0)
    )
    assert np.sort(pages_shown, axis=1).tolist() == [list(range(count))] * 2
