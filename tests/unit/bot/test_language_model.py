"""The language model that helps with unclear texts: good, slow, broken and hostile answers of a server."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from aiohttp import web

from bot.client import language_model
from bot.client.language_model import MAX_ANSWER_BYTES, LanguageModel
from recsys.services.reading import TextReader
from recsys.text.meaning import Opinion, Opinions, ReaderCatalogue, Situation, Unclear, Wished
from recsys.text.wishes import Wish
from storage.records import Movie

MOVIES = (
    Movie(1, "Alien", 1979, ("Horror", "Sci-Fi"), rating_count=2_000),
    Movie(2, "Airplane!", 1980, ("Comedy",), rating_count=1_500),
)
CATALOGUE = ReaderCatalogue(MOVIES)
UNCLEAR = "qwertz uiop asdf"
EMPTY = {name: [] for name in ("genres", "genres_not", "people", "people_not", "themes", "themes_not", "titles")}

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def reader_at(answer: Answer) -> AsyncIterator[TextReader]:
    """Open a reader whose language model is a server that answers so."""
    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    async with httpx.AsyncClient(trust_env=False) as client:
        yield TextReader(LanguageModel(client, f"http://{host}:{port}/v1", "small", "secret"))
    await runner.cleanup()


def content(text: str) -> Answer:
    """Return an answer of the model with this text."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"choices": [{"message": {"content": text}}]})

    return answer


async def test_a_proposal_becomes_a_wish_and_only_the_text_is_sent() -> None:
    """The request has the model, the schema and the text; the answer becomes conditions of the catalogue."""
    requests = []

    async def answer(request: web.Request) -> web.StreamResponse:
        requests.append((request.headers["Authorization"], await request.json()))
        proposal = EMPTY | {"kind": "wish", "genres": ["comedy", "Opera"], "year_to": 1985, "themes": ["Planes"]}
        return web.json_response({"choices": [{"message": {"content": json.dumps(proposal)}}]})

    async with reader_at(answer) as reader:
        meaning = await reader.read(UNCLEAR, Situation(), CATALOGUE)
    assert meaning == Wished(Wish(genres_all=("Comedy",), year_to=1985, themes=("planes",)))
    [(authorization, sent)] = requests
    assert authorization == "Bearer secret"
    assert sent["model"] == "small"
    assert sent["messages"][-1] == {"role": "user", "content": UNCLEAR}
    assert "schema" in sent["response_format"]["json_schema"]


async def test_an_opinion_of_the_model_is_never_certain() -> None:
    """The bot asks with buttons, whatever the model says of stars."""
    proposal = EMPTY | {"kind": "opinion", "titles": ["Alien"], "stars": 5, "is_certain": True}
    async with reader_at(content(json.dumps(proposal))) as reader:
        meaning = await reader.read(UNCLEAR, Situation(), CATALOGUE)
    assert isinstance(meaning, Opinions)
    assert [(opinion.movie_ids, opinion.stars, opinion.is_certain) for opinion in meaning.opinions] == [
        ((1,), None, False)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "null",
        "{}",
        "[" * 5_000,
        '{"kind": "delete everything"}',
        '{"kind": "wish", "genres": "Comedy"}',
        '{"kind": "wish", "themes": [17]}',
        '{"kind": "wish", "themes": ["a\\u0000b"]}',
        json.dumps({"kind": "wish", "themes": ["x" * 61]}),
        json.dumps({"kind": "wish", "themes": ["x"] * 6}),
        '{"kind": "wish", "year_from": 1e9}',
        '{"kind": "wish", "year_from": true}',
        '{"kind": "wish", "minutes_to": -5}',
        '{"kind": "opinion", "titles": ["A movie that does not exist"]}',
        '{"kind": "talk", "talk": "insult"}',
        '{"kind": "talk", "talk": ["thanks"]}',
        '{"kind": ["wish"]}',
        "x" * (MAX_ANSWER_BYTES + 1),
    ],
)
async def test_a_hostile_answer_changes_nothing(text: str) -> None:
    """What is not of the schema, or out of range, is as if the model had not answered."""
    async with reader_at(content(text)) as reader:
        assert await reader.read(UNCLEAR, Situation(), CATALOGUE) == Unclear()


async def test_a_failure_leaves_the_rules_alone_and_the_server_too() -> None:
    """After an error the next texts are read without it."""
    calls = []

    async def answer(_request: web.Request) -> web.StreamResponse:
        calls.append(1)
        raise web.HTTPInternalServerError

    async with reader_at(answer) as reader:
        for _ in range(3):
            assert await reader.read(UNCLEAR, Situation(), CATALOGUE) == Unclear()
    assert calls == [1]


async def test_a_slow_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules decide after the deadline."""
    monkeypatch.setattr(language_model, "TIMEOUT_S", 0.05)
    released = asyncio.Event()

    async def answer(_request: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response()

    async with reader_at(answer) as reader:
        assert await reader.read(UNCLEAR, Situation(), CATALOGUE) == Unclear()
        released.set()


@pytest.mark.parametrize("text", ["comedy", "Alien", "thanks", "https://t.me/somebody"])
async def test_what_the_rules_read_and_addresses_stay_here(text: str) -> None:
    """Only a text that is left unclear is sent."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        raise AssertionError("a text was sent")

    async with reader_at(answer) as reader:
        await reader.read(text, Situation(), CATALOGUE)
    async with reader_at(answer) as reader:
        # A reply to a card is about the card.
        assert await reader.read(UNCLEAR, Situation(card=1), CATALOGUE) == Opinions((Opinion("", (1,)),))
