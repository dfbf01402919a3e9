"""One contract for every `MetadataStore`: the tables of the catalogue, and Redis in front of them."""

import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from redis.asyncio import Redis

from storage.errors import Misconfigured, Unavailable
from storage.metadata import MetadataStore, open_metadata
from storage.metadata.redis import RedisMetadata
from storage.records import Movie, Tag
from storage.sql import Catalogue, Database
from tests.contract.metadata.refused import refused
from tests.ports import free_port
from tests.programs import until
from tests.servers.redis_server import RedisServer, find_redis
from tests.servers.sql_servers import SERVERS as SQL_SERVERS
from tests.servers.sql_servers import OpenServer

FULL = Movie(
    movie_id=2**40,
    title="Ñandú: “東京” 🎬",
    year=1995,
    genres=("Children's", "Sci-Fi"),
    description="Line one.\nLine two — 'quoted' \\ and escaped.",
    directors=("Agnès Varda",),
    actors=("A", "B", "C"),
    poster_url="https://example.org/poster.jpg?size=1",
    certificate="PG-13",
    minutes=139,
    imdb_id="tt0114709",
    tmdb_id=862,
    tags=(Tag("toys", 40), Tag("pixar", 2)),
    rating_count=2**33,
    rating_mean=4.146846413095811,
)
BARE = Movie(movie_id=7, title="x" * 5_000)


async def _until_available(store: MetadataStore) -> None:
    """Wait until a probe in the background has found that Redis is back."""
    await until(lambda: not store.problem)


SERVERS: dict[str, Callable[[str, Path], RedisServer]] = {
    "redis": RedisServer,
    "redis with a password": RedisServer.with_password,
    "redis with TLS": RedisServer.with_tls,
}


@pytest.fixture(params=["sql on sqlite", *SQL_SERVERS, *SERVERS, "redis_cluster", "redis_sentinel"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of store in turn."""
    return str(request.param)


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The METADATA_URL of a store."""
    if kind in SERVERS:
        server = SERVERS[kind](find_redis(), tmp_path)
        server.start()
        yield server.url
        server.stop()
    else:
        yield request.getfixturevalue(kind).url if kind.startswith("redis") else "sql"


@pytest.fixture
async def its_catalogue(kind: str, database: Database, sql_servers: OpenServer) -> AsyncIterator[Catalogue]:
    """The empty catalogue of a store: in SQLite, unless the store is the tables of a server."""
    if kind in SQL_SERVERS:
        async with Database(await (await sql_servers(kind)).emptied()) as opened:
            yield Catalogue(opened)
    else:
        yield Catalogue(database)


@pytest.fixture
def installation() -> str:
    """The name of an installation of the test, because several tests share a cluster and Sentinels."""
    return token_hex(8)


@pytest.fixture
async def store(url: str, its_catalogue: Catalogue, installation: str) -> AsyncIterator[MetadataStore]:
    """Each store in turn, over an empty catalogue."""
    opened = open_metadata(url, its_catalogue, installation)
    yield opened
    assert (opened.problem, opened.fallbacks) == ("", 0)
    await opened.close()


class TestMetadataStore:
    """The contract of every store."""

    async def test_movies_round_trip(self, store: MetadataStore) -> None:
        """Every field is preserved, including non-ASCII text and large ids, in the requested order."""
        await store.put_many([FULL, BARE])
        for _ in range(2):
            movies = await store.get_many([BARE.movie_id, FULL.movie_id])
            assert list(movies.items()) == [(BARE.movie_id, BARE), (FULL.movie_id, FULL)]

    async def test_a_nul_is_left_out(self, store: MetadataStore) -> None:
        """Not every database can store it."""
        await store.put_many([Movie(3, "A\0B", description="\0")])
        assert await store.get_many([3]) == {3: Movie(3, "AB", description="")}

    async def test_unknown_ids_are_left_out(self, store: MetadataStore) -> None:
        """Unknown ids, and no ids at all, are no error."""
        await store.put_many([BARE])
        assert await store.get_many([1, BARE.movie_id, 2, BARE.movie_id]) == {BARE.movie_id: BARE}
        assert await store.get_many({1, 2}) == {}
        assert await store.get_many([]) == {}

    async def test_a_later_put_overwrites(self, store: MetadataStore) -> None:
        """Putting a movie again overwrites it, even if it was read before. Repeating changes nothing."""
        await store.put_many([BARE])
        await store.get_many([BARE.movie_id])
        newer = Movie(movie_id=BARE.movie_id, title="New", genres=("Drama",))
        for _ in range(2):
            await store.put_many([newer])
            assert await store.get_many([BARE.movie_id]) == {BARE.movie_id: newer}
        await store.put_many([])

    async def test_the_catalogue_is_read_through(self, store: MetadataStore, its_catalogue: Catalogue) -> None:
        """A movie that only the catalogue contains is returned, and again the second time."""
        await its_catalogue.replace([FULL, BARE])
        for _ in range(2):
            assert await store.get_many([FULL.movie_id, 5]) == {FULL.movie_id: FULL}

    async def test_what_another_process_has_changed(
        self, store: MetadataStore, url: str, its_catalogue: Catalogue, installation: str
    ) -> None:
        """It is returned once this process has been told that the catalogue has changed."""
        await store.put_many([FULL, BARE])
        await store.get_many([FULL.movie_id, BARE.movie_id])
        newer = Movie(BARE.movie_id, "New")
        of_other_process = open_metadata(url, its_catalogue, installation)
        await of_other_process.put_many([newer])
        await of_other_process.close()
        store.invalidate()
        assert await store.get_many([FULL.movie_id, BARE.movie_id]) == {FULL.movie_id: FULL, BARE.movie_id: newer}

    async def test_many_movies(self, store: MetadataStore) -> None:
        """Thousands of movies are written and read in one call each."""
        movies = {movie_id: Movie(movie_id, f"Title {movie_id}") for movie_id in range(1, 2_501)}
        await store.put_many(list(movies.values()))
        assert await store.get_many(movies) == movies

    async def test_answers_a_ping_and_closes_twice(self, store: MetadataStore) -> None:
        """An open store answers and can be used, and closing it twice is no error."""
        await store.ping()
        await store.verify()
        await store.close()
        await store.close()


class TestRedis:
    """Redis as a cache, and failover to SQL while it is unavailable."""

    async def test_a_second_read_does_not_query_sql(self, redis_server: RedisServer, catalogue: Catalogue) -> None:
        """After the first read Redis answers alone, even if the movie was deleted in SQL."""
        await catalogue.put_many([FULL])
        store = open_metadata(redis_server.url, catalogue, "ours")
        await store.get_many([FULL.movie_id])
        await catalogue.replace([])
        assert await store.get_many([FULL.movie_id]) == {FULL.movie_id: FULL}
        await store.close()

    async def test_an_unreadable_string_is_a_miss(self, redis_server: RedisServer, catalogue: Catalogue) -> None:
        """Movies that cannot be decoded are read from SQL."""
        old = Movie(9, "Old")
        await catalogue.put_many([FULL, BARE, old])
        without_countries = {"source": "tmdb", "read_on": "2026-01-01"} | dict.fromkeys(
            ("filled", "titles", "keywords", "services"), ()
        )
        async with Redis.from_url(redis_server.url) as client:
            of_older = json.dumps(asdict(old) | {"net": without_countries})
            await client.set(f"reelmate:ours:movie:{old.movie_id}", of_older)
            await client.set(f"reelmate:ours:movie:{FULL.movie_id}", "{not json")
            await client.set(f"reelmate:ours:movie:{BARE.movie_id}", '{"movie_id": 7, "title": "of an older program"}')
        store = open_metadata(redis_server.url, catalogue, "ours")
        movies = {FULL.movie_id: FULL, BARE.movie_id: BARE, old.movie_id: old}
        assert await store.get_many(movies) == movies
        await store.close()

    async def test_an_outage_of_redis(
        self, redis_server: RedisServer, catalogue: Catalogue, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Without Redis the results are the same, fallbacks are counted and logged once. Then Redis is used again."""
        await catalogue.put_many([FULL, BARE])
        store = RedisMetadata(redis_server.url, catalogue, "ours")
        movies = {FULL.movie_id: FULL, BARE.movie_id: BARE}
        assert await store.get_many(movies) == movies
        assert store.fallbacks == 0

        redis_server.stop()
        caplog.set_level(logging.INFO, logger="storage.breaker")
        for count in (1, 2, 3):
            assert await store.get_many(movies) == movies
            assert store.fallbacks == count
        with pytest.raises(Unavailable, match="METADATA_URL"):
            await store.ping()
        newer = Movie(movie_id=BARE.movie_id, title="Put during the outage")
        await store.put_many([newer])
        assert await store.get_many([BARE.movie_id]) == {BARE.movie_id: newer}
        assert [record.levelname for record in caplog.records] == ["WARNING"]

        redis_server.start()
        await _until_available(store)
        fallbacks = store.fallbacks
        assert await store.get_many([FULL.movie_id]) == {FULL.movie_id: FULL}
        await catalogue.replace([])
        assert await store.get_many([FULL.movie_id]) == {FULL.movie_id: FULL}
        assert store.fallbacks == fallbacks
        assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
        await store.close()

    async def test_two_installations_share_a_redis(self, redis_server: RedisServer, catalogue: Catalogue) -> None:
        """Each reads its own movies, although their ids are the same."""
        stores = [open_metadata(redis_server.url, catalogue, name) for name in ("ours", "theirs")]
        movies = [Movie(7, "Ours"), Movie(7, "Theirs")]
        for store, movie in zip(stores, movies, strict=True):
            await store.put_many([movie])
        await catalogue.replace([])
        for store, movie in zip(stores, movies, strict=True):
            assert await store.get_many([7]) == {7: movie}
            await store.close()

    async def test_an_outage_costs_one_slow_call(self, redis_server: RedisServer, catalogue: Catalogue) -> None:
        """While Redis hangs, the first call waits for it, and further calls do not. A probe notices that it is back."""
        await catalogue.put_many([BARE])
        store = RedisMetadata(redis_server.url, catalogue, "ours")
        commands = 0
        send = store._redis.mget

        async def counting(*args: Any) -> Any:
            nonlocal commands
            commands += 1
            return await send(*args)

        store._redis.mget = counting  # type: ignore[method-assign]  # counts the calls, and makes them
        redis_server.freeze()
        for _ in range(5):
            assert await store.get_many([BARE.movie_id]) == {BARE.movie_id: BARE}
        assert (commands, store.fallbacks) == (1, 5)
        redis_server.thaw()
        await _until_available(store)
        await store.get_many([BARE.movie_id])
        assert (commands, store.fallbacks) == (2, 5)
        await store.close()

    async def test_an_outage_is_noticed_without_a_call(self, redis_server: RedisServer, catalogue: Catalogue) -> None:
        """A store that is watched notices it in the background."""
        store = RedisMetadata(redis_server.url, catalogue, "ours")
        store.watch()
        redis_server.stop()
        await until(lambda: bool(store.problem))
        await store.close()

    async def test_redis_hangs(self, redis_server: RedisServer, catalogue: Catalogue) -> None:
        """If Redis accepts connections but never answers, a read falls back to SQL after its deadline."""
        await catalogue.put_many([BARE])
        store = RedisMetadata(redis_server.url, catalogue, "ours")
        redis_server.freeze()
        assert await store.get_many([BARE.movie_id]) == {BARE.movie_id: BARE}
        assert store.fallbacks == 1
        await store.close()


class TestOpening:
    """A METADATA_URL that does not work."""

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "memcached://host",
            "redis://:secretword@host:port",
            "redis://:secretword@host/abc",
            "redis://:secretword@host?ssl=true",
            "redis://:secret#word@host",
            "redis+cluster://:secretword@host/1",
            "redis+cluster://:secretword@host?db=1",
            "redis+cluster://:secretword@host?name=x",
            "redis+cluster://:secretword@host:port",
            "redis+cluster://:secretword@one,,two",
            "redis+sentinel://:secretword@host",
            "redis+sentinel://:secretword@host/movies/abc",
            "redis+sentinel://:secretword@host/movies?sentinel_name=x",
            "redis+sentinel://host/movies?name=x&sentinel_password=secretword",
        ],
    )
    async def test_a_wrong_url(self, url: str, catalogue: Catalogue) -> None:
        """The error is one line that names the setting and shows no password."""
        with pytest.raises(Misconfigured, match="METADATA_URL") as caught:
            open_metadata(url, catalogue)
        assert "secretword" not in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1

    async def test_an_unknown_scheme_lists_the_supported_ones(self, catalogue: Catalogue) -> None:
        """The error lists the supported schemes."""
        with pytest.raises(
            Misconfigured,
            match=r"'memcached'.*sql, redis://host:6379, rediss://.*, redis\+cluster://.*, redis\+sentinel",
        ):
            open_metadata("memcached://host", catalogue)

    async def test_no_server_listens(self, catalogue: Catalogue) -> None:
        """A bot that has SQL starts all the same, and `verify` is one line without the password."""
        port = free_port()
        store = open_metadata(f"redis://:secretword@127.0.0.1:{port}", catalogue)
        assert await store.get_many([1]) == {}
        assert store.problem
        with pytest.raises(Unavailable, match=rf"METADATA_URL redis://:\*\*\*@127.0.0.1:{port}") as caught:
            await store.verify()
        await store.close()
        assert "secretword" not in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (("--replicaof", "127.0.0.1", "9"), "is a read-only replica: name its primary"),
            (("--cluster-enabled", "yes"), r"is a node of a Redis Cluster: write redis\+cluster://"),
            (("--requirepass", "another"), "refuses the user or the password|refuses to store a key"),
            (("--user", "default", "on", "nopass", "~*", "+@all", "-set"), "does not let this user"),
        ],
    )
    async def test_a_redis_that_cannot_be_used(
        self, catalogue: Catalogue, tmp_path: Path, options: tuple[str, ...], words: str
    ) -> None:
        """`verify` says what it is and what to write instead, even where a ping is answered."""
        server = RedisServer(find_redis(), tmp_path, *options)
        server.start()
        await refused(server.url, catalogue, words)
        server.stop()
