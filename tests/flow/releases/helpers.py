"""What the tests of releases share."""

from datetime import UTC, datetime
from typing import NamedTuple

from bot.app import Services
from bot.settings import Settings
from recsys.models.towers import Towers
from recsys.services.conversation import Card, Conversation
from storage.records import Release

PERSON = 7
RATED = {10: 5.0, 30: 5.0, 20: 1.0}


class Models(NamedTuple):
    """Three models of the same movies."""

    good: Towers
    second: Towers
    third: Towers


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def release_of(towers: Towers, settings: Settings, ndcg: float | None = None) -> Release:
    """The release of a model in its folder."""
    folder = settings.models_folder / towers.version
    return Release(towers.version, folder.as_uri(), datetime.now(UTC), ndcg)


def serving(services: Services) -> str:
    """The version that answers people at this moment."""
    return services.recommender.towers.version


async def arrive(conversation: Conversation) -> None:
    """Somebody comes and rates three movies."""
    await conversation.get_or_create_person(PERSON, "ready")
    for movie_id, stars in RATED.items():
        await conversation.rate(PERSON, movie_id, stars, "button")


async def picks(conversation: Conversation, n: int = 5) -> list[int]:
    """The person's picks so far."""
    return [movie.movie_id for movie in await conversation.preview(PERSON, n)]


def are_popular(cards: list[Card]) -> bool:
    """Whether they say that they come from the popular list."""
    return bool(cards) and all(card.model_missing for card in cards)
