"""A service becomes unavailable while the bot runs, and recovers: what people see, and what operators see."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import httpx
import pytest

import bot.stores
from bot.local_bot_api import Message, Person, TelegramServer
from bot.settings import Settings
from handlers.texts import notices
from storage import vectors
from storage.errors import Unavailable
from storage.sql import Database
from storage.vectors.arrays import Hits
from storage.vectors.memory import MemoryIndex
from tests.flow.conversation.helpers import OpenBot, first_card, has, shown
from tests.programs import PATIENCE_S
from tests.servers.redis_server import RedisServer


@pytest.fixture
async def site(polling: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client for the bot's endpoints for operators."""
    async with httpx.AsyncClient(base_url=f"http://{polling.listen}", trust_env=False) as client:
        yield client


class Index(MemoryIndex):
    """An index in memory that can become unavailable like a Milvus server."""

    away = False

    async def search(self, *args: Any, **options: Any) -> list[Hits]:
        """See `VectorIndex.search`."""
        if self.away:
            raise Unavailable("milvus://localhost:19530 gave no answer within 5 s")
        return await super().search(*args, **options)


async def until_ready(site: httpx.AsyncClient) -> None:
    """Wait until a probe in the background has found that the service is back."""
    async with asyncio.timeout(PATIENCE_S):
        while (await site.get("/ready")).text != "ready\n":  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.1)


async def next_card(person: Person, card: Message) -> Message:
    """Tap 👍 and return the next card. It has its usual reason, and no note that the recommendation is degraded."""
    await person.press(card, "👍")
    card = await person.next_edit(card)
    assert "Because you liked" in card.text
    assert notices.POPULAR_FOR_NOW() not in card.text
    return card


async def test_while_redis_is_away_cards_come_from_sql(
    open_bot: OpenBot, polling: Settings, site: httpx.AsyncClient, redis_server: RedisServer, ann: Person
) -> None:
    """Cards stay the same, and /ready and /metrics report the outage. Redis is used again once it is back."""
    settings = Settings(**{**polling.model_dump(), "metadata_url": redis_server.url})
    async with open_bot(settings):
        card = await next_card(ann, await first_card(ann))
        assert (await site.get("/ready")).text == "ready\n"
        redis_server.stop()
        card = await next_card(ann, card)
        ready, figures = await site.get("/ready"), (await site.get("/metrics")).text
        assert ready.status_code == 200
        assert ready.text.startswith(f"degraded: metadata: {redis_server.url} is unavailable, reading from SQL: ")
        assert 'reelmate_degraded{name="metadata"} 1.0' in figures
        assert 'reelmate_fallback_requests{name="metadata"} 1.0' in figures
        redis_server.start()
        await until_ready(site)
        await next_card(ann, card)
        assert (await site.get("/ready")).text == "ready\n"
        assert 'reelmate_degraded{name="metadata"} 0.0' in (await site.get("/metrics")).text


async def test_while_milvus_is_away_cards_come_from_memory(
    open_bot: OpenBot, site: httpx.AsyncClient, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cards stay the same, and /ready and /metrics report the outage. Milvus is used again once it is back."""
    index = Index()

    async def open_index(url: str, timeout_s: float) -> Index:  # noqa: ARG001 - one signature for all schemes
        return index

    monkeypatch.setattr(vectors, "SCHEMES", {**vectors.SCHEMES, "memory": open_index})
    async with open_bot():
        card = await next_card(ann, await first_card(ann))
        assert (await site.get("/ready")).text == "ready\n"
        index.away = True
        card = await next_card(ann, card)
        ready, figures = await site.get("/ready"), (await site.get("/metrics")).text
        assert (ready.status_code, ready.text) == (
            200,
            "degraded: vectors: milvus://localhost:19530 gave no answer within 5 s\n",
        )
        assert 'reelmate_degraded{name="vectors"} 1.0' in figures
        assert 'reelmate_fallback_requests{name="vectors"} 1.0' in figures
        index.away = False
        await until_ready(site)
        await next_card(ann, card)
        assert (await site.get("/ready")).text == "ready\n"


async def test_milvus_lite_may_die_under_the_bot(
    open_bot: OpenBot, polling: Settings, site: httpx.AsyncClient, ann: Person
) -> None:
    """Cards continue after Milvus Lite's server has stopped answering."""
    settings = Settings(**{**polling.model_dump(), "vectors_url": f"milvus+lite:///{polling.reelmate_home}/milvus.db"})
    async with open_bot(settings) as services:
        card = await next_card(ann, await first_card(ann))
        assert (await site.get("/ready")).text == "ready\n"
        services.index._primary.index._connection._lite._server.stop(0).wait()
        await next_card(ann, card)
        ready = await site.get("/ready")
        assert ready.status_code == 200
        assert ready.text.startswith("degraded: vectors: milvus+lite:///")


async def test_without_the_database_nothing_is_lost(
    server: TelegramServer,
    open_bot: OpenBot,
    either: Settings,
    site: httpx.AsyncClient,
    ann: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A tap gets a toast and a message gets a message as the apology. Later both updates take effect once."""
    monkeypatch.setattr(bot.stores, "Database", partial(Database, timeout_s=0.3))
    async with open_bot(either) as services, Database(either.database_url.get_secret_value()) as other:
        card = await first_card(ann)
        await server.delivered()
        sent = len(server.calls_of("sendMessage"))
        async with other.writing():  # The other connection locks the database file.
            press = await ann.press(card, "👍")
            assert (await press.answered()).text == notices.OUT_OF_REACH_TOAST()
            await ann.send("/rate Movie 30 4")
            assert len(server.calls_of("sendMessage")) == sent
        assert shown(await ann.next_edit(card)) != shown(card)
        await ann.wait_for(has("Movie 30 (1953): 4\xa0★"))
        await server.delivered()
        assert await services.conversation.stars(ann.id) == {shown(card): 5.0, 30: 4.0}
        assert len(server.calls_of("sendMessage")) == sent + 1
        assert len(server.calls_of("editMessageText")) == 1
        assert (await site.get("/ready")).text == "ready\n"
