"""The pages of training are the product's own where nothing is left to chance, and near to them elsewhere."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.familiarity import TITLES_PER_PAGE, Familiarity
from recsys.features import demographics_of
from recsys.profile import Profile
from recsys.training import pages
from recsys.training.familiarity import fit_familiarity
from recsys.training.pages import shown_pages
from recsys.training.worth import fit_worth


@pytest.fixture(scope="module")
def familiarity(board: Dataset) -> Familiarity:
    """Of all 60 movies of the board, half of which are well known."""
    people = np.arange(len(board.user_ids))
    found = fit_familiarity(board, people)
    means = found.means.copy()
    means[: len(found.movie_ids) : 2] = 0.1
    return replace(found, means=means, worth=fit_worth(board, people, found))


def _asked(familiarity: Familiarity, profile: Profile, can_answer: np.ndarray) -> list[int]:
    """Movie ids as the interview itself asks, page after page."""
    shown: list[int] = []
    for _ in range(pages.PAGES):
        page = [one for one in familiarity.telling(profile) if one not in shown][:TITLES_PER_PAGE]
        shown += page
        known = {one for one in shown if can_answer[familiarity.movie_ids == one][0]}
        profile = replace(profile, ratings=dict.fromkeys(known, 5.0), unseen=set(shown) - known)
    return shown


def test_without_chance_they_are_the_products(familiarity: Familiarity, monkeypatch: pytest.MonkeyPatch) -> None:
    """A woman, a man and somebody who says nothing of themselves, each with other titles to answer about."""
    monkeypatch.setattr(pages, "SHARPNESS", (1e9, 1e9))
    monkeypatch.setattr(pages, "NOT_ON_THE_FIRST", -1e12)
    monkeypatch.setattr(pages, "LEAST_WORTH", 1e-9)
    profiles = [Profile("F"), Profile("M"), Profile()]
    can_answer = np.random.default_rng(0).random((3, len(familiarity.movie_ids))) < 0.5
    codes = np.array([demographics_of(one) for one in profiles])
    found = shown_pages(familiarity, codes, can_answer, np.random.default_rng(1))
    for row, profile, knows in zip(found, profiles, can_answer, strict=True):
        assert familiarity.movie_ids[row].tolist() == _asked(familiarity, profile, knows)


def test_chance_varies_them_but_not_the_first_pages_rule(familiarity: Familiarity) -> None:
    """Twenty people who answer alike see other titles, none of them twice, and first of all well known ones."""
    can_answer = np.zeros((20, len(familiarity.movie_ids)), bool)
    codes = np.tile(np.array(demographics_of(Profile("F"))), (20, 1))
    found = shown_pages(familiarity, codes, can_answer, np.random.default_rng(1))
    assert found.shape == (20, pages.PAGES * TITLES_PER_PAGE)
    assert all(len(set(row)) == len(row) for row in found.tolist())
    assert len({tuple(row) for row in found.tolist()}) > 1
    assert familiarity.is_well_known[found[:, :TITLES_PER_PAGE]].all()
    assert not familiarity.is_well_known[found[:, TITLES_PER_PAGE:]].all()


def test_a_small_catalogue_is_shown_whole(board: Dataset) -> None:
    """With ten movies there is a page and a quarter."""
    few = fit_familiarity(board, np.arange(len(board.user_ids)), count=10)
    found = shown_pages(few, np.zeros((2, 3), np.int64), np.zeros((2, 10), bool), np.random.default_rng(0))
    assert np.sort(found, axis=1).tolist() == [list(range(10))] * 2
