"""The values that cross the border of storage: frozen, free of any driver."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Gender = Literal["F", "M"]
Source = Literal["button", "reply", "reaction", "stars", "onboarding", "import"]
"""What a rating was given with."""

MarkKind = Literal["unseen", "seen", "later", "shown"]
MARK_KINDS: tuple[MarkKind, ...] = get_args(MarkKind)
"""What a person can have said or done with a movie but rate it: not seen, seen, wants to see, was shown it."""


@dataclass(frozen=True, slots=True)
class Movie:
    """One title of the catalogue.

    Attributes:
        movie_id: the data set's own id, positive.
        title: the title without its year, the article in front ("The Matrix", not "Matrix, The").
        year: year of release, None where the data set does not say.
        genres: in the data set's own words, in its order.
        rating_count: how many ratings the data set holds; the popularity that filters and fallbacks use.
        rating_mean: mean stars, 1..5, None without ratings.
    """

    movie_id: int
    title: str
    year: int | None = None
    genres: tuple[str, ...] = ()
    description: str | None = None
    directors: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    poster_url: str | None = None
    rating_count: int = 0
    rating_mean: float | None = None

    @property
    def label(self) -> str:
        """The title as a person writes it: "Toy Story (1995)"."""
        return self.title if self.year is None else f"{self.title} ({self.year})"


@dataclass(frozen=True, slots=True)
class MovieFilter:
    """Which movies may come back; conditions that are empty or None say nothing.

    Attributes:
        genres_any: at least one of these.
        genres_all: every one of these.
        genres_none: none of these.
        year_from: released in this year or later; a movie without a year never is.
        year_to: released in this year or earlier; a movie without a year never is.
    """

    genres_any: tuple[str, ...] = ()
    genres_all: tuple[str, ...] = ()
    genres_none: tuple[str, ...] = ()
    year_from: int | None = None
    year_to: int | None = None

    def matches(self, movie: Movie) -> bool:
        """Whether a movie fulfils every condition."""
        genres = set(movie.genres)
        return (
            (not self.genres_any or not genres.isdisjoint(self.genres_any))
            and genres.issuperset(self.genres_all)
            and genres.isdisjoint(self.genres_none)
            and (self.year_from is None or (movie.year is not None and movie.year >= self.year_from))
            and (self.year_to is None or (movie.year is not None and movie.year <= self.year_to))
        )


ANY_MOVIE = MovieFilter()
"""The filter that lets every movie through."""


@dataclass(frozen=True, slots=True)
class Release:
    """A trained model that can be served.

    Attributes:
        version: content hash of the release, letters and digits; names its vectors in every index.
        url: where the release folder lies, "file:///...".
        created_at: when it was trained, UTC.
        validation_ndcg: mean NDCG@10 on validation newcomers, 0..1; None where none could be held out.
    """

    version: str
    url: str
    created_at: datetime
    validation_ndcg: float | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who talks to the bot.

    Attributes:
        person_id: Telegram's own user id.
        step: where in the onboarding they are.
        age: in years, 1..120; only its group counts.
        occupation: a code of MovieLens 1M, 0..20.
        consent: their ratings may train a model.
        notify: they want to hear of new movies.
        blocked: they have blocked the bot, nothing can be sent.
        created_at: when they first came, UTC.
    """

    person_id: int
    step: str
    gender: Gender | None
    age: int | None
    occupation: int | None
    consent: bool
    notify: bool
    blocked: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Rating:
    """What a person thinks of a movie: 1..5 stars, what they were given with, and when, UTC."""

    movie_id: int
    stars: float
    source: Source
    rated_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to the stars that a person gives a movie; None stands for no rating."""

    movie_id: int
    before: float | None
    after: float | None
