"""What TMDB's answer about a movie says, in our records.

Any field of an answer may be missing, null, empty or of another type; then its detail is unknown.
"""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from storage.net_details import FoundDetails, MoreDetails, Offers

IMAGES = "https://image.tmdb.org/t/p"
POSTER_SIZE, BACKDROP_SIZE = "w500", "w780"
"""The widths of images, from TMDB's list of sizes. Telegram shows photos of up to 1,280 pixels."""

MAX_ACTORS = 15
MAX_KEYWORDS = 40
MAX_TEXT, MAX_NAME = 4_000, 200
"""Longer texts and names are cut to this many characters."""

CERTIFICATE_COUNTRIES = ("US", "GB", "DE", "AU")
"""The countries whose certificates `recsys.services.ages` reads, the first one first."""

_NOT_RATED = frozenset(("nr", "ur", "not rated", "unrated"))
"""Certificates that say nothing. That of the next country may say more."""

_STREAMED = ("flatrate", "free", "ads")
"""The kinds of offers that need no payment for the single movie."""

_CINEMA = 3
"""TMDB's type of a release in cinemas."""

_MAX_MINUTES = 2_000
_MAX_ID = 2**31 - 1
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|<!--.{0,500}?-->")
_PATH = re.compile(r"/[\w-]+\.(?:jpg|jpeg|png|webp)")
_YOUTUBE_KEY = re.compile(r"[\w-]{6,20}")
_IMDB_ID = re.compile(r"tt\d{7,10}")
_COUNTRY, _LANGUAGE = re.compile(r"[A-Z]{2}"), re.compile(r"[a-z]{2}")


def details_of(movie: Mapping[str, Any]) -> FoundDetails:
    """Return the details in TMDB's answer about a movie, which comes with `bot.client.tmdb.api.APPENDED`."""
    plots, titles = _translations(movie)
    offers = _offers(movie)
    return FoundDetails(
        facts={name: value for name, value in _facts(movie).items() if value},
        titles=tuple(titles.items()),
        keywords=tuple(_names(_objects(_object(movie, "keywords"), "keywords")))[:MAX_KEYWORDS],
        services=tuple(f"{country}:{name}" for country, offer in offers.items() for name in offer.stream),
        more=MoreDetails(
            original_title=_text(movie.get("original_title"), MAX_NAME) or None,
            language=_code(movie.get("original_language"), _LANGUAGE),
            countries=tuple(
                code
                for country in _objects(movie, "production_countries")
                if (code := _code(country.get("iso_3166_1"), _COUNTRY))
            ),
            collection=_text(_object(movie, "belongs_to_collection").get("name"), MAX_NAME) or None,
            trailer_url=_trailer(movie),
            backdrop_url=_image(movie.get("backdrop_path"), BACKDROP_SIZE),
            plots=plots,
            offers=offers,
        ),
    )


def _facts(movie: Mapping[str, Any]) -> dict[str, Any]:
    made_by = _object(movie, "credits")
    directors = [person for person in _objects(made_by, "crew") if person.get("job") == "Director"]
    cast = sorted(_objects(made_by, "cast"), key=_order)
    minutes = _number(movie.get("runtime"))
    imdb_id = movie.get("imdb_id") or _object(movie, "external_ids").get("imdb_id")
    tmdb_id = _number(movie.get("id"))
    return {
        "description": _text(movie.get("overview"), MAX_TEXT),
        "directors": list(_names(directors)),
        "actors": list(_names(cast))[:MAX_ACTORS],
        "poster_url": _image(movie.get("poster_path"), POSTER_SIZE),
        "certificate": _certificate(movie),
        "minutes": minutes if minutes is not None and 0 < minutes <= _MAX_MINUTES else None,
        "imdb_id": imdb_id if isinstance(imdb_id, str) and _IMDB_ID.fullmatch(imdb_id) else None,
        "tmdb_id": tmdb_id if tmdb_id is not None and 0 < tmdb_id <= _MAX_ID else None,
    }


def _certificate(movie: Mapping[str, Any]) -> str:
    """Return the certificate of the first country that has one, that of the release in cinemas before others."""
    releases = {
        release.get("iso_3166_1"): _objects(release, "release_dates")
        for release in _objects(_object(movie, "release_dates"), "results")
    }
    for country in CERTIFICATE_COUNTRIES:
        dated = sorted(releases.get(country, ()), key=lambda release: release.get("type") != _CINEMA)
        labels = (_text(release.get("certification"), MAX_NAME) for release in dated)
        if label := next((label for label in labels if label and label.casefold() not in _NOT_RATED), ""):
            return label
    return ""


def _translations(movie: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the plots and the titles by language.

    The language is "pt" where Portuguese comes first, and "pt-BR" for a further country whose text is another one.
    """
    plots: dict[str, str] = {}
    titles: dict[str, str] = {}
    original = _code(movie.get("original_language"), _LANGUAGE)
    if original and (title := _text(movie.get("original_title"), MAX_NAME)):
        titles[original] = title
    for translation in _objects(_object(movie, "translations"), "translations"):
        language = _code(translation.get("iso_639_1"), _LANGUAGE)
        country, data = _code(translation.get("iso_3166_1"), _COUNTRY), _object(translation, "data")
        if language is None:
            continue
        for texts, text in (
            (titles, _text(data.get("title"), MAX_NAME)),
            (plots, _text(data.get("overview"), MAX_TEXT)),
        ):
            if text and texts.setdefault(language, text) != text and country:
                texts[f"{language}-{country}"] = text
    # The catalogue has the English title and plot.
    return {key: plot for key, plot in plots.items() if key != "en"}, titles


def _offers(movie: Mapping[str, Any]) -> dict[str, Offers]:
    offers = {}
    for country, offer in _object(_object(movie, "watch/providers"), "results").items():
        if not isinstance(offer, Mapping) or not _code(country, _COUNTRY):
            continue
        streamed = [name for kind in _STREAMED for name in _services(offer, kind)]
        link = offer.get("link")
        offers[country] = Offers(
            tuple(dict.fromkeys(streamed)),
            tuple(_services(offer, "rent")),
            tuple(_services(offer, "buy")),
            link if isinstance(link, str) and link.startswith("https://www.themoviedb.org/") else None,
        )
    return offers


def _services(offer: Mapping[str, Any], kind: str) -> Iterator[str]:
    for service in _objects(offer, kind):
        if name := _text(service.get("provider_name"), MAX_NAME):
            yield name


def _trailer(movie: Mapping[str, Any]) -> str | None:
    """Return the address of the first trailer, an official one before others."""
    trailers = [
        video
        for video in _objects(_object(movie, "videos"), "results")
        if video.get("site") == "YouTube"
        and video.get("type") == "Trailer"
        and isinstance(video.get("key"), str)
        and _YOUTUBE_KEY.fullmatch(video["key"])
    ]
    best = min(trailers, key=lambda video: video.get("official") is not True, default=None)
    return None if best is None else f"https://www.youtube.com/watch?v={best['key']}"


def _image(path: Any, size: str) -> str | None:
    return f"{IMAGES}/{size}{path}" if isinstance(path, str) and _PATH.fullmatch(path) else None


def _names(listed: list[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the names of people or things, each once."""
    yield from filter(None, dict.fromkeys(_text(item.get("name"), MAX_NAME) for item in listed))


def _text(value: Any, longest: int) -> str:
    """Return a text without HTML and without control characters, cut if it is too long; empty for anything else."""
    if not isinstance(value, str):
        return ""
    plain = html.unescape(_TAG.sub(" ", value))
    printable = "".join(character if character.isprintable() else " " for character in plain)
    return " ".join(printable.split())[:longest].strip()


def _code(value: Any, pattern: re.Pattern[str]) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _order(person: Mapping[str, Any]) -> float:
    order = _number(person.get("order"))
    return float("inf") if order is None else order


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _object(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, Mapping) else {}


def _objects(parent: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = parent.get(name)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
