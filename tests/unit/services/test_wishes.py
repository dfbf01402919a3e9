"""The active wish and lasting preferences."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from recsys.profile import LIKE
from recsys.services.cards import NextCard
from recsys.services.conversation import Conversation
from recsys.services.wishes import WISH_ENDS_AFTER, stored_wish, wish_of
from recsys.text.meaning import Situation, Wished
from recsys.text.wishes import Wish
from storage.errors import NotFound
from storage.sql import Catalogue, Database
from tests.builders import movie
from tests.unit.services.helpers import ANN, BOB, MESSAGE, NEW_STEP, Clock, ids, open_conversation

NO_ODD = Wish(genres_none=("Odd",))
EVERYTHING = Wish(
    *(("A",), ("B",), ("C",), 1, 2, (3, 4), ("D",), ("E",), ("F",), ("G",), ("H",), ("I",), (5,), 6, 7),
    age_to_watch=8,
    people_any=("J",),
    services=("DE:J",),
)
UNDERSTOOD = replace(EVERYTHING, unknown_titles=(), leftover=(), services=())


async def next_ids(conversation: Conversation, wish: Wish = Wish()) -> list[int]:  # noqa: B008 - immutable
    """Return the movies of Ann's next cards."""
    return [card.movie.movie_id for card in await conversation.next_cards(ANN, wish, 5)]


def test_a_wish_survives_storage() -> None:
    """Every condition is stored and read. Words that were not understood, and unknown conditions, are left out."""
    assert all(getattr(EVERYTHING, field.name) != field.default for field in fields(Wish))
    for wish in (UNDERSTOOD, Wish(), NO_ODD):
        assert wish_of(stored_wish(wish)) == wish
    assert stored_wish(EVERYTHING) == stored_wish(UNDERSTOOD)
    assert stored_wish(NO_ODD) == {"genres_none": ("Odd",)}
    assert wish_of({"genres_none": ["Odd"], "mood": ["dark"]}) == NO_ODD


async def test_a_wish_ends_after_a_day(conversation: Conversation, clock: Clock) -> None:
    """A wish is active until a day has passed since it was said, also through cards in between."""
    assert timedelta(days=1) == WISH_ENDS_AFTER
    assert await conversation.active_wish(ANN) is None
    await conversation.set_wish(ANN, EVERYTHING)
    clock.advance(hours=23, minutes=59)
    await conversation.record_card(ANN, MESSAGE, 10)
    assert await conversation.active_wish(ANN) == UNDERSTOOD
    assert await conversation.active_wish(BOB) is None
    clock.advance(minutes=1)
    assert await conversation.active_wish(ANN) is None
    await conversation.set_wish(ANN, NO_ODD)
    assert await conversation.active_wish(ANN) == NO_ODD
    await conversation.set_wish(ANN, None)
    assert await conversation.active_wish(ANN) is None


async def test_an_update_sets_a_wish_once(conversation: Conversation) -> None:
    """An update that comes again after the wish was ended does not bring it back."""
    await conversation.set_wish(ANN, NO_ODD, 1)
    await conversation.set_wish(ANN, None, 2)
    await conversation.set_wish(ANN, NO_ODD, 1)
    assert await conversation.active_wish(ANN) is None


async def test_preferences_last_and_hold_everywhere(conversation: Conversation, clock: Clock) -> None:
    """What a person never wants to see is on no card, whatever they wish, and in no preview, also a year later."""
    assert await conversation.preferences(ANN) == Wish()
    await conversation.rate(ANN, 80, LIKE, "button")
    assert await next_ids(conversation) == [20, 40, 60, 10, 30]
    await conversation.set_preferences(ANN, NO_ODD)
    clock.advance(days=365)
    assert await conversation.preferences(ANN) == NO_ODD
    assert await next_ids(conversation) == [20, 40, 60]
    assert await next_ids(conversation, Wish(genres_any=("Odd",))) == []
    assert ids(await conversation.preview(ANN, 5)) == [20, 40, 60]
    await conversation.set_preferences(ANN, Wish())
    assert await next_ids(conversation) == [20, 40, 60, 10, 30]
    assert (await conversation.export(ANN) or {})["wishes"] == []


async def test_preferences_hold_for_the_card_after_a_tap(conversation: Conversation) -> None:
    """The next card shows nothing that the person never wants to see. Another person's card may."""
    for person_id in (ANN, BOB):
        await conversation.record_card(person_id, MESSAGE, 20)
    await conversation.set_preferences(ANN, Wish(genres_none=("Even",)))
    outcomes = [await conversation.answer_card(person_id, MESSAGE, 20, LIKE) for person_id in (ANN, BOB)]
    assert [outcome.card.movie.movie_id for outcome in outcomes if isinstance(outcome, NextCard) and outcome.card] == [
        10,
        40,
    ]


async def test_wishes_are_exported_and_forgotten(conversation: Conversation) -> None:
    """The export has both wishes. /forget deletes them, and nothing can be stored about a deleted person."""
    await conversation.set_wish(ANN, Wish(people=("Al Pacino",)))
    await conversation.set_preferences(ANN, NO_ODD)
    exported = await conversation.export(ANN)
    assert exported is not None
    assert [row["wish"] for row in exported["wishes"]] == [{"people": ["Al Pacino"]}, {"genres_none": ["Odd"]}]
    await conversation.forget(ANN)
    with pytest.raises(NotFound):
        await conversation.set_wish(ANN, NO_ODD)
    await conversation.get_or_create_person(ANN, NEW_STEP)
    assert await conversation.active_wish(ANN) is None
    assert await conversation.preferences(ANN) == Wish()


async def test_a_wish_that_was_read_gives_only_movies_of_the_person(
    database: Database, catalogue: Catalogue, clock: Clock
) -> None:
    """Every movie for "with Al Pacino" is with Al Pacino. A name without a movie is returned as not known."""
    movies = [
        movie(10 * number, actors=("Al Pacino",) if number % 3 == 0 else ("Meg Ryan",), rating_count=100 - number)
        for number in range(1, 13)
    ]
    await catalogue.replace(movies)
    conversation = open_conversation(database, clock, movies)
    await conversation.get_or_create_person(ANN, NEW_STEP)
    meaning = await conversation.read("with Al Pacino", Situation())
    assert meaning == Wished(Wish(people=("Al Pacino",)))
    await conversation.set_wish(ANN, meaning.wish)
    wish = await conversation.active_wish(ANN)
    assert wish is not None
    assert await next_ids(conversation, wish) == [30, 60, 90, 120]
    assert conversation.not_known(wish) == ()
    assert conversation.not_known(Wish(people=("Jane Doe",))) == ("Jane Doe",)
