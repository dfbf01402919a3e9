"""The best movie of the watchlist for tonight, and titles in the export."""

from typing import Any

import pytest

from recsys.profile import DISLIKE, LIKE
from recsys.services.browsing import Browsing
from recsys.services.conversation import Conversation
from recsys.text.wishes import Wish
from storage.metadata.sql import SqlMetadata
from storage.sql import Catalogue, Database, Details, Marks, People
from tests.unit.services.helpers import ANN, BOB, MESSAGE, Clock


@pytest.fixture
def browsing(database: Database, conversation: Conversation, clock: Clock) -> Browsing:
    """The use cases of browsing over the conversation's catalogue, without a model."""
    metadata = SqlMetadata(Catalogue(database))
    return Browsing(People(database), Marks(database), metadata, Details(database), lambda: conversation.state, clock)


async def tonight(browsing: Browsing, person_id: int = ANN) -> int | None:
    """Return the id of the movie for tonight."""
    card = await browsing.tonight(person_id)
    return None if card is None else card.movie.movie_id


async def test_tonight_is_the_best_of_the_watchlist(browsing: Browsing, conversation: Conversation) -> None:
    """Without a model it is the best known of the liked genres. Rated and seen movies are left out."""
    assert await tonight(browsing) is None
    for movie_id in (50, 60, 70, 30):
        await conversation.mark(ANN, movie_id, "later")
        await conversation.mark(ANN, movie_id, "shown")
    assert await tonight(browsing) == 30
    assert await tonight(browsing, BOB) is None
    await conversation.rate(ANN, 20, LIKE, "button")
    assert await tonight(browsing) == 60
    await conversation.mark(ANN, 60, "seen")
    await conversation.rate(ANN, 30, DISLIKE, "button")
    assert await tonight(browsing) == 50
    await conversation.mark(ANN, 50, "seen")
    await conversation.mark(ANN, 70, "seen")
    assert await tonight(browsing) is None


async def test_what_a_person_never_wants_to_see_is_not_for_tonight(
    browsing: Browsing, conversation: Conversation
) -> None:
    """Also if nothing else is left on the watchlist."""
    for movie_id in (30, 60):
        await conversation.mark(ANN, movie_id, "later")
    await conversation.set_preferences(ANN, Wish(genres_none=("Odd",)))
    assert await tonight(browsing) == 60
    await conversation.mark(ANN, 60, "seen")
    assert await tonight(browsing) is None


async def test_the_export_names_titles_beside_ids(conversation: Conversation) -> None:
    """In ratings, changes, marks, cards and wishes. The title of a movie that left the catalogue is null."""
    await conversation.rate(ANN, 10, LIKE, "button")
    await conversation.mark(ANN, 20, "later")
    await conversation.record_card(ANN, MESSAGE, 30)
    await conversation.set_wish(ANN, Wish(like=(40,), unlike=(50, 999)))
    exported: dict[str, Any] = await conversation.export(ANN) or {}
    for table, titles in (
        ("ratings", ["Movie 10 (1990)"]),
        ("changes", ["Movie 10 (1990)", "Movie 20 (1990)"]),
        ("marks", ["Movie 20 (1990)", "Movie 30 (1990)"]),
        ("cards", ["Movie 30 (1990)"]),
    ):
        assert sorted(row["title"] for row in exported[table]) == titles, table
    [card] = exported["cards"]
    assert (card["previous_movie_id"], card["previous_title"]) == (None, None)
    [wish] = exported["wishes"]
    assert wish["wish"]["like_titles"] == ["Movie 40 (1990)"]
    assert wish["wish"]["unlike_titles"] == ["Movie 50 (1990)", None]
