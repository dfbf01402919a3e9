"""Records: frozen value objects, independent of any driver, that storage takes and returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, NamedTuple, get_args

from storage.net_details import NetDetails, unknown_facts

Gender = Literal["F", "M"]
RatingSource = Literal["button", "reply", "reaction", "stars", "onboarding", "import"]
"""How a rating was given."""

MarkKind = Literal["unseen", "seen", "later", "shown"]
MARK_KINDS: tuple[MarkKind, ...] = get_args(MarkKind)
"""The marks that a person can have on a movie besides a rating: not seen, seen, on the watchlist, was shown."""

WishKind = Literal["active", "lasting", "listed"]
"""The wish that holds until another one is said, what a person never wants to see, and the movies of the last list."""


class Popularity(StrEnum):
    """How well known the movies are that a person wants to be shown."""

    WELL_KNOWN = "known"
    BALANCED = "balanced"
    HIDDEN = "hidden"


class Tag(NamedTuple):
    """A tag of a movie, in lower case, and the number of people who gave it."""

    name: str
    people: int


@dataclass(frozen=True, slots=True)
class Movie:
    """One title of the catalogue.

    Attributes:
        movie_id: id in the data set, positive.
        title: the title without its year, with the article in front ("The Matrix", not "Matrix, The").
        year: year of release, None if the data set does not have it.
        genres: names of the genres as in the data set, in its order.
        certificate: the age rating as the data set writes it, such as "PG-13"; None if it is unknown or there is none.
        minutes: running time; None if it is unknown, as are the ids.
        imdb_id, tmdb_id: ids at imdb.com, such as "tt0114709", and at themoviedb.org.
        tags: what people of the data set said about the movie, the most frequent first. Models do not use it.
        rating_count: number of ratings in the data set, the measure of popularity for filters and fallbacks.
        rating_mean: mean stars, 1..5, None without ratings.
        net: details from TMDB; None if there are none.
        untrained: names of attributes on which no model may be trained; the catalogue does not store them.
    """

    movie_id: int
    title: str
    year: int | None = None
    genres: tuple[str, ...] = ()
    description: str | None = None
    directors: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    poster_url: str | None = None
    certificate: str | None = None
    minutes: int | None = None
    imdb_id: str | None = None
    tmdb_id: int | None = None
    tags: tuple[Tag, ...] = field(default=(), repr=False)
    rating_count: int = 0
    rating_mean: float | None = None
    net: NetDetails | None = None
    untrained: tuple[str, ...] = ()

    @property
    def own(self) -> "Movie":
        """The movie as its data set describes it: what the catalogue stores."""
        return self if self.net is None else replace(self, net=None, **unknown_facts(self.net.filled))

    @property
    def trainable(self) -> "Movie":
        """The movie as models are trained on it: without details from TMDB and without untrained attributes."""
        own = self.own
        return replace(own, **unknown_facts(own.untrained)) if own.untrained else own

    @property
    def label(self) -> str:
        """The title with its year: "Toy Story (1995)"."""
        return self.title if self.year is None else f"{self.title} ({self.year})"

    @property
    def services(self) -> tuple[str, ...]:
        """The services that stream the movie, as in `NetDetails`."""
        return () if self.net is None else self.net.services

    @property
    def has_details(self) -> bool:
        """Whether more is known of the movie than its title, year, genres and ratings."""
        people, texts = (self.directors, self.actors), (self.description, self.certificate, self.minutes)
        return any((*people, *texts, self.imdb_id, self.tmdb_id))


MAX_FILTER_IDS = 500
"""Maximum number of movie ids in each condition of a filter, because an index parses every one of them."""


@dataclass(frozen=True, slots=True)
class MovieFilter:
    """Conditions on movies. A condition that is empty or None is not checked.

    Attributes:
        genres_any: the movie has at least one of these genres.
        genres_all: the movie has all of these genres.
        genres_none: the movie has none of these genres.
        year_from: the movie was released in this year or later. A movie without a year does not match.
        year_to: the movie was released in this year or earlier. A movie without a year does not match.
        ids: the movie is one of these, at most MAX_FILTER_IDS. No movie matches an empty set.
        ids_none: the movie is none of these, at most MAX_FILTER_IDS.
        services_any: at least one of these services, such as "DE:Netflix", streams the movie.
    """

    genres_any: tuple[str, ...] = ()
    genres_all: tuple[str, ...] = ()
    genres_none: tuple[str, ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    ids: frozenset[int] | None = None
    ids_none: frozenset[int] = frozenset()
    services_any: tuple[str, ...] = ()

    def matches(self, movie: Movie) -> bool:
        """Return whether a movie meets every condition."""
        genres = set(movie.genres)
        return (
            (not self.genres_any or not genres.isdisjoint(self.genres_any))
            and genres.issuperset(self.genres_all)
            and genres.isdisjoint(self.genres_none)
            and (self.year_from is None or (movie.year is not None and movie.year >= self.year_from))
            and (self.year_to is None or (movie.year is not None and movie.year <= self.year_to))
            and (self.ids is None or movie.movie_id in self.ids)
            and movie.movie_id not in self.ids_none
            and (not self.services_any or not set(movie.services).isdisjoint(self.services_any))
        )


ANY_MOVIE = MovieFilter()
"""The filter that every movie passes."""


@dataclass(frozen=True, slots=True)
class Release:
    """A trained model that can be served.

    Attributes:
        version: content hash of the release, letters and digits. It also names the release's vectors in an index.
        url: "file:///...", the folder that this process has written or read. The database has none, but in old rows.
        created_at: time of training, UTC.
        validation_ndcg: mean NDCG@10 on validation newcomers, 0..1; None if nobody could be held out.
    """

    version: str
    url: str = field(compare=False)
    created_at: datetime
    validation_ndcg: float | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the bot.

    Attributes:
        person_id: Telegram user id.
        step: current step of the onboarding.
        age: in years, 1..120; only the age group is used.
        occupation: occupation code of MovieLens 1M, 0..20.
        consent: whether their ratings may be used for training.
        notify: whether they want announcements.
        blocked: whether they have blocked the bot, so that nothing can be sent to them.
        created_at: time of their first update, UTC.
        popularity: how well known the movies are that they want to be shown.
        country: where they watch movies, an ISO 3166-1 code such as "DE"; None if they have not said.
        services: names of the services that they have there, as in `storage.net_details.Offers`.
        only_services: whether they want only movies that one of these services streams.
        open_question: the question that was asked again from the profile and waits for an answer; None for none.
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
    popularity: Popularity = Popularity.BALANCED
    country: str | None = None
    services: tuple[str, ...] = ()
    only_services: bool = False
    open_question: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """The input of a recommendation: a person's demographics, ratings and marks.

    Attributes:
        gender: as in `Person`, like age and occupation; None if unknown.
        stars: movie id -> stars 1..5, the oldest rating first.
        unseen: ids of movies that the person was asked about and has not seen.
        seen: ids of movies that the person has seen and not rated.
        shown: ids of movies that the person was shown recently.
        later: ids of movies on the watchlist.
        preferences: the conditions of the person's lasting wish, as in `StoredWish`; empty if there is none.
        popularity: as in `Person`.
        latest: ids of the movies that the person was shown last, the latest at the end; some of `shown`.
        services: the services, such as "DE:Netflix", of which one must stream a movie; empty if none must.
    """

    gender: Gender | None = None
    age: int | None = None
    occupation: int | None = None
    stars: dict[int, float] = field(default_factory=dict)
    unseen: frozenset[int] = frozenset()
    seen: frozenset[int] = frozenset()
    shown: frozenset[int] = frozenset()
    later: frozenset[int] = frozenset()
    preferences: Mapping[str, Any] = field(default_factory=dict)
    popularity: Popularity = Popularity.BALANCED
    latest: tuple[int, ...] = ()
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredWish:
    """A wish of a person: its conditions by name, and when it was said, UTC."""

    wish: Mapping[str, Any]
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Rating:
    """A person's rating of a movie: 1..5 stars, how it was given, and when, UTC."""

    movie_id: int
    stars: float
    source: RatingSource
    rated_at: datetime


@dataclass(frozen=True, slots=True)
class Contributor:
    """The training data of a person who consented to training, without their identity.

    Attributes:
        gender: as in `Person`, like age and occupation.
        ratings: the oldest first, one per movie.
    """

    gender: Gender | None
    age: int | None
    occupation: int | None
    ratings: tuple[Rating, ...] = ()


@dataclass(frozen=True, slots=True)
class ContributorHashes:
    """Who contributed to a training, so that it can be counted later how many of them have left.

    There are few possible ids, so whoever has the salt can test whether somebody whose id they know contributed.

    Attributes:
        salt: 16 random bytes, drawn for each training. Without it, equal hashes would link the trainings of a person.
        hashes: of the contributors' Telegram user ids, 16 bytes each.
    """

    salt: bytes
    hashes: frozenset[bytes]


JobKind = Literal["announcement", "metadata", "details", "vectors", "model", "rollback"]
JobStatus = Literal["draft", "waiting", "running", "done", "failed", "cancelled"]
"""The status of a job. A draft waits for its author to confirm it. "done", "failed" and "cancelled" are final."""

Lane = Literal["announcing", "refreshing"]
LANES: tuple[Lane, ...] = get_args(Lane)
"""The lanes. Jobs of one lane run one after the other; jobs of different lanes run in parallel."""


@dataclass(frozen=True, slots=True)
class Job:
    """A background job that an admin requests and a worker runs.

    Attributes:
        job_id: a number that is never reused.
        notify: whether people are sent an announcement afterwards.
        release: the version that a rollback withdraws. A rollback that is run again must not withdraw another version.
        requested_by: Telegram user id of the admin; 0 is the command line.
        created_at: UTC, as are the other times.
        stage: name of the current stage; may be empty.
        share: completed fraction of the stage, 0..1.
        result: one line about the outcome; empty before the end, and if there is nothing to report.
        cancel_requested: whether the job has been asked to stop as soon as possible.
    """

    job_id: int
    kind: JobKind
    notify: bool
    release: str | None
    status: JobStatus
    requested_by: int
    created_at: datetime
    finished_at: datetime | None
    stage: str
    share: float
    result: str
    cancel_requested: bool

    @property
    def is_open(self) -> bool:
        """Whether the job waits for a worker or is running."""
        return self.status in ("waiting", "running")


class ProgressMessage(NamedTuple):
    """A message that shows the progress of a job, by its chat and its id there."""

    chat_id: int
    message_id: int


DeliveryStatus = Literal["waiting", "sending", "sent", "blocked", "failed", "uncertain", "declined"]
DELIVERY_STATUSES: tuple[DeliveryStatus, ...] = get_args(DeliveryStatus)
"""The status of the delivery of an announcement to one person.

waiting: not sent yet.
sending: a worker is sending it. If the worker dies, the status becomes uncertain, and it is never sent again.
sent: Telegram accepted it.
blocked: the person has blocked the bot, or their account no longer exists.
failed: Telegram refused it for another reason.
uncertain: it may or may not have been sent, and Telegram has no method to find out.
declined: the person no longer wanted announcements when it was their turn.
"""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An admin's action: when, by whom, what, on which job, and with what outcome. It never contains texts."""

    at: datetime
    admin_id: int
    action: str
    job_id: int | None
    outcome: str


RecordKind = Literal["updates", "shown", "cards", "changes", "deliveries", "drafts", "jobs", "audit"]
"""The kinds of records that are deleted after some time, named like the attributes of `Retention`."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long records are kept that serve a purpose only for some time.

    Everything else about a person is kept until they use /forget: the person, ratings, and marks other than "shown".

    Attributes:
        updates: ids of updates with their effects, since an update arrived; last heartbeats of replicas; wishes that
            have ended, since they were said; and files that were read and not imported, since they were sent.
        shown: marks of a movie as "shown", since the movie was shown last.
        cards: which message shows which movie, since the message got that movie.
        changes: what can be undone, and which files were imported. The newest change of each person is kept.
        deliveries: recipients of an announcement, since the announcement ended.
        drafts: announcements that were never sent nor discarded, since they were written.
        jobs: jobs with the texts of announcements, since they ended.
        audit: entries of the audit log, and the daily numbers of messages that were not understood.
    """

    updates: timedelta
    shown: timedelta
    cards: timedelta
    changes: timedelta
    deliveries: timedelta
    drafts: timedelta
    jobs: timedelta
    audit: timedelta

    @property
    def of_people(self) -> timedelta:
        """The longest time for which a record about a person is kept."""
        return max(self.shown, self.cards, self.changes, self.deliveries)
