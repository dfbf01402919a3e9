"""`reelmate details`: what is read, what is kept of an interrupted run, and that no training sees any of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.client.tmdb import Tmdb, TmdbRefused, api, find_details
from bot.releases import details
from bot.releases.details import DetailsReport, refresh_details
from bot.settings import Settings
from bot.stores import Stores, open_stores
from recsys.data import snapshot
from recsys.models.features import Vocabulary
from storage.errors import Misconfigured, Unavailable
from storage.migrations import migrate
from storage.net_details import RENEWED_AFTER, TMDB, FoundDetails, ReadDetails
from storage.records import Movie
from tests.builders import dataset
from tests.programs import PATIENCE_S
from tests.servers.tmdb_server import KEY, TmdbServer, status, tmdb_server

MOVIES = [
    Movie(1, "Nobody Knows This", 1950, rating_count=9),
    Movie(858, "Godfather, The", 1972, ("Crime",), rating_count=5),
]


@pytest.fixture
async def server() -> AsyncIterator[TmdbServer]:
    """A server that knows one movie."""
    async with tmdb_server() as running:
        yield running


@pytest.fixture
async def settings(tmp_path: Path, server: TmdbServer) -> Settings:
    """A home with a catalogue of two movies, and the key of the server."""
    home = Settings(
        _env_file=None, reelmate_home=tmp_path, vectors_url="memory://", tmdb_api_key=KEY, tmdb_api_url=server.url
    )
    await migrate(home.database_url.get_secret_value())
    return home


@pytest.fixture
async def stores(settings: Settings) -> AsyncIterator[Stores]:
    """The stores of the home."""
    async with open_stores(settings) as opened:
        await opened.catalogue.replace(MOVIES)
        yield opened


async def test_only_what_is_missing_or_old_is_read(stores: Stores, settings: Settings, server: TmdbServer) -> None:
    """The second run asks nothing, also about a movie that TMDB does not know, and the one after five months again."""
    shares: list[float] = []
    report = await refresh_details(stores, settings, lambda _stage, share: shares.append(share))
    assert report == DetailsReport(asked=2, found=1, current=0)
    assert (shares[0], max(shares)) == (0.0, 1.0)
    movie = (await stores.metadata.get_many([858]))[858]
    assert (movie.directors, movie.minutes) == (("Francis Ford Coppola",), 175)

    server.requests.clear()
    assert await refresh_details(stores, settings) == DetailsReport(0, 0, 2)
    assert server.requests == []

    old = datetime.now(UTC).date() - RENEWED_AFTER - timedelta(days=1)
    await stores.details.put_many([ReadDetails(858, "Godfather, The (1972)", TMDB, old, None)])
    assert await refresh_details(stores, settings) == DetailsReport(1, 1, 1)


async def test_what_was_read_before_an_error_is_kept(
    stores: Stores, settings: Settings, server: TmdbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that fails keeps its answers and gives them to running bots; the next one asks about the rest only."""
    monkeypatch.setattr(details, "CALLS_AT_ONCE", 1)
    before = (await stores.revisions.all())["catalogue"]
    server.first += [status(200, {"results": []}), status(401, {})]
    with pytest.raises(TmdbRefused, match="TMDB_API_KEY"):
        await refresh_details(stores, settings)
    assert (await stores.revisions.all())["catalogue"] > before
    assert (await stores.details.read_days()).keys() == {1}
    assert await refresh_details(stores, settings) == DetailsReport(asked=1, found=1, current=1)
    assert (await stores.details.read_days()).keys() == {1, 858}


async def test_a_slow_answer_holds_nothing_up(
    stores: Stores, settings: Settings, server: TmdbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other movies are asked about, and their answers stored, while one answer takes long."""
    monkeypatch.setattr(details, "MOVIES_PER_TRANSACTION", 1)

    async def slow(_request: object) -> object:
        await asyncio.sleep(30)
        raise AssertionError

    server.first.append(slow)  # type: ignore[arg-type]  # it never answers
    run = asyncio.create_task(refresh_details(stores, settings))
    async with asyncio.timeout(PATIENCE_S):
        while not (read := await stores.details.read_days()):  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.01)
    assert read.keys() == {858}
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run


async def test_a_run_that_is_stopped_keeps_its_answers(
    stores: Stores, settings: Settings, server: TmdbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cancelled run stores the answers that it has; slow answers are asked for again next time."""
    is_slow = asyncio.Event()

    async def slow(_request: object) -> object:
        is_slow.set()
        await asyncio.sleep(30)
        raise AssertionError

    answered = asyncio.Event()

    async def find(tmdb: Tmdb, movie: Movie) -> FoundDetails | None:
        found = await find_details(tmdb, movie)
        answered.set()
        return found

    monkeypatch.setattr(details, "find_details", find)
    await stores.catalogue.replace([MOVIES[1], Movie(2, "Slow", 1960, tmdb_id=7)])
    server.first.append(slow)  # type: ignore[arg-type]  # it never answers
    run = asyncio.create_task(refresh_details(stores, settings))
    await is_slow.wait()
    await asyncio.wait_for(answered.wait(), PATIENCE_S)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert len(await stores.details.read_days()) == 1


async def test_refusals_are_one_line(
    stores: Stores, settings: Settings, server: TmdbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key, the message says where to get one; if TMDB is out of order, nothing changes."""
    with pytest.raises(Misconfigured, match="TMDB_API_KEY is not set"):
        await refresh_details(stores, settings.model_copy(update={"tmdb_api_key": None}))
    monkeypatch.setattr(api, "ATTEMPTS", 1)
    server.first += [status(503, {})] * 2
    with pytest.raises(Unavailable, match="TMDB answers with status 503"):
        await refresh_details(stores, settings)
    assert await stores.details.read_days() == {}


async def test_no_training_sees_details_from_tmdb(stores: Stores, settings: Settings, tmp_path: Path) -> None:
    """Neither the tokens of the movie tower nor the snapshot that training reads has anything of TMDB."""
    await refresh_details(stores, settings)
    movies = await stores.catalogue.all()
    assert any(movie.net is not None and movie.net.filled for movie in movies)
    tripled = [*movies] * 3
    assert Vocabulary.build(tripled).tokens == Vocabulary.build([movie.own for movie in tripled]).tokens
    assert not any("coppola" in token or "corleone" in token for token in Vocabulary.build([*movies] * 20).tokens)
    snapshot.save(dataset(movies, [(1, 1, 4.0), (2, 858, 5.0)]), tmp_path / "set")
    stored = snapshot.load(tmp_path / "set").movies
    assert stored == tuple(MOVIES)
    for file in (tmp_path / "set").rglob("*"):
        assert not file.is_file() or b"Coppola" not in file.read_bytes()
