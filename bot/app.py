"""Wiring: the one place where settings become services."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.backoff import Backoff
from bot.releases.publishing import NO_MODEL
from bot.releases.reloader import ReleaseReloader
from bot.settings import Settings
from bot.stores import Stores, open_stores
from recsys.services.administration import Administration, Probe
from recsys.services.conversation import Conversation
from recsys.services.state import ServingState
from recsys.serving.recommender import Recommender
from storage.errors import Conflict, Misconfigured, NotFound, Unavailable
from storage.sql import (
    Usage,
)
from storage.vectors import open_index
from storage.vectors.failover import FailoverIndex

if TYPE_CHECKING:
    from bot.updates.intake import AnyApplication

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Services:
    """All that a running bot or `reelmate recommend` needs.

    Attributes:
        reloader: brings the conversation what is new; a bot lets it run.
    """

    stores: Stores
    index: FailoverIndex
    conversation: Conversation
    administration: Administration
    reloader: ReleaseReloader

    @property
    def recommender(self) -> Recommender:
        """The one that serves at this moment.

        Raises:
            NotFound: there is no model that can be used.
        """
        recommender = self.conversation.state.recommender
        if recommender is None:
            raise NotFound(self.reloader.problem)
        return recommender


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Open everything and load the active release, as far as there is one; an index without its vectors gets them.

    Until the index can be opened, the release's vectors are searched in memory, with the same result.

    Raises:
        Misconfigured: a URL cannot be used.
        NotFound: nothing was ever prepared.
        Unavailable: the database or the metadata store does not answer.
    """
    async with AsyncExitStack() as stack:
        stores = await stack.enter_async_context(open_stores(settings))
        try:
            await stores.catalogue.count()
        except Misconfigured:  # There are no tables.
            raise NotFound(NO_MODEL) from None
        index = await stack.enter_async_context(_standing_by(settings.vectors_url.get_secret_value()))
        conversation = Conversation(
            stores.people, stores.ratings, stores.marks, stores.cards, stores.metadata, ServingState.of(())
        )
        reloader = ReleaseReloader(stores, index, conversation, diversity=settings.diversity)
        await reloader.sync()

        async def model() -> None:
            if reloader.problem:
                raise NotFound(reloader.problem)

        probes: dict[str, Probe] = {
            "database": stores.database.ping,
            "metadata": stores.metadata.ping,
            "vectors": index.ping,
            "model": model,
        }
        administration = open_administration(stores, settings, probes)
        yield Services(stores, index, conversation, administration, reloader)


@asynccontextmanager
async def _standing_by(url: str) -> AsyncIterator[FailoverIndex]:
    """The index of a VECTORS_URL; while it cannot be opened, one that is tried again and again and answers from memory.

    Raises:
        Misconfigured: the URL cannot be used.
    """
    opening = None
    try:
        index = FailoverIndex(await open_index(url))
    except (Conflict, Unavailable) as error:
        index = FailoverIndex(None, f"{error}; searching in memory instead")
        opening = asyncio.create_task(_open_at_last(index, url), name="index")
    try:
        yield index
    finally:
        if opening is not None:
            opening.cancel()
            await asyncio.wait([opening])
        await index.close()


async def _open_at_last(index: FailoverIndex, url: str) -> None:
    backoff = Backoff()
    while True:
        await asyncio.sleep(backoff.next())
        with contextlib.suppress(Conflict, Unavailable):
            index.attach(await open_index(url))
            _logger.info("the index could be opened")
            return


def open_administration(stores: Stores, settings: Settings, probes: Mapping[str, Probe]) -> Administration:
    """What admins can do.

    Args:
        stores: what it works on.
        settings: ADMIN_IDS is read.
        probes: what /health asks.
    """
    return Administration(
        settings.admin_ids,
        stores.jobs,
        stores.announcements,
        stores.audit,
        Usage(stores.database),
        stores.releases,
        probes,
    )


def build_application(services: Services, settings: Settings) -> "AnyApplication":
    """The application with all handlers, neither initialised nor fetching updates; see `bot.process.run` for that.

    Raises:
        Misconfigured: there is no BOT_TOKEN.
    """
    # Telegram takes long to import, and most commands have no use for it.
    from bot.application import connect, slow_down
    from handlers import build_handlers
    from handlers.context import POSTERS, SERVICES, Context
    from handlers.errors import on_error
    from handlers.posters import Posters

    application = connect(settings, Context, slow_down)
    application.bot_data[SERVICES] = services
    application.bot_data[POSTERS] = Posters(services.stores.posters, settings.bot_id)
    application.add_handlers(build_handlers(settings.admin_ids))
    application.add_error_handler(on_error)
    return application
