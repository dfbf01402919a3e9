"""`ReleaseReloader` switches a running bot to the active release, without a restart."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import NamedTuple, TypeGuard

from bot.backoff import Backoff
from bot.releases.activation import find_restorable
from bot.releases.catalogue_files import CatalogueFiles
from bot.releases.mapped_files import drop_read_pages
from bot.releases.model_probe import probe_while_away
from bot.releases.publishing import NO_MODEL, check_catalogue, load_release, publish_release, release_movies
from bot.runtime import loading_what_stays, short_thread_switch_interval
from bot.stores import Stores
from recsys.models.towers import Towers
from recsys.services.conversation import Conversation
from recsys.services.state import ServingState
from recsys.serving.catalogue_file import CatalogueFile
from recsys.serving.diversify import DEFAULT_STRENGTH
from recsys.serving.publish import IndexMismatch, check_all_movies, publish_texts, search_texts
from recsys.serving.recommender import Recommender
from recsys.text.meaning.language import english
from storage.errors import NotFound, StorageError, Unavailable
from storage.records import Movie, Release
from storage.vectors.failover import FailoverIndex

POLL_INTERVAL_S = 1.0
"""A bot checks the database for changes this often, in seconds. A notification over Redis makes it check at once."""

DROP_DELAY_S = 60.0
"""A version is dropped from the index this many seconds after it was last needed, because requests in flight may still
search it. They take far less."""

_logger = logging.getLogger(__name__)


class _Target(NamedTuple):
    """The release to serve, from the database. A higher revision requests to publish the same version again."""

    version: str
    vectors_revision: int


class ReleaseReloader:
    """Keeps a conversation's `ServingState` equal to what the database says: the catalogue and the active release.

    `sync` compares the two and makes up for the difference. A switch to another release takes these steps:

    1. Fetch the release folder from MODELS_URL and load the towers. A release that was served shortly before is still
       in memory.
    2. Publish its movie vectors and texts into the index, unless the index has all of them
       or does not get them.
    3. Preload them into the memory of the `FailoverIndex`, which searches there if the index does not answer.
    4. Replace the conversation's `ServingState`, in one assignment. Requests in flight finish with the old state.
    5. After DROP_DELAY_S, take other versions out of memory, and drop versions from the index that are neither active
       nor the previous release.

    If a step fails, the old release is still served, `problem` says why, and the switch is retried with a backoff. If
    that happens at the start, the release that a rollback would restore is served instead, or popular movies if that
    fails too. All of this runs beside the requests, and none of them waits for it.

    Attributes:
        problem: why the active release is not served; empty if it is.
    """

    def __init__(
        self,
        stores: Stores,
        index: FailoverIndex,
        conversation: Conversation,
        *,
        diversity: float = DEFAULT_STRENGTH,
        loading: dict[str, asyncio.Future[Towers]] | None = None,
        files: CatalogueFiles | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Create a reloader that has not loaded anything; see `sync` and `running`.

        Args:
            stores: holds the catalogue and the releases.
            index: the index that the conversation searches.
            conversation: gets the new states.
            diversity: strength of the diversification, as for `Recommender`.
            loading: releases that are being loaded already, by version. Each is removed when it is used.
            files: opens the file of a large catalogue; None to keep every catalogue in memory.
            clock: returns seconds and never goes back.
        """
        self.problem = NO_MODEL
        self._stores, self._index, self._conversation = stores, index, conversation
        self._diversity, self._loading = diversity, {} if loading is None else loading
        self._files = files
        self._clock = clock
        self._catalogue_revision: int | None = None
        self._served: _Target | None = None
        # A failed switch is retried at once if the target or the catalogue changes, else after a pause.
        self._failed_attempt: tuple[_Target, int | None] | None = None
        self._backoff, self._retry_at = Backoff(), 0.0
        self._texts_backoff, self._texts_retry_at = Backoff(), 0.0
        self._warm_texts, self._missing_in_index = "", ""
        # Recommenders of the versions in memory: the served one, and those about to be unloaded.
        self._preloaded: dict[str, Recommender] = {}
        self._unserved_since: dict[str, float] = {}
        self._unused_since: dict[str, float] = {}
        self._needed_at_last_cleanup: set[str] | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run in the background while the block runs."""
        tasks = [
            asyncio.create_task(self.run(), name="releases"),
            asyncio.create_task(probe_while_away(self._stores.models), name="model store"),
            asyncio.create_task(drop_read_pages(self._conversation), name="mapped files"),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def run(self) -> None:
        """Sync every POLL_INTERVAL_S after the first sync, and as soon as a change is notified."""
        database_failed = False
        while True:
            await self._stores.notifier.wait(POLL_INTERVAL_S)
            try:
                await self.sync()
                await self._warm_up_texts()
                database_failed = False
            except StorageError as error:
                if not database_failed:
                    _logger.warning("cannot check for releases", exc_info=error)
                database_failed = True
            except Exception:  # The current release is still served, and the next check may succeed.
                _logger.exception("checking for releases failed")

    async def sync(self) -> None:
        """Apply all changes since the last call: catalogue, active release, requests to publish again.

        Raises:
            Unavailable: the database does not answer.
            Misconfigured: the database has no tables.
        """
        active, previous = await self._stores.releases.active(), await self._stores.releases.previous()
        revisions = await self._stores.revisions.all()
        catalogue_revision = revisions.get("catalogue", 0)
        if catalogue_revision != self._catalogue_revision:
            with loading_what_stays():
                await self._reload_catalogue(catalogue_revision)
        if active is None:
            self.problem = NO_MODEL
        else:
            await self._serve_active(active, _Target(active.version, revisions.get("vectors", 0)))
        with contextlib.suppress(Unavailable):  # Searches report it, and the next sync tries again.
            await self._republish_if_lost()
            await self._drop_unused({release.version for release in (active, previous) if release is not None})
        await self._unload_unserved()

    async def _reload_catalogue(self, revision: int) -> None:
        """Serve the current catalogue; without a model if the catalogue no longer has the model's movies."""
        self._stores.metadata.invalidate()
        file = None if self._files is None else await self._files.open()
        movies = await self._stores.catalogue.all() if file is None else file
        recommender = self._conversation.state.recommender
        state = await asyncio.to_thread(ServingState.build, movies, recommender)
        if recommender is not None:
            # People are served meanwhile. At the start they would wait for this: `_warm_up_texts` does it then.
            await asyncio.to_thread(state.prepare)
            try:
                await self._preload(recommender, state.movies)
            except NotFound:  # The catalogue is of another data set: its popular movies are the better answer.
                state, self._served = state.with_recommender(None), None
        self._conversation.use(state)
        self._catalogue_revision = revision

    async def _serve_active(self, active: Release, target: _Target) -> None:
        """Switch to the active release if it is not served yet, unless the same switch has just failed.

        If it fails and no release is served, switch to an earlier one.
        """
        if target == self._served:
            self.problem = ""
            return
        attempt = target, self._catalogue_revision
        if attempt == self._failed_attempt and self._clock() < self._retry_at:
            return
        try:
            with short_thread_switch_interval():
                await self._switch_to(active, target)
        except StorageError as error:
            self.problem = f"release {active.version} is active and not served: {error}"
            is_first_failure = attempt != self._failed_attempt
            if is_first_failure:
                self._backoff.reset()
                _logger.error("a release cannot be served", extra={"version": active.version}, exc_info=error)
            self._failed_attempt, self._retry_at = attempt, self._clock() + self._backoff.next()
            if is_first_failure and self._conversation.state.recommender is None:
                await self._serve_earlier(target)
        else:
            self.problem, self._served, self._failed_attempt = "", target, None
            _logger.info("serving", extra={"version": active.version})

    async def _serve_earlier(self, target: _Target) -> None:
        """Serve the release that a rollback would restore until the active one can be served.

        Popular movies are served if there is no such release, or if it cannot be served either.
        """
        earlier, _ = await find_restorable(self._stores)
        if earlier is None:
            return
        try:
            await self._switch_to(earlier, target)
        except StorageError as error:
            _logger.error("the earlier release cannot be served", extra={"version": earlier.version}, exc_info=error)
        else:
            _logger.warning("serving an earlier release instead", extra={"version": earlier.version})

    async def _switch_to(self, release: Release, target: _Target) -> None:
        """Load, publish and preload a release, and then serve it.

        Raises:
            StorageError: a step failed; the old release is still served.
        """
        state = self._conversation.state
        recommender = self._preloaded.get(release.version) or await self._load(release)
        publish_requested = self._served is not None and self._served.vectors_revision != target.vectors_revision
        try:
            if self._index.is_given(len(recommender.towers.vocabulary.movie_ids)):
                await self._fill_index(recommender.towers, state.movies, is_requested=publish_requested)
        except Unavailable:
            if self._served is not None:
                raise
            # Nothing is served yet, so search in memory. `_republish_if_lost` publishes once the index answers.
        with loading_what_stays():
            await self._preload(recommender, state.movies)
            self._conversation.use(await asyncio.to_thread(state.with_recommender, recommender))
        recommender.towers.drop_from_memory()

    async def _load(self, release: Release) -> Recommender:
        """Load a release from MODELS_URL.

        Raises:
            NotFound: there is no such release, or it is damaged.
            StorageError: MODELS_URL cannot be used, and this machine has no copy.
        """
        loading = self._loading.pop(release.version, None)
        towers = await (loading or asyncio.to_thread(load_release, self._stores.models, release))
        return await asyncio.to_thread(Recommender, towers, self._index, self._stores.metadata, self._diversity)

    async def _fill_index(self, towers: Towers, catalogue: Mapping[int, Movie], *, is_requested: bool) -> None:
        """Publish a release unless the index has all of it and nobody has requested to publish it again.

        Raises:
            NotFound: the catalogue lacks some of the release's movies.
            Unavailable: the index did not answer, or its answers differ from exact search.
        """
        if is_requested or not await self._is_published(towers):
            self._check_small(towers, catalogue)
            await publish_release(self._index, towers, catalogue)
        else:
            await self._publish_lost_texts(towers, catalogue)

    async def _is_published(self, towers: Towers) -> bool:
        """Return whether the index has all vectors of a version. An interrupted publish leaves only some of them."""
        if towers.version not in await self._index.versions():
            return False
        if towers.version in self._preloaded:
            return True
        try:
            await check_all_movies(towers, self._index)
        except IndexMismatch:
            return False
        return True

    async def _preload(self, recommender: Recommender, catalogue: Mapping[int, Movie]) -> None:
        """Keep a release in memory, for searches while the index does not answer and for a quick rollback.

        Raises:
            NotFound: the catalogue lacks some of the release's movies.
        """
        towers = recommender.towers
        (movie_ids, vectors), positions = towers.movie_vectors(), towers.vocabulary.positions
        if self._is_large(catalogue):
            check_catalogue(towers, catalogue)
            movies = [movie for movie in catalogue.in_memory if movie.movie_id in positions]
            copied = movies[: self._index.max_copied]
            vectors = towers.vectors_of([movie.movie_id for movie in copied])
        else:
            movies = copied = release_movies(towers, catalogue)
        await self._index.preload(towers.version, copied, vectors, len(movie_ids))
        await self._index.texts.preload(towers.version, movies, await search_texts(movies), len(movie_ids))
        self._preloaded[towers.version] = recommender

    def _is_large(self, catalogue: Mapping[int, Movie]) -> TypeGuard[CatalogueFile]:
        """Return whether a catalogue is too large to be published, and to be copied whole, by a bot beside a server."""
        return self._index.max_copied is not None and isinstance(catalogue, CatalogueFile)

    def _check_small(self, towers: Towers, catalogue: Mapping[int, Movie]) -> None:
        """Raise Unavailable for a release that only `reelmate index` publishes: it takes minutes and gigabytes."""
        if self._is_large(catalogue):
            problem = f"the index lacks release {towers.version}: run `reelmate index`"
            if self._missing_in_index != towers.version:
                _logger.error("only the best known movies are recommended", extra={"version": towers.version})
            self._missing_in_index = towers.version
            raise Unavailable(problem)

    async def _republish_if_lost(self) -> None:
        """Publish the served release again if searches fall back to memory because the index has lost it or its texts.

        Raises:
            Unavailable: the index does not answer.
        """
        state = self._conversation.state
        if state.recommender is None:
            return
        towers = state.recommender.towers
        if self._index.problem and towers.version not in await self._index.versions():
            self._check_small(towers, state.movies)
            await publish_release(self._index, towers, state.movies)
        elif self._index.texts.problem:
            await self._publish_lost_texts(towers, state.movies)

    async def _publish_lost_texts(self, towers: Towers, catalogue: Mapping[int, Movie]) -> None:
        """Publish the texts of a release unless the index has all of them, and see whether they can be searched again.

        After a failure, a pause follows. A Milvus server before 2.5 has no full-text search, so every attempt fails.
        """
        if self._clock() < self._texts_retry_at:
            return
        try:
            if not self._is_large(catalogue):
                movies = release_movies(towers, catalogue)
                if await self._index.texts.count(towers.version) != len(movies):
                    await publish_texts(towers.version, movies, self._index)
            if self._index.texts.problem:
                await self._search_once(towers.version)
        except Unavailable as error:
            if not self._texts_retry_at:
                _logger.warning("texts were not published; they are searched in memory", exc_info=error)
            self._texts_retry_at = self._clock() + self._texts_backoff.next()
        else:
            if self._index.texts.problem:
                self._texts_retry_at = self._clock() + self._texts_backoff.next()
            else:
                self._texts_backoff, self._texts_retry_at = Backoff(), 0.0

    async def _warm_up_texts(self) -> None:
        """Do what the first text and the first search in texts would wait for: they take seconds."""
        recommender = self._conversation.state.recommender
        if recommender is None or recommender.towers.version == self._warm_texts:
            return
        self._warm_texts = recommender.towers.version
        with loading_what_stays():
            await asyncio.to_thread(self._conversation.state.prepare)
            await asyncio.to_thread(english().prepare)
        await self._search_once(self._warm_texts)

    async def _search_once(self, version: str) -> None:
        with contextlib.suppress(NotFound, Unavailable):
            await self._index.texts.search(version, "any", 1)

    async def _unload_unserved(self) -> None:
        """Take versions out of memory that have not been served for DROP_DELAY_S. The index may keep them."""
        recommender = self._conversation.state.recommender
        unserved = self._preloaded.keys() - {None if recommender is None else recommender.towers.version}
        self._unserved_since = {version: self._unserved_since.get(version, self._clock()) for version in unserved}
        for version, since in list(self._unserved_since.items()):
            if self._clock() - since >= DROP_DELAY_S:
                await self._index.unload(version)
                del self._preloaded[version], self._unserved_since[version]

    async def _drop_unused(self, needed: set[str]) -> None:
        """Drop versions from the index that have not been needed for DROP_DELAY_S.

        Args:
            needed: versions of the active and the previous release; the served one is needed too.

        Raises:
            Unavailable: the index does not answer.
        """
        recommender = self._conversation.state.recommender
        if recommender is not None:
            needed = needed | {recommender.towers.version}
        if needed == self._needed_at_last_cleanup:
            return
        present = {*self._preloaded, *await self._index.versions()}
        # A version that was never active may be in the middle of being published by another process: keep it.
        unused = present & await self._stores.releases.ever_active() - needed
        self._unused_since = {version: self._unused_since.get(version, self._clock()) for version in unused}
        for version, since in list(self._unused_since.items()):
            if self._clock() - since >= DROP_DELAY_S:
                await self._index.drop(version)
                self._preloaded.pop(version, None)
                del self._unused_since[version]
                _logger.info("dropped a release from the index", extra={"version": version})
        if not self._unused_since:
            self._needed_at_last_cleanup = needed
