"""The movies that `reelmate similar` finds, and how they are printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from bot.cli.movie_lists import inputs
from bot.reporting import print_note, result_console
from recsys.profile import Profile
from recsys.serving.explain import Reason, Resembles
from storage.records import Movie

if TYPE_CHECKING:
    from bot.settings import Settings
    from recsys.serving.requests import Recommendation


@dataclass(frozen=True, slots=True)
class SimilarList:
    """A movie and the movies like it.

    Attributes:
        movie: the movie that was named.
        recommendations: best first.
        version: the version of the release.
        degraded: what was missing, in one line; empty if nothing was missing.
    """

    movie: Movie
    recommendations: "list[Recommendation]"
    version: str
    degraded: str

    def to_dict(self) -> dict[str, Any]:
        """Return the movie and the list, ready for JSON."""
        return {
            "movie_id": self.movie.movie_id,
            "title": self.movie.title,
            "year": self.movie.year,
            "version": self.version,
            "similar": [
                {
                    "rank": recommendation.rank,
                    "movie_id": recommendation.movie.movie_id,
                    "title": recommendation.movie.title,
                    "year": recommendation.movie.year,
                    "genres": list(recommendation.movie.genres),
                    "score": float(recommendation.score),
                    "reason": in_common(recommendation.reason),
                }
                for recommendation in self.recommendations
            ],
        }


async def similar(settings: "Settings", title: str, ratings: Sequence[str], count: int) -> SimilarList:
    """Find the movies that are most like another one.

    Args:
        settings: where everything is stored.
        title: a title or a movie id, as typed.
        ratings: of the person who asks, as typed, "TITLE=STARS".
        count: number of movies.

    Raises:
        BadInput: the title or a rating is invalid.
        StorageError: a service or the model is missing.
    """
    from bot.app import open_services
    from bot.stores import without_writing

    async with open_services(without_writing(settings)) as services:
        recommender, titles = services.recommender, services.conversation.state.titles
        movie = inputs.movie(title, titles.find_or_id(title))
        rated = inputs.ratings(ratings, titles)
        profile = Profile(ratings={rated_movie.movie_id: stars for rated_movie, stars in rated.items()})
        recommendations = await recommender.similar(movie.movie_id, profile, count)
    return SimilarList(movie, recommendations, recommender.towers.version, services.index.problem)


def in_common(reason: Reason) -> str:
    """Return what two movies have in common: "Action, Sci-Fi, James Cameron; liked by the same people"."""
    if not isinstance(reason, Resembles):
        return ""
    shared = ", ".join([*reason.genres, *reason.people])
    liked_together = "liked by the same people" if reason.liked_together else ""
    return "; ".join(filter(None, [shared, liked_together])) or "nothing nearer is left"


def print_similar(found: SimilarList) -> None:
    """Print the movie, and a table of the movies like it, best first."""
    if found.degraded:
        print_note(found.degraded)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("#", justify="right", style="dim")
    table.add_column("title", style="bold", overflow="fold")
    table.add_column("year", justify="right")
    table.add_column("genres", overflow="fold")
    table.add_column("in common", style="cyan", overflow="fold")
    for recommendation in found.recommendations:
        movie = recommendation.movie
        year = "" if movie.year is None else str(movie.year)
        reason = in_common(recommendation.reason)
        table.add_row(str(recommendation.rank), movie.title, year, ", ".join(movie.genres), reason)
    console = result_console()
    console.print(f"Like {found.movie.label}:", soft_wrap=True)
    console.print(table)
