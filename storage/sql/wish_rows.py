"""The table of wishes. It belongs to `storage.sql.models`, as do its rules for changes."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.sql.models import Base, UtcDateTime


class WishRow(Base):
    """What a person wants to see, or never wants to see; the kinds are `storage.records.WishKind`.

    Attributes:
        wish: the conditions by name, as `recsys.services.wishes` writes them.
    """

    __tablename__ = "wishes"
    __table_args__ = {"mysql_charset": "utf8mb4"}  # noqa: RUF012 - SQLAlchemy's name

    person_id: Mapped[int] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    wish: Mapped[dict[str, Any]] = mapped_column(JSON)
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
