"""Cards that a model chooses: their reasons, the parts of a series, and what replaces a model that cannot answer."""

import asyncio

import pytest

from recsys.data import Dataset
from recsys.models.towers import Towers
from recsys.services.cards import NextCard, OutdatedCard
from recsys.services.conversation import Conversation
from recsys.serving.explain import BecauseLiked, Popular, Resembles
from recsys.serving.publish import publish
from recsys.serving.recommender import Recommender
from recsys.text.wishes import Wish
from storage.metadata.sql import SqlMetadata
from storage.records import Movie
from storage.sql import Catalogue, Database
from storage.vectors.memory import MemoryIndex
from tests.unit.services.helpers import (
    ANN,
    MESSAGE,
    NEW_STEP,
    Clock,
    FailingIndex,
    WaitingIndex,
    open_conversation,
)


async def with_model(
    database: Database, catalogue: Catalogue, clock: Clock, board: Dataset, towers: Towers, index: MemoryIndex
) -> Conversation:
    """The use cases with the checkerboard's model, whose vectors are in this index; Ann is there."""
    await catalogue.replace(board.movies)
    recommender = Recommender(towers, index, SqlMetadata(catalogue))
    conversation = open_conversation(database, clock, board.movies, recommender)
    await conversation.get_or_create_person(ANN, NEW_STEP)
    return conversation


@pytest.fixture
async def modelled(
    database: Database, catalogue: Catalogue, clock: Clock, board: Dataset, towers: Towers
) -> Conversation:
    """The use cases with the checkerboard's model and its vectors; Ann is there."""
    index = MemoryIndex()
    await publish(towers, board.movies, index)
    return await with_model(database, catalogue, clock, board, towers, index)


async def test_with_a_model_cards_have_its_reasons(modelled: Conversation) -> None:
    """A like of an odd movie brings an odd movie, which names the like."""
    await modelled.rate(ANN, 10, 5.0, "button")
    [card] = await modelled.next_cards(ANN)
    assert card.movie.genres == ("Odd",)
    assert isinstance(card.reason, BecauseLiked)
    assert card.because == modelled.movie(10)
    assert (card.model_missing, modelled.fallbacks) == (False, 0)


async def test_an_answer_turns_the_models_next_card_around(modelled: Conversation) -> None:
    """A dislike of an odd card and a like of an even one bring even cards."""
    await modelled.rate(ANN, 20, 5.0, "button")
    await modelled.record_card(ANN, MESSAGE, 10)
    outcome = await modelled.answer_card(ANN, MESSAGE, 10, stars=1.0)
    assert isinstance(outcome, NextCard)
    assert outcome.card is not None
    assert outcome.card.movie.genres == ("Even",)


@pytest.mark.parametrize("wish", [Wish(), Wish(like=(30,))], ids=["no wish", "like a movie"])
async def test_an_outdated_tap_returns_the_card_that_was_chosen(modelled: Conversation, wish: Wish) -> None:
    """It has the reason of that card, although another movie would be chosen by now."""
    await modelled.rate(ANN, 50, 5.0, "button")
    await modelled.record_card(ANN, MESSAGE, 10)
    chosen = await modelled.answer_card(ANN, MESSAGE, 10, stars=5.0, wish=wish)
    outdated = await modelled.answer_card(ANN, MESSAGE, 10, stars=5.0, wish=wish)
    assert isinstance(chosen, NextCard)
    assert chosen.card is not None
    assert isinstance(outdated, OutdatedCard)
    assert outdated.card.movie == chosen.card.movie
    assert outdated.card.because == chosen.card.because is not None
    assert isinstance(outdated.card.reason, Resembles) == bool(wish.like)
    await modelled.rate(ANN, outdated.card.movie.movie_id, 5.0, "reply")
    again = await modelled.answer_card(ANN, MESSAGE, 10, stars=5.0, wish=wish)
    assert isinstance(again, OutdatedCard)
    assert again.card.because == outdated.card.because


async def test_a_later_part_names_the_first_part_that_is_missing(
    database: Database, catalogue: Catalogue, clock: Clock
) -> None:
    """Once the first part is rated or seen, the card of the third names the second, and then none."""
    titles = ["Jaws", "Jaws 2", "Jaws 3-D"]
    movies = [Movie(number, title, 1975 + number, ("Horror",)) for number, title in enumerate(titles, start=1)]
    await catalogue.replace(movies)
    conversation = open_conversation(database, clock, movies)
    await conversation.get_or_create_person(ANN, NEW_STEP)

    cards = await conversation.next_cards(ANN, Wish(), 3)
    assert [card.first_part for card in cards] == [None, movies[0], movies[0]]
    cards = await conversation.next_cards(ANN, Wish(like=(1,)), 3)
    assert {card.movie.title: card.first_part for card in cards}["Jaws 3-D"] == movies[1]
    await conversation.rate(ANN, 1, 2.0, "button")
    assert [card.first_part for card in await conversation.next_cards(ANN, Wish(), 2)] == [None, movies[1]]
    await conversation.mark(ANN, 2, "seen")
    assert [card.first_part for card in await conversation.next_cards(ANN, Wish(), 2)] == [None]


async def test_more_like_a_movie_is_about_that_movie(modelled: Conversation) -> None:
    """The wish replaces the ratings in the query, and what was rated does not come again."""
    await modelled.rate(ANN, 20, 5.0, "button")
    await modelled.rate(ANN, 50, 5.0, "button")
    cards = await modelled.next_cards(ANN, Wish(like=(30,)), 5)
    assert {card.movie.genres for card in cards} == {("Odd",)}
    assert {card.because for card in cards} == {modelled.movie(30)}
    assert {card.reason for card in cards} == {Resembles(30, ("Odd",), (), liked_together=True)}
    assert {20, 30, 50}.isdisjoint(card.movie.movie_id for card in cards)


@pytest.mark.parametrize("index_type", [MemoryIndex, FailingIndex], ids=["without the version", "down"])
async def test_popular_movies_replace_a_model_that_cannot_answer(
    database: Database,
    catalogue: Catalogue,
    clock: Clock,
    board: Dataset,
    towers: Towers,
    index_type: type[MemoryIndex],
) -> None:
    """An index that is down or does not hold the release is no error: the card says that the model is missing."""
    conversation = await with_model(database, catalogue, clock, board, towers, index_type())
    await conversation.record_card(ANN, MESSAGE, 10)
    outcome = await conversation.answer_card(ANN, MESSAGE, 10, stars=5.0)
    assert isinstance(outcome, NextCard)
    assert outcome.card is not None
    assert (outcome.card.model_missing, outcome.card.reason) == (True, Popular())
    assert outcome.card.movie.genres == ("Odd",)
    assert conversation.fallbacks == 1
    assert await conversation.stars(ANN) == {10: 5.0}


async def test_a_use_case_ends_with_the_state_it_began_with(
    database: Database, catalogue: Catalogue, clock: Clock, board: Dataset, towers: Towers
) -> None:
    """A model that is taken away during a request still answers it, and the next request does without it."""
    index = WaitingIndex()
    index.proceed.set()
    await publish(towers, board.movies, index)
    index.proceed.clear()
    index.searching.clear()
    conversation = await with_model(database, catalogue, clock, board, towers, index)
    running = asyncio.create_task(conversation.next_cards(ANN))
    await index.searching.wait()
    conversation.use(conversation.state.with_recommender(None))
    index.proceed.set()
    [card] = await running
    assert not card.model_missing
    [card] = await conversation.next_cards(ANN)
    assert card.model_missing
