"""The tables of people and of what they say."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Double, ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from storage.sql.models.base import MYSQL, Base, UtcDateTime


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
        MYSQL,
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
    popularity: Mapped[str] = mapped_column(String(16), server_default="balanced")
    country: Mapped[str | None] = mapped_column(String(2))
    services: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    only_services: Mapped[bool] = mapped_column(server_default=false())
    open_question: Mapped[str | None] = mapped_column(String(16))


class RatingRow(Base):
    """A person's rating of a movie, as in `storage.records.Rating`.

    Here and below, `movie_id` is not a foreign key: the catalogue can be replaced, and ratings and marks remain.
    """

    __tablename__ = "ratings"
    __table_args__ = (CheckConstraint("stars BETWEEN 1 AND 5", name="stars"), MYSQL)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    movie_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    stars: Mapped[float] = mapped_column(Double)
    source: Mapped[str] = mapped_column(String(16))
    rated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ChangeRow(Base):
    """A change that a person made, with everything that is needed to undo it exactly.

    The newest change of a person is deleted only together with the person, because it has the highest number.

    Attributes:
        number: ascends with every change of the person.
        kind: as in `storage.changes.ChangeKind`.
        movie_id: the movie; NULL if the preferences were changed.
        message_id: the card that the change answers; NULL if it answers none.
        before_stars: the rating before, like before_source and before_rated_at; NULL if there was none.
        after_stars: the rating after a change of kind "rating"; NULL if it was removed.
        source: how a rating was changed.
        unseen_at: time of the "unseen" mark that a rating removed; NULL if it removed none.
        mark: the mark that a change of kind "mark" put or removed.
        before_marked_at: time of that mark before the change; NULL if there was none.
        before_wish: the preferences, or the active wish, before; NULL if there were none.
        before_said_at: when these were said.
        undone_at: time when the change was undone; NULL if it was not undone.
        part_of: the number of the import that this change is a part of; NULL for a change of its own.
    """

    __tablename__ = "changes"
    __table_args__ = MYSQL

    person_id: Mapped[int] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    movie_id: Mapped[int | None] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    before_stars: Mapped[float | None] = mapped_column(Double)
    before_source: Mapped[str | None] = mapped_column(String(16))
    before_rated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    after_stars: Mapped[float | None] = mapped_column(Double)
    source: Mapped[str | None] = mapped_column(String(16))
    unseen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mark: Mapped[str | None] = mapped_column(String(16))
    before_marked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    before_wish: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    before_said_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    part_of: Mapped[int | None] = mapped_column(BigInteger)


class MarkRow(Base):
    """A mark of a person on a movie; the kinds are `storage.records.MARK_KINDS`."""

    __tablename__ = "marks"
    __table_args__ = MYSQL

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
    __table_args__ = MYSQL

    person_id: Mapped[int] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    movie_id: Mapped[int] = mapped_column(BigInteger)
    previous_movie_id: Mapped[int | None] = mapped_column(BigInteger)
    shown_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WishRow(Base):
    """What a person wants to see, or never wants to see; the kinds are `storage.records.WishKind`.

    Attributes:
        wish: the conditions by name, as `recsys.services.wishes` writes them.
    """

    __tablename__ = "wishes"
    __table_args__ = MYSQL

    person_id: Mapped[int] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    wish: Mapped[dict[str, Any]] = mapped_column(JSON)
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
