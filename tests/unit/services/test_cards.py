"""Which card comes next, and answers to cards, on a real SQLite database with a clock that the test sets."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from recsys.services.cards import Card, NextCard, OutdatedCard
from recsys.services.conversation import MAX_CARDS, SHOWN_AGAIN_AFTER, Conversation
from recsys.services.memory import TakenBack
from recsys.services.state import ServingState
from recsys.serving.explain import Popular
from recsys.text.wishes import Wish
from storage.changes import RatingChange, UndoneCard, UndoneMark
from storage.sql import Catalogue, Database
from tests.unit.services.helpers import (
    ANN,
    BOB,
    MESSAGE,
    MOVIES,
    NEW_STEP,
    OTHER_MESSAGE,
    Clock,
    confirm_card,
    ids,
    open_conversation,
)


async def next_ids(conversation: Conversation, n: int = 1, wish: Wish | None = None) -> list[int]:
    """Movie ids of Ann's next cards."""
    return ids([card.movie for card in await conversation.next_cards(ANN, wish or Wish(), n)])


# --- which card comes next ------------------------------------------------------------------------------------------


async def test_cards_are_neither_rated_nor_seen_nor_kept(conversation: Conversation) -> None:
    """A movie that was rated, seen or kept for later does not come, a movie off the watchlist does."""
    await conversation.rate(ANN, 10, 3.0, "button")
    await conversation.mark(ANN, 20, "seen")
    await conversation.mark(ANN, 30, "later")
    assert await next_ids(conversation, 2) == [40, 50]
    assert await conversation.unmark(ANN, 30, "later")
    assert await next_ids(conversation, 2) == [30, 40]


async def test_what_is_kept_for_later_does_not_come_even_if_nothing_else_is_left(conversation: Conversation) -> None:
    """The watchlist is where it is found."""
    for movie in MOVIES[1:]:
        await conversation.mark(ANN, movie.movie_id, "seen")
    await conversation.record_card(ANN, MESSAGE, 10)
    outcome = await conversation.answer_card(ANN, MESSAGE, 10, mark="later")
    assert isinstance(outcome, NextCard)
    assert outcome.card is None
    assert await next_ids(conversation) == []


async def test_at_most_five_cards_are_chosen_at_once(conversation: Conversation) -> None:
    """A larger number is cut, because every answer changes the recommendations."""
    assert MAX_CARDS == 5
    assert await next_ids(conversation, 50) == [10, 20, 30, 40, 50]


async def test_a_shown_card_stays_away_for_14_days(conversation: Conversation, clock: Clock) -> None:
    """One second before the end of the 14 days it is still hidden, and then it may come again."""
    assert timedelta(days=14) == SHOWN_AGAIN_AFTER
    await conversation.record_card(ANN, MESSAGE, 10)
    assert await next_ids(conversation) == [20]
    clock.advance(days=13, hours=23, minutes=59, seconds=59)
    assert await next_ids(conversation) == [20]
    clock.advance(seconds=1)
    assert await next_ids(conversation) == [10]


async def test_a_movie_shown_again_stays_away_for_another_14_days(conversation: Conversation, clock: Clock) -> None:
    """The latest showing counts."""
    await conversation.record_card(ANN, MESSAGE, 10)
    clock.advance(days=10)
    await conversation.record_card(ANN, OTHER_MESSAGE, 10)
    clock.advance(days=10)
    assert await next_ids(conversation) == [20]


async def test_choosing_a_card_does_not_show_it(conversation: Conversation) -> None:
    """A card whose message was never sent comes again at once."""
    assert await next_ids(conversation) == [10]
    assert await next_ids(conversation) == [10]


async def test_shown_cards_come_early_once_nothing_else_is_left(conversation: Conversation) -> None:
    """New movies come first, then those that were passed over, and never those that were rated or seen."""
    for number, movie in enumerate(MOVIES[:7]):
        await conversation.record_card(ANN, number, movie.movie_id)
    await conversation.rate(ANN, 10, 3.0, "button")
    await conversation.mark(ANN, 20, "seen")
    assert await next_ids(conversation, 3) == [80, 30, 40]


async def test_somebody_under_18_gets_family_movies_first(database: Database, clock: Clock) -> None:
    """Then harmless ones without a certificate, and never one above their age. Each card of unknown age says so."""
    genres = {10: ("Horror",), 20: ("Drama",), 30: ("Animation",), 40: ("Comedy",)}
    certificates = {10: None, 20: None, 30: None, 40: "R", 50: "PG", 60: "18"}
    movies = [
        replace(movie, genres=genres.get(movie.movie_id, ("Drama",)), certificate=certificates.get(movie.movie_id))
        for movie in MOVIES[:6]
    ]
    await Catalogue(database).replace(movies)
    conversation = open_conversation(database, clock, movies)
    await conversation.get_or_create_person(ANN, NEW_STEP)
    assert await next_ids(conversation, 5) == [10, 20, 30, 40, 50]
    await conversation.update_person(ANN, age=1)
    cards = await conversation.next_cards(ANN, n=5)
    assert [(card.movie.movie_id, card.is_age_unknown) for card in cards] == [(30, True), (50, False), (20, True)]
    assert [card.movie.movie_id for card in await conversation.next_cards(ANN, Wish(age_to_watch=6), 5)] == [30]
    await conversation.rate(ANN, 30, 5.0, "button")
    assert ids(await conversation.preview(ANN, 3)) == [50]
    await conversation.update_person(ANN, age=18)
    assert await next_ids(conversation, 5) == [10, 20, 40, 50, 60]


async def test_a_wish_filters_the_cards(conversation: Conversation) -> None:
    """Fewer cards come if fewer movies match, and none if none does."""
    assert await next_ids(conversation, 5, Wish(genres_any=("Even",))) == [20, 40, 60, 80]
    assert await next_ids(conversation, 5, Wish(genres_any=("Horror",))) == []


async def test_the_preview_begins_with_the_first_rating(conversation: Conversation) -> None:
    """Without a rating there is nothing to preview; a movie that was just shown may be in it."""
    assert await conversation.preview(ANN, 3) == []
    await conversation.record_card(ANN, MESSAGE, 30)
    await conversation.rate(ANN, 10, 5.0, "onboarding")
    assert ids(await conversation.preview(ANN, 3)) == [30, 50, 70]


# --- answers to cards -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stars", "next_movie_id"), [(5.0, 30), (1.0, 20)], ids=["like", "dislike"])
async def test_an_answer_counts_for_the_next_card(
    conversation: Conversation, database: Database, stars: float, next_movie_id: int
) -> None:
    """After a like the next card is of the same genre, after a dislike the most popular; both are stored."""
    await conversation.record_card(ANN, MESSAGE, 10)
    outcome = await conversation.answer_card(ANN, MESSAGE, 10, stars=stars)
    assert isinstance(outcome, NextCard)
    assert outcome.card is not None
    assert outcome.card.movie.movie_id == next_movie_id
    assert await conversation.stars(ANN) == {10: stars}
    await confirm_card(database, MESSAGE, next_movie_id)
    shown = await conversation.movie_on_card(ANN, MESSAGE)
    assert shown is not None
    assert shown.movie_id == next_movie_id
    assert next_movie_id not in await next_ids(conversation, 5)


async def test_a_seen_card_never_comes_again_and_a_later_one_is_kept(conversation: Conversation, clock: Clock) -> None:
    """Neither mark is a rating."""
    await conversation.record_card(ANN, MESSAGE, 10)
    await conversation.answer_card(ANN, MESSAGE, 10, mark="seen")
    await conversation.answer_card(ANN, MESSAGE, 20, mark="later")
    clock.advance(days=15)
    assert await next_ids(conversation, 2) == [30, 40]
    assert ids(await conversation.watchlist(ANN)) == [20]
    assert await conversation.stars(ANN) == {}


async def test_a_skipped_card_stays_away_like_a_shown_one(conversation: Conversation, clock: Clock) -> None:
    """Skipping says nothing about the movie."""
    await conversation.record_card(ANN, MESSAGE, 10)
    outcome = await conversation.answer_card(ANN, MESSAGE, 10)
    assert outcome == NextCard(Card(MOVIES[1], Popular(), None, model_missing=True))
    clock.advance(days=14)
    assert await next_ids(conversation) == [10]


async def test_a_second_tap_on_the_same_card_is_outdated(
    conversation: Conversation, database: Database, clock: Clock
) -> None:
    """The outcome is the card that the message should show, and whether it does; nothing is rated."""
    await conversation.record_card(ANN, MESSAGE, 10)
    clock.advance(minutes=1)
    answered = await conversation.answer_card(ANN, MESSAGE, 10, stars=5.0)
    assert isinstance(answered, NextCard)
    assert answered.change is not None
    card = Card(MOVIES[2], Popular(), None, model_missing=True)
    present = OutdatedCard(card, clock.now, is_confirmed=False, change=answered.change)
    clock.advance(minutes=1)
    assert await conversation.answer_card(ANN, MESSAGE, 10, stars=1.0) == present
    await confirm_card(database, MESSAGE, 30)
    assert await conversation.answer_card(ANN, MESSAGE, 10, stars=1.0) == replace(present, is_confirmed=True)
    assert await conversation.answer_card(ANN, MESSAGE, 20) == replace(present, is_confirmed=True, change=None)
    assert await conversation.stars(ANN) == {10: 5.0}


async def test_a_message_shows_the_previous_movie_until_the_next_is_confirmed(
    conversation: Conversation, database: Database
) -> None:
    """A confirmation of another movie than the card's changes nothing. A tap on the next movie proves that it shows."""
    await conversation.record_card(ANN, MESSAGE, 10)
    await conversation.answer_card(ANN, MESSAGE, 10)
    await confirm_card(database, MESSAGE, 10)
    await confirm_card(database, OTHER_MESSAGE, 20)
    assert await conversation.movie_on_card(ANN, MESSAGE) == MOVIES[0]
    await confirm_card(database, MESSAGE, 20)
    assert await conversation.movie_on_card(ANN, MESSAGE) == MOVIES[1]
    await conversation.answer_card(ANN, MESSAGE, 20)
    assert await conversation.movie_on_card(ANN, MESSAGE) == MOVIES[1]
    await conversation.answer_card(ANN, MESSAGE, 30)
    assert await conversation.movie_on_card(ANN, MESSAGE) == MOVIES[2]
    await conversation.record_card(ANN, MESSAGE, 80)
    assert await conversation.movie_on_card(ANN, MESSAGE) == MOVIES[7]


async def test_the_last_movie_shows_once_it_is_tapped(conversation: Conversation) -> None:
    """Nothing follows it, so nothing else confirms it."""
    for movie in MOVIES[2:]:
        await conversation.mark(ANN, movie.movie_id, "seen")
    await conversation.record_card(ANN, MESSAGE, 10)
    await conversation.answer_card(ANN, MESSAGE, 10, mark="seen")
    assert await conversation.movie_on_card(ANN, MESSAGE) == MOVIES[0]
    outcome = await conversation.answer_card(ANN, MESSAGE, 20, mark="seen")
    assert isinstance(outcome, NextCard)
    assert outcome.card is None
    assert await conversation.movie_on_card(ANN, MESSAGE) == MOVIES[1]


async def test_of_two_taps_at_the_same_time_one_counts(conversation: Conversation) -> None:
    """Both read the same card, and the second to write finds it outdated."""
    await conversation.record_card(ANN, MESSAGE, 10)
    outcomes = await asyncio.gather(*(conversation.answer_card(ANN, MESSAGE, 10, stars=stars) for stars in (5.0, 1.0)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NextCard", "OutdatedCard"]
    assert len(await conversation.stars(ANN)) == 1


async def test_a_message_that_is_no_card_of_the_person_has_no_answer(conversation: Conversation) -> None:
    """Neither an unknown message, nor Bob's card, nor a card whose movie left the catalogue is answered."""
    await conversation.record_card(BOB, MESSAGE, 10)
    assert await conversation.answer_card(ANN, MESSAGE, 10, stars=5.0) is None
    assert await conversation.answer_card(BOB, OTHER_MESSAGE, 10, stars=5.0) is None
    conversation.use(ServingState.build(MOVIES[1:]))
    assert await conversation.answer_card(BOB, MESSAGE, 10, stars=5.0) is None
    assert await conversation.movie_on_card(BOB, MESSAGE) is None
    assert await conversation.stars(BOB) == {}


async def test_the_last_card_has_no_next_one(conversation: Conversation) -> None:
    """Its answer is stored all the same, and the message goes on showing it."""
    for movie in MOVIES[1:]:
        await conversation.mark(ANN, movie.movie_id, "seen")
    await conversation.record_card(ANN, MESSAGE, 10)
    outcome = await conversation.answer_card(ANN, MESSAGE, 10, stars=5.0)
    assert isinstance(outcome, NextCard)
    assert outcome.card is None
    assert await conversation.stars(ANN) == {10: 5.0}
    assert await conversation.movie_on_card(ANN, MESSAGE) == MOVIES[0]


async def test_an_undone_answer_may_be_shown_again_after_14_days(conversation: Conversation, clock: Clock) -> None:
    """Undo removes the rating, not the fact that the movie was shown."""
    await conversation.record_card(ANN, MESSAGE, 10)
    await conversation.answer_card(ANN, MESSAGE, 10, stars=5.0)
    taken_back = await conversation.memory.undo(ANN)
    assert taken_back is not None
    assert taken_back.outcome == RatingChange(10, before=5.0, after=None)
    assert await next_ids(conversation) == [20]
    clock.advance(days=14)
    assert await next_ids(conversation) == [10]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"stars": 5.0}, RatingChange(10, 5.0, None)),
        ({"mark": "seen"}, UndoneMark(10, "seen", is_marked=False)),
        ({"mark": "later"}, UndoneMark(10, "later", is_marked=False)),
        ({"passed": "next"}, UndoneCard(10)),
        ({"passed": "similar", "wish": Wish(like=(10,))}, UndoneCard(10)),
    ],
)
async def test_undo_brings_the_answered_card_back(
    conversation: Conversation, database: Database, answer: dict[str, Any], outcome: object
) -> None:
    """It takes the place of the next card, which counts as not shown. Repeating the update changes nothing."""
    before = Wish(year_from=1980)
    await conversation.set_wish(ANN, before)
    await conversation.record_card(ANN, MESSAGE, 10)
    answered = await conversation.answer_card(ANN, MESSAGE, 10, **answer)
    assert isinstance(answered, NextCard)
    assert answered.card is not None
    following = answered.card.movie.movie_id
    for _ in range(2):
        taken_back = await conversation.memory.undo(ANN, answered.change, 1, message_id=MESSAGE)
        assert taken_back is not None
        assert (taken_back.outcome, taken_back.is_in_place) == (outcome, True)
        assert taken_back.card is not None
        assert taken_back.card.movie == MOVIES[0]
        assert await conversation.stars(ANN) == {}
        assert await conversation.watchlist(ANN) == []
        assert await conversation.active_wish(ANN) == before
    await confirm_card(database, MESSAGE, 10)
    assert await conversation.movie_on_card(ANN, MESSAGE) == MOVIES[0]
    again = await conversation.answer_card(ANN, MESSAGE, 10, **answer)
    assert isinstance(again, NextCard)
    assert again.card is not None
    assert again.card.movie.movie_id == following


async def test_a_wish_since_survives_an_undo_of_more_like_this(conversation: Conversation, clock: Clock) -> None:
    """Only the wish that the card set is taken back."""
    await conversation.record_card(ANN, MESSAGE, 10)
    await conversation.answer_card(ANN, MESSAGE, 10, wish=Wish(like=(10,)), passed="similar")
    clock.advance(seconds=1)
    later = Wish(genres_any=("Even",))
    await conversation.set_wish(ANN, later)
    assert await conversation.memory.undo(ANN) is not None
    assert await conversation.active_wish(ANN) == later


async def test_an_undone_answer_to_a_movie_that_is_gone(conversation: Conversation, database: Database) -> None:
    """The rating is taken back, and the message keeps the next card."""
    await conversation.record_card(ANN, MESSAGE, 10)
    answered = await conversation.answer_card(ANN, MESSAGE, 10, stars=5.0)
    assert isinstance(answered, NextCard)
    assert answered.card is not None
    await confirm_card(database, MESSAGE, answered.card.movie.movie_id)
    conversation.use(ServingState.build(MOVIES[1:]))
    taken_back = await conversation.memory.undo(ANN, answered.change, message_id=MESSAGE)
    assert taken_back == TakenBack(RatingChange(10, 5.0, None))
    assert await conversation.movie_on_card(ANN, MESSAGE) == answered.card.movie
    assert await conversation.stars(ANN) == {}


async def test_the_same_thumb_again_can_be_undone(conversation: Conversation) -> None:
    """A card of a movie that has the rating already goes on, and the undo of that leaves the rating."""
    await conversation.rate(ANN, 10, 5.0, "stars")
    await conversation.record_card(ANN, MESSAGE, 10)
    answered = await conversation.answer_card(ANN, MESSAGE, 10, stars=5.0)
    assert isinstance(answered, NextCard)
    taken_back = await conversation.memory.undo(ANN, answered.change, message_id=MESSAGE)
    assert taken_back is not None
    assert taken_back.outcome == RatingChange(10, 5.0, 5.0)
    assert taken_back.is_in_place
    assert await conversation.stars(ANN) == {10: 5.0}
