"""A large catalogue is served from a file, beside a server that has the vectors.

Here a catalogue of 60 movies is large, 30 of them are in memory, and vectors are copied of 10.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from bot.releases.catalogue_files import CatalogueFiles
from bot.releases.publishing import publish_release
from bot.releases.reloader import ReleaseReloader
from bot.settings import Settings
from bot.stores import Stores
from recsys.data import Dataset
from recsys.services.conversation import Conversation
from recsys.services.stuck import StuckPeople
from recsys.serving.catalogue_file import CatalogueFile
from recsys.text.titles import Found
from storage.changes import Answer
from storage.errors import Unavailable
from storage.vectors.failover import FailoverIndex
from storage.vectors.memory import MemoryIndex
from tests.flow.releases.helpers import Models, arrive, conversation_over, picks

IN_MEMORY, COPIED = 30, 10


class Server(MemoryIndex):
    """An index that is down while `down` is set."""

    down = False

    async def search(self, *args: Any, **options: Any) -> Any:
        """Search, or raise Unavailable."""
        if self.down:
            raise Unavailable("no answer within 5 s")
        return await super().search(*args, **options)


Wire = Callable[..., tuple[Conversation, ReleaseReloader, FailoverIndex]]


@pytest.fixture
def wire(settings: Settings, stores: Stores) -> Wire:
    """A function that returns a conversation over a server, its reloader and its failover."""

    def make(server: Server, in_memory: int = IN_MEMORY) -> tuple[Conversation, ReleaseReloader, FailoverIndex]:
        conversation = conversation_over(stores)
        failover = FailoverIndex(server, max_copied=COPIED)
        files = CatalogueFiles(settings, stores.database, in_memory)
        return conversation, ReleaseReloader(stores, failover, conversation, files=files), failover

    return make


async def test_a_large_catalogue_is_served_as_a_small_one(
    wire: Wire, settings: Settings, stores: Stores, models: Models, board: Dataset
) -> None:
    """Cards and titles are the same, all bots of a machine share the file, and a change writes another one."""
    server = Server()
    catalogue = {movie.movie_id: movie for movie in board.movies}
    await publish_release(server, models.good, catalogue)
    await stores.releases.activate(models.good.version)
    small, reloader, _ = wire(server, in_memory=60)
    await reloader.sync()
    await arrive(small)
    large, reloader, failover = wire(server)
    await reloader.sync()
    assert (reloader.problem, failover.problem, failover.texts.problem) == ("", "", "")
    assert isinstance(large.state.movies, CatalogueFile)
    assert (len(large.state.movies), len(large.state.listed)) == (60, IN_MEMORY)
    assert await picks(large, 20) == await picks(small, 20)
    large.state.drop_from_memory()
    assert await picks(large, 20) == await picks(small, 20)
    unknown = next(movie for movie in board.movies if movie not in large.state.listed)
    assert large.state.titles.find(unknown.label) == Found(unknown)
    [written] = settings.catalogue_folder.glob("*.safetensors")
    at = written.stat().st_mtime_ns
    again, other_reloader, _ = wire(server)
    await other_reloader.sync()
    assert isinstance(again.state.movies, CatalogueFile)
    assert written.stat().st_mtime_ns == at
    await stores.catalogue.put_many([replace(unknown, title="Renamed")])
    await reloader.sync()
    assert large.state.movie(unknown.movie_id).title == "Renamed"
    assert len(list(settings.catalogue_folder.glob("*.safetensors"))) == 1
    assert not written.exists()
    # The other bot still has the file that it has mapped.
    assert again.state.movie(unknown.movie_id) == unknown


async def test_clusters_of_the_best_known_are_offered_after_three_dislikes(
    wire: Wire, stores: Stores, models: Models, board: Dataset
) -> None:
    """The other movies are not in memory."""
    server = Server()
    await publish_release(server, models.good, {movie.movie_id: movie for movie in board.movies})
    await stores.releases.activate(models.good.version)
    conversation, reloader, _ = wire(server)
    await reloader.sync()
    dislikes = [Answer("rating", movie_id, 1.0) for movie_id in (10, 20, 30)]
    stuck = await StuckPeople().find(conversation.state, dislikes)
    assert stuck is not None
    assert stuck.clusters
    in_memory = {movie.movie_id for movie in conversation.state.listed}
    assert {movie_id for cluster in stuck.clusters for movie_id in cluster.movie_ids} <= in_memory


async def test_a_file_from_before_a_restore_is_not_served(settings: Settings, stores: Stores, board: Dataset) -> None:
    """After a copy of the database was put back, the next change of the catalogue has a file of its own."""
    files = CatalogueFiles(settings, stores.database, IN_MEMORY)
    movie = board.movies[0]
    database = settings.reelmate_home / "reelmate.db"
    with closing(sqlite3.connect(database)) as live, closing(sqlite3.connect(":memory:")) as copy:
        live.backup(copy)
        await stores.catalogue.put_many([replace(movie, title="Before")])
        assert await files.write() is not None
        copy.backup(live)
    await stores.catalogue.put_many([replace(movie, title="After")])
    file = await files.open()
    assert file is not None
    assert file[movie.movie_id].title == "After"


async def test_the_best_known_are_served_during_an_outage(
    wire: Wire, stores: Stores, models: Models, board: Dataset
) -> None:
    """What `/ready` says names how many movies are left."""
    server = Server()
    await publish_release(server, models.good, {movie.movie_id: movie for movie in board.movies})
    await stores.releases.activate(models.good.version)
    conversation, reloader, failover = wire(server)
    await reloader.sync()
    await arrive(conversation)
    server.down = True
    best = sorted(board.movies, key=lambda movie: (-movie.rating_count, movie.movie_id))[:COPIED]
    assert set(await picks(conversation, 20)) <= {movie.movie_id for movie in best}
    assert failover.problem == "no answer within 5 s; searching only the best known 10 of 60 movies"
    await failover.close()


async def test_a_bot_publishes_no_large_release(
    wire: Wire, stores: Stores, models: Models, caplog: pytest.LogCaptureFixture
) -> None:
    """It serves the best known movies and says what to do."""
    await stores.releases.activate(models.good.version)
    server = Server()
    conversation, reloader, failover = wire(server)
    await reloader.sync()
    await arrive(conversation)
    assert len(await picks(conversation)) == 5
    assert await server.versions() == []
    assert "searching only the best known 10 of 60 movies" in failover.problem
    await reloader.sync()
    assert caplog.text.count("only the best known movies are recommended") == 1


async def test_without_a_file_the_catalogue_is_in_memory(wire: Wire, settings: Settings, stores: Stores) -> None:
    """If its folder cannot be written, for example."""
    settings.catalogue_folder.write_text("no folder")
    conversation, reloader, _ = wire(Server())
    await reloader.sync()
    assert len(conversation.state.listed) == len(conversation.state.movies) == await stores.catalogue.count()
