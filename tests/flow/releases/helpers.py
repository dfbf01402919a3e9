"""Helpers of the release tests."""

from datetime import UTC, datetime
from typing import NamedTuple

from bot.app import Services
from bot.settings import Settings
from bot.stores import Stores
from recsys.models.towers import Towers
from recsys.services.cards import Card
from recsys.services.conversation import Conversation
from recsys.services.state import ServingState
from storage.records import Release

PERSON = 7
RATED = {10: 5.0, 30: 5.0, 20: 1.0}


class Models(NamedTuple):
    """Three different models of the same movies."""

    good: Towers
    second: Towers
    third: Towers


class Clock:
    """A clock that only moves when a test sets `now`."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now


def release_of(towers: Towers, settings: Settings, ndcg: float | None = None) -> Release:
    """Return the record of a model's release, in the folder that the `settings` fixture has written."""
    folder = settings.models_folder / towers.version
    return Release(towers.version, folder.as_uri(), datetime.now(UTC), ndcg)


def conversation_over(stores: Stores) -> Conversation:
    """Return the use cases over these stores, before a reloader has given them a catalogue and a model."""
    return Conversation(
        stores.people,
        stores.ratings,
        stores.marks,
        stores.cards,
        stores.wishes,
        stores.changes,
        stores.metadata,
        ServingState.build(()),
    )


async def contribute(stores: Stores, person_id: int) -> None:
    """Create a person who has rated a movie and consents to training."""
    now = datetime.now(UTC)
    await stores.people.get_or_create(person_id, "ready", now)
    await stores.people.update(person_id, consent=True)
    await stores.ratings.rate(person_id, 10, 5.0, "button", now)


def serving(services: Services) -> str:
    """Return the version of the model that is served."""
    return services.recommender.towers.version


async def arrive(conversation: Conversation) -> None:
    """Create a person with three ratings."""
    await conversation.get_or_create_person(PERSON, "ready")
    for movie_id, stars in RATED.items():
        await conversation.rate(PERSON, movie_id, stars, "button")


async def picks(conversation: Conversation, n: int = 5) -> list[int]:
    """Return the ids of the person's best movies."""
    return [movie.movie_id for movie in await conversation.preview(PERSON, n)]


def are_popular(cards: list[Card]) -> bool:
    """Return whether all cards come from the popular list, because there is no model."""
    return bool(cards) and all(card.model_missing for card in cards)
