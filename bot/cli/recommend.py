"""The command `reelmate recommend`."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table

from bot.cli import inputs
from bot.cli.exit_status import one_line_errors
from bot.cli.options import JsonOption
from bot.reporting import print_note, print_result, result_console
from bot.runtime import serve_with_one_thread
from recsys.profile import AGE_GROUPS, OCCUPATIONS, Profile, age_group
from recsys.serving.explain import BecauseLiked, PopularWithPeers
from recsys.text.titles import TitleIndex
from storage.records import Movie

if TYPE_CHECKING:
    from bot.settings import Settings
    from recsys.serving.recommender import Recommendation

EXAMPLE = (
    "reelmate recommend --gender F --age 28 --occupation programmer "
    "--rate 'Toy Story (1995)=5' --rate 'Alien=2' --rate 2858=4"
)

_PERSON = {"F": "a woman", "M": "a man", None: "somebody"}


@dataclass(frozen=True, slots=True)
class RecommendedList:
    """A person and the movies recommended to them.

    Attributes:
        profile: the person as they were understood.
        rated: the rated movies by id.
        recommendations: best first.
        version: the version of the release.
        degraded: what was missing, in one line; empty if nothing was missing.
    """

    profile: Profile
    rated: Mapping[int, Movie]
    recommendations: "list[Recommendation]"
    version: str
    degraded: str

    def reason(self, recommendation: "Recommendation") -> str:
        """Return the reason for a recommendation in words."""
        if isinstance(recommendation.reason, BecauseLiked):
            return f"because you liked {self.rated[recommendation.reason.movie_id].label}"
        return "liked by people like you" if isinstance(recommendation.reason, PopularWithPeers) else "liked by many"

    def to_dict(self) -> dict[str, Any]:
        """Return the person and the list, ready for JSON."""
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
                    "rank": recommendation.rank,
                    "movie_id": recommendation.movie.movie_id,
                    "title": recommendation.movie.title,
                    "year": recommendation.movie.year,
                    "genres": list(recommendation.movie.genres),
                    "score": float(recommendation.score),
                    "reason": self.reason(recommendation),
                }
                for recommendation in self.recommendations
            ],
        }


def command(
    gender: Annotated[str | None, typer.Option("--gender", metavar="F|M", help="Gender.")] = None,
    age: Annotated[str | None, typer.Option("--age", metavar="YEARS", help="Age in years, 13 to 120.")] = None,
    occupation: Annotated[
        str | None,
        typer.Option("--occupation", metavar="CODE|WORD", help='A code 0 to 20, or a word such as "engineer".'),
    ] = None,
    rate: Annotated[
        list[str] | None,
        typer.Option("--rate", metavar="TITLE=STARS", help="A title or movie id and 1 to 5 stars; repeatable."),
    ] = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=100, metavar="N", help="Number of movies.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Recommend movies to a person.

    All options about the person are optional. Without any of them, the list is for an unknown person.
    """
    with one_line_errors():
        person = inputs.person(gender, age, occupation)
        serve_with_one_thread()
        from bot.settings import load_settings

        recommended = asyncio.run(recommend(load_settings(), person, rate or [], count))
        if as_json:
            print_result(recommended.to_dict(), as_json)
        else:
            _print(recommended)


async def recommend(settings: "Settings", person: Profile, ratings: Sequence[str], count: int) -> RecommendedList:
    """Recommend movies to a person.

    Args:
        settings: where everything is stored.
        person: gender, age and occupation, without ratings.
        ratings: as typed, "TITLE=STARS".
        count: number of movies.

    Raises:
        BadInput: a rating is invalid.
        StorageError: a service or the model is missing.
    """
    from bot.app import open_services

    async with open_services(settings) as services:
        recommender = services.recommender
        movies = await services.stores.catalogue.all() if ratings else []
        rated = inputs.ratings(ratings, TitleIndex(movies))
        profile = replace(person, ratings={movie.movie_id: stars for movie, stars in rated.items()})
        recommendations = await recommender.for_person(profile, count)
    by_id = {movie.movie_id: movie for movie in rated}
    return RecommendedList(profile, by_id, recommendations, recommender.towers.version, services.index.problem)


def _print(recommended: RecommendedList) -> None:
    """Print a line about the person, and a table of the movies, best first."""
    if recommended.degraded:
        print_note(recommended.degraded)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("#", justify="right", style="dim")
    table.add_column("title", style="bold", overflow="fold")
    table.add_column("year", justify="right")
    table.add_column("genres", overflow="fold")
    table.add_column("why", style="cyan", overflow="fold")
    for recommendation in recommended.recommendations:
        movie = recommendation.movie
        year = "" if movie.year is None else str(movie.year)
        reason = recommended.reason(recommendation)
        table.add_row(str(recommendation.rank), movie.title, year, ", ".join(movie.genres), reason)
    console = result_console()
    console.print(person_line(recommended.profile, recommended.rated), soft_wrap=True)
    console.print(table)


def person_line(profile: Profile, rated: Mapping[int, Movie]) -> str:
    """Describe a person in a line: "For a woman of 28 (25-34), programmer, who gave Toy Story (1995) 5 stars:".

    Args:
        profile: the person.
        rated: the rated movies by id.
    """
    if profile == Profile():
        return "For an unknown person:"
    parts = [_PERSON[profile.gender]]
    if profile.age is not None:
        parts[0] += f" of {profile.age} ({AGE_GROUPS[age_group(profile.age)][1]})"
    if profile.occupation is not None:
        parts.append(OCCUPATIONS[profile.occupation])
    ratings = [f"{rated[movie_id].label} {_stars(stars)}" for movie_id, stars in profile.ratings.items()]
    if ratings:
        enumeration = " and ".join(filter(None, [", ".join(ratings[:-1]), ratings[-1]]))
        parts.append(f"who gave {enumeration}")
    return f"For {', '.join(parts)}:"


def _stars(stars: float) -> str:
    return f"{stars:g} star" if stars == 1 else f"{stars:g} stars"
