"""The tables. Every change here comes with a revision in storage/migrations."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
)
from sqlalchemy.dialects.mysql import DATETIME as MYSQL_DATETIME
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

# MySQL's default character set can be one that has no place for every letter of a title.
_MYSQL = {"mysql_charset": "utf8mb4"}

AUTOINCREMENT_ID = BigInteger().with_variant(Integer, "sqlite")
"""A number that the database counts up itself; SQLite does so for its own integers alone."""


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes, kept as UTC without a zone: SQLite and MySQL have none. MySQL keeps whole seconds unasked."""

    impl = DateTime().with_variant(MYSQL_DATETIME(fsp=6), "mysql")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """To UTC without a zone; a datetime without a zone is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time needs its zone: {value.isoformat()}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """To an aware UTC datetime."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Constraints have names everywhere, so that a later revision can alter them."""

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
    """One title, as in `storage.records.Movie`."""

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
    """A release became the one that is served; the newest activation that was not withdrawn is the one that counts."""

    __tablename__ = "activations"
    __table_args__ = _MYSQL

    number: Mapped[int] = mapped_column(AUTOINCREMENT_ID, primary_key=True)
    version: Mapped[str] = mapped_column(ForeignKey("releases.version"))
    activated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RevisionRow(Base):
    """How often something was changed that replicas keep a copy of; see `storage.sql.revisions`."""

    __tablename__ = "revisions"
    __table_args__ = _MYSQL

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class PersonRow(Base):
    """Somebody who talks to the bot, as in `storage.records.Person`.

    Every other table about people has a column `person_id` that refers to this one: nothing can be written of a person
    who is not here, and `People.forget` finds it all by that name.
    """

    __tablename__ = "people"
    __table_args__ = (
        # The ranges of recsys.Profile: a value outside them would fail each of the person's recommendations.
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
    """What a bot knows of the poster at an address, as in `storage.records.PosterFile`.

    Attributes:
        bot_id: a file_id is of use to the bot that uploaded the file, and to no other.
        url_hash: SHA-256 of the address, in hexadecimal digits; an address can be too long for a key.
    """

    __tablename__ = "posters"
    __table_args__ = _MYSQL

    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    url_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    file_id: Mapped[str | None] = mapped_column(Text)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RatingRow(Base):
    """A person's rating of a movie, as in `storage.records.Rating`.

    The movie is no foreign key, here and below: a catalogue can be replaced, and what people said stays.
    """

    __tablename__ = "ratings"
    __table_args__ = (CheckConstraint("stars BETWEEN 1 AND 5", name="stars"), _MYSQL)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    movie_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    stars: Mapped[float] = mapped_column(Double)
    source: Mapped[str] = mapped_column(String(16))
    rated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RatingChangeRow(Base):
    """One change of a rating, with all that takes it back exactly; never removed while the person stays.

    Attributes:
        number: 1 for the person's first change, and so on.
        source: what the change was made with.
        unseen_at: when the movie had been marked unseen, if the change removed that mark.
        undone_at: when the change was taken back.
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
    """What a person said of a movie besides stars; `storage.records.MARK_KINDS`."""

    __tablename__ = "marks"
    __table_args__ = _MYSQL

    person_id: Mapped[int] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    movie_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    marked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CardRow(Base):
    """Which movie a message of ours shows."""

    __tablename__ = "cards"
    __table_args__ = _MYSQL

    person_id: Mapped[int] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    movie_id: Mapped[int] = mapped_column(BigInteger)
    shown_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UpdateRow(Base):
    """An update of Telegram's that has come; `handled_at` is empty while somebody is at it, or has died over it."""

    __tablename__ = "updates"
    __table_args__ = _MYSQL

    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class JobRow(Base):
    """Work that outlives the message that asked for it, as in `storage.records.Job`.

    Attributes:
        lane: "announcing" or "refreshing".
        turn: the lane, while the job runs; unique, so that of each lane one job runs at a time, whoever runs it.
        owner: who runs it.
        leased_until: whoever runs it has died if this has passed.
    """

    __tablename__ = "jobs"
    # A number that was given once is never given again: a button that is old names no other job.
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
    """When somebody last said that they are alive: "worker" for whichever worker was the last."""

    __tablename__ = "heartbeats"
    __table_args__ = _MYSQL

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class AnnouncementRow(Base):
    """What an announcement says.

    Attributes:
        text: Telegram's HTML; empty for a card of each person's own.
        cause: the job after which people are told, if it was one; unique, so that they are told once.
    """

    __tablename__ = "announcements"
    __table_args__ = _MYSQL

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.job_id"), primary_key=True)
    text: Mapped[str | None] = mapped_column(Text)
    cause: Mapped[int | None] = mapped_column(BigInteger, unique=True)


class DeliveryRow(Base):
    """An announcement to one person; `storage.records.DELIVERY_STATUSES`."""

    __tablename__ = "deliveries"
    __table_args__ = (Index("ix_deliveries_job_id_status", "job_id", "status"), _MYSQL)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("announcements.job_id"), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AuditRow(Base):
    """What an admin did, as in `storage.records.AuditEntry`."""

    __tablename__ = "audit"
    __table_args__ = _MYSQL

    entry_id: Mapped[int] = mapped_column(AUTOINCREMENT_ID, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    admin_id: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(String(32))
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(32))
