"""Fixtures that several kinds of tests share: a real Redis, a migrated SQLite database, towers trained on a board."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.models.item_reranker import ItemReranker
from recsys.models.towers import Towers
from storage.sql import Catalogue, Database
from tests.builders import checkerboard
from tests.migrated import create_database
from tests.servers.redis_server import RedisServer, find_redis
from tests.train_once import TrainOnce

SLOW_FOLDERS = ("browser", "integration", "flow/admin", "flow/conversation", "flow/releases")
"""Folders whose tests all count as slow: they drive browsers, start processes, train, or talk to a whole bot."""

SLOW_LIMIT_S = 900
"""A slow test fails after this many seconds. Trainings take minutes on a busy machine with two slow cores."""


LONGEST = ("test_refresh_live.py", "test_generated_updates.py", "test_refresh.py")
"""Files with tests that take half a minute or more. They begin first, so that no worker waits for them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of slow folders, give all slow tests a limit of their own, and begin with the longest."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
    folders = [Path(__file__).parent / folder for folder in SLOW_FOLDERS]
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in folders):
            item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("slow") is not None and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(SLOW_LIMIT_S))


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A running Redis; without redis-server the test is skipped, and in CI it fails."""
    server = RedisServer(find_redis(), tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The DATABASE_URL of a SQLite file in a folder, neither of which exists yet."""
    return f"sqlite+aiosqlite:///{tmp_path}/data/reelmate.db"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open, migrated, empty SQLite database."""
    await create_database(database_url)
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
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> TrainOnce:
    """Train each model once for all pytest-xdist workers."""
    return TrainOnce(tmp_path_factory)


@pytest.fixture(scope="session")
def towers(board: Dataset, trained_once: TrainOnce) -> Towers:
    """Real towers, trained on the board for a few seconds, often without the gender, which gives everything away."""

    def train() -> Towers:
        # Training imports all of Paddle, which most tests do without.
        from recsys.protocol.newcomers import split_people
        from recsys.training.fit import fit
        from recsys.training.options import TrainingOptions

        options = TrainingOptions(epochs=60, min_steps=0, batch_size=32, demographic_dropout=0.5, validations=1)
        return fit(board, split_people(board, 0), options)

    return trained_once("board", train)


@pytest.fixture(scope="session")
def reranked_towers(towers: Towers, board: Dataset) -> Towers:
    """The same towers with a random item re-ranker: positive and negative weights between all movies but ten."""
    from recsys.models.towers import assemble
    from tests.networks import network_of

    rng = np.random.default_rng(0)
    count = len(board.movies)
    weights = rng.normal(0, 2, (count - 10, count - 10)).astype(np.float32)
    np.fill_diagonal(weights, 0)
    bonus = rng.normal(0, 2, count).astype(np.float32)
    return assemble(
        network_of(towers),
        towers.vocabulary,
        board.movies,
        seed=towers.info.seed,
        dataset=board.name,
        validation_ndcg=None,
        item_reranker=ItemReranker(np.arange(5, count - 5), weights, bonus),
    )
