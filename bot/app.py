"""Wiring: the one place that turns settings into services."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from bot.backoff import retry_forever
from bot.client.language_model import TIMEOUT_S, LanguageModel
from bot.health import ServiceHealth
from bot.releases.catalogue_files import CatalogueFiles
from bot.releases.publishing import NO_MODEL, loading_active
from bot.releases.reloader import ReleaseReloader
from bot.settings import Settings
from bot.stores import Stores, open_stores
from recsys.services.administration import Administration
from recsys.services.browsing import Browsing
from recsys.services.conversation import Conversation
from recsys.services.histories.importing import Histories
from recsys.services.misunderstandings import Misunderstandings
from recsys.services.probes import Probe
from recsys.services.reading import TextReader
from recsys.services.state import ServingState
from recsys.serving.recommender import Recommender
from storage.errors import Conflict, Misconfigured, NotFound, Unavailable
from storage.records import Retention
from storage.sql import Usage
from storage.vectors import is_server, open_index
from storage.vectors.failover import MAX_COPIED_MOVIES, FailoverIndex

if TYPE_CHECKING:
    from bot.updates.intake import AnyApplication

REOPEN_AFTER_S = 1.0
"""The pause before an index that could not be opened is tried again. Further pauses double."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Services:
    """The services of a running bot and of `reelmate recommend`.

    Attributes:
        reloader: keeps the conversation's catalogue and release up to date; a bot runs it in the background.
        health: the probes of the services.
        retention: how long records are kept.
        sends_texts: whether texts that the rules leave unclear are sent to a language model.
    """

    stores: Stores
    index: FailoverIndex
    conversation: Conversation
    browsing: Browsing
    histories: Histories
    administration: Administration
    misunderstandings: Misunderstandings
    reloader: ReleaseReloader
    health: ServiceHealth
    retention: Retention
    sends_texts: bool

    @property
    def recommender(self) -> Recommender:
        """The recommender of the release that is served.

        Raises:
            NotFound: no model is served.
        """
        recommender = self.conversation.state.recommender
        if recommender is None:
            raise NotFound(self.reloader.problem)
        return recommender


async def _open_language_model(settings: Settings, stack: AsyncExitStack) -> LanguageModel | None:
    """Return the language model of the settings; None if they name none."""
    if settings.wish_llm_url is None:
        return None
    client = await stack.enter_async_context(httpx.AsyncClient(timeout=TIMEOUT_S))
    key = None if settings.wish_llm_key is None else settings.wish_llm_key.get_secret_value()
    return LanguageModel(client, settings.wish_llm_url.get_secret_value(), settings.wish_llm_model, key)


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Open the services and load the active release, if there is one. An index without its vectors is filled.

    Until the index can be opened, the release's vectors are searched in memory. The result is the same unless a server
    has more than MAX_COPIED_MOVIES movies.

    Raises:
        Misconfigured: a URL cannot be used.
        NotFound: `reelmate prepare` has never run.
        Unavailable: the database or the metadata store does not answer.
    """
    async with AsyncExitStack() as stack:
        stores = await stack.enter_async_context(open_stores(settings))
        try:
            await stores.catalogue.count()
        except Misconfigured:  # There are no tables.
            raise NotFound(NO_MODEL) from None
        loading = await stack.enter_async_context(loading_active(stores))
        index = await stack.enter_async_context(_open_failover_index(settings.vectors_url.get_secret_value()))
        stores.metadata.watch()
        index.watch()
        conversation = Conversation(
            stores.people,
            stores.ratings,
            stores.marks,
            stores.cards,
            stores.wishes,
            stores.changes,
            stores.metadata,
            ServingState.build(()),
            reader=TextReader(await _open_language_model(settings, stack)),
        )
        files = CatalogueFiles(settings, stores.database)
        reloader = ReleaseReloader(
            stores, index, conversation, diversity=settings.diversity, loading=loading, files=files
        )
        await reloader.sync()
        health = ServiceHealth(stores, index, conversation, reloader)
        administration = open_administration(stores, settings, health.probes)
        yield Services(
            stores=stores,
            index=index,
            conversation=conversation,
            browsing=Browsing(stores.people, stores.marks, stores.metadata, stores.details, lambda: conversation.state),
            histories=Histories(stores.imports, stores.ratings, stores.marks, lambda: conversation.state),
            administration=administration,
            misunderstandings=Misunderstandings(Usage(stores.database)),
            reloader=reloader,
            health=health,
            retention=settings.retention,
            sends_texts=settings.wish_llm_url is not None,
        )


@asynccontextmanager
async def _open_failover_index(url: str) -> AsyncIterator[FailoverIndex]:
    """Open the index of a VECTORS_URL; if that fails for now, search in memory and retry in the background.

    Raises:
        Misconfigured: the URL cannot be used.
    """
    opening = None
    max_copied = MAX_COPIED_MOVIES if is_server(url) else None
    try:
        index = FailoverIndex(await open_index(url), max_copied=max_copied)
    except (Conflict, Unavailable) as error:
        index = FailoverIndex(None, f"{error}; searching in memory instead", max_copied=max_copied)
        opening = asyncio.create_task(_attach_once_open(index, url), name="index")
    try:
        yield index
    finally:
        if opening is not None:
            opening.cancel()
            await asyncio.wait([opening])
        await index.close()


async def _attach_once_open(index: FailoverIndex, url: str) -> None:
    await asyncio.sleep(REOPEN_AFTER_S)
    index.attach(await retry_forever(2 * REOPEN_AFTER_S)((Conflict, Unavailable), open_index, url))
    _logger.info("index opened")


def open_administration(stores: Stores, settings: Settings, probes: Mapping[str, Probe]) -> Administration:
    """Return the admins' use cases.

    Args:
        stores: the stores that they read and write.
        settings: ADMIN_IDS is read.
        probes: the probes that /health runs, by name.
    """
    return Administration(
        settings.admin_ids,
        stores.jobs,
        stores.announcements,
        stores.audit,
        Usage(stores.database),
        stores.releases,
        stores.contributors,
        probes,
    )


def build_application(services: Services, settings: Settings) -> "AnyApplication":
    """Build the application with all handlers. It is not initialised and fetches no updates; see `bot.process.run`.

    Raises:
        Misconfigured: BOT_TOKEN is not set.
    """
    # python-telegram-bot takes long to import, and most commands do not need it.
    from bot.application import connect, slow_down
    from handlers.context import POSTERS, SERVICES, Context
    from handlers.errors import on_error
    from handlers.posters import Posters
    from handlers.routes import build_handlers

    application = connect(settings, Context, slow_down)
    application.bot_data[SERVICES] = services
    application.bot_data[POSTERS] = Posters(services.stores.posters, settings.bot_id)
    application.add_handlers(build_handlers(settings.admin_ids))
    application.add_error_handler(on_error)
    return application
