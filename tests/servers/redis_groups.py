"""Groups of real Redis servers for tests: a cluster of three nodes, and a primary with a replica and a Sentinel."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.ports import free_port
from tests.programs import PATIENCE_S
from tests.servers.redis_server import PASSWORD, RedisServer

PRIMARY = "movies"
"""The name of the primary that the Sentinel watches."""

_SENTINEL_PASSWORD = "another-word"
_SLOTS = 16_384
_POLL_S = 0.05


def client_of(server: RedisServer, password: str = PASSWORD, database: int = 0, tls_folder: Path | None = None) -> Any:
    """Return a client of one server.

    Args:
        server: that runs.
        password: of the server.
        database: its number.
        tls_folder: the folder of a server with TLS.
    """
    tls: dict[str, Any] = {} if tls_folder is None else {"ssl": True, "ssl_ca_certs": str(tls_folder / "ca.pem")}
    return Redis(port=int(server.port), db=database, password=password, decode_responses=True, host="127.0.0.1", **tls)


def _is_complete(client: Any) -> bool:
    information = client.execute_command("CLUSTER INFO")
    return information["cluster_state"] == "ok" and information["cluster_known_nodes"] == "3"


def _wait_until(condition: Callable[[], object]) -> None:
    ends_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends_at:
        if condition():
            return
        time.sleep(_POLL_S)
    pytest.fail("the servers did not join")


class RedisClusterServers:
    """A Redis Cluster of three nodes without replicas.

    Attributes:
        nodes: the servers.
        url: the METADATA_URL of the cluster.
    """

    def __init__(self, program: str, folder: Path) -> None:
        """Prepare a cluster.

        Args:
            program: the path of redis-server.
            folder: gets a folder for each node.
        """
        self.nodes = []
        for number in range(3):
            node = folder / f"node-{number}"
            node.mkdir()
            options = ("--cluster-enabled", "yes", "--cluster-port", str(free_port()))
            # Every node needs the password to serve, and the nodes themselves do not use it among each other.
            self.nodes.append(RedisServer(program, node, *options, "--requirepass", PASSWORD))
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes[:2])
        self.url = f"redis+cluster://:{PASSWORD}@{hosts}"

    def start(self) -> None:
        """Start the nodes, join them, and wait until the cluster serves all keys."""
        clients = []
        for node in self.nodes:
            node.start()
            clients.append(client_of(node))
        for number, client in enumerate(clients):
            first, end = number * _SLOTS // 3, (number + 1) * _SLOTS // 3
            client.execute_command("CLUSTER ADDSLOTSRANGE", first, end - 1)
            # Otherwise the nodes take a while to agree whose claims are the newer ones.
            client.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
        for node, client in zip(self.nodes[1:], clients[1:], strict=True):
            bus_port = client.config_get("cluster-port")["cluster-port"]
            clients[0].execute_command("CLUSTER MEET", "127.0.0.1", node.port, bus_port)
        self.wait()

    def wait(self) -> None:
        """Wait until each node serves all keys of the cluster."""
        for client in map(client_of, self.nodes):
            _wait_until(lambda: _is_complete(client))  # noqa: B023 - called at once

    def stop(self) -> None:
        """Kill all nodes, as in a crash."""
        for node in self.nodes:
            node.stop()


class RedisSentinelServers:
    """A primary with a replica, and a Sentinel that watches them.

    Attributes:
        primary: the first primary.
        replica: takes its place when it dies.
        sentinel: the Sentinel.
        url: the METADATA_URL.
    """

    def __init__(self, program: str, folder: Path, promotion_after_s: float = 60.0) -> None:
        """Prepare the servers.

        Args:
            program: the path of redis-server.
            folder: gets a folder for each server.
            promotion_after_s: if the primary does not answer for so many seconds, the replica takes its place. On a
                busy machine, a primary that works may not answer for a while.
        """
        folders = [folder / name for name in ("primary", "replica", "sentinel")]
        for made in folders:
            made.mkdir()
        options = ("--requirepass", PASSWORD, "--masterauth", PASSWORD, "--repl-diskless-sync-delay", "0")
        self.primary = RedisServer(program, folders[0], *options)
        port = self.primary.port
        self.replica = RedisServer(program, folders[1], *options, "--replicaof", "127.0.0.1", port)
        configuration = folders[2] / "sentinel.conf"
        configuration.write_text(
            f"sentinel monitor {PRIMARY} 127.0.0.1 {port} 1\n"
            f"sentinel auth-pass {PRIMARY} {PASSWORD}\n"
            f"sentinel down-after-milliseconds {PRIMARY} {promotion_after_s * 1_000:.0f}\n"
            f"requirepass {_SENTINEL_PASSWORD}\n"
        )
        self.sentinel = RedisServer.sentinel(program, configuration)
        # Nobody listens at the first address.
        hosts = f"127.0.0.1:{free_port()},127.0.0.1:{self.sentinel.port}"
        self.url = f"redis+sentinel://:{PASSWORD}@{hosts}/{PRIMARY}/1?sentinel_password={_SENTINEL_PASSWORD}"

    def start(self) -> None:
        """Start the servers, and wait until the replica follows the primary and the Sentinel knows both."""
        self.primary.start()
        self.replica.start()
        _wait_until(lambda: client_of(self.replica).info("replication")["master_link_status"] == "up")
        # A Sentinel looks for replicas when it starts, and then every ten seconds.
        self.sentinel.start()
        _wait_until(lambda: client_of(self.sentinel, _SENTINEL_PASSWORD).sentinel_slaves(PRIMARY))

    def stop(self) -> None:
        """Kill all servers, as in a crash."""
        for server in (self.sentinel, self.replica, self.primary):
            server.stop()
