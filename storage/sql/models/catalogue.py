"""The tables of movies and their posters."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, Double, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.sql.models.base import MYSQL, Base, UtcDateTime


class MovieRow(Base):
    """A movie, as in `storage.records.Movie`."""

    __tablename__ = "movies"
    __table_args__ = MYSQL

    movie_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(Text)
    year: Mapped[int | None]
    genres: Mapped[list[str]] = mapped_column(JSON)
    description: Mapped[str | None] = mapped_column(Text)
    directors: Mapped[list[str]] = mapped_column(JSON)
    actors: Mapped[list[str]] = mapped_column(JSON)
    poster_url: Mapped[str | None] = mapped_column(Text)
    certificate: Mapped[str | None] = mapped_column(Text)
    minutes: Mapped[int | None]
    imdb_id: Mapped[str | None] = mapped_column(Text)
    tmdb_id: Mapped[int | None] = mapped_column(BigInteger)
    tags: Mapped[list[list[str | int]] | None] = mapped_column(JSON)
    rating_count: Mapped[int] = mapped_column(BigInteger)
    rating_mean: Mapped[float | None] = mapped_column(Double)


class PosterRow(Base):
    """The result of sending a poster by its URL, as in `storage.poster_files.PosterFile`.

    Attributes:
        bot_id: the bot that uploaded the file. No other bot can use the file_id.
        url_hash: SHA-256 of the URL in hexadecimal digits, because a URL can be too long for a key.
    """

    __tablename__ = "posters"
    __table_args__ = MYSQL

    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    url_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    file_id: Mapped[str | None] = mapped_column(Text)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DetailsRow(Base):
    """Details of a movie from TMDB, as in `storage.net_details.ReadDetails`.

    They are not columns of the movie: an import replaces movies and not their details, and training reads neither.

    Attributes:
        shown: what a card shows: facts and titles. It is empty, as the other details, if the source does not know the
            movie.
        searched: keywords, services and countries of production.
        more: what is read one movie at a time.
    """

    __tablename__ = "movie_details"
    __table_args__ = MYSQL

    movie_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    label: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(16))
    read_on: Mapped[date] = mapped_column(Date)
    shown: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    searched: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    more: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
