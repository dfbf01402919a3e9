"""A server on this machine that answers in the shapes that TMDB documents."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

KEY = "0123456789abcdef0123456789abcdef"
TOKEN = "a.long.token"
WRONG_KEY = {"status_code": 7, "status_message": "Invalid API key: You must be granted a valid key.", "success": False}
NOT_FOUND = {"status_code": 34, "status_message": "The resource you requested could not be found.", "success": False}
TOO_MANY = {"status_code": 25, "status_message": "Your request count is over the allowed limit.", "success": False}

GODFATHER: dict[str, Any] = {
    "adult": False,
    "backdrop_path": "/tmU7GeKVybMWFButWEGl2M4GeiP.jpg",
    "belongs_to_collection": {"id": 230, "name": "The Godfather Collection", "poster_path": None},
    "genres": [{"id": 18, "name": "Drama"}],
    "id": 238,
    "imdb_id": "tt0068646",
    "original_language": "en",
    "original_title": "The Godfather",
    "overview": "Spanning 1945 to 1955, a chronicle of the <i>Corleone</i> family &amp; its enemies.",
    "poster_path": "/3bhkrj58Vtu7enYsRolD1fZdja1.jpg",
    "production_countries": [{"iso_3166_1": "US", "name": "United States of America"}],
    "release_date": "1972-03-14",
    "runtime": 175,
    "title": "The Godfather",
    "credits": {
        "cast": [
            {"id": 1158, "name": "Al Pacino", "character": "Michael", "order": 1},
            {"id": 3084, "name": "Marlon Brando", "character": "Don Vito", "order": 0},
        ],
        "crew": [
            {"id": 1776, "name": "Francis Ford Coppola", "job": "Director", "department": "Directing"},
            {"id": 3083, "name": "Mario Puzo", "job": "Novel", "department": "Writing"},
        ],
    },
    "videos": {
        "results": [
            {"iso_639_1": "en", "key": "aaaaaaaaaaa", "site": "YouTube", "type": "Featurette", "official": True},
            {"iso_639_1": "en", "key": "bbbbbbbbbbb", "site": "YouTube", "type": "Trailer", "official": False},
            {"iso_639_1": "en", "key": "UaVTIH8mujA", "site": "YouTube", "type": "Trailer", "official": True},
        ]
    },
    "release_dates": {
        "results": [
            {"iso_3166_1": "DE", "release_dates": [{"certification": "16", "type": 3}]},
            {
                "iso_3166_1": "US",
                "release_dates": [{"certification": "", "type": 1}, {"certification": "R", "type": 3}],
            },
        ]
    },
    "keywords": {"keywords": [{"id": 131, "name": "italy"}, {"id": 10391, "name": "mafia"}]},
    "translations": {
        "translations": [
            {"iso_3166_1": "US", "iso_639_1": "en", "data": {"title": "", "overview": "Spanning 1945 to 1955"}},
            {"iso_3166_1": "DE", "iso_639_1": "de", "data": {"title": "Der Pate", "overview": "Die Familie Corleone"}},
            {"iso_3166_1": "RU", "iso_639_1": "ru", "data": {"title": "Крёстный отец", "overview": ""}},
            {"iso_3166_1": "PT", "iso_639_1": "pt", "data": {"title": "O Padrinho", "overview": ""}},
            {"iso_3166_1": "BR", "iso_639_1": "pt", "data": {"title": "O Poderoso Chefão", "overview": ""}},
        ]
    },
    "watch/providers": {
        "results": {
            "DE": {
                "link": "https://www.themoviedb.org/movie/238-the-godfather/watch?locale=DE",
                "flatrate": [{"provider_id": 8, "provider_name": "Netflix", "display_priority": 0}],
                "rent": [{"provider_id": 2, "provider_name": "Apple TV", "display_priority": 4}],
            },
            "US": {
                "link": "https://www.themoviedb.org/movie/238-the-godfather/watch?locale=US",
                "flatrate": [{"provider_id": 2303, "provider_name": "Paramount Plus", "display_priority": 1}],
            },
        }
    },
    "external_ids": {"imdb_id": "tt0068646", "wikidata_id": "Q47703"},
}
"""A movie in the documented shape, shortened."""

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class TmdbServer:
    """What the server knows, and what it was asked.

    Attributes:
        movies: id -> answer to /movie/{id}.
        url: of the API.
        requests: the paths with parameters, without the key, in their order.
        first: answers that come before those to the next requests.
    """

    movies: Mapping[int, dict[str, Any]] = field(default_factory=lambda: {238: GODFATHER})
    url: str = ""
    requests: list[str] = field(default_factory=list)
    first: list[Answer] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a request as TMDB does."""
        parameters = dict(request.query)
        token = request.headers.get("Authorization")
        is_allowed = parameters.pop("api_key", "") == KEY or token == f"Bearer {TOKEN}"
        shown = "&".join(f"{name}={value}" for name, value in parameters.items() if name != "append_to_response")
        self.requests.append(f"{request.path.removeprefix('/3')}?{shown}".rstrip("?"))
        if self.first:
            return await self.first.pop(0)(request)
        if not is_allowed:
            return web.json_response(WRONG_KEY, status=401)
        kind, _, name = request.path.removeprefix("/3/").partition("/")
        if kind == "movie":
            movie = self.movies.get(int(name))
            return web.json_response(NOT_FOUND, status=404) if movie is None else web.json_response(movie)
        if kind == "find":
            found = [movie for movie in self.movies.values() if movie.get("imdb_id") == name]
            return web.json_response({"movie_results": found, "person_results": [], "tv_results": []})
        words, year = parameters["query"].casefold(), parameters.get("year")
        found = [
            movie
            for movie in self.movies.values()
            if words in movie["title"].casefold() and (year is None or str(movie.get("release_date")).startswith(year))
        ]
        return web.json_response({"page": 1, "results": found, "total_pages": 1, "total_results": len(found)})


def status(code: int, document: object, **headers: str) -> Answer:
    """Return an answer with a status."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response(document, status=code, headers=headers)

    return answer


@asynccontextmanager
async def tmdb_server(server: TmdbServer | None = None) -> AsyncIterator[TmdbServer]:
    """Run a server while the block runs: this one, or one that knows GODFATHER."""
    server = server or TmdbServer()
    app = web.Application()
    app.router.add_get("/3/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}/3"
    try:
        yield server
    finally:
        await runner.cleanup()
