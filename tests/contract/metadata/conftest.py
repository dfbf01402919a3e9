"""Fixtures with groups of Redis servers: those that the tests of a pytest worker share, and those of one test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.redis_groups import RedisClusterServers, RedisSentinelServers
from tests.servers.redis_server import find_redis


@pytest.fixture(scope="session")
def redis_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisClusterServers]:
    """A running Redis Cluster, which tests leave as it is."""
    cluster = RedisClusterServers(find_redis(), tmp_path_factory.mktemp("redis-cluster"))
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def redis_sentinel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisSentinelServers]:
    """A running primary with a replica and a Sentinel, which tests leave as they are."""
    servers = RedisSentinelServers(find_redis(), tmp_path_factory.mktemp("redis-sentinel"))
    servers.start()
    yield servers
    servers.stop()


@pytest.fixture
def own_cluster(tmp_path: Path) -> Iterator[RedisClusterServers]:
    """A running cluster, which the test may damage."""
    cluster = RedisClusterServers(find_redis(), tmp_path)
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
def own_sentinel(tmp_path: Path) -> Iterator[RedisSentinelServers]:
    """A running primary with a replica and a Sentinel, which the test may damage."""
    servers = RedisSentinelServers(find_redis(), tmp_path, promotion_after_s=1.0)
    servers.start()
    yield servers
    servers.stop()
