"""The values that cross the border of storage: frozen, free of any driver."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, get_args

Gender = Literal["F", "M"]
RatingSource = Literal["button", "reply", "reaction", "stars", "onboarding", "import"]
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
class PosterFile:
    """What became of a poster that was sent by its address.

    Attributes:
        file_id: Telegram has it under this name; None where it could not load it.
        failed_at: when that was, UTC; None where it could.
    """

    file_id: str | None = None
    failed_at: datetime | None = None


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
class History:
    """All that a person has said that a recommendation is made of.

    Attributes:
        gender: as in `Person`, with age and occupation; None where they are not known.
        stars: 1..5 by movie id, the oldest rating first.
        unseen: movies that they were asked about and have not seen.
        seen: movies that they have seen and not rated.
        shown: movies that they were shown lately.
    """

    gender: Gender | None = None
    age: int | None = None
    occupation: int | None = None
    stars: dict[int, float] = field(default_factory=dict)
    unseen: frozenset[int] = frozenset()
    seen: frozenset[int] = frozenset()
    shown: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Rating:
    """What a person thinks of a movie: 1..5 stars, what they were given with, and when, UTC."""

    movie_id: int
    stars: float
    source: RatingSource
    rated_at: datetime


@dataclass(frozen=True, slots=True)
class Contributor:
    """What a model may learn of somebody who agreed to it: not who they are.

    Attributes:
        gender: as in Person, and so are age and occupation.
        ratings: the oldest first, one for each movie.
    """

    gender: Gender | None
    age: int | None
    occupation: int | None
    ratings: tuple[Rating, ...] = ()


@dataclass(frozen=True, slots=True)
class RatingChange:
    """What happened to the stars that a person gives a movie; None stands for no rating."""

    movie_id: int
    before: float | None
    after: float | None


JobKind = Literal["announcement", "metadata", "vectors", "model", "rollback"]
JobStatus = Literal["draft", "waiting", "running", "done", "failed", "cancelled"]
"""A draft waits for whoever wrote it; all others follow one after the other, and the last three are ends."""

Lane = Literal["announcing", "refreshing"]
LANES: tuple[Lane, ...] = get_args(Lane)
"""Jobs of one lane run one after the other, those of different lanes side by side."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work that an admin asked for and a worker does.

    Attributes:
        job_id: numbers, given once.
        notify: people are told afterwards.
        release: the version that a rollback leaves: done again, it must not leave another one.
        requested_by: the Telegram user id of an admin; 0 is the command line.
        chat_id: the chat of the message that shows how far it is; None for none.
        message_id: that message.
        created_at: UTC, as the other times.
        stage: what it is at, in the words of what it does; empty for nothing in particular.
        share: how much of that is done, 0..1.
        result: one line about how it ended; empty before, and where there is nothing to say.
        cancel_requested: it shall end as soon as it can.
    """

    job_id: int
    kind: JobKind
    notify: bool
    release: str | None
    status: JobStatus
    requested_by: int
    chat_id: int | None
    message_id: int | None
    created_at: datetime
    finished_at: datetime | None
    stage: str
    share: float
    result: str
    cancel_requested: bool

    @property
    def is_open(self) -> bool:
        """Whether it waits for a worker, or runs."""
        return self.status in ("waiting", "running")


DeliveryStatus = Literal["waiting", "sending", "sent", "blocked", "failed", "uncertain", "declined"]
DELIVERY_STATUSES: tuple[DeliveryStatus, ...] = get_args(DeliveryStatus)
"""What became of an announcement to one person.

sending: whoever was at it may have died over it; it is never sent again, but becomes uncertain.
blocked: the person has blocked the bot, or is no longer at Telegram.
failed: Telegram refused it for another reason.
uncertain: it was sent, or was not; Telegram cannot be asked.
declined: the person did not want it any more when it was their turn.
"""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What an admin did: what, to which job, and what came of it; never what was written."""

    at: datetime
    admin_id: int
    action: str
    job_id: int | None
    outcome: str


@dataclass(frozen=True, slots=True)
class DailyCounts:
    """One day, UTC: how many people came, and how many movies were rated."""

    date: date
    people: int
    ratings: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """How the bot is used.

    Attributes:
        people: who are known.
        reachable: those of them who may be sent announcements.
        ratings: that stand.
        shown: pairs of a person and a movie that a card showed them.
        thumbs_up: those of them that the person gave a thumb up.
        days: the last days, the oldest first, without gaps; the last one is today so far.
    """

    people: int
    reachable: int
    ratings: int
    shown: int
    thumbs_up: int
    days: tuple[DailyCounts, ...]

    @property
    def thumb_share(self) -> float | None:
        """The share of shown movies that got a thumb up, 0..1; None where none was shown."""
        return self.thumbs_up / self.shown if self.shown else None
