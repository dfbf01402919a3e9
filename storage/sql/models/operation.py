"""The tables of updates, jobs, announcements and the audit."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.sql.models.base import AUTOINCREMENT_ID, MYSQL, Base, UtcDateTime


class UpdateRow(Base):
    """A Telegram update that was received.

    Attributes:
        seen_at: time of the claim, or of handling once the update is handled.
        handled_at: NULL while the update is being handled, or if its handler has died.
        owner: the process that claimed the update; NULL if it has given the update up, or if the update is handled.
    """

    __tablename__ = "updates"
    __table_args__ = MYSQL

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
    __table_args__ = MYSQL

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
    __table_args__ = MYSQL | {"sqlite_autoincrement": True}

    job_id: Mapped[int] = mapped_column(AUTOINCREMENT_ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    lane: Mapped[str] = mapped_column(String(16))
    notify: Mapped[bool]
    release: Mapped[str | None] = mapped_column(String(128))
    status: Mapped[str] = mapped_column(String(16), index=True)
    requested_by: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    turn: Mapped[str | None] = mapped_column(String(16), unique=True)
    owner: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stage: Mapped[str] = mapped_column(String(64))
    share: Mapped[float] = mapped_column(Double)
    result: Mapped[str] = mapped_column(Text)
    cancel_requested: Mapped[bool]


class ProgressMessageRow(Base):
    """A message that shows an admin the progress of a job."""

    __tablename__ = "progress_messages"
    __table_args__ = MYSQL

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.job_id"), primary_key=True, autoincrement=False)
    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class MisunderstoodRow(Base):
    """How many messages of a kind were not understood on a day, UTC. Neither texts nor people are stored."""

    __tablename__ = "misunderstood"
    __table_args__ = MYSQL

    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    messages: Mapped[int]


class HeartbeatRow(Base):
    """The time of the last heartbeat.

    Attributes:
        name: a replica of the bot. All workers share the name "worker".
        owner: the process of the replica, as in `UpdateRow`; NULL for workers.
    """

    __tablename__ = "heartbeats"
    __table_args__ = MYSQL

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
    __table_args__ = MYSQL

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.job_id"), primary_key=True)
    text: Mapped[str | None] = mapped_column(Text)
    cause: Mapped[int | None] = mapped_column(BigInteger, unique=True)


class DeliveryRow(Base):
    """The delivery of an announcement to one person; the statuses are `storage.records.DELIVERY_STATUSES`."""

    __tablename__ = "deliveries"
    __table_args__ = (Index("ix_deliveries_job_id_status", "job_id", "status"), MYSQL)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("announcements.job_id"), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AuditRow(Base):
    """An action of an admin, as in `storage.records.AuditEntry`."""

    __tablename__ = "audit"
    __table_args__ = MYSQL

    entry_id: Mapped[int] = mapped_column(AUTOINCREMENT_ID, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    admin_id: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(String(32))
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(32))
