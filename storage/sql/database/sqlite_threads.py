"""SQLite in threads: a whole transaction is one task of a thread, while the async driver needs three per statement."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection

Result = TypeVar("Result")

_THREADS = 4
"""Number of threads. At most one writes at a time, and the others read."""


class SqliteThreads:
    """Connections to one SQLite file for functions that run in threads."""

    def __init__(self, url: URL, prepare: Callable[..., None]) -> None:
        """Set up the engine without opening a connection.

        Args:
            url: database URL with the path of the file.
            prepare: sets up a new connection, as a handler of SQLAlchemy's event "connect".
        """
        self._engine = create_engine(url.set(drivername="sqlite"), hide_parameters=True)
        event.listen(self._engine, "connect", prepare)
        event.listen(self._engine, "begin", _begin)
        self._writing = self._engine.execution_options(reelmate_begin="BEGIN IMMEDIATE")
        self._without_transactions = self._engine.execution_options(reelmate_begin="")
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sqlite")

    async def read(self, work: Callable[[Connection], Result], *, single: bool) -> Result:
        """Return the result of `work`, all of whose reads see the same snapshot.

        Args:
            work: reads with the connection.
            single: whether it executes one statement. This needs no transaction, and Python's SQLite releases the
                interpreter lock, and waits for it again, for the begin and the end of each transaction.
        """
        engine = self._without_transactions if single else self._engine

        def run() -> Result:
            with engine.connect() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """Return the result of `work`, run in a transaction that is rolled back if this call is cancelled."""
        is_cancelled = False

        def run() -> Result:
            with self._writing.connect() as connection, connection.begin() as transaction:
                result = work(connection)
                if is_cancelled:
                    transaction.rollback()
                return result

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, run)
        except asyncio.CancelledError:
            is_cancelled = True
            raise

    def close(self) -> None:
        """Close idle connections now and the others when their work ends. Safe to repeat."""
        self._threads.shutdown(wait=False)
        self._engine.dispose()


def _begin(connection: Connection) -> None:
    driver: Any = connection.connection.dbapi_connection
    begin = connection.get_execution_options().get("reelmate_begin", "BEGIN")
    if begin:
        driver.execute(begin)
