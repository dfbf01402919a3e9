"""The table of the files that people import."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.sql.models.base import MYSQL, Base, UtcDateTime


class ImportRow(Base):
    """A file that a person has sent: a draft until they confirm it, and after that only a note that it was imported.

    Attributes:
        number: ascends with every file of the person.
        source: the name of the service.
        row_count: the number of rows of the file.
        entries: what the file says, as `storage.sql.imports` writes it; empty once it is imported.
        created_at: when the file was read.
        imported_at: when it was imported; NULL for a draft.
    """

    __tablename__ = "imports"
    __table_args__ = MYSQL

    person_id: Mapped[int] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(16))
    row_count: Mapped[int]
    entries: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    imported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
