"""The tables of releases, of what replicas must load again, and of the installation's name."""

from datetime import datetime

from sqlalchemy import BigInteger, Double, ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.sql.models.base import AUTOINCREMENT_ID, LONG_BINARY, MYSQL, Base, UtcDateTime


class ReleaseRow(Base):
    """A trained model, as in `storage.records.Release`."""

    __tablename__ = "releases"
    __table_args__ = MYSQL

    version: Mapped[str] = mapped_column(String(128), primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    validation_ndcg: Mapped[float | None] = mapped_column(Double)


class ActivationRow(Base):
    """An activation of a release. The newest activation that was not withdrawn determines the active release."""

    __tablename__ = "activations"
    __table_args__ = MYSQL

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
    __table_args__ = MYSQL

    version: Mapped[str] = mapped_column(String(128), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    hashes: Mapped[bytes] = mapped_column(LONG_BINARY)


class RevisionRow(Base):
    """A counter of changes to data that replicas keep a copy of; see `storage.sql.revisions`."""

    __tablename__ = "revisions"
    __table_args__ = MYSQL

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class InstallationRow(Base):
    """The only row names this installation, so that several can share a Redis."""

    __tablename__ = "installations"
    __table_args__ = MYSQL

    slot: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(32))
