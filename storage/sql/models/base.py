"""What all tables share: the base class, column types, and the character set of MySQL."""

from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Integer, LargeBinary, MetaData
from sqlalchemy.dialects.mysql import DATETIME as MYSQL_DATETIME
from sqlalchemy.dialects.mysql import LONGBLOB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

MYSQL = {"mysql_charset": "utf8mb4"}
"""Arguments of every table. The default character set of MySQL may lack characters that occur in titles."""

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
