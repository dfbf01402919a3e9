"""Cards for wishes with words: full-text search finds the movies, and text and taste rank them."""

from dataclasses import replace

import pytest

from recsys.data import Dataset
from recsys.models.towers import Towers
from recsys.services.browsing import Browsing
from recsys.services.conversation import Conversation
from recsys.serving.publish import publish, publish_texts
from recsys.serving.recommender import Recommender
from recsys.text.search import Field
from recsys.text.wishes import Wish
from storage.metadata.sql import SqlMetadata
from storage.records import Movie
from storage.sql import Catalogue, Database, Details, Marks, People
from storage.vectors.memory import MemoryIndex
from tests.unit.services.helpers import ANN, BOB, NEW_STEP, Clock, ids, open_conversation

CHESS = {110, 120, 130, 140}
"""Movies about chess, every second of them odd."""


def described(movie: Movie) -> Movie:
    """Return a movie of the board with a plot and an actor."""
    plot = "Two boys play chess." if movie.movie_id in CHESS else "A boat, and a boy."
    return replace(movie, description=plot, actors=("Ann Odd",) if movie.movie_id % 20 else ("Bob Even",))


@pytest.fixture
def movies(board: Dataset) -> list[Movie]:
    """The movies of the board, four of them about chess."""
    return [described(movie) for movie in board.movies]


@pytest.fixture
async def index(towers: Towers, movies: list[Movie]) -> MemoryIndex:
    """An index with the vectors and texts of the board's model."""
    index = MemoryIndex()
    await publish(towers, movies, index)
    await publish_texts(towers.version, movies, index)
    return index


@pytest.fixture
async def conversation(
    database: Database, catalogue: Catalogue, clock: Clock, towers: Towers, movies: list[Movie], index: MemoryIndex
) -> Conversation:
    """The use cases with the board's model; Ann likes odd movies."""
    await catalogue.replace(movies)
    recommender = Recommender(towers, index, SqlMetadata(catalogue))
    conversation = open_conversation(database, clock, movies, recommender)
    await conversation.get_or_create_person(ANN, NEW_STEP)
    for movie_id, stars in ((10, 5.0), (30, 5.0), (20, 1.0)):
        await conversation.rate(ANN, movie_id, stars, "button")
    return conversation


async def next_ids(conversation: Conversation, n: int, **wish: object) -> list[int]:
    """Movie ids of Ann's next cards for a wish."""
    return ids([card.movie for card in await conversation.next_cards(ANN, Wish(**wish), n)])  # type: ignore[arg-type]  # conditions by name


async def test_movies_with_the_words_come_in_the_order_of_taste(conversation: Conversation) -> None:
    """All of them and no others come, those that the person likes first, and no fallback is needed."""
    found = await next_ids(conversation, 5, themes=("chess",))
    assert set(found) == CHESS
    assert set(found[:2]) == {110, 130}
    assert conversation.fallbacks == 0


async def test_conditions_hold(conversation: Conversation) -> None:
    """Genres, years, people and what is banned filter what the words find."""
    assert set(await next_ids(conversation, 5, themes=("chess",), genres_any=("Even",))) == {120, 140}
    assert await next_ids(conversation, 5, themes=("chess",), year_to=1961) == [110]
    assert set(await next_ids(conversation, 5, themes=("chess",), people=("Bob Even",))) == {120, 140}
    assert set(await next_ids(conversation, 5, themes=("chess",), people_none=("Bob Even",))) == {110, 130}
    assert await next_ids(conversation, 5, themes=("chess",), themes_none=("chess",)) == []
    assert set(await next_ids(conversation, 5, themes=("chess",), genres_none=("Odd",))) == {120, 140}


async def test_shown_and_rated_movies_do_not_come(conversation: Conversation) -> None:
    """As with any wish."""
    await conversation.rate(ANN, 110, 4.0, "button")
    await conversation.mark(ANN, 130, "seen")
    assert set(await next_ids(conversation, 5, themes=("chess",))) == {120, 140}


async def test_words_beside_a_movie_to_resemble(conversation: Conversation) -> None:
    """The words find the movies, and the movie that is named ranks them; nothing is known of this person's taste."""
    await conversation.get_or_create_person(BOB, NEW_STEP)
    cards = await conversation.next_cards(BOB, Wish(themes=("chess",), like=(40,)), 2)
    assert set(ids([card.movie for card in cards])) == {120, 140}


async def test_unknown_words_are_no_condition(conversation: Conversation) -> None:
    """The catalogue has nothing about them, which `not_known` says, so other movies come."""
    assert len(await next_ids(conversation, 5, themes=("mood",))) == 5
    assert len(await next_ids(conversation, 5, themes=("mood", "chess"))) == 4


@pytest.mark.parametrize("missing", ["model", "vectors and texts"])
async def test_without_the_model_the_words_are_conditions(
    conversation: Conversation, index: MemoryIndex, towers: Towers, missing: str
) -> None:
    """Popular movies with the words come."""
    if missing == "model":
        conversation.use(conversation.state.with_recommender(None))
    else:
        await index.drop(towers.version)
    cards = await conversation.next_cards(ANN, Wish(themes=("chess",)), 5)
    assert {card.movie.movie_id for card in cards} == CHESS
    assert all(card.model_missing for card in cards)


async def test_the_nearest_movies_have_some_of_the_words(
    conversation: Conversation, database: Database, catalogue: Catalogue, clock: Clock, index: MemoryIndex
) -> None:
    """Words that no movie has together are found by full-text search: in plots and in names."""
    people, marks = People(database), Marks(database)
    browsing = Browsing(people, marks, SqlMetadata(catalogue), Details(database), lambda: conversation.state, clock)
    for words in ("chess prodigy", "prodigy playing chess"):
        assert await browsing.search(words) == []
        assert {(hit.movie.movie_id, hit.field) for hit in await browsing.nearest(words)} == {
            (movie_id, Field.NEAREST) for movie_id in CHESS
        }
    assert {hit.movie.actors for hit in await browsing.nearest("prodigy Bob")} == {("Bob Even",)}
    assert await browsing.nearest("prodigy the of") == []
    recommender = conversation.state.recommender
    assert recommender is not None
    await index.texts.drop(recommender.towers.version)
    assert await browsing.nearest("chess prodigy") == []
