"""Real MariaDB and PostgreSQL servers for tests, each a process of its own on a free port."""

import asyncio
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from filelock import FileLock
from sqlalchemy import Table, text

from storage.errors import Unavailable
from storage.migrations import migrate
from storage.sql import Database
from storage.sql.models import Base
from tests.ports import free_port
from tests.programs import PATIENCE_S

USER, PASSWORD = "reelmate", "secret-word"
"""The administrator of each server."""

_SYSTEM_USERS = ("postgres", "mysql", "nobody")
"""PostgreSQL refuses to run as root, so that root starts the servers as one of these users."""

_POLL_S = 0.05
_STOP_TIMEOUT_S = 30.0

_POSTGRESQL_FOLDERS = "/usr/lib/postgresql/*/bin"
"""Debian installs the programs of PostgreSQL outside PATH."""


class SqlServer(ABC):
    """A database server with databases that tests get to themselves.

    Attributes:
        migrated_url: the DATABASE_URL of a database that is migrated once, and emptied by `emptied`.
    """

    name: str
    """How tests name the server."""

    install: str
    """The command that installs it on Debian."""

    scheme: str
    _first_database: str
    _end_at_once: signal.Signals

    def __init__(self, programs: dict[str, str], template: Path) -> None:
        """Prepare a server.

        Args:
            programs: the paths of its programs.
            template: a folder with the files of a new server, which all workers of a test run copy. The first one
                makes it.
        """
        self._programs = programs
        self._template = template
        self._port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix=f"reelmate-{self.name}-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)
        self._is_migrated = False

    @classmethod
    @abstractmethod
    def find(cls) -> dict[str, str] | None:
        """Return the paths of the programs; None if the server is not installed."""

    @abstractmethod
    def _create(self, folder: Path) -> None:
        """Write the files of a new server into a folder that exists."""

    @abstractmethod
    def _command(self) -> list[str]:
        """Return the command that serves the files in the folder."""

    @abstractmethod
    def _emptying(self, tables: Iterable[Table]) -> Iterator[str]:
        """Yield the statements that empty tables, given dependents first, and begin their numbers with 1 again."""

    async def start(self) -> None:
        """Start the server and wait until it answers."""
        self._start()
        await self._wait()

    def _start(self) -> None:
        with FileLock(f"{self._template}.lock"):
            if not self._template.exists():
                made = Path(tempfile.mkdtemp(prefix=f"reelmate-{self.name}-"))
                give(made)
                self._create(made)
                made.rename(self._template)
        subprocess.run(["cp", "-a", f"{self._template}/.", str(self._folder)], check=True)  # noqa: S603, S607 - our own paths
        give(self._folder)
        with (self._folder / "server.log").open("wb") as log:
            self._process = subprocess.Popen(self._command(), stdout=log, stderr=log, **unprivileged())  # noqa: S603 - fixed programs

    def stop(self) -> None:
        """End the server without writing anything, and delete its files."""
        if self._process is not None:
            self._process.send_signal(self._end_at_once)
            self._process.wait(_STOP_TIMEOUT_S)
        shutil.rmtree(self._folder)

    def url(self, database: str) -> str:
        """Return the DATABASE_URL of a database."""
        return f"{self.scheme}://{USER}:{PASSWORD}@127.0.0.1:{self._port}/{database}"

    async def new_database(self) -> str:
        """Create an empty database and return its DATABASE_URL."""
        name = f"test_{next(self._numbers)}"
        await self._execute(f"CREATE DATABASE {name}")
        return self.url(name)

    async def emptied(self) -> str:
        """Return the DATABASE_URL of a migrated database with empty tables, always the same one."""
        url = self.url("migrated")
        if not self._is_migrated:
            await self._execute("CREATE DATABASE migrated")
            await migrate(url)
            self._is_migrated = True
        else:
            async with Database(url) as database, database.writing() as connection:
                tables = [table for table in Base.metadata.sorted_tables if table.name != "installations"]
                for statement in self._emptying(reversed(tables)):
                    await connection.execute(text(statement))
        return url

    async def _execute(self, statement: str) -> None:
        async with Database(self.url(self._first_database)) as database, database._engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text(statement))

    async def _wait(self) -> None:
        assert self._process is not None
        async with asyncio.timeout(PATIENCE_S):
            while self._process.poll() is None:
                with suppress(Unavailable):
                    async with Database(self.url(self._first_database)):
                        return
                await asyncio.sleep(_POLL_S)
        pytest.fail(f"{self.name} did not start:\n{(self._folder / 'server.log').read_text()[-3_000:]}")


class MariaDb(SqlServer):
    """A MariaDB server."""

    name = "mariadb"
    install = "apt-get install mariadb-server"
    scheme = "mysql+asyncmy"
    _first_database = "mysql"
    _end_at_once = signal.SIGKILL

    @classmethod
    def find(cls) -> dict[str, str] | None:
        """See `SqlServer.find`."""
        return _programs("mariadbd", "mariadb-install-db")

    def _create(self, folder: Path) -> None:
        options = ["--auth-root-authentication-method=normal", "--skip-test-db", *self._options(folder)]
        _run([self._programs["mariadb-install-db"], "--no-defaults", *options])
        account = f"'{USER}'@'%'"
        (folder / "accounts.sql").write_text(
            f"CREATE USER IF NOT EXISTS {account} IDENTIFIED BY '{PASSWORD}';\n"
            f"GRANT ALL ON *.* TO {account} WITH GRANT OPTION;\n"
        )

    def _command(self) -> list[str]:
        options = [
            f"--port={self._port}",
            "--bind-address=127.0.0.1",
            f"--socket={self._folder}/socket",
            f"--init-file={self._folder}/accounts.sql",
            "--skip-name-resolve",
            "--innodb-flush-log-at-trx-commit=0",
        ]
        return [self._programs["mariadbd"], "--no-defaults", *options, *self._options(self._folder)]

    def _emptying(self, tables: Iterable[Table]) -> Iterator[str]:
        # TRUNCATE takes ten times as long, and refuses tables that others refer to.
        for table in tables:
            yield f"DELETE FROM {table.name}"  # noqa: S608 - our own names
            if table.autoincrement_column is not None:
                yield f"ALTER TABLE {table.name} AUTO_INCREMENT = 1"

    def _options(self, folder: Path) -> list[str]:
        user = unprivileged().get("user")
        sizes = ["--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M"]
        return [f"--datadir={folder}", *sizes, *([f"--user={pwd.getpwuid(user).pw_name}"] if user else [])]


class PostgreSql(SqlServer):
    """A PostgreSQL server."""

    name = "postgresql"
    install = "apt-get install postgresql"
    scheme = "postgresql+asyncpg"
    _first_database = "postgres"
    _end_at_once = signal.SIGQUIT

    @classmethod
    def find(cls) -> dict[str, str] | None:
        """See `SqlServer.find`."""
        return _programs("postgres", "initdb", *sorted(glob.glob(_POSTGRESQL_FOLDERS), reverse=True))  # noqa: PTH207 - a pattern

    def _create(self, folder: Path) -> None:
        password = folder.with_name(f"{folder.name}.password")
        password.write_text(PASSWORD)
        give(password)
        options = ["--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        _run([self._programs["initdb"], f"--pgdata={folder}", f"--username={USER}", *options])
        password.unlink()

    def _command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "shared_buffers": "16MB",
            "max_connections": "200",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [self._programs["postgres"], "-D", str(self._folder), "-p", str(self._port), *options]

    def _emptying(self, tables: Iterable[Table]) -> Iterator[str]:
        yield f"TRUNCATE {', '.join(table.name for table in tables)} RESTART IDENTITY"


SERVERS: dict[str, type[SqlServer]] = {kind.name: kind for kind in (MariaDb, PostgreSql)}
"""The kinds of servers by name."""


async def open_server(name: str, shared: Path) -> SqlServer:
    """Start a server of SERVERS. If it is not installed, the test is skipped, and in CI it fails.

    Args:
        name: key of SERVERS.
        shared: a folder that all workers of the test run share.
    """
    kind = SERVERS[name]
    programs = kind.find()
    if programs is None:
        problem = f"{name} is not installed (Debian: {kind.install})"
        if os.environ.get("CI"):
            pytest.fail(problem)
        pytest.skip(problem)
    server = kind(programs, shared / f"new-{name}")
    try:
        await server.start()
    except BaseException:
        server.stop()
        raise
    return server


def _programs(*names: str) -> dict[str, str] | None:
    """Return the paths of programs. A name that is a path is a further folder in which they may be."""
    folders = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", *(name for name in names if "/" in name)])
    found = {name: shutil.which(name, path=folders) for name in names if "/" not in name}
    return {name: path for name, path in found.items() if path} if all(found.values()) else None


def unprivileged() -> dict[str, int]:
    """Return the options of `subprocess` that start a server which refuses to run as root."""
    if os.getuid() != 0:
        return {}
    for name in _SYSTEM_USERS:
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid}
    pytest.fail(f"root needs one of the users {', '.join(_SYSTEM_USERS)} to start a database server")


def give(path: Path) -> None:
    """Give a file or a folder to the user of the servers."""
    owner = unprivileged()
    if owner:
        os.chown(path, owner["user"], owner["group"])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **unprivileged())  # noqa: S603 - fixed programs
    if done.returncode:
        pytest.fail(f"{command[0]} failed:\n{done.stdout[-2_000:]}\n{done.stderr[-2_000:]}")


OpenServer = Callable[[str], Awaitable[SqlServer]]
"""Returns a running server by its name, and starts it if it does not run yet."""
