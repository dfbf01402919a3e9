"""Migrations of MySQL and MariaDB, which commit every change of the schema at once, so that a migration can be cut off.

A migration that was cut off is repeated from the beginning of its revision. What the first attempt has done already is
recognised by the server's errors, such as "table exists", and skipped.
"""

from typing import Any

from alembic.ddl.mysql import MySQLImpl
from sqlalchemy import CursorResult, inspect
from sqlalchemy.exc import DBAPIError

_MARKER = "unfinished_migration"
"""A table that exists while a migration runs. If it exists before a migration, the previous one was interrupted."""

_DONE_ALREADY = (1050, 1051, 1054, 1060, 1061, 1062, 1091, 1146)
"""The codes of errors for what exists already (tables, columns, keys, rows) and for what is gone already."""


class ResumableMySql(MySQLImpl):
    """Alembic's implementation for MySQL. It resumes an interrupted migration."""

    __dialect__ = "mysql"

    _is_marked = False
    _is_resumed = False

    def start_migrations(self) -> None:
        """Find out whether the previous migration was interrupted. Alembic calls this first."""
        super().start_migrations()
        if self.connection is not None:
            self._is_resumed = self._is_marked = inspect(self.connection).has_table(_MARKER)

    def finish(self) -> None:
        """Record that the migration is complete."""
        if self._is_marked:
            super()._exec(f"DROP TABLE {_MARKER}")

    def _exec(self, construct: Any, *args: Any, **options: Any) -> CursorResult[Any] | None:
        if not self._is_marked:
            super()._exec(f"CREATE TABLE {_MARKER} (begun_at DATETIME)")
            self._is_marked = True
        try:
            return super()._exec(construct, *args, **options)
        except DBAPIError as error:
            if self._is_resumed and error.orig is not None and error.orig.args[0] in _DONE_ALREADY:
                return None
            raise
