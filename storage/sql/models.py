"""The tables. Every change here needs a migration in storage/migrations."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
)
from sqlalchemy.dialects.mysql import DATETIME as MYSQL_DATETIME
from sqlalchemy.dialects.mysql import LONGBLOB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

# The default character set of MySQL may lack characters that occur in titles.
_MYSQL = {"mysql_charset": "utf8mb4"}

AUTOINCREMENT_ID = BigInteger().with_variant(Integer, "sqlite")
"""The type of ids that the database generates. SQLite generates them only for INTEGER columns."""


LONG_BINARY = LargeBinary().with_variant(LONGBLOB(), "mysql")
"""The type of bytes of any length. MySQL's default type holds 64 KiB."""


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes, stored as UTC without a time zone, because SQLite and MySQL have no type with a time zone.

    MySQL would store whole seconds by default; `fsp=6` stores microseconds.
    """

    impl = DateTime().with_variant(MYSQL_DATETIME(fsp=6), "mysql")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Convert to UTC without a time zone. A naive datetime raises ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a datetime needs a time zone: {value.isoformat()}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Convert to an aware UTC datetime."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base class of the tables. All constraints have names, so that later migrations can alter them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class MovieRow(Base):
    """A movie, as in `storage.records.Movie`."""

    __tablename__ = "movies"
    __table_args__ = _MYSQL

    movie_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(Text)
    year: Mapped[int | None]
    genres: Mapped[list[str]] = mapped_column(JSON)
    description: Mapped[str | None] = mapped_column(Text)
    directors: Mapped[list[str]] = mapped_column(JSON)
    actors: Mapped[list[str]] = mapped_column(JSON)
    poster_url: Mapped[str | None] = mapped_column(Text)
    rating_count: Mapped[int] = mapped_column(BigInteger)
    rating_mean: Mapped[float | None] = mapped_column(Double)


class ReleaseRow(Base):
    """A trained model, as in `storage.records.Release`."""

    __tablename__ = "releases"
    __table_args__ = _MYSQL

    version: Mapped[str] = mapped_column(String(128), primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    validation_ndcg: Mapped[float | None] = mapped_column(Double)


class ActivationRow(Base):
    """An activation of a release. The newest activation that was not withdrawn determines the active release."""

    __tablename__ = "activations"
    __table_args__ = _MYSQL

    number: Mapped[int] = mapped_column(AUTOINCREMENT_ID, primary_key=True)
    version: Mapped[str] = mapped_column(ForeignKey("releases.version"))
    activated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ReleaseContributorsRow(Base):
    """Who contributed to a release, as in `storage.records.ContributorHashes`.

    The row is written before the release can be found, and deleted with the release folder. So `version` is not a
    foreign key. A release without a row learned from a data set only.

    Attributes:
        hashes: 16 bytes for each contributor, sorted, so that their order says nothing about the people.
    """

    __tablename__ = "release_contributors"
    __table_args__ = _MYSQL

    version: Mapped[str] = mapped_column(String(128), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    hashes: Mapped[bytes] = mapped_column(LONG_BINARY)


class RevisionRow(Base):
    """A counter of changes to data that replicas keep a copy of; see `storage.sql.revisions`."""

    __tablename__ = "revisions"
    __table_args__ = _MYSQL

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class PersonRow(Base):
    """A user of the bot, as in `storage.records.Person`.

    All other tables about people have a foreign key `person_id` to this table, so nothing can be stored about a person
    who does not exist. `People.forget` finds all data of a person by the name of that column.
    """

    __tablename__ = "people"
    __table_args__ = (
        # The ranges of recsys.Profile: with any other value every recommendation for the person would fail.
        CheckConstraint("gender IN ('F', 'M')", name="gender"),
        CheckConstraint("age BETWEEN 1 AND 120", name="age"),
        CheckConstraint("occupation BETWEEN 0 AND 20", name="occupation"),
        _MYSQL,
    )

    person_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    step: Mapped[str] = mapped_column(String(64))
    gender: Mapped[str | None] = mapped_column(String(1))
    age: Mapped[int | None]
    occupation: Mapped[int | None]
    consent: Mapped[bool]
    notify: Mapped[bool]
    blocked: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PosterRow(Base):
    """The result of sending a poster by its URL, as in `storage.records.PosterFile`.

    Attributes:
        bot_id: the bot that uploaded the file. No other bot can use the file_id.
        url_hash: SHA-256 of the URL in hexadecimal digits, because a URL can be too long for a key.
    """

    __tablename__ = "posters"
    __table_args__ = _MYSQL

    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    url_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    file_id: Mapped[str | None] = mapped_column(Text)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RatingRow(Base):
    """A person's rating of a movie, as in `storage.records.Rating`.

    Here and below, `movie_id` is not a foreign key: the catalogue can be replaced, and ratings and marks remain.
    """

    __tablename__ = "ratings"
    __table_args__ = (CheckConstraint("stars BETWEEN 1 AND 5", name="stars"), _MYSQL)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    movie_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    stars: Mapped[float] = mapped_column(Double)
    source: Mapped[str] = mapped_column(String(16))
    rated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RatingChangeRow(Base):
    """A change of a rating, with everything that is needed to undo it exactly.

    The newest change of a person is deleted only together with the person, because it has the highest number.

    Attributes:
        number: position of the change in the person's history, from 1.
        source: how the change was made.
        unseen_at: time of the "unseen" mark that the change removed; NULL if it removed none.
        undone_at: time when the change was undone; NULL if it was not undone.
    """

    __tablename__ = "rating_changes"
    __table_args__ = _MYSQL

    person_id: Mapped[int] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    movie_id: Mapped[int] = mapped_column(BigInteger)
    before_stars: Mapped[float | None] = mapped_column(Double)
    before_source: Mapped[str | None] = mapped_column(String(16))
    before_rated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    after_stars: Mapped[float | None] = mapped_column(Double)
    source: Mapped[str] = mapped_column(String(16))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    unseen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MarkRow(Base):
    """A mark of a person on a movie; the kinds are `storage.records.MARK_KINDS`."""

    __tablename__ = "marks"
    __table_args__ = _MYSQL

    person_id: Mapped[int] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    movie_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    marked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CardRow(Base):
    """The movie that a message of the bot shows.

    Attributes:
        previous_movie_id: the movie that the message may still show, because editing it has not succeeded yet; NULL if
            it certainly shows `movie_id`.
    """

    __tablename__ = "cards"
    __table_args__ = _MYSQL

    person_id: Mapped[int] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    movie_id: Mapped[int] = mapped_column(BigInteger)
    previous_movie_id: Mapped[int | None] = mapped_column(BigInteger)
    shown_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UpdateRow(Base):
    """A Telegram update that was received.

    Attributes:
        seen_at: time of the claim.
        handled_at: NULL while the update is being handled, or if its handler has died.
        owner: the process that claimed the update.
    """

    __tablename__ = "updates"
    __table_args__ = _MYSQL

    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    owner: Mapped[str | None] = mapped_column(String(32))


class EffectRow(Base):
    """A change that a Telegram update has made, so that the same update does not make it again.

    The row is stored in the transaction of the change and deleted with the update.

    Attributes:
        effect: name of the change. An update can make several.
        result: what the update was answered with, without anything that identifies a person.
    """

    __tablename__ = "effects"
    __table_args__ = _MYSQL

    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    effect: Mapped[str] = mapped_column(String(32), primary_key=True)
    result: Mapped[Any] = mapped_column(JSON, nullable=False)


class JobRow(Base):
    """A background job, as in `storage.records.Job`.

    Attributes:
        lane: "announcing" or "refreshing".
        turn: the lane while the job is running, otherwise NULL. It is unique, so that each lane runs one job at a time.
        owner: the worker that runs the job.
        leased_until: time at which the lease expires. If the lease is not renewed by then, the worker is assumed to be
            dead.
    """

    __tablename__ = "jobs"
    # Ids are never reused, so that an old button cannot refer to a different job.
    __table_args__ = _MYSQL | {"sqlite_autoincrement": True}

    job_id: Mapped[int] = mapped_column(AUTOINCREMENT_ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    lane: Mapped[str] = mapped_column(String(16))
    notify: Mapped[bool]
    release: Mapped[str | None] = mapped_column(String(128))
    status: Mapped[str] = mapped_column(String(16), index=True)
    requested_by: Mapped[int] = mapped_column(BigInteger)
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    turn: Mapped[str | None] = mapped_column(String(16), unique=True)
    owner: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stage: Mapped[str] = mapped_column(String(64))
    share: Mapped[float] = mapped_column(Double)
    result: Mapped[str] = mapped_column(Text)
    cancel_requested: Mapped[bool]


class HeartbeatRow(Base):
    """The time of the last heartbeat.

    Attributes:
        name: a replica of the bot. All workers share the name "worker".
        owner: the process of the replica, as in `UpdateRow`; NULL for workers.
    """

    __tablename__ = "heartbeats"
    __table_args__ = _MYSQL

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    owner: Mapped[str | None] = mapped_column(String(32))


class AnnouncementRow(Base):
    """An announcement.

    Attributes:
        text: Telegram HTML; NULL if every recipient gets a personal card.
        cause: id of the job that caused the announcement; NULL if an admin wrote it. It is unique, so that a job causes
            at most one announcement.
    """

    __tablename__ = "announcements"
    __table_args__ = _MYSQL

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.job_id"), primary_key=True)
    text: Mapped[str | None] = mapped_column(Text)
    cause: Mapped[int | None] = mapped_column(BigInteger, unique=True)


class DeliveryRow(Base):
    """The delivery of an announcement to one person; the statuses are `storage.records.DELIVERY_STATUSES`."""

    __tablename__ = "deliveries"
    __table_args__ = (Index("ix_deliveries_job_id_status", "job_id", "status"), _MYSQL)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("announcements.job_id"), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AuditRow(Base):
    """An action of an admin, as in `storage.records.AuditEntry`."""

    __tablename__ = "audit"
    __table_args__ = _MYSQL

    entry_id: Mapped[int] = mapped_column(AUTOINCREMENT_ID, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    admin_id: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(String(32))
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(32))
