"""A clock that tests move, and the use cases of a person."""

import pytest

from recsys.services.conversation import Conversation
from storage.sql import Catalogue, Database
from tests.unit.services.helpers import ANN, BOB, MOVIES, NEW_STEP, Clock, open_conversation


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until a test moves it."""
    return Clock()


@pytest.fixture
async def conversation(database: Database, catalogue: Catalogue, clock: Clock) -> Conversation:
    """The use cases without a model; Ann and Bob are there."""
    await catalogue.replace(MOVIES)
    conversation = open_conversation(database, clock)
    for person_id in (ANN, BOB):
        await conversation.get_or_create_person(person_id, NEW_STEP)
    return conversation
