"""The model that is served: read from its folder, put into the index, and switched while people talk."""

import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

from bot.backoff import Backoff
from bot.releases.publishing import NO_MODEL, load_towers, movies_of, publish_release
from bot.settings import folder_of
from bot.stores import Stores
from recsys.models.towers import Towers
from recsys.services.conversation import Conversation
from recsys.services.state import ServingState
from recsys.serving.diversify import STRENGTH
from recsys.serving.publish import PublishedWrong, check_whole
from recsys.serving.recommender import Recommender
from storage.errors import NotFound, StorageError, Unavailable
from storage.records import Movie, Release
from storage.vectors.failover import FailoverIndex

POLL_INTERVAL_S = 1.0
"""How long a release waits at most until a bot has noticed it, where Redis does not say so at once."""

DROP_DELAY_S = 60.0
"""For so long a version that is needed no more stays where turns in flight can find it; they take far less."""


_logger = logging.getLogger(__name__)


class ReleaseReloader:
    """Keeps a conversation's state at what SQL says: the catalogue, and the active release.

    Nothing waits for it: releases are read and published beside the turns, and take their place between two of them.
    What cannot be served leaves in place what was, and is tried again.

    Attributes:
        problem: why the active release does not serve; empty where it does.
    """

    def __init__(
        self,
        stores: Stores,
        index: FailoverIndex,
        conversation: Conversation,
        *,
        diversity: float = STRENGTH,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep nothing yet; see `look`.

        Args:
            stores: where the catalogue and the releases are.
            index: what the conversation searches.
            conversation: what learns.
            diversity: of the lists, as of `Recommender`.
            clock: seconds, only ever ahead.
        """
        self.problem = NO_MODEL
        self._stores, self._index, self._conversation = stores, index, conversation
        self._diversity = diversity
        self._clock = clock
        self._catalogue: int | None = None
        self._serving: tuple[str, int] | None = None
        self._failed: tuple[str, int, int | None] | None = None
        self._backoff, self._again_at = Backoff(), 0.0
        # Of the versions that are held for searching in memory: what serves, what did before, what goes before long.
        self._held: dict[str, Recommender] = {}
        self._unused_since: dict[str, float] = {}
        self._tidy_for: set[str] | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look for ever, until the block ends."""
        task = asyncio.create_task(self.run(), name="releases")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def run(self) -> None:
        """Look every POLL_INTERVAL_S, and at once when somebody tells."""
        blind = False
        while True:
            try:
                await self.sync()
                blind = False
            except StorageError as error:
                if not blind:
                    _logger.warning("cannot look for releases", exc_info=error)
                blind = True
            except Exception:  # Whatever it was, what serves goes on serving, and the next look may go better.
                _logger.exception("looking for releases failed")
            await self._stores.notifier.wait(POLL_INTERVAL_S)

    async def sync(self) -> None:
        """Learn what has changed since the last look.

        Raises:
            Unavailable: the database does not answer.
            Misconfigured: it has no tables.
        """
        active, previous = await self._stores.releases.active(), await self._stores.releases.previous()
        revisions = await self._stores.revisions.all()
        if revisions.get("catalogue", 0) != self._catalogue:
            await self._sync_catalogue(revisions.get("catalogue", 0))
        if active is None:
            self.problem = NO_MODEL
        else:
            await self._serve(active, revisions.get("vectors", 0))
        with contextlib.suppress(Unavailable):  # Searching says so; the next look tries again.
            await self._restore()
            await self._tidy({release.version for release in (active, previous) if release is not None})

    async def _sync_catalogue(self, stamp: int) -> None:
        movies = await self._stores.catalogue.all()
        recommender = self._conversation.state.recommender
        state = await asyncio.to_thread(ServingState.of, movies, recommender)
        if recommender is not None:
            try:
                await self._hold(recommender, state.movies)
            except NotFound:  # Its movies are others by now, and the popular ones of these are the better answer.
                state, self._serving = state.served_by(None), None
        self._conversation.use(state)
        self._catalogue = stamp

    async def _serve(self, active: Release, vectors_stamp: int) -> None:
        wanted = active.version, vectors_stamp
        attempt = *wanted, self._catalogue
        if wanted == self._serving:
            self.problem = ""
            return
        if attempt == self._failed and self._clock() < self._again_at:
            return
        try:
            with _giving_way():
                await self._switch(active, vectors_stamp)
        except StorageError as error:
            self.problem = f"release {active.version} is active and not served: {error}"
            if attempt != self._failed:
                self._backoff.reset()
                _logger.error("a release cannot be served", extra={"version": active.version}, exc_info=error)
            self._failed, self._again_at = attempt, self._clock() + self._backoff.next()
        else:
            self.problem, self._serving, self._failed = "", wanted, None
            _logger.info("serving", extra={"version": active.version})

    async def _switch(self, active: Release, vectors_stamp: int) -> None:
        state = self._conversation.state
        recommender = self._held.get(active.version) or await self._load(active)
        is_asked_for = self._serving is not None and self._serving[1] != vectors_stamp
        try:
            if is_asked_for or not await self._is_published(recommender.towers):
                await publish_release(self._index, recommender.towers, state.movies)
        except Unavailable:
            if self._serving is not None:
                raise
            # Nothing is served yet, so memory serves; `_restore` publishes when the index is there.
        await self._hold(recommender, state.movies)
        self._conversation.use(await asyncio.to_thread(state.served_by, recommender))

    async def _load(self, release: Release) -> Recommender:
        towers = await asyncio.to_thread(load_towers, folder_of(release.url))
        if towers.version != release.version:
            raise NotFound(f"{release.url} holds release {towers.version} by now")
        return await asyncio.to_thread(Recommender, towers, self._index, self._stores.metadata, self._diversity)

    async def _is_published(self, towers: Towers) -> bool:
        """Whether the index holds a version whole; whoever published it may have been cut off."""
        if towers.version not in await self._index.versions():
            return False
        if towers.version in self._held:
            return True
        try:
            await check_whole(towers, self._index)
        except PublishedWrong:
            return False
        return True

    async def _hold(self, recommender: Recommender, movies: Mapping[int, Movie]) -> None:
        """Let a release be searched in memory whenever the index does not answer, and keep it for going back to."""
        towers = recommender.towers
        await self._index.preload(towers.version, movies_of(towers, movies), towers.movie_vectors()[1])
        self._held[towers.version] = recommender

    async def _restore(self) -> None:
        """Publish what serves once more where the index has lost it."""
        state = self._conversation.state
        if not self._index.problem or state.recommender is None:
            return
        towers = state.recommender.towers
        if towers.version not in await self._index.versions():
            await publish_release(self._index, towers, state.movies)

    async def _tidy(self, needed: set[str]) -> None:
        """Drop the versions that were active once and are needed no more, a while after they were."""
        recommender = self._conversation.state.recommender
        if recommender is not None:
            needed = needed | {recommender.towers.version}
        if needed == self._tidy_for:
            return
        there = {*self._held, *await self._index.versions()}
        # Never what is not known to have been active: somebody may be publishing it at this moment.
        unused = there & await self._stores.releases.ever_active() - needed
        self._unused_since = {version: self._unused_since.get(version, self._clock()) for version in unused}
        for version, since in list(self._unused_since.items()):
            if self._clock() - since >= DROP_DELAY_S:
                await self._index.drop(version)
                self._held.pop(version, None)
                del self._unused_since[version]
                _logger.info("dropped a release from the index", extra={"version": version})
        if not self._unused_since:
            self._tidy_for = needed


@contextlib.contextmanager
def _giving_way() -> Iterator[None]:
    """Let threads that compute hand the interpreter over sooner: a turn asks for it dozens of times."""
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(usual_s / 10)
    try:
        yield
    finally:
        sys.setswitchinterval(usual_s)
