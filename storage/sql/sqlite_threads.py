"""SQLite in threads: a whole transaction is one step of a thread, where the async driver takes three a statement."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection

Result = TypeVar("Result")

_THREADS = 4
"""One writes at a time, the others read."""


class SqliteThreads:
    """Connections to one SQLite file for functions that run in threads."""

    def __init__(self, url: URL, prepare: Callable[..., None]) -> None:
        """Open nothing yet.

        Args:
            url: names the file.
            prepare: sets a fresh connection up, as SQLAlchemy's event "connect".
        """
        self._engine = create_engine(url.set(drivername="sqlite"), hide_parameters=True)
        event.listen(self._engine, "connect", prepare)
        event.listen(self._engine, "begin", _begin)
        self._writing = self._engine.execution_options(reelmate_writes=True)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sqlite")

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """What `work` returns; all that it reads is of one moment."""

        def run() -> Result:
            with self._engine.connect() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """What `work` returns, in a transaction of its own; rolled back where nobody waits for it any more."""
        is_wanted = True

        def run() -> Result:
            with self._writing.connect() as connection, connection.begin() as transaction:
                result = work(connection)
                if not is_wanted:
                    transaction.rollback()
                return result

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, run)
        except asyncio.CancelledError:
            is_wanted = False
            raise

    def close(self) -> None:
        """Close what is idle at once, and the rest when it is done; safe to repeat."""
        self._threads.shutdown(wait=False)
        self._engine.dispose()


def _begin(connection: Connection) -> None:
    driver: Any = connection.connection.dbapi_connection
    driver.execute("BEGIN IMMEDIATE" if connection.get_execution_options().get("reelmate_writes") else "BEGIN")
