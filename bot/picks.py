"""`reelmate recommend`: what was typed -> a profile -> movies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot import inputs
from bot.app import open_services
from bot.settings import Settings
from recsys.profile import OCCUPATIONS, Profile
from recsys.serving.explain import BecauseLiked, PopularWithPeers
from recsys.serving.recommender import Recommendation
from recsys.text.titles import TitleIndex
from storage.records import Movie


@dataclass(frozen=True, slots=True)
class Picks:
    """What was found for a person.

    Attributes:
        profile: the person as they were understood.
        rated: the movies of the profile's ratings, by id.
        recommendations: best first.
        version: of the model.
        degraded: one line about what is missing; empty where nothing is.
    """

    profile: Profile
    rated: Mapping[int, Movie]
    recommendations: list[Recommendation]
    version: str
    degraded: str

    def why(self, one: Recommendation) -> str:
        """The reason of a recommendation in words."""
        if isinstance(one.reason, BecauseLiked):
            return f"because you liked {self.rated[one.reason.movie_id].label}"
        return "liked by people like you" if isinstance(one.reason, PopularWithPeers) else "liked by many"

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        profile = self.profile
        return {
            "person": {
                "gender": profile.gender,
                "age": profile.age,
                "occupation": None if profile.occupation is None else OCCUPATIONS[profile.occupation],
                "ratings": [
                    {"movie_id": movie_id, "title": self.rated[movie_id].label, "stars": stars}
                    for movie_id, stars in profile.ratings.items()
                ],
            },
            "version": self.version,
            "recommendations": [
                {
                    "rank": one.rank,
                    "movie_id": one.movie.movie_id,
                    "title": one.movie.title,
                    "year": one.movie.year,
                    "genres": list(one.movie.genres),
                    "score": float(one.score),
                    "reason": self.why(one),
                }
                for one in self.recommendations
            ],
        }


async def recommend(settings: Settings, person: Profile, ratings: Sequence[str], count: int) -> Picks:
    """Find movies for a person.

    Args:
        settings: where everything lies.
        person: without ratings.
        ratings: as typed, "TITLE=STARS".
        count: how many movies.

    Raises:
        BadInput: a rating cannot be used.
        StorageError: a service or the model is missing.
    """
    async with open_services(settings) as services:
        recommender = services.recommender
        movies = await services.stores.catalogue.all() if ratings else []
        rated = inputs.ratings(ratings, TitleIndex(movies))
        profile = replace(person, ratings={movie.movie_id: stars for movie, stars in rated.items()})
        found = await recommender.for_person(profile, count)
    by_id = {movie.movie_id: movie for movie in rated}
    return Picks(profile, by_id, found, recommender.towers.version, services.index.problem)
