"""After /forget no trace of the person is left in a table, a file, an index, a cache or a log."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from bot.app import Services
from bot.local_bot_api import Person, TelegramServer
from bot.settings import Settings
from bot.stores import open_stores
from handlers.texts import onboarding
from recsys.data import Dataset
from recsys.models.towers import Towers
from storage.sql.models import Base
from tests.flow.bots import prepare
from tests.flow.conversation.helpers import first_card, has, to_the_titles
from tests.programs import PATIENCE_S
from tests.servers.redis_server import RedisServer

ROOT = Path(__file__).parents[3]
ID = 7_391_846_520_113
NAME, WORDS, CRAFTED = "Annabelinda", "somethingveryprivate", "forgedbyannabel"


SPELLINGS = (
    str(ID).encode(),
    ID.to_bytes(6, "big"),  # As SQLite stores it.
    ID.to_bytes(8, "little"),  # As Arrow, and so Milvus Lite, stores it.
    NAME.encode(),
    WORDS.encode(),
    CRAFTED.encode(),
)


@pytest.fixture
def ann(server: TelegramServer) -> Person:
    """A person whose id, name and words can be searched for in files."""
    return server.person(ID, NAME)


@pytest.fixture
async def settings(polling: Settings, redis_server: RedisServer, towers: Towers, board: Dataset) -> Settings:
    """Settings with every kind of service that the tests can start."""
    vectors_url = f"milvus+lite:///{polling.reelmate_home}/milvus.db"
    settings = Settings(**{**polling.model_dump(), "vectors_url": vectors_url, "metadata_url": redis_server.url})
    await prepare(settings, towers, board.movies)
    return settings


@asynccontextmanager
async def reelmate_run(server: TelegramServer, settings: Settings, log: Path) -> AsyncIterator[None]:
    """Run `reelmate run` with the log level DEBUG in a subprocess until the block ends."""
    names = ("vectors_url", "metadata_url", "bot_token", "bot_api_url")
    own = {name.upper(): getattr(settings, name).get_secret_value() for name in names}
    inherited = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    home = {"REELMATE_HOME": str(settings.reelmate_home), "LISTEN": settings.listen, "PYTHONPATH": str(ROOT)}
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run", "--log-level", "DEBUG"),
            cwd=settings.reelmate_home,
            env=inherited | own | home,
            stdout=written,
            stderr=written,
        )
        ended = asyncio.create_task(process.wait())
        try:
            polls = asyncio.create_task(server.arrived("getUpdates", timeout_s=PATIENCE_S))
            await asyncio.wait((polls, ended), return_when=asyncio.FIRST_COMPLETED)
            assert not ended.done(), _text(log)
            await polls
            yield
        finally:
            if not ended.done():
                process.send_signal(signal.SIGTERM)
            await ended
    assert process.returncode == 0, _text(log)


async def use_everything(server: TelegramServer, ann: Person) -> None:
    """Use every feature: a first visit, ratings of every kind, marks, lists, errors, and an export."""
    page = await to_the_titles(ann)
    await ann.press(page, 0)
    page = await ann.next_edit(page)
    await ann.press(page, "Done")
    card = await ann.wait_for(has("Because you liked"))
    for button in ("👍", "👀 Seen", "🔖 Later"):
        await ann.press(card, button)
        card = await ann.next_edit(card)
    await ann.react(card, "👎")
    for text in (WORDS, f"/search {WORDS}", "/rate Movie 30 3.5", "/undo", "/settings", f"/{WORDS}", "before 1960"):
        await ann.send(text)
    await (await ann.press_crafted(card.message_id, CRAFTED)).answered()
    server.faults.fail_next("sendMessage", code=400, description=f'Bad Request: can\'t parse "{WORDS}" of {NAME}')
    await ann.send(f"/similar {WORDS}")
    await ann.send_other(poll={"id": WORDS})
    await ann.send("/export")
    await ann.wait_for(lambda message: message.document is not None)


async def test_forget_leaves_no_trace(
    server: TelegramServer, settings: Settings, ann: Person, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Files have no trace while the bot runs and after it stopped, and its log never contains names or texts."""
    log = tmp_path_factory.mktemp("log") / "log"
    home = settings.reelmate_home
    async with reelmate_run(server, settings, log), httpx.AsyncClient(trust_env=False) as site:
        await first_card(server.person(8, "Bob"))
        await use_everything(server, ann)
        assert any(ID.to_bytes(6, "big") in file.read_bytes() for file in _files(home))
        await ann.send("/forget")
        asked = await ann.wait_for(has("Delete all of it?"))
        await ann.press(asked, "Yes, delete everything")
        await ann.next_edit(asked)
        await server.delivered()
        assert _traces(home) == {}
        figures = (await site.get(f"http://{settings.listen}/metrics")).content
        assert [spelling for spelling in SPELLINGS if spelling in figures] == []
    assert _traces(home) == {}
    assert await _in_redis(settings) == []
    async with open_stores(settings) as stores, stores.database.reading() as connection:
        for table in Base.metadata.sorted_tables:
            rows = [tuple(row) for row in await connection.execute(select(table))]
            assert not [row for row in rows if ID in row or any(word in str(row) for word in (NAME, WORDS, CRAFTED))]
    logged = _text(log)
    assert '"message": "running"' in logged
    assert [word for word in (NAME, WORDS, CRAFTED, settings.token) if word in logged] == []


async def test_every_button_from_before_forget_is_answered(bot: Services, ann: Person) -> None:
    """A tap on a card or a titles page from before /forget is answered with the greeting, as for a newcomer."""
    page = await to_the_titles(ann)
    card = await first_card(ann)
    taps = ((card, "👍"), (page, 0), (page, "More titles"), (page, "Done"))
    for count, (screen, button) in enumerate(taps, 1):
        await ann.send("/forget")
        asked = await ann.wait_for(has("Delete all of it?"))
        await ann.press(asked, "Yes, delete everything")
        await ann.next_edit(asked)
        await (await ann.press(screen, button)).answered()
        await ann.until(lambda chat, count=count: [m.text for m in chat.messages].count(onboarding.GREETING()) == count)
        while await bot.conversation.get_person(ann.id) is None:  # noqa: ASYNC110 - stored after the greeting is sent.
            await asyncio.sleep(0.01)
    assert not any("Sorry" in message.text for message in ann.messages)


def _text(log: Path) -> str:
    return log.read_text()


def _files(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file()]


def _traces(home: Path) -> dict[str, list[bytes]]:
    """Return the traces of the person by file name."""
    traces = {path.name: [spelling for spelling in SPELLINGS if spelling in path.read_bytes()] for path in _files(home)}
    return {name: spellings for name, spellings in traces.items() if spellings}


async def _in_redis(settings: Settings) -> list[bytes]:
    """Return the traces of the person in the keys and values of Redis."""
    async with Redis.from_url(settings.metadata_url.get_secret_value()) as redis:
        keys = await redis.keys()
        assert keys
        everything = b"\n".join([*keys, *[value for value in await redis.mget(keys) if value is not None]])
    return [spelling for spelling in SPELLINGS if spelling in everything]
