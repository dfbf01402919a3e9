"""The tables. Every change here comes with a revision in storage/migrations."""

from datetime import UTC, datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, DateTime, Double, ForeignKey, MetaData, String, Text
from sqlalchemy.dialects.mysql import DATETIME as MYSQL_DATETIME
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

# MySQL's default character set can be one that has no place for every letter of a title.
_MYSQL = {"mysql_charset": "utf8mb4"}


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


class ActiveReleaseRow(Base):
    """The release that is served. The table can hold one row only, so two releases can never be active at once."""

    __tablename__ = "active_release"
    __table_args__ = (CheckConstraint("slot = 1", name="one_row"), _MYSQL)

    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    version: Mapped[str] = mapped_column(ForeignKey("releases.version"))
