"""The requests to a recommender, and its recommendations."""

from collections.abc import Collection
from dataclasses import dataclass

from recsys.profile import Profile
from recsys.serving.explain import Reason
from recsys.serving.style import DEFAULT_STYLE, ListStyle
from storage.records import ANY_MOVIE, Movie, MovieFilter


@dataclass(frozen=True, slots=True)
class Request:
    """A request for a list; the attributes are the arguments of `Recommender.for_person`."""

    profile: Profile
    exclude: Collection[int] = frozenset()
    where: MovieFilter = ANY_MOVIE
    text: str = ""
    style: ListStyle = DEFAULT_STYLE


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One movie for one person.

    Attributes:
        movie: with its metadata.
        score: user_vector @ movie_vector plus what the item re-ranker adds, or the fused score of `similar`; comparable
            within one list only.
        rank: 1 is the best.
        reason: the part of the profile that raised this movie most, or what it has in common with the movie that was
            asked for.
    """

    movie: Movie
    score: float
    rank: int
    reason: Reason
