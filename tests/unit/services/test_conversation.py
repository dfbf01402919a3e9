"""The use cases of a person and their ratings, on a real SQLite database with a clock that the test sets."""

from datetime import timedelta

import pytest

from recsys.services.conversation import (
    Conversation,
)
from recsys.services.state import ServingState
from recsys.text.wishes import Wish
from storage.changes import RatingChange, UndoneMark, UndonePreferences
from storage.errors import NotFound
from storage.records import Movie
from tests.unit.services.helpers import ANN, BOB, MESSAGE, MOVIES, NEW_STEP, START, Clock, ids


async def undo(conversation: Conversation, number: int | None = None, update_id: int | None = None) -> object:
    """Undo one change, and return what is there now; None if nothing was undone."""
    taken_back = await conversation.memory.undo(ANN, number, update_id)
    return None if taken_back is None else taken_back.outcome


# --- the person -----------------------------------------------------------------------------------------------------


async def test_a_person_is_created_once(conversation: Conversation, clock: Clock) -> None:
    """A person who is there already keeps their step and the time at which they came."""
    clock.advance(days=1)
    person = await conversation.get_or_create_person(ANN, "ready")
    assert (person.step, person.created_at) == (NEW_STEP, START)
    assert await conversation.get_person(ANN) == person
    assert await conversation.get_person(9) is None


async def test_a_person_who_comes_back_has_not_blocked_the_bot(conversation: Conversation) -> None:
    """Whatever a person sends is proof that they have unblocked the bot."""
    await conversation.update_person(ANN, blocked=True)
    await conversation.get_or_create_person(ANN, NEW_STEP)
    person = await conversation.get_person(ANN)
    assert person is not None
    assert not person.blocked


async def test_a_step_of_the_onboarding_is_taken_once(conversation: Conversation) -> None:
    """A second tap on the same button changes neither the step nor the answer."""
    assert await conversation.change_step(ANN, NEW_STEP, "age", {"gender": "F"})
    assert not await conversation.change_step(ANN, NEW_STEP, "age", {"gender": "M"})
    person = await conversation.get_person(ANN)
    assert person is not None
    assert (person.step, person.gender) == ("age", "F")


async def test_settings_are_switched_one_by_one(conversation: Conversation) -> None:
    """Consent and messages are independent of each other."""
    await conversation.switch_setting(ANN, "consent", on=True)
    await conversation.switch_setting(ANN, "notify", on=True)
    await conversation.switch_setting(ANN, "consent", on=False)
    person = await conversation.get_person(ANN)
    assert person is not None
    assert (person.consent, person.notify) == (False, True)


async def test_forget_deletes_everything_of_one_person(conversation: Conversation) -> None:
    """After it nothing can be exported and no card is known, a repetition is no error, and Bob keeps his data."""
    for person_id in (ANN, BOB):
        await conversation.rate(person_id, 10, 5.0, "button")
        await conversation.mark(person_id, 20, "later")
        await conversation.record_card(person_id, MESSAGE, 30)
    await conversation.forget(ANN)
    await conversation.forget(ANN)
    assert await conversation.get_person(ANN) is None
    assert await conversation.export(ANN) is None
    assert await conversation.stars(ANN) == {}
    assert await conversation.watchlist(ANN) == []
    assert await conversation.movie_on_card(ANN, MESSAGE) is None
    assert await conversation.memory.undo(ANN) is None
    assert await conversation.stars(BOB) == {10: 5.0}
    assert ids(await conversation.watchlist(BOB)) == [20]
    assert await conversation.movie_on_card(BOB, MESSAGE) == MOVIES[2]


async def test_export_holds_what_was_stored(conversation: Conversation) -> None:
    """Ratings, their changes, marks and cards are all in it."""
    await conversation.rate(ANN, 10, 5.0, "button")
    await conversation.record_card(ANN, MESSAGE, 30)
    export = await conversation.export(ANN)
    assert export is not None
    assert export["profile"]["person_id"] == ANN
    assert [(row["movie_id"], row["stars"]) for row in export["ratings"]] == [(10, 5.0)]
    assert [(row["movie_id"], row["after_stars"]) for row in export["changes"]] == [(10, 5.0)]
    assert [(row["kind"], row["movie_id"]) for row in export["marks"]] == [("shown", 30)]
    assert [(row["message_id"], row["movie_id"]) for row in export["cards"]] == [(MESSAGE, 30)]


# --- ratings and undo -----------------------------------------------------------------------------------------------


async def test_a_rating_reports_what_it_changed(conversation: Conversation) -> None:
    """The change has the stars before and after, and a repetition changes nothing."""
    assert await conversation.rate(ANN, 10, 5.0, "button") == RatingChange(10, before=None, after=5.0)
    assert await conversation.rate(ANN, 10, 1.0, "button") == RatingChange(10, before=5.0, after=1.0)
    assert await conversation.rate(ANN, 10, 1.0, "button") == RatingChange(10, before=1.0, after=1.0)
    assert await conversation.rate(ANN, 10, None, "button") == RatingChange(10, before=1.0, after=None)
    assert await conversation.stars(ANN) == {}


async def test_what_is_not_in_the_catalogue_is_neither_rated_nor_marked(conversation: Conversation) -> None:
    """A made-up movie id stores nothing."""
    assert await conversation.rate(ANN, 999, 5.0, "button") is None
    assert not await conversation.mark(ANN, 999, "later")
    assert await conversation.counts(ANN) == (0, 0)


async def test_a_rating_needs_a_person(conversation: Conversation) -> None:
    """Nothing is stored about somebody who was forgotten or never came."""
    with pytest.raises(NotFound):
        await conversation.rate(9, 10, 5.0, "button")


async def test_undo_goes_back_change_by_change(conversation: Conversation) -> None:
    """Each call undoes one more change, until none is left."""
    await conversation.rate(ANN, 10, 5.0, "button")
    await conversation.rate(ANN, 20, 3.0, "reply")
    await conversation.rate(ANN, 10, 1.0, "button")
    assert await undo(conversation) == RatingChange(10, before=1.0, after=5.0)
    assert await conversation.stars(ANN) == {10: 5.0, 20: 3.0}
    assert await undo(conversation) == RatingChange(20, before=3.0, after=None)
    assert await undo(conversation) == RatingChange(10, before=5.0, after=None)
    assert await undo(conversation) is None
    assert await conversation.stars(ANN) == {}


async def test_the_number_of_a_change_undoes_it(conversation: Conversation) -> None:
    """A change is undone although another movie was rated since, but not after its own movie was rated again."""
    first = await conversation.rate(ANN, 10, 5.0, "button")
    second = await conversation.rate(ANN, 20, 3.0, "button")
    third = await conversation.rate(ANN, 10, 1.0, "button")
    assert first is not None
    assert second is not None
    assert third is not None
    assert await undo(conversation, first.number) is None
    assert await undo(conversation, second.number) == RatingChange(20, before=3.0, after=None)
    assert await undo(conversation, second.number) is None
    assert await undo(conversation, third.number) == RatingChange(10, before=1.0, after=5.0)
    assert await conversation.stars(ANN) == {10: 5.0}


async def test_a_number_from_before_forget_undoes_nothing(conversation: Conversation, clock: Clock) -> None:
    """After the person came back, changes have other numbers."""
    old = [await conversation.rate(ANN, movie_id, 5.0, "button") for movie_id in (10, 20, 30)]
    await conversation.forget(ANN)
    clock.advance(seconds=10)
    await conversation.get_or_create_person(ANN, NEW_STEP)
    for movie_id in (10, 20, 30):
        await conversation.rate(ANN, movie_id, 5.0, "button")
    assert [await undo(conversation, change.number) for change in old if change is not None] == [None] * 3
    assert await conversation.stars(ANN) == {10: 5.0, 20: 5.0, 30: 5.0}


async def test_a_repeated_update_undoes_one_change(conversation: Conversation) -> None:
    """It returns the same outcome, and another update undoes the change before."""
    for movie_id in (10, 20):
        await conversation.rate(ANN, movie_id, 5.0, "button")
    for _ in range(2):
        assert await undo(conversation, update_id=1) == RatingChange(20, before=5.0, after=None)
    assert await undo(conversation, update_id=2) == RatingChange(10, before=5.0, after=None)


async def test_undo_of_marks(conversation: Conversation, clock: Clock) -> None:
    """A mark that was put or removed is as before, with its time; a mark that undo removed is gone."""
    await conversation.mark(ANN, 10, "later", 1)
    before = await conversation.watchlist(ANN)
    clock.advance(days=1)
    await conversation.mark(ANN, 20, "later", 2)
    await conversation.mark(ANN, 30, "seen", 3)
    await conversation.mark(ANN, 40, "unseen", 4)
    assert await conversation.unmark(ANN, 10, "later", 5)
    assert await undo(conversation) == UndoneMark(10, "later", is_marked=True)
    assert await undo(conversation) == UndoneMark(40, "unseen", is_marked=False)
    assert await undo(conversation) == UndoneMark(30, "seen", is_marked=False)
    assert ids(await conversation.watchlist(ANN)) == [20, 10]
    assert await undo(conversation) == UndoneMark(20, "later", is_marked=False)
    assert await conversation.watchlist(ANN) == before
    assert await undo(conversation) == UndoneMark(10, "later", is_marked=False)
    assert await undo(conversation) is None


async def test_undo_of_preferences(conversation: Conversation) -> None:
    """What was never wanted before holds again; setting the same again is no change."""
    no_war, no_odd = Wish(genres_none=("War",)), Wish(genres_none=("War", "Odd"))
    await conversation.set_preferences(ANN, no_war, 1)
    await conversation.set_preferences(ANN, no_odd, 2)
    await conversation.set_preferences(ANN, no_odd, 3)
    assert await undo(conversation) == UndonePreferences({"genres_none": ["War"]})
    assert await conversation.preferences(ANN) == no_war
    assert await undo(conversation) == UndonePreferences({})
    assert await conversation.preferences(ANN) == Wish()
    assert await undo(conversation) is None


async def test_ratings_are_listed_page_by_page(conversation: Conversation, clock: Clock) -> None:
    """The newest rating comes first, and the number of all ratings comes with each page."""
    for movie_id in (10, 20, 30):
        clock.advance(minutes=1)
        await conversation.rate(ANN, movie_id, 4.0, "stars")
    page, count = await conversation.ratings_page(ANN, 1, 2)
    assert [(movie.movie_id, rating.rated_at - START) for movie, rating in page] == [
        (20, timedelta(minutes=2)),
        (10, timedelta(minutes=1)),
    ]
    assert count == 3
    assert list(await conversation.stars(ANN)) == [10, 20, 30]


async def test_a_rated_movie_that_left_the_catalogue_keeps_its_rating(conversation: Conversation) -> None:
    """It is listed under a placeholder."""
    await conversation.rate(ANN, 10, 4.0, "stars")
    conversation.use(ServingState.build(MOVIES[1:]))
    [(movie, rating)], count = await conversation.ratings_page(ANN, 0, 10)
    assert (movie, rating.stars, count) == (Movie(10, "Movie 10"), 4.0, 1)


async def test_what_reactions_changed_is_taken_back(conversation: Conversation, clock: Clock) -> None:
    """The rating from before them is back as it was, changes of other movies stay, and a repetition changes nothing."""
    await conversation.rate(ANN, 10, 3.0, "stars")
    before, _ = await conversation.ratings_page(ANN, 0, 10)
    clock.advance(minutes=1)
    await conversation.rate(ANN, 10, 5.0, "reaction")
    await conversation.rate(ANN, 10, 1.0, "reaction")
    await conversation.rate(ANN, 20, 5.0, "reaction")
    for _ in range(2):
        assert await conversation.take_back_reaction(ANN, 10, 1) == RatingChange(10, before=1.0, after=3.0)
    assert await conversation.take_back_reaction(ANN, 10, 2) is None
    assert await conversation.stars(ANN) == {10: 3.0, 20: 5.0}
    assert (await conversation.ratings_page(ANN, 1, 10))[0] == before
    assert await undo(conversation) == RatingChange(20, before=5.0, after=None)
    assert await undo(conversation) == RatingChange(10, before=3.0, after=None)


async def test_a_rating_after_a_reaction_is_not_taken_back(conversation: Conversation) -> None:
    """Neither stars nor a removed rating belong to the reaction."""
    await conversation.rate(ANN, 10, 5.0, "reaction")
    await conversation.rate(ANN, 10, 3.0, "stars")
    await conversation.rate(ANN, 20, 5.0, "reaction")
    await conversation.rate(ANN, 20, None, "stars")
    assert [await conversation.take_back_reaction(ANN, movie_id, None) for movie_id in (10, 20, 30)] == [None] * 3
    assert await conversation.stars(ANN) == {10: 3.0}


# --- marks and the interview ----------------------------------------------------------------------------------------


async def test_the_watchlist_has_the_newest_first(conversation: Conversation, clock: Clock) -> None:
    """A mark can be removed once, and the counts follow."""
    for movie_id in (10, 20, 30):
        await conversation.mark(ANN, movie_id, "later")
        clock.advance(minutes=1)
    assert await conversation.unmark(ANN, 20, "later")
    assert not await conversation.unmark(ANN, 20, "later")
    assert ids(await conversation.watchlist(ANN)) == [30, 10]
    assert await conversation.counts(ANN) == (0, 2)


async def test_untouched_titles_of_a_page_are_not_seen(conversation: Conversation) -> None:
    """The next page asks about neither them nor the rated ones, and a rating removes the mark until it is undone."""
    await conversation.rate(ANN, 10, 5.0, "onboarding")
    assert ids(await conversation.titles_page(ANN, [10, 20, 30])) == [40, 50, 60, 70, 80]
    await conversation.finish_titles(ANN, [40, 999])
    assert ids(await conversation.titles_page(ANN)) == [50, 60, 70, 80]
    await conversation.rate(ANN, 20, 3.0, "button")
    await undo(conversation)
    assert ids(await conversation.titles_page(ANN)) == [50, 60, 70, 80]
    await conversation.rate(ANN, 50, 1.0, "onboarding")
    await conversation.mark(ANN, 60, "seen")
    assert ids(await conversation.titles_page(ANN)) == [70, 80]
