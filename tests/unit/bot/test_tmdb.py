"""Details from TMDB: a server that answers in the documented shapes, and all that can go wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from aiohttp import web

from bot.client.tmdb import Tmdb, TmdbRefused, api, find_details
from bot.client.tmdb.answers import details_of
from bot.client.tmdb.matching import best_match, searched_titles
from storage.errors import Unavailable
from storage.net_details import Offers
from storage.records import Movie
from tests.servers.tmdb_server import GODFATHER, KEY, TOKEN, TOO_MANY, TmdbServer, status, tmdb_server

THE_GODFATHER = Movie(858, "The Godfather", 1972, ("Crime",))


@asynccontextmanager
async def opened(server: TmdbServer, key: str = KEY) -> AsyncIterator[Tmdb]:
    """Open the API of a server, without a pause between two attempts."""
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Tmdb(client, key, server.url, first_pause_s=0.0)


@pytest.fixture
async def server() -> AsyncIterator[TmdbServer]:
    """A server that knows one movie."""
    async with tmdb_server() as running:
        yield running


class TestAnswers:
    """What an answer says."""

    def test_a_whole_answer(self) -> None:
        """Every detail is read, in the right order, without HTML; the certificate is that of US cinemas."""
        found = details_of(GODFATHER)
        assert found.facts == {
            "description": "Spanning 1945 to 1955, a chronicle of the Corleone family & its enemies.",
            "directors": ["Francis Ford Coppola"],
            "actors": ["Marlon Brando", "Al Pacino"],
            "poster_url": "https://image.tmdb.org/t/p/w500/3bhkrj58Vtu7enYsRolD1fZdja1.jpg",
            "certificate": "R",
            "minutes": 175,
            "imdb_id": "tt0068646",
            "tmdb_id": 238,
        }
        assert dict(found.titles) == {
            "en": "The Godfather",
            "de": "Der Pate",
            "ru": "Крёстный отец",
            "pt": "O Padrinho",
            "pt-BR": "O Poderoso Chefão",
        }
        assert found.keywords == ("italy", "mafia")
        assert found.services == ("DE:Netflix", "US:Paramount Plus")
        assert found.more.trailer_url == "https://www.youtube.com/watch?v=UaVTIH8mujA"
        assert found.more.plots == {"de": "Die Familie Corleone"}
        assert found.more.offers["DE"] == Offers(
            ("Netflix",),
            ("Apple TV",),
            (),
            "https://www.themoviedb.org/movie/238-the-godfather/watch?locale=DE",
        )
        assert (found.more.collection, found.more.countries) == ("The Godfather Collection", ("US",))

    @pytest.mark.parametrize("odd", [None, "", 0, -5, True, "text", [], [None], [{}], {}, {"results": None}, [[1]]])
    def test_any_field_may_be_odd(self, odd: object) -> None:
        """A field that is null, empty or of another type leaves its detail unknown, and is no error."""
        for name in GODFATHER:
            found = details_of({**GODFATHER, name: odd})
            assert found.facts.get("minutes", 175) == 175
            assert str(found.facts.get("poster_url", "https://image.tmdb.org/")).startswith("https://image.tmdb.org/")
        assert details_of(dict.fromkeys(GODFATHER, odd)).more.trailer_url is None

    @pytest.mark.parametrize(
        ("overview", "plot"),
        [
            ("<p>A <b>bold</b> plan.<br/>It fails.</p>", "A bold plan. It fails."),
            ("I <3 you, and 5 > 4.", "I <3 you, and 5 > 4."),
            ("&lt;script&gt; is no tag.<!-- note -->", "<script> is no tag."),
        ],
    )
    def test_html_in_a_plot(self, overview: str, plot: str) -> None:
        """Tags are removed, and signs of inequality stay."""
        assert details_of({**GODFATHER, "overview": overview}).facts["description"] == plot

    @pytest.mark.parametrize("number", [0, -1, 10**25])
    def test_an_id_that_no_database_has(self, number: int) -> None:
        """The id of an answer is left out if it is none."""
        assert "tmdb_id" not in details_of({**GODFATHER, "id": number}).facts

    def test_a_certificate_that_says_nothing(self) -> None:
        """A movie that was not rated in one country may have a certificate in the next one."""
        releases = [
            {"iso_3166_1": country, "release_dates": [{"certification": label, "type": 3}]}
            for country, label in (("US", "NR"), ("GB", "15"))
        ]
        assert details_of({"release_dates": {"results": releases}}).facts == {"certificate": "15"}
        assert details_of({"release_dates": {"results": releases[:1]}}).facts == {}

    def test_an_answer_without_anything(self) -> None:
        """An empty answer has no facts."""
        assert details_of({}).facts == {}

    @pytest.mark.parametrize("path", ["poster.jpg", "/../x.jpg", "/a b.jpg", "https://evil.example/x.jpg", "/x.svg"])
    def test_a_poster_is_an_image_of_tmdb(self, path: str) -> None:
        """Any other path of a poster is left out."""
        assert "poster_url" not in details_of({**GODFATHER, "poster_path": path}).facts


class TestMatching:
    """Which movie of TMDB it is."""

    def test_titles_in_parentheses_are_searched_too(self) -> None:
        """The title comes first, then the others with their articles in front."""
        title = "City of Lost Children, The (Cité des enfants perdus, La)"
        assert searched_titles(title) == ["The City of Lost Children", "La Cité des enfants perdus"]

    def test_the_year_decides(self) -> None:
        """The same title of another year is another movie; the next year is the same; no date is no match."""
        results = [
            {"id": 1, "title": "The Godfather", "release_date": "1991-01-01"},
            {"id": 2, "title": "The Godfather", "release_date": None},
            {"id": 3, "title": "The Godfather", "release_date": "1973-01-01"},
            {"id": 4, "title": "The Godfather", "release_date": "1972-03-14", "adult": True},
            {"id": 5, "title": "Il padrino", "original_title": "The Godfather", "release_date": "1972-03-14"},
            {"id": "6", "title": "The Godfather", "release_date": "1972-03-14"},
            None,
        ]
        assert best_match(THE_GODFATHER, results) == 5
        assert best_match(THE_GODFATHER, results[:4]) == 3
        assert best_match(THE_GODFATHER, results[:2]) is None

    def test_another_title_is_no_match(self) -> None:
        """A title that only begins alike is another movie."""
        other = {"id": 9, "title": "The Godfather: Part II", "release_date": "1972-03-14"}
        assert best_match(THE_GODFATHER, [other]) is None

    async def test_by_ids_and_by_title(self, server: TmdbServer) -> None:
        """The id at TMDB comes first, then that at IMDb, then title and year. A wrong id does no harm."""
        async with opened(server) as tmdb:
            for movie, requests in (
                (Movie(1, "The Godfather", 1972, tmdb_id=238), ["/movie/238"]),
                (
                    Movie(1, "The Godfather", 1972, imdb_id="tt0068646"),
                    ["/find/tt0068646?external_source=imdb_id", "/movie/238"],
                ),
                (THE_GODFATHER, ["/search/movie?query=The Godfather&include_adult=false&year=1972", "/movie/238"]),
                (
                    Movie(1, "The Godfather", 1972, tmdb_id=5),
                    ["/movie/5", "/search/movie?query=The Godfather&include_adult=false&year=1972", "/movie/238"],
                ),
            ):
                server.requests.clear()
                found = await find_details(tmdb, movie)
                assert found is not None
                assert found.facts["tmdb_id"] == 238
                assert server.requests == requests
            assert await find_details(tmdb, Movie(2, "Nobody Knows This", 1950)) is None


class TestRefusals:
    """What is done if TMDB does not answer as wished."""

    async def test_a_wrong_key(self, server: TmdbServer) -> None:
        """It is refused at once, and the message does not repeat the key. A token goes into a header."""
        async with opened(server, "f" * 32) as tmdb:
            with pytest.raises(TmdbRefused, match="TMDB_API_KEY") as refused:
                await tmdb.movie(238)
            assert "ffff" not in str(refused.value)
        async with opened(server, TOKEN) as tmdb:
            assert await tmdb.movie(238) is not None
        assert server.requests == ["/movie/238", "/movie/238"]

    async def test_too_many_requests_are_waited_for(self, server: TmdbServer, monkeypatch: pytest.MonkeyPatch) -> None:
        """After a 429 the same call is made again after Retry-After, as often as it takes."""
        monkeypatch.setattr(api, "DEFAULT_WAIT_S", 0.0)
        server.first += [status(429, TOO_MANY, **{"Retry-After": "0"})] * 5 + [status(429, TOO_MANY)]
        async with opened(server) as tmdb:
            assert await tmdb.movie(238) is not None
        assert len(server.requests) == 7
        server.first.append(status(429, TOO_MANY, **{"Retry-After": "86400"}))
        async with opened(server) as tmdb:
            with pytest.raises(Unavailable, match="86400 s"):
                await tmdb.movie(238)

    async def test_errors_are_tried_again(self, server: TmdbServer) -> None:
        """A server error and an answer that is no JSON are tried again; in the end the call fails."""

        async def nonsense(_request: web.Request) -> web.StreamResponse:
            return web.Response(text="<html>", content_type="text/html")

        server.first += [status(502, {}), nonsense, status(200, [])]
        async with opened(server) as tmdb:
            assert await tmdb.movie(238) is not None
            server.first += [status(500, {})] * api.ATTEMPTS
            with pytest.raises(Unavailable, match="status 500"):
                await tmdb.movie(238)

    async def test_slow_answers_and_no_network(self, server: TmdbServer, monkeypatch: pytest.MonkeyPatch) -> None:
        """A call has a deadline, and the message names no address, which could have the key."""

        async def never(_request: web.Request) -> web.StreamResponse:
            await asyncio.sleep(30)
            raise AssertionError

        monkeypatch.setattr(api, "TIMEOUT_S", 0.05)
        server.first += [never] * api.ATTEMPTS
        async with opened(server) as tmdb:
            with pytest.raises(Unavailable, match="no answer within"):
                await tmdb.movie(238)
        monkeypatch.undo()
        server.url = "http://127.0.0.1:1/3"
        async with opened(server) as tmdb:
            with pytest.raises(Unavailable, match="cannot be reached") as unreachable:
                await tmdb.movie(238)
        assert KEY not in str(unreachable.value)
