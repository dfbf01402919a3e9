"""SQL: catalogue, releases, migrations, connections and errors."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, text

from storage.errors import Conflict, Misconfigured, NotFound, Unavailable
from storage.records import Movie, Release, Tag
from storage.sql import Catalogue, Database, Releases
from storage.sql.models import ActivationRow, ReleaseRow
from storage.urls import redact
from tests.servers.sql_servers import PASSWORD, SERVERS, OpenServer

FULL = Movie(
    movie_id=2**40,
    title="Ñandú 🎬",
    year=1995,
    genres=("Drama",),
    description="«Émile» 'x'",
    directors=("Agnès Varda",),
    actors=("A", "B"),
    poster_url="https://example.org/1.jpg",
    certificate="PG-13",
    minutes=139,
    imdb_id="tt0114709",
    tmdb_id=2**40,
    tags=(Tag("toys", 40), Tag("«été» 🎬", 2)),
    rating_count=2**33,
    rating_mean=4.146846413095811,
)
BARE = Movie(movie_id=2, title="Two")
OLD = Release("aaa", "file:///models/aaa", datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC), 0.5)
NEW = Release("bbb", "file:///models/bbb", datetime(2026, 2, 3, tzinfo=timezone(timedelta(hours=2))), None)


class TestCatalogue:
    """The catalogue of movies."""

    async def test_replace_replaces_the_whole_catalogue(self, any_database: Database) -> None:
        """Replacing adds, overwrites and removes movies with all fields, and repeating changes nothing."""
        catalogue = Catalogue(any_database)
        await catalogue.replace([Movie(1, "One"), BARE])
        changed = Movie(2, "Two, again", 1999, ("War", "Drama"))
        for _ in range(2):
            await catalogue.replace([FULL, changed])
            assert await catalogue.all() == [changed, FULL]
            assert await catalogue.count() == 2
            assert await catalogue.ids() == {2, FULL.movie_id}

    async def test_put_many_keeps_other_movies(self, any_database: Database) -> None:
        """Putting movies overwrites these movies only."""
        catalogue = Catalogue(any_database)
        await catalogue.replace([FULL, BARE])
        changed = Movie(2, "Two, again")
        await catalogue.put_many([changed])
        await catalogue.put_many([])
        assert await catalogue.get_many([FULL.movie_id, 2, 3]) == {FULL.movie_id: FULL, 2: changed}

    async def test_a_failed_replace_changes_nothing(self, any_database: Database) -> None:
        """If the database refuses a movie, the catalogue does not change."""
        catalogue = Catalogue(any_database)
        await catalogue.replace([FULL, BARE])
        with pytest.raises(Conflict):
            await catalogue.replace([Movie(5, "Five"), Movie(6, None)])  # type: ignore[arg-type]
        assert await catalogue.all() == [BARE, FULL]

    async def test_more_ids_than_one_statement_allows(self, any_database: Database) -> None:
        """40,000 ids are requested, and 10,999 movies are removed, although one statement allows fewer."""
        catalogue = Catalogue(any_database)
        movies = [Movie(movie_id, "x") for movie_id in range(1, 11_001)]
        await catalogue.replace(movies)
        assert await catalogue.get_many(range(39_999, -1, -1)) == {movie.movie_id: movie for movie in movies}
        await catalogue.replace(movies[-1:])
        assert await catalogue.all() == movies[-1:]

    async def test_concurrent_writers_and_readers(self, any_database: Database) -> None:
        """Forty concurrent writers and forty readers all succeed."""
        catalogue = Catalogue(any_database)
        writing = [catalogue.put_many([Movie(movie_id, "x")]) for movie_id in range(1, 41)]
        await asyncio.gather(*writing, *(catalogue.count() for _ in range(40)))
        assert await catalogue.count() == 40


class TestReleases:
    """The releases."""

    async def test_one_release_is_active(self, any_database: Database) -> None:
        """No release is active at first. Then exactly one is active, and older releases can be activated again."""
        releases = Releases(any_database)
        await releases.add(NEW)
        await releases.add(OLD)
        assert await releases.active() is None
        for version, release in [("aaa", OLD), ("bbb", NEW), ("bbb", NEW), ("aaa", OLD)]:
            await releases.activate(version)
            assert await releases.active() == release

    async def test_an_unknown_version_stays_inactive(self, any_database: Database) -> None:
        """Activating a version that was never added raises NotFound, and the active release does not change."""
        releases = Releases(any_database)
        await releases.add(OLD)
        await releases.activate("aaa")
        with pytest.raises(NotFound, match="zzz"):
            await releases.activate("zzz")
        assert await releases.active() == OLD

    async def test_adding_again_overwrites(self, any_database: Database) -> None:
        """Releases are listed by age. Adding a release again overwrites it, and it stays active."""
        releases = Releases(any_database)
        await releases.add(NEW)
        await releases.add(OLD)
        await releases.activate("bbb")
        moved = Release("bbb", "", NEW.created_at, 0.75)
        for _ in range(2):
            await releases.add(moved)
        assert await releases.all() == [OLD, moved]
        assert await releases.active() == moved

    async def test_a_naive_datetime_is_refused(self, any_database: Database) -> None:
        """A datetime without a time zone is not stored."""
        releases = Releases(any_database)
        with pytest.raises(Unavailable, match="a datetime needs a time zone"):
            await releases.add(Release("ccc", "file:///ccc", datetime(2026, 1, 1)))  # noqa: DTZ001 - the point
        assert await releases.all() == []


class TestDatabase:
    """Connections, deadlines and errors."""

    async def test_sqlite_is_set_up(self, database: Database) -> None:
        """SQLite uses a write-ahead log, waits for locks, and checks foreign keys."""
        async with database.reading() as connection:
            settings = [
                (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
                for name in ("journal_mode", "busy_timeout", "foreign_keys")
            ]
        assert settings == ["wal", 10_000, 1]
        with pytest.raises(Conflict):
            async with database.writing() as connection:
                await connection.execute(text("INSERT INTO activations (version, activated_at) VALUES ('nobody', '')"))

    async def test_a_block_that_fails_is_rolled_back(self, database: Database) -> None:
        """A transaction that raises leaves no changes, and the next transaction works."""

        async def write_and_fail() -> None:
            async with database.writing() as connection:
                await connection.execute(text("INSERT INTO releases (version, url, created_at) VALUES ('a', '', '')"))
                raise RuntimeError("stop")

        with pytest.raises(RuntimeError, match="stop"):
            await write_and_fail()
        async with database.writing() as connection:
            assert (await connection.execute(text("SELECT count(*) FROM releases"))).scalar_one() == 0

    async def test_a_deadline(self, database_url: str) -> None:
        """A writer that waits for another writer raises one line at its deadline."""
        async with Database(database_url, timeout_s=0.2) as database, database.writing(60):
            with pytest.raises(Unavailable, match=r"no answer within 0\.2 s"):
                async with database.writing():
                    pass

    async def test_a_function_that_fails_is_rolled_back(self, any_database: Database) -> None:
        """It leaves no changes, its error is raised unchanged, and the next transaction works."""

        def write_and_fail(connection: Connection) -> None:
            connection.execute(insert(ReleaseRow).values(version="a", url="", created_at=NEW.created_at))
            raise RuntimeError("stop")

        with pytest.raises(RuntimeError, match="stop"):
            await any_database.write(write_and_fail)
        with pytest.raises(Conflict):
            await any_database.write(
                lambda connection: connection.execute(
                    insert(ActivationRow).values(version="nobody", activated_at=NEW.created_at)
                )
            )
        assert await Releases(any_database).all() == []

    async def test_a_function_reads_one_snapshot(self, database: Database) -> None:
        """A change between two of its statements is not visible to the second statement."""
        reading, written = threading.Event(), threading.Event()

        def count_twice(connection: Connection) -> list[int]:
            counts = [connection.execute(text("SELECT count(*) FROM releases")).scalar_one()]
            reading.set()
            written.wait(10)
            return [*counts, connection.execute(text("SELECT count(*) FROM releases")).scalar_one()]

        counted = asyncio.create_task(database.read(count_twice))
        await asyncio.to_thread(reading.wait, 10)
        await Releases(database).add(OLD)
        written.set()
        assert await counted == [0, 0]

    async def test_a_cancelled_function_writes_nothing(self, database: Database) -> None:
        """After a call that was cancelled or timed out, the database has not changed."""
        started, gate = threading.Event(), threading.Event()

        def write_slowly(connection: Connection) -> None:
            connection.execute(insert(ReleaseRow).values(version="a", url="", created_at=NEW.created_at))
            started.set()
            gate.wait(10)

        written = asyncio.create_task(database.write(write_slowly))
        await asyncio.to_thread(started.wait, 10)
        written.cancel()
        with pytest.raises(asyncio.CancelledError):
            await written
        gate.set()
        await Releases(database).add(OLD)
        assert await Releases(database).all() == [OLD]

    async def test_a_task_cancelled_during_a_statement_releases_its_locks(self, database: Database) -> None:
        """The transaction ends at once and writes nothing."""
        counting = text(
            "WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 300000) SELECT count(*) FROM n"
        )
        started = asyncio.Event()

        async def write_slowly() -> None:
            async with database.writing() as connection:
                await connection.execute(insert(ReleaseRow).values(version="a", url="", created_at=NEW.created_at))
                started.set()
                await connection.execute(counting)

        written = asyncio.create_task(write_slowly())
        await started.wait()
        await asyncio.sleep(0.02)
        written.cancel()
        # The exception is kept, as a log record would keep it, so that the statement is not garbage collected.
        with pytest.raises(asyncio.CancelledError) as raised:
            await written
        await Releases(database).add(OLD)
        assert await Releases(database).all() == [OLD]
        assert raised.tb is not None

    async def test_a_deadline_of_a_function(self, database_url: str) -> None:
        """If another process holds the lock, the error at the deadline is one line."""
        async with (
            Database(database_url) as holder,
            Database(database_url, timeout_s=0.2) as database,
            holder.writing(),
        ):
            with pytest.raises(Unavailable, match=r"no answer within 0\.2 s|is not available: database is locked"):
                await database.write(lambda connection: connection.execute(text("SELECT 1")))

    async def test_missing_tables(self, database_url: str) -> None:
        """The error says how to migrate."""
        async with Database(database_url) as database:
            with pytest.raises(Misconfigured, match="reelmate migrate"):
                await Catalogue(database).count()

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("", "sqlite\\+aiosqlite://, mysql\\+asyncmy://, postgresql\\+asyncpg://"),
            ("sqlite:////tmp/x.db", "sqlite\\+aiosqlite://, mysql\\+asyncmy://, postgresql\\+asyncpg://"),
            ("oracle://me:secretword@host/x", "mysql\\+asyncmy://"),
            ("sqlite+aiosqlite://", "names no file"),
            ("sqlite+aiosqlite:///:memory:", "names no file"),
            ("mysql+asyncmy://me:secretword@host:port/x", "not a URL"),
        ],
    )
    def test_a_wrong_url(self, url: str, words: str) -> None:
        """The error is one line that names the setting and shows no password."""
        with pytest.raises(Misconfigured, match=f"DATABASE_URL.*{words}") as caught:
            Database(url)
        assert "secretword" not in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1

    def test_a_driver_that_is_not_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The error is one line that names the setting and what to install."""
        monkeypatch.setitem(__import__("sys").modules, "asyncmy", None)
        with pytest.raises(Misconfigured, match=r"DATABASE_URL mysql\+asyncmy://.*pip install 'reelmate\[mysql\]'"):
            Database("mysql+asyncmy://me:secretword@host/x")

    async def test_what_a_server_refuses_is_one_sentence(self, sql_servers: OpenServer) -> None:
        """It shows no password, and is right about what is missing."""
        for name in SERVERS:
            url = await (await sql_servers(name)).new_database()
            for wrong, error, words in (
                (url.replace(PASSWORD, "another"), Unavailable, "(?i)(password|access denied)"),
                (f"{url}_x", Misconfigured, "names a database that the server does not have: create it"),
            ):
                with pytest.raises(error, match=words) as raised:
                    await Database(wrong).open()
                assert len(str(raised.value).splitlines()) == 1
            async with Database(url) as database:
                with pytest.raises(Misconfigured, match=r"has no tables yet .*: run `reelmate migrate`"):
                    await Catalogue(database).count()

    async def test_urls_of_hosting_services(self, sql_servers: OpenServer) -> None:
        """The short schemes and the usual options work."""
        postgresql = (await (await sql_servers("postgresql")).new_database()).replace("postgresql+asyncpg", "postgres")
        mysql = (await (await sql_servers("mariadb")).new_database()).replace("mysql+asyncmy", "mysql")
        options = "sslmode=prefer&application_name=bot&connect_timeout=10"
        for url in (
            f"{postgresql}?{options}",
            f"{postgresql}?statement_cache_size=0",
            f"{mysql}?ssl_mode=DISABLED&connect_timeout=10&charset=utf8mb4",
        ):
            async with Database(url) as database:
                for _ in range(2):
                    await database.ping()

    async def test_a_statement_that_a_pooler_has_lost(self, sql_servers: OpenServer) -> None:
        """The error says what to do about PgBouncer, and not that tables are missing."""
        async with Database(await (await sql_servers("postgresql")).new_database()) as database:
            for statement in ("EXECUTE nothing", "DEALLOCATE nothing"):
                with pytest.raises(Misconfigured, match=r"a pooler such as PgBouncer .*statement_cache_size=0"):
                    async with database.reading() as connection:
                        await connection.execute(text(statement))

    async def test_a_folder_that_cannot_be_created(self, tmp_path: Path) -> None:
        """If a file is in the way, the error names the setting."""
        (tmp_path / "file").write_text("")
        with pytest.raises(Misconfigured, match="DATABASE_URL"):
            await Database(f"sqlite+aiosqlite:///{tmp_path}/file/reelmate.db").open()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("redis://:secret@host:6379/0", "redis://:***@host:6379/0"),
        ("mysql+asyncmy://me:p/w@rd:@host/x", "mysql+asyncmy://me:***@host/x"),
        ("rediss://host?password=secret&db=1", "rediss://host?password=***&db=1"),
        ("cannot reach milvus://me:secret@host:1 now", "cannot reach milvus://me:***@host:1 now"),
    ],
)
def test_passwords_are_not_shown(url: str, shown: str) -> None:
    """Only passwords and secrets are replaced in a URL."""
    assert redact(url) == shown
