"""Merging people from another installation: what was said last holds, wherever it was said."""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.records import MarkKind, Popularity
from storage.sql import Cards, Changes, Database, Marks, Merged, People, PeopleTransfer, Ratings, Wishes
from tests.migrated import create_database
from tests.programs import PATIENCE_S

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ANNE, READY = 2**40 + 1, "ready"
MOVIES = (10, 20)
KINDS: tuple[MarkKind, ...] = ("unseen", "seen", "later")

Site = Database
"""The database of an installation."""


async def open_sites(stack: AsyncExitStack, folder: Path, count: int) -> list[Site]:
    """Return the databases of installations in which Anne has finished the onboarding."""
    sites = []
    for number in range(count):
        url = f"sqlite+aiosqlite:///{folder}/{number}/reelmate.db"
        await create_database(url)
        sites.append(await stack.enter_async_context(Database(url, timeout_s=PATIENCE_S)))
        await People(sites[-1]).get_or_create(ANNE, READY, NOW)
    return sites


async def move(there: Site, here: Site, *, is_trial: bool = False) -> Merged:
    """Merge everybody of one installation into another one."""
    merged = Merged()
    async for page in PeopleTransfer(there).pages():
        of_page = await PeopleTransfer(here).merge(page, READY, is_trial=is_trial)
        merged.people.update(of_page.people)
        merged.rows.update(of_page.rows)
    return merged


async def said(site: Site) -> tuple[dict[int, float], dict[MarkKind, set[int]], Any]:
    """Return the stars, the marks and the lasting wish of Anne."""
    marks = await Marks(site).of(ANNE)
    lasting = await Wishes(site).get(ANNE, "lasting")
    return (
        {movie_id: rating.stars for movie_id, rating in (await Ratings(site).of(ANNE)).items()},
        {kind: set(marks[kind]) for kind in KINDS},
        None if lasting is None else lasting.wish,
    )


async def act(site: Site, action: str, movie_id: int, number: int) -> None:
    """Let Anne say something. Everything that she says is new, and nothing is removed that is not there."""
    now = NOW + number * SECOND
    match action:
        case "rate":
            await Ratings(site).rate(ANNE, movie_id, 1 + number / 100, "button", now)
        case "remove rating":
            await Ratings(site).rate(ANNE, movie_id, None, "button", now)
        case "prefer":
            await Wishes(site).put(ANNE, "lasting", {"year_from": 1900 + number}, now)
        case "prefer nothing":
            await Wishes(site).put(ANNE, "lasting", None, now)
        case "undo":
            await Changes(site).undo(ANNE, now)
        case _ if action.startswith("remove "):
            await Marks(site).remove(ANNE, movie_id, _kind(action), now)
        case _:
            await Marks(site).add(ANNE, movie_id, _kind(action), now)


async def can(site: Site, action: str, movie_id: int) -> bool:
    """Return whether there is something to remove, if the action removes something."""
    stars, marks, lasting = await said(site)
    match action:
        case "remove rating":
            return movie_id in stars
        case "prefer nothing":
            return lasting is not None
        case _ if action.startswith("remove "):
            return movie_id in marks[_kind(action)]
    return True


def _kind(action: str) -> MarkKind:
    return next(kind for kind in KINDS if action.endswith(kind))


ACTIONS = ["rate", "remove rating", "prefer", "prefer nothing", *KINDS, *(f"remove {kind}" for kind in KINDS)]
STEPS = st.lists(
    st.tuples(st.sampled_from([0, 1]), st.sampled_from(ACTIONS), st.sampled_from(MOVIES)), min_size=1, max_size=12
)
STEPS_WITH_UNDO = st.lists(
    st.tuples(st.sampled_from([0, 1]), st.sampled_from([*ACTIONS, "undo", "undo"]), st.sampled_from(MOVIES)),
    min_size=1,
    max_size=12,
)


def run(count: int, test: Callable[[list[Site]], Coroutine[Any, Any, None]]) -> None:
    """Run a test with so many installations."""

    async def run_in(folder: str) -> None:
        async with AsyncExitStack() as stack:
            await test(await open_sites(stack, Path(folder), count))

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run_in(folder))


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_it_is_as_if_all_had_been_said_in_one_installation(steps: list[tuple[int, str, int]]) -> None:
    """Merged in either direction, two installations hold what a single one would, and a second time changes nothing."""

    async def check(sites: list[Site]) -> None:
        single = sites[2]
        for number, (place, action, movie_id) in enumerate(steps):
            if await can(sites[place], action, movie_id):
                await act(sites[place], action, movie_id, number)
                await act(single, action, movie_id, number)
        await move(sites[0], sites[1])
        assert await said(sites[1]) == await said(single)
        assert (await move(sites[0], sites[1])).people == {"same": 1}
        await move(sites[1], sites[0])
        assert await said(sites[0]) == await said(single)
        assert (await move(sites[1], sites[0])).people == {"same": 1}

    run(3, check)


@settings(max_examples=25, deadline=None)
@given(STEPS_WITH_UNDO, STEPS_WITH_UNDO)
def test_merging_twice_changes_nothing_more(
    before: list[tuple[int, str, int]], after: list[tuple[int, str, int]]
) -> None:
    """This holds with undone changes too, and between people who were merged before."""

    async def check(sites: list[Site]) -> None:
        for steps, first in ((before, 0), (after, len(before))):
            for number, (place, action, movie_id) in enumerate(steps, start=first):
                await act(sites[place], action, movie_id, number)
            announced = await move(sites[0], sites[1], is_trial=True)
            assert await move(sites[0], sites[1]) == announced
            held = await said(sites[1])
            assert (await move(sites[0], sites[1])).people == {"same": 1}
            assert await said(sites[1]) == held

    run(2, check)


@pytest.fixture
async def sites(tmp_path: Path) -> Any:
    """Two installations that know Anne: elsewhere, and here."""
    async with AsyncExitStack() as stack:
        yield await open_sites(stack, tmp_path, 2)


async def test_the_newer_rating_holds(sites: list[Site]) -> None:
    """A rating comes with its kind and its time. A newer one stays."""
    there, here = sites
    for site, movie_id, stars, seconds in (
        (there, 10, 5.0, 1),
        (here, 10, 2.0, 2),
        (here, 20, 2.0, 3),
        (there, 20, 4.5, 4),
    ):
        await Ratings(site).rate(ANNE, movie_id, stars, "reply", NOW + seconds * SECOND)
    merged = await move(there, here)
    assert (merged.people, merged.rows["ratings"], merged.rows["changes"]) == ({"changed": 1}, 1, 2)
    ratings = await Ratings(here).of(ANNE)
    assert {movie_id: (rating.stars, rating.source, rating.rated_at) for movie_id, rating in ratings.items()} == {
        10: (2.0, "reply", NOW + 2 * SECOND),
        20: (4.5, "reply", NOW + 4 * SECOND),
    }


async def test_what_was_taken_back_here_does_not_return(sites: list[Site]) -> None:
    """After a move, neither an undo nor a removal here is reversed by the same data."""
    there, here = sites
    for movie_id in MOVIES:
        await Ratings(there).rate(ANNE, movie_id, 5.0, "button", NOW + movie_id * SECOND)
    await move(there, here)
    await Changes(here).undo(ANNE, NOW + 30 * SECOND)
    await Ratings(here).rate(ANNE, 10, None, "button", NOW + 40 * SECOND)
    assert (await move(there, here)).people == {"same": 1}
    assert await Ratings(here).of(ANNE) == {}


async def test_an_undo_elsewhere_takes_back_only_its_change(sites: list[Site]) -> None:
    """What came with a move goes with its undo. A rating that was given here stays."""
    there, here = sites
    await Ratings(there).rate(ANNE, 10, 5.0, "button", NOW + SECOND)
    await Ratings(there).rate(ANNE, 20, 5.0, "button", NOW + 2 * SECOND)
    await move(there, here)
    await Ratings(here).rate(ANNE, 10, 3.0, "button", NOW + 3 * SECOND)
    for seconds in (4, 5):
        await Changes(there).undo(ANNE, NOW + seconds * SECOND)
    await move(there, here)
    assert {movie_id: rating.stars for movie_id, rating in (await Ratings(here).of(ANNE)).items()} == {10: 3.0}
    # The undo of a mistake that was never here takes nothing back.
    await Ratings(there).rate(ANNE, 10, 1.0, "button", NOW + 6 * SECOND)
    await Changes(there).undo(ANNE, NOW + 7 * SECOND)
    await move(there, here)
    assert {movie_id: rating.stars for movie_id, rating in (await Ratings(here).of(ANNE)).items()} == {10: 3.0}


async def test_a_change_that_was_moved_can_be_undone(sites: list[Site]) -> None:
    """The history comes along."""
    there, here = sites
    await Ratings(there).rate(ANNE, 10, 2.0, "button", NOW + SECOND)
    await Ratings(there).rate(ANNE, 10, 5.0, "stars", NOW + 2 * SECOND)
    await move(there, here)
    assert await Changes(here).undo(ANNE, NOW + 3 * SECOND) is not None
    assert (await Ratings(here).of(ANNE))[10].stars == 2.0


async def test_a_profile_that_is_complete_here_stays(sites: list[Site]) -> None:
    """An empty answer may mean "rather not say", and a setting may be as it was by choice."""
    there, here = sites
    await People(there).update(ANNE, gender="F", age=25, consent=True, popularity=Popularity.HIDDEN, country="DE")
    before = await People(here).get(ANNE)
    assert (await move(there, here)).people == {"same": 1}
    assert await People(here).get(ANNE) == before


async def test_a_profile_that_is_begun_here_is_completed(sites: list[Site]) -> None:
    """What was answered here stays, and the rest comes along."""
    there, here = sites
    await People(there).update(ANNE, gender="F", age=25, consent=True, popularity=Popularity.HIDDEN)
    await People(there).update(ANNE, country="DE", services=["Netflix"], only_services=True)
    await People(here).forget(ANNE)
    await People(here).get_or_create(ANNE, "welcome", NOW + SECOND)
    await People(here).move(ANNE, "welcome", "gender", age=35)
    await People(here).update(ANNE, country="FR")
    assert (await move(there, here)).people == {"changed": 1}
    anne = await People(here).get(ANNE)
    assert anne is not None
    assert (anne.step, anne.gender, anne.age, anne.occupation, anne.created_at) == (READY, "F", 35, None, NOW)
    assert (anne.consent, anne.notify, anne.popularity) == (True, False, Popularity.HIDDEN)
    assert (anne.country, anne.services, anne.only_services) == ("FR", (), False)


async def test_shown_movies_and_cards(sites: list[Site]) -> None:
    """A card shows what it showed last, and a movie counts as shown since it was shown last."""
    there, here = sites
    await Cards(there).put(ANNE, 100, 10, NOW)
    await Cards(there).put(ANNE, 101, 20, NOW + 2 * SECOND)
    await Cards(here).put(ANNE, 101, 10, NOW + SECOND)
    await move(there, here)
    cards = [await Cards(here).get(ANNE, message_id) for message_id in (100, 101)]
    assert [card.movie_id for card in cards if card is not None] == [10, 20]
    assert (await Marks(here).of(ANNE))["shown"] == {10: NOW + SECOND, 20: NOW + 2 * SECOND}


async def test_a_wish_that_ends_by_itself_is_not_merged(sites: list[Site]) -> None:
    """It comes along with somebody who is new here. Whoever is here has a newer one, or has ended it."""
    there, here = sites
    await Wishes(there).put(ANNE, "active", {"themes": ["chess"]}, NOW)
    assert (await move(there, here)).people == {"same": 1}
    await People(here).forget(ANNE)
    assert (await move(there, here)).people == {"new": 1}
    assert await Wishes(here).get(ANNE, "active") == await Wishes(there).get(ANNE, "active")
