"""What several kinds of tests share: a real Redis, a migrated SQLite database, towers that learned a checkerboard."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.models.item_reranker import ItemReranker
from recsys.models.towers import Towers
from storage.migrations import migrate
from storage.sql import Catalogue, Database
from tests.builders import checkerboard
from tests.redis_server import RedisServer


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A running Redis; skips the test where redis-server is not installed, which in CI is a failure."""
    program = shutil.which("redis-server")
    if program is None:
        said = "redis-server is not installed (Debian: apt-get install redis-server)"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    server = RedisServer(program, tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The DATABASE_URL of a SQLite file that is not there yet, in a folder that is not there yet."""
    return f"sqlite+aiosqlite:///{tmp_path}/data/reelmate.db"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open, migrated, empty SQLite database."""
    await migrate(database_url)
    async with Database(database_url) as opened:
        yield opened


@pytest.fixture
def catalogue(database: Database) -> Catalogue:
    """An empty catalogue."""
    return Catalogue(database)


@pytest.fixture(scope="session")
def board() -> Dataset:
    """The checkerboard: taste is the parity of id / 10."""
    return checkerboard()


@pytest.fixture(scope="session")
def towers(board: Dataset) -> Towers:
    """Real towers, trained on the board for a few seconds, often without the gender that gives everything away."""
    # Training is the one thing here that needs Paddle's whole half of the house; most tests do without.
    from recsys.protocol.newcomers import split_people
    from recsys.training.fit import fit
    from recsys.training.options import TrainingOptions

    options = TrainingOptions(epochs=60, min_steps=0, batch_size=32, demographic_dropout=0.5, validations=1)
    return fit(board, split_people(board, 0), options)


@pytest.fixture(scope="session")
def linked_towers(towers: Towers, board: Dataset) -> Towers:
    """The same towers with a second stage: random links, for and against, of all movies but ten, and random fame."""
    from recsys.models.towers import assemble

    rng = np.random.default_rng(0)
    count = len(board.movies)
    weights = rng.normal(0, 2, (count - 10, count - 10)).astype(np.float32)
    np.fill_diagonal(weights, 0)
    links = ItemReranker(np.arange(5, count - 5), weights, rng.normal(0, 2, count).astype(np.float32))
    return assemble(
        towers._network,
        towers.vocabulary,
        board.movies,
        seed=towers.info.seed,
        dataset=board.name,
        validation_ndcg=None,
        item_reranker=links,
    )
