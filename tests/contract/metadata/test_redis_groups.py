"""Metadata in a Redis Cluster, and in the primary that a Redis Sentinel names: failures, and URLs that do not work."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.errors import Unavailable
from storage.metadata.redis import RedisMetadata
from storage.records import Movie
from storage.sql import Catalogue
from tests.contract.metadata.refused import refused
from tests.ports import free_port
from tests.programs import until
from tests.servers.redis_groups import PRIMARY, RedisClusterServers, RedisSentinelServers, client_of
from tests.servers.redis_server import PASSWORD, RedisServer, find_redis

MOVIES = {movie_id: Movie(movie_id, f"Title {movie_id}") for movie_id in range(1, 101)}


@pytest.fixture
def single(tmp_path: Path) -> Iterator[RedisServer]:
    """A running Redis with a password, alone."""
    server = RedisServer.with_password(find_redis(), tmp_path)
    server.start()
    yield server
    server.stop()


class TestCluster:
    """A Redis Cluster."""

    async def test_movies_are_spread_over_the_nodes(
        self, own_cluster: RedisClusterServers, catalogue: Catalogue
    ) -> None:
        """Each node holds some of the movies, and all of them are read without SQL."""
        store = RedisMetadata(own_cluster.url, catalogue, "ours")
        await store.put_many(list(MOVIES.values()))
        sizes = [client_of(node).dbsize() for node in own_cluster.nodes]
        assert sum(sizes) == len(MOVIES)
        assert min(sizes) > 0
        await catalogue.replace([])
        assert await store.get_many(MOVIES) == MOVIES
        await store.close()

    @pytest.mark.parametrize("failure", ["stop", "freeze"])
    async def test_an_outage_of_a_node(
        self, own_cluster: RedisClusterServers, catalogue: Catalogue, failure: str
    ) -> None:
        """While a node is down or hangs, movies come from SQL. When it is back, the cluster is used again."""
        store = RedisMetadata(own_cluster.url, catalogue, "ours")
        await store.put_many(list(MOVIES.values()))
        assert await store.get_many(MOVIES) == MOVIES
        assert store.fallbacks == 0
        node = own_cluster.nodes[1]
        getattr(node, failure)()
        for count in (1, 2):
            assert await store.get_many(MOVIES) == MOVIES
            assert store.fallbacks == count
        assert store.problem
        if failure == "stop":
            node.start()
        else:
            node.thaw()
        await until(lambda: not store.problem)
        fallbacks = store.fallbacks
        assert await store.get_many(MOVIES) == MOVIES
        assert store.fallbacks == fallbacks
        await store.close()

    async def test_over_tls(self, tmp_path: Path, catalogue: Catalogue) -> None:
        """Its nodes are called over TLS, too."""
        server = RedisServer.with_tls(find_redis(), tmp_path)
        server.add_options("--cluster-enabled", "yes", "--cluster-port", str(free_port()), "--tls-cluster", "yes")
        server.start()
        url = server.url.replace("rediss://", "rediss+cluster://")
        await refused(url, catalogue, "some hash slots belong to no node")
        with client_of(server, tls_folder=tmp_path) as client:
            client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16_383)
            await until(lambda: client.execute_command("CLUSTER INFO")["cluster_state"] == "ok")
        store = RedisMetadata(url, catalogue, "ours")
        await store.verify()
        await store.close()
        server.stop()

    async def test_what_is_refused(
        self, redis_cluster: RedisClusterServers, single: RedisServer, catalogue: Catalogue
    ) -> None:
        """A Redis that is no cluster, a node that is addressed as a Redis alone, and a wrong password."""
        address = single.url.partition("://")[2]
        await refused(f"redis+cluster://{address}", catalogue, r"is no Redis Cluster: write redis://")
        node = redis_cluster.nodes[0]
        words = r"is a node of a Redis Cluster: write redis\+cluster://"
        await refused(f"redis://:{PASSWORD}@127.0.0.1:{node.port}", catalogue, words)
        wrong = redis_cluster.url.replace(PASSWORD, "wrong")
        await refused(wrong, catalogue, "refuses the user or the password")

    async def test_no_node_listens(self, catalogue: Catalogue) -> None:
        """Movies come from SQL, and `verify` is one line without the password."""
        await catalogue.replace(list(MOVIES.values()))
        store = RedisMetadata(f"redis+cluster://:{PASSWORD}@127.0.0.1:{free_port()}", catalogue, "ours")
        assert await store.get_many(MOVIES) == MOVIES
        assert store.problem
        with pytest.raises(Unavailable, match="METADATA_URL") as caught:
            await store.verify()
        assert PASSWORD not in str(caught.value)
        await store.close()


class TestSentinel:
    """The primary that a Redis Sentinel names."""

    async def test_a_replica_takes_the_place_of_the_primary(
        self, own_sentinel: RedisSentinelServers, catalogue: Catalogue
    ) -> None:
        """Until then, movies come from SQL. The replica has them, and stores further ones."""
        store = RedisMetadata(own_sentinel.url, catalogue, "ours")
        await store.put_many(list(MOVIES.values()))
        # A replica that lags behind would lose the last movies.
        replica = client_of(own_sentinel.replica, database=1)
        await until(lambda: replica.dbsize() == len(MOVIES))
        own_sentinel.primary.stop()
        assert await store.get_many(MOVIES) == MOVIES
        assert store.fallbacks == 1
        await until(lambda: not store.problem)
        await catalogue.replace([])
        assert await store.get_many(MOVIES) == MOVIES
        further = Movie(200, "Further")
        await store.put_many([further])
        assert replica.dbsize() == len(MOVIES) + 1
        await store.verify()
        assert store.fallbacks == 1
        await store.close()

    async def test_what_is_refused(
        self, redis_sentinel: RedisSentinelServers, single: RedisServer, catalogue: Catalogue
    ) -> None:
        """Addresses of the wrong kind, a replica, a wrong name and wrong passwords."""
        url = redis_sentinel.url
        sentinel = f"redis://:another-word@127.0.0.1:{redis_sentinel.sentinel.port}"
        await refused(sentinel, catalogue, r"is a Redis Sentinel.*: write redis\+sentinel://host:26379/NAME")
        address = single.url.partition("://")[2].removesuffix("/0")
        given = f"redis+sentinel://{address}/{PRIMARY}?sentinel_password={PASSWORD}"
        await refused(given, catalogue, "names no Sentinel: write redis://")
        replica = f"redis://:{PASSWORD}@127.0.0.1:{redis_sentinel.replica.port}"
        await refused(replica, catalogue, "is a read-only replica: name its primary")
        await refused(url.replace(f"/{PRIMARY}", "/films"), catalogue, f"'films', but its Sentinel watches {PRIMARY}")
        await refused(url.replace(f":{PASSWORD}@", ":wrong@"), catalogue, "refuses the user or the password")
        await refused(url.replace("=another-word", "=wrong"), catalogue, "has a Sentinel that refuses the user or")

    async def test_no_sentinel_listens(self, catalogue: Catalogue) -> None:
        """Movies come from SQL, and `verify` is one line without the password."""
        await catalogue.replace(list(MOVIES.values()))
        url = f"redis+sentinel://:{PASSWORD}@127.0.0.1:{free_port()}/{PRIMARY}"
        store = RedisMetadata(url, catalogue, "ours")
        assert await store.get_many(MOVIES) == MOVIES
        assert store.problem
        with pytest.raises(Unavailable, match="METADATA_URL") as caught:
            await store.verify()
        assert PASSWORD not in str(caught.value)
        await store.close()

    async def test_over_tls(self, tmp_path: Path, catalogue: Catalogue) -> None:
        """The Sentinel and the primary are called over TLS."""
        for name in ("primary", "sentinel"):
            (tmp_path / name).mkdir()
        primary = RedisServer.with_tls(find_redis(), tmp_path / "primary")
        primary.start()
        configuration = tmp_path / "sentinel" / "sentinel.conf"
        tls = tmp_path / "primary"
        configuration.write_text(
            f"sentinel monitor {PRIMARY} 127.0.0.1 {primary.port} 1\nsentinel auth-pass {PRIMARY} {PASSWORD}\n"
            "port 0\ntls-replication yes\ntls-auth-clients no\n"
            f"tls-cert-file {tls}/server.pem\ntls-key-file {tls}/server.pem\ntls-ca-cert-file {tls}/ca.pem\n"
        )
        sentinel = RedisServer.sentinel(find_redis(), configuration, "--tls-port")
        sentinel.start()
        url = f"rediss+sentinel://:{PASSWORD}@127.0.0.1:{sentinel.port}/{PRIMARY}?ssl_ca_certs={tls}/ca.pem"
        store = RedisMetadata(url, catalogue, "ours")
        await store.verify()
        await store.close()
        sentinel.stop()
        primary.stop()
