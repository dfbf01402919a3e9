"""Fixtures for tests with a Milvus server."""

import os
from pathlib import Path

import pytest

from tests.servers.milvus_server import milvus_url


@pytest.fixture(scope="session")
def old_server_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The VECTORS_URL of a Milvus server of version 2.3.5, which all workers share."""
    base = tmp_path_factory.getbasetemp()
    # Each worker has a base folder of its own inside that of the run.
    return milvus_url(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


@pytest.fixture
def vectors_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The VECTORS_URL of a kind of index: "memory", "milvus-lite" or "milvus-server".

    REELMATE_TEST_MILVUS_URL may name another server. Servers keep what earlier tests wrote.
    """
    kind = request.param
    if kind == "milvus-server":
        return os.environ.get("REELMATE_TEST_MILVUS_URL") or str(request.getfixturevalue("old_server_url"))
    return {"memory": "memory://", "milvus-lite": f"milvus+lite://{tmp_path}/milvus.db"}[kind]
