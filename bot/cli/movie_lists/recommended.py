"""The movies that `reelmate recommend` recommends to a person, and how they are printed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from bot.cli.movie_lists import inputs
from bot.cli.movie_lists.similar import in_common
from bot.reporting import print_note, result_console
from recsys.profile import AGE_GROUPS, OCCUPATIONS, Profile, age_group
from recsys.serving.explain import BecauseLiked, PopularWithPeers, Resembles
from recsys.text.titles import TitleIndex
from storage.records import Movie

if TYPE_CHECKING:
    from bot.settings import Settings
    from recsys.services.state import ServingState
    from recsys.serving.requests import Recommendation
    from recsys.text.wishes import Wish

MAX_NAMED = 5
"""The line about the person names at most this many ratings."""

PLOT_LETTERS = 240
"""The table shows at most this many characters of a plot."""

_PERSON = {"F": "a woman", "M": "a man", None: "somebody"}


@dataclass(frozen=True, slots=True)
class RecommendedList:
    """A person and the movies recommended to them.

    Attributes:
        profile: the person as they were understood.
        wishes: the conditions of the wish in words, as they were understood.
        movies: the movies that the person has rated or wishes for the like of, by id.
        recommendations: best first.
        version: the version of the release.
        degraded: what was missing, in one line; empty if nothing was missing.
        notes: what could not be considered, and why there are fewer movies than were asked for, in lines.
    """

    profile: Profile
    wishes: tuple[str, ...]
    movies: Mapping[int, Movie]
    recommendations: "list[Recommendation]"
    version: str
    degraded: str
    notes: tuple[str, ...]

    def reason(self, recommendation: "Recommendation") -> str:
        """Return the reason for a recommendation in words."""
        if isinstance(recommendation.reason, BecauseLiked):
            return f"because you liked {self.movies[recommendation.reason.movie_id].label}"
        if isinstance(recommendation.reason, Resembles):
            return f"like {self.movies[recommendation.reason.movie_id].label}: {in_common(recommendation.reason)}"
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
                    {"movie_id": movie_id, "title": self.movies[movie_id].label, "stars": stars}
                    for movie_id, stars in profile.ratings.items()
                ],
                "wish": list(self.wishes),
            },
            "version": self.version,
            "notes": list(self.notes),
            "recommendations": [
                {
                    "rank": recommendation.rank,
                    "movie_id": recommendation.movie.movie_id,
                    "title": recommendation.movie.title,
                    "year": recommendation.movie.year,
                    "genres": list(recommendation.movie.genres),
                    "plot": recommendation.movie.description,
                    "directors": list(recommendation.movie.directors),
                    "actors": list(recommendation.movie.actors),
                    "score": float(recommendation.score),
                    "reason": self.reason(recommendation),
                }
                for recommendation in self.recommendations
            ],
        }


async def recommend(
    settings: "Settings", person: Profile, ratings: Sequence[str], count: int, wish_text: str | None = None
) -> RecommendedList:
    """Recommend movies to a person.

    Args:
        settings: where everything is stored.
        person: gender, age and occupation, without ratings.
        ratings: as typed, "TITLE=STARS".
        count: number of movies.
        wish_text: a wish as typed; None for none.

    Raises:
        BadInput: a rating is invalid, or the wish was not understood.
        StorageError: a service or the model is missing.
    """
    from bot.app import open_services
    from bot.stores import without_writing
    from handlers.wish_parts import wish_parts
    from recsys.services.cards import NOTHING_WISHED
    from recsys.services.choosing import recommend_for_wish

    async with open_services(without_writing(settings)) as services:
        recommender, state = services.recommender, services.conversation.state
        rated = inputs.ratings(ratings, TitleIndex(list(state.movies.values()) if ratings else ()))
        profile = replace(person, ratings={movie.movie_id: stars for movie, stars in rated.items()})
        wish = NOTHING_WISHED if wish_text is None else inputs.wish(wish_text, state.reader)
        recommendations = await recommend_for_wish(recommender, state.conditions, profile, wish, count)
    return RecommendedList(
        profile,
        tuple(part.label for part in wish_parts(wish, state.movie)),
        {movie_id: state.movie(movie_id) for movie_id in (*profile.ratings, *wish.like)},
        recommendations,
        recommender.towers.version,
        services.index.problem,
        tuple(_notes(state, profile, wish, count - len(recommendations))),
    )


def _notes(state: "ServingState", profile: Profile, wish: "Wish", missing: int) -> list[str]:
    """Return what of a wish could not be considered, and why movies are missing in a list.

    Args:
        state: the catalogue.
        profile: the person, with ratings.
        wish: what the person wishes for.
        missing: how many movies fewer were found than were asked for.
    """
    not_considered = [*state.conditions.not_known(wish), *wish.unknown_titles, *wish.leftover]
    notes = [f"not considered, because the catalogue knows nothing of it: {', '.join(not_considered)}"]
    notes = notes if not_considered else []
    if missing > 0:
        fitting = state.conditions.fitting(wish)
        taken = sum(movie.movie_id in profile.ratings or movie.movie_id in wish.like for movie in fitting)
        all_movies = len(state.movies)
        if not fitting:
            notes.append(f"none of the {all_movies:,} movies in the catalogue fits the wish; leave a condition out")
        else:
            rated = f", and {taken:,} of them are rated or named in the wish" if taken else ""
            notes.append(f"{len(fitting):,} of the {all_movies:,} movies in the catalogue can be chosen from{rated}")
    return notes


def print_recommended(recommended: RecommendedList) -> None:
    """Print a line about the person, notes, and a table of the movies, best first."""
    if recommended.degraded:
        print_note(recommended.degraded)
    console = result_console()
    console.print(person_line(recommended.profile, recommended.movies, recommended.wishes), soft_wrap=True)
    for note in recommended.notes:
        console.print(f"({note})", soft_wrap=True)
    if not recommended.recommendations:
        console.print("No movie is left to recommend.")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("#", justify="right", style="dim")
    table.add_column("title", overflow="fold")
    table.add_column("year", justify="right")
    table.add_column("genres", overflow="fold")
    table.add_column("why", style="cyan", overflow="fold")
    for recommendation in recommended.recommendations:
        movie = recommendation.movie
        year = "" if movie.year is None else str(movie.year)
        reason = recommended.reason(recommendation)
        table.add_row(str(recommendation.rank), _title(movie), year, ", ".join(movie.genres), reason)
    console.print(table)


def _title(movie: Movie) -> Text:
    """Return the title of a movie, and the beginning of its plot below, if the catalogue has one."""
    title = Text(movie.title, style="bold")
    if movie.description:
        plot = " ".join(movie.description.split())
        plot = plot if len(plot) <= PLOT_LETTERS else f"{plot[:PLOT_LETTERS].rsplit(' ', 1)[0]} …"
        title.append(f"\n{plot}", style="not bold dim")
    return title


def person_line(profile: Profile, movies: Mapping[int, Movie], wishes: Sequence[str] = ()) -> str:
    """Describe a person in a line: "For a woman of 28 (25-34), programmer, who gave Toy Story (1995) 5 stars:".

    Args:
        profile: the person.
        movies: the rated movies by id. At most MAX_NAMED of them are named.
        wishes: the conditions of the person's wish.
    """
    if profile == Profile() and not wishes:
        return "For an unknown person:"
    parts = [_PERSON[profile.gender]]
    if profile.age is not None:
        parts[0] += f" of {profile.age} ({AGE_GROUPS[age_group(profile.age)][1]})"
    if profile.occupation is not None:
        parts.append(OCCUPATIONS[profile.occupation])
    ratings = [f"{movies[movie_id].label} {_stars(stars)}" for movie_id, stars in list(profile.ratings.items())]
    if len(ratings) > MAX_NAMED:
        ratings = [*ratings[:MAX_NAMED], f"stars to {len(ratings) - MAX_NAMED:,} more movies"]
    if ratings:
        enumeration = " and ".join(filter(None, [", ".join(ratings[:-1]), ratings[-1]]))
        parts.append(f"who gave {enumeration}")
    if wishes:
        parts.append(f'who wishes for "{", ".join(wishes)}"')
    return f"For {', '.join(parts)}:"


def _stars(stars: float) -> str:
    return f"{stars:g} star" if stars == 1 else f"{stars:g} stars"
