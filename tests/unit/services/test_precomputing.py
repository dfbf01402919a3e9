"""Cards that are chosen in batches before they are sent: the same as those chosen one by one, and never outdated."""

from dataclasses import replace

import pytest

from recsys.data import Dataset
from recsys.models.towers import Towers
from recsys.services import precomputing
from recsys.services.conversation import Conversation
from recsys.serving.publish import publish
from recsys.serving.recommender import Recommender
from recsys.text.wishes import Wish
from storage.metadata.sql import SqlMetadata
from storage.records import Popularity
from storage.sql import Catalogue, Database
from storage.vectors.memory import MemoryIndex
from tests.unit.services.helpers import ANN, BOB, NEW_STEP, Clock, FailingIndex, open_conversation

GONE, PEOPLE = 99, range(1, 21)


async def modelled(
    database: Database, catalogue: Catalogue, clock: Clock, board: Dataset, towers: Towers, index: MemoryIndex
) -> Conversation:
    """The use cases with the checkerboard's model, whose movies have rating counts and partly certificates."""
    movies = [
        replace(movie, rating_count=2_000 // (1 + place), certificate=("G", "R", None)[place % 3])
        for place, movie in enumerate(board.movies)
    ]
    await catalogue.replace(movies)
    recommender = Recommender(towers, index, SqlMetadata(catalogue), movies=movies)
    return open_conversation(database, clock, movies, recommender)


@pytest.fixture
async def conversation(
    database: Database, catalogue: Catalogue, clock: Clock, board: Dataset, towers: Towers
) -> Conversation:
    """The use cases with a model, and people who differ in everything that a card depends on."""
    index = MemoryIndex()
    await publish(towers, board.movies, index)
    conversation = await modelled(database, catalogue, clock, board, towers, index)
    for person_id in PEOPLE:
        await conversation.get_or_create_person(person_id, NEW_STEP)
        for movie_id in range(10, 10 * (person_id % 7), 10):
            stars = 5.0 if movie_id // 10 % 2 == person_id % 2 else 1.0
            await conversation.rate(person_id, movie_id, stars, "button")
        if person_id % 2:
            await conversation.record_card(person_id, 100, 300 + 10 * person_id)
            await conversation.mark(person_id, 500, "seen")
            await conversation.mark(person_id, 510, "later")
            await conversation.mark(person_id, 520, "unseen")
        if person_id % 3 == 0:
            await conversation.update_person(person_id, gender="F", age=15 if person_id % 2 else 40)
        if person_id % 4 == 0:
            await conversation.set_preferences(person_id, Wish(genres_none=("Odd",), year_from=1950 + person_id))
        if person_id % 5 == 0:
            popularity = Popularity.HIDDEN if person_id % 2 else Popularity.WELL_KNOWN
            await conversation.update_person(person_id, popularity=popularity)
    return conversation


async def test_a_batch_chooses_the_cards_of_single_calls(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody gets the card, with its reason and its notes, that would be chosen for them alone."""
    monkeypatch.setattr(precomputing, "PEOPLE_AT_ONCE", 9)
    cards = await conversation.precomputing.cards([*PEOPLE, GONE])
    assert cards.keys() == set(PEOPLE)
    for person_id in PEOPLE:
        [alone] = await conversation.next_cards(person_id)
        card = cards[person_id].card
        assert card.movie == alone.movie
        assert type(card.reason) is type(alone.reason)
        assert (card.because, card.first_part, card.is_age_unknown, card.model_missing) == (
            alone.because,
            alone.first_part,
            alone.is_age_unknown,
            alone.model_missing,
        )
    chosen = [precomputed.card for precomputed in cards.values()]
    assert len({card.movie for card in chosen}) > 4
    assert any(card.because for card in chosen)
    assert {cards[person_id].card.movie.certificate for person_id in PEOPLE if person_id % 6 == 3} == {"G"}
    assert {cards[person_id].card.movie.genres for person_id in PEOPLE if person_id % 4 == 0} == {("Even",)}


async def test_a_card_is_sent_as_it_was_chosen(conversation: Conversation) -> None:
    """While nothing changes, the precomputed card is the next card."""
    cards = await conversation.precomputing.cards([1])
    [card] = await conversation.precomputing.next_cards(1, cards[1])
    assert card is cards[1].card


async def test_a_card_is_chosen_again_after_what_a_person_does(conversation: Conversation) -> None:
    """A rating, a mark, a card or a preference since then counts, and so does a deletion of everything."""
    precomputing, ids = conversation.precomputing, [1, 2, 3, 4, 5, 6]
    cards = await precomputing.cards(ids)
    movies = {person_id: cards[person_id].card.movie.movie_id for person_id in ids}
    await conversation.rate(1, movies[1], 5.0, "button")
    await conversation.mark(2, movies[2], "seen")
    await conversation.record_card(3, 101, movies[3])
    genres = cards[4].card.movie.genres
    await conversation.set_preferences(4, Wish(genres_none=genres))
    for person_id in (1, 2, 3):
        [card] = await precomputing.next_cards(person_id, cards[person_id])
        assert card.movie.movie_id != movies[person_id]
    [card] = await precomputing.next_cards(4, cards[4])
    assert card.movie.genres != genres
    await conversation.forget(5)
    [card] = await precomputing.next_cards(5, cards[5])
    assert card == (await conversation.next_cards(GONE))[0]
    [card] = await precomputing.next_cards(6, cards[6])
    assert card is cards[6].card


async def test_a_card_is_chosen_again_after_a_switch_of_the_model(conversation: Conversation) -> None:
    """A card of a model is not sent while another one, or none, is served."""
    cards = await conversation.precomputing.cards([1])
    conversation.use(conversation.state.with_recommender(None))
    [card] = await conversation.precomputing.next_cards(1, cards[1])
    assert card.model_missing
    assert await conversation.precomputing.cards([1]) == {}


async def test_whoever_has_seen_everything_is_left_to_a_single_call(conversation: Conversation, board: Dataset) -> None:
    """Movies that were shown may come again, which takes a second search. Without any movie there is no card."""
    await conversation.get_or_create_person(ANN, NEW_STEP)
    for movie in board.movies:
        await conversation.mark(ANN, movie.movie_id, "shown")
        await conversation.mark(BOB, movie.movie_id, "seen")
    cards = await conversation.precomputing.cards([1, ANN, BOB])
    assert cards.keys() == {1}
    assert len(await conversation.precomputing.next_cards(ANN, None)) == 1
    assert await conversation.precomputing.next_cards(BOB, None) == []


async def test_without_an_index_cards_are_left_to_single_calls(
    database: Database, catalogue: Catalogue, clock: Clock, board: Dataset, towers: Towers
) -> None:
    """A batch that gets no answer chooses nothing, and a single call falls back to popular movies."""
    conversation = await modelled(database, catalogue, clock, board, towers, FailingIndex())
    await conversation.get_or_create_person(ANN, NEW_STEP)
    assert await conversation.precomputing.cards([ANN]) == {}
    assert conversation.fallbacks == 0
    [card] = await conversation.precomputing.next_cards(ANN, None)
    assert card.model_missing
