"""An SQL database: connections, transactions, deadlines, and translation of the driver's errors."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from urllib.parse import quote

from sqlalchemy import Executable, Table, event, text
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.engine import URL, Connection
from sqlalchemy.engine.interfaces import AdaptedConnection, DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from storage.errors import Conflict, Misconfigured, StorageError, Unavailable
from storage.private_files import create_private_file, make_private_folder, tighten
from storage.sql.database.addresses import SCHEMES, parse_address
from storage.sql.database.sqlite_threads import SqliteThreads
from storage.urls import one_line, redact

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

Result = TypeVar("Result")

_CHECK_ERROR_CODES = (3819, 4025)
"""The codes of MySQL and MariaDB for a violated check constraint, which the driver reports as a server failure."""

_NO_TABLE = ("42P01", 1146)
_NO_COLUMN = ("42703", 1054)
_NO_DATABASE = ("3D000", 1049)
_NO_STATEMENT = ("26000", "42P05")
"""The codes of PostgreSQL and MySQL for what does not exist; of prepared statements also for what exists already."""

_DRIVERS = ("asyncmy", "asyncpg")
"""Packages whose own errors SQLAlchemy does not wrap while it connects."""


class Database:
    """A pool of connections to one SQL database.

    Readers run in parallel. On SQLite, writers queue for one `asyncio.Lock`, because waiting in SQLite itself (busy
    polling) is ten times slower at the 99th percentile. Several processes can still share a file through WAL.

    Use `read` and `write` for everything that a person waits for: on SQLite they cost a third of `reading` and
    `writing`, which are meant for long or rare operations.

    Use it as `async with Database(url) as database:`, or call `open` and `close`.

    Args:
        url: a DATABASE_URL with one of SCHEMES. SQLite needs a file: `sqlite+aiosqlite:////srv/reelmate/reelmate.db`.
        timeout_s: deadline of a read or a transaction, including the wait for a connection.

    Raises:
        Misconfigured: the URL cannot be used, or its driver is not installed.
    """

    def __init__(self, url: str, *, timeout_s: float = 10.0) -> None:
        self._shown_url = redact(url)
        address = parse_address(url)
        self._url = address.url
        self._timeout_s = timeout_s
        self._is_sqlite = self._url.get_backend_name() == "sqlite"
        is_read_only = self._is_sqlite and _is_read_only(Path(self._url.database or ""))
        opened = _read_only(self._url) if is_read_only else self._url
        prepare = _prepare_sqlite(timeout_s, is_read_only=is_read_only)
        self._engine = _create_engine(opened, address.options, timeout_s, prepare)
        self._sqlite_threads = SqliteThreads(opened, prepare) if self._is_sqlite else None
        self._write_lock: AbstractAsyncContextManager[Any] = asyncio.Lock() if self._is_sqlite else nullcontext()

    @property
    def writes_serially(self) -> bool:
        """Whether only one transaction can write at a time, across all processes. Then rows need no locks."""
        return self._is_sqlite

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database, which need not exist yet; None for a database on a server."""
        return Path(self._url.database or "") if self._is_sqlite else None

    async def open(self) -> Self:
        """Create a SQLite file and its folder, for this user only, and check that the database answers.

        A file that other users may read, of an earlier version, is made private.

        Raises:
            Misconfigured: the file or the folder cannot be created, or the server has no such database.
            Unavailable: the database does not answer within the deadline.
        """
        if self._is_sqlite:
            try:
                await asyncio.to_thread(_make_private, Path(self._url.database or ""))
            except OSError as error:
                raise Misconfigured(f"DATABASE_URL {self._shown_url}: {one_line(error)}") from None
        try:
            await self.ping()
        except StorageError:
            await self.close()
            raise
        return self

    async def close(self) -> None:
        """Close all connections. Safe to repeat."""
        if self._sqlite_threads is not None:
            self._sqlite_threads.close()
        await self._engine.dispose()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def ping(self) -> None:
        """Return once the database answers.

        Raises:
            Unavailable: no answer within the deadline.
        """
        async with self.reading() as connection:
            await connection.execute(text("SELECT 1"))

    async def read(self, work: Callable[[Connection], Result], *, single: bool = False) -> Result:
        """Return the result of `work`, which reads quickly and does not write. On SQLite it runs in a thread.

        Args:
            work: reads with the connection.
            single: whether it executes a single statement on SQLite.

        Raises:
            Unavailable: no answer within the deadline.
            Misconfigured: the tables do not exist.
        """
        async with self._translated(None):
            if self._sqlite_threads is not None:
                return await self._sqlite_threads.read(work, single=single)
            async with self._engine.connect() as connection:
                return await connection.run_sync(work)

    async def write(self, work: Callable[[Connection], Result], timeout_s: float | None = None) -> Result:
        """Return the result of `work`, run in a transaction that is rolled back if it raises.

        On SQLite it runs in a thread.

        Args:
            work: reads and writes with the connection.
            timeout_s: deadline; None for that of the database.

        Raises:
            Conflict: the change violates a constraint of the database.
            Unavailable: no answer within the deadline.
            Misconfigured: the tables do not exist.
        """
        async with self._translated(timeout_s), self._write_lock:
            if self._sqlite_threads is not None:
                return await self._sqlite_threads.write(work)
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)

    @asynccontextmanager
    async def reading(self, timeout_s: float | None = None) -> AsyncIterator[AsyncConnection]:
        """Open a connection for statements that only read. On SQLite each statement sees its own snapshot.

        Raises:
            Unavailable: no answer within the deadline.
            Misconfigured: the tables do not exist.
        """
        async with self._translated(timeout_s), self._engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self, timeout_s: float | None = None) -> AsyncIterator[AsyncConnection]:
        """Open a transaction, which is committed at the end of the block and rolled back if the block raises.

        Raises:
            Conflict: the change violates a constraint of the database.
            Unavailable: no answer within the deadline.
            Misconfigured: the tables do not exist.
        """
        async with self._translated(timeout_s), self._write_lock, self._engine.connect() as connection:
            await connection.execution_options(reelmate_writes=True)
            async with connection.begin():
                yield connection

    def upsert(self, table: Table) -> Executable:
        """Return an `INSERT` of whole rows that overwrites rows with the same primary key.

        Execute it with one mapping of column names to values, or with a list of mappings.
        """
        return _upsert(table, self._engine.dialect.name)

    def insert_missing(self, table: Table) -> Executable:
        """Return an `INSERT` of whole rows that does not change rows with the same primary key.

        Execute it with one mapping of column names to values, or with a list of mappings.
        """
        return _insert_missing(table, self._engine.dialect.name)

    async def scrub(self) -> None:
        """Remove deleted data from the write-ahead log of SQLite. Other databases need no such step.

        Pages that a reader in another process still uses remain in the log until later writes overwrite them.
        """
        if self._is_sqlite:
            async with self._translated(None), self._write_lock, self._engine.connect() as connection:
                await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    @asynccontextmanager
    async def _translated(self, timeout_s: float | None) -> AsyncIterator[None]:
        """Apply a deadline, by default that of the database, and turn the driver's errors into storage errors."""
        deadline_s = self._timeout_s if timeout_s is None else timeout_s
        try:
            async with asyncio.timeout(deadline_s):
                yield
        except TimeoutError:
            raise Unavailable(f"the database {self._shown_url} gave no answer within {deadline_s:g} s") from None
        except (SQLAlchemyError, OSError) as error:
            translated = self._storage_error(error)
            # The driver's exception is not chained to a Conflict: further lines of its message can contain the row.
            raise translated from (None if isinstance(translated, Conflict) else error)
        except Exception as error:
            if not _is_of_driver(error):
                raise
            raise self._storage_error(error) from error

    def _storage_error(self, error: Exception) -> StorageError:
        # The driver's message, not SQLAlchemy's, which contains the statement with its values.
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        message, code = one_line(cause), _code(cause)
        if isinstance(error, IntegrityError) or code in _CHECK_ERROR_CODES:
            return Conflict(f"the database {self._shown_url} refused the change: {message}")
        if code in _NO_TABLE or "no such table" in message:
            problem = f"has no tables yet ({message}): run `reelmate migrate`"
        elif code in _NO_COLUMN or "no such column" in message:
            problem = f"is of an older version ({message}): run `reelmate migrate`"
        elif code in _NO_DATABASE:
            problem = "names a database that the server does not have: create it, then run `reelmate migrate`"
        elif code in _NO_STATEMENT:
            problem = (
                "goes through a pooler such as PgBouncer that gives each transaction another connection: add"
                " ?statement_cache_size=0 to DATABASE_URL, or let the pooler pool sessions"
            )
        elif "cryptography" in message:
            problem = "needs the package cryptography to send its password: pip install 'reelmate[mysql]'"
        else:
            return Unavailable(f"the database {self._shown_url} is not available: {message}")
        return Misconfigured(f"DATABASE_URL {self._shown_url} {problem}")


def _code(error: BaseException) -> str | int | None:
    """Return the code of a driver's error: five characters from PostgreSQL, a number from MySQL, None from SQLite."""
    code: object = error.args[0] if error.args else None
    # MySQL has a number of its own for what its `sqlstate` does not tell apart.
    return code if isinstance(code, int) else getattr(error, "sqlstate", None)


def _is_of_driver(error: Exception) -> bool:
    """Return whether a driver raised an error that SQLAlchemy has not wrapped."""
    is_about_passwords = isinstance(error, RuntimeError) and "cryptography" in str(error)
    return is_about_passwords or type(error).__module__.partition(".")[0] in _DRIVERS


def _is_read_only(file: Path) -> bool:
    """Return whether a SQLite file exists and cannot be written. SQLite writes to its folder, too."""
    return file.is_file() and not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))


def _read_only(url: URL) -> URL:
    """Return the URL that opens a SQLite file without writing anything.

    Without a write-ahead log nobody has the file open, and SQLite need not look for changes. With one, somebody who can
    write may be changing the file, and SQLite shares their lock.
    """
    file = Path(url.database or "").absolute()
    is_in_use = file.with_name(f"{file.name}-wal").exists()
    query = {"mode": "ro", "uri": "true"} | ({} if is_in_use else {"immutable": "1"})
    return url.set(database=f"file:{quote(str(file))}", query=query)


def _make_private(file: Path) -> None:
    """Create a SQLite file for this user only. SQLite gives the files beside it the same mode.

    Raises:
        OSError: the file or its folder cannot be created.
    """
    make_private_folder(file.parent)
    create_private_file(file)
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        tighten(file.with_name(name))


@cache
def _upsert(table: Table, dialect: str) -> Executable:
    keys = {column.name for column in table.primary_key}
    value_columns = [column.name for column in table.columns if column.name not in keys]
    if dialect == "mysql":
        mysql_insert = mysql.insert(table)
        return mysql_insert.on_duplicate_key_update({name: mysql_insert.inserted[name] for name in value_columns})
    statement = _conflict_insert(table, dialect)
    return statement.on_conflict_do_update(
        index_elements=sorted(keys), set_={name: statement.excluded[name] for name in value_columns}
    )


@cache
def _insert_missing(table: Table, dialect: str) -> Executable:
    if dialect == "mysql":
        key = next(iter(table.primary_key))
        # Not INSERT IGNORE, which turns every error into a warning, for example a value that is out of range.
        return mysql.insert(table).on_duplicate_key_update({key.name: key})
    return _conflict_insert(table, dialect).on_conflict_do_nothing()


def _conflict_insert(table: Table, dialect: str) -> "sqlite.Insert | postgresql.Insert":
    """Return an INSERT of PostgreSQL or SQLite, which have the same ON CONFLICT."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    # A bot on SQLite does not wait for the import of this dialect.
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def _create_engine(url: URL, options: Mapping[str, Any], timeout_s: float, prepare: Any) -> AsyncEngine:
    is_sqlite = url.get_backend_name() == "sqlite"
    try:
        engine = create_async_engine(
            url,
            connect_args=dict(options),
            pool_timeout=timeout_s,
            # A restarted server has closed its connections. The ping detects that before a statement is lost.
            pool_pre_ping=not is_sqlite,
            # Values are personal data, which must not appear in error messages and logs.
            hide_parameters=True,
        )
    except ModuleNotFoundError as error:
        raise Misconfigured(
            f"DATABASE_URL {url.drivername}:// needs the driver {error.name}: "
            f"pip install 'reelmate[{SCHEMES[url.drivername]}]'"
        ) from None
    if is_sqlite:
        # At DEBUG aiosqlite logs every statement with its values.
        logging.getLogger("aiosqlite").setLevel(logging.INFO)
        event.listen(engine.sync_engine, "connect", prepare)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        event.listen(engine.sync_engine, "invalidate", _abandon_sqlite)
    return engine


def _prepare_sqlite(timeout_s: float, *, is_read_only: bool) -> Any:
    def prepare(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:  # noqa: ARG001 - SQLAlchemy's signature
        # The sqlite3 module begins a transaction late, and then a transaction that has read may fail to write.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {round(timeout_s * 1000)}")
        if not is_read_only:
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = NORMAL")
            cursor.execute("PRAGMA foreign_keys = ON")
            # Deleted data is overwritten in the file, not only unlinked.
            cursor.execute("PRAGMA secure_delete = ON")
        cursor.close()

    return prepare


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("reelmate_writes"):
        # One task for the driver's thread, while a statement through SQLAlchemy's cursor takes three.
        adapted = cast(AdaptedConnection, connection.connection.dbapi_connection)
        adapted.run_async(lambda driver: driver.execute("BEGIN IMMEDIATE"))


def _abandon_sqlite(connection: DBAPIConnection, record: ConnectionPoolEntry, error: BaseException | None) -> None:  # noqa: ARG001 - SQLAlchemy's signature
    # A task that is cancelled during a statement leaves the statement open. The connection then keeps its locks after
    # close(), until the statement is garbage collected.
    connection.rollback()
