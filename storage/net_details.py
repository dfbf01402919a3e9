"""Records of details of movies that were read from TMDB, and the time for which they may be shown.

No model is trained on them: `storage.records.Movie.own` is a movie without them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

TMDB = "tmdb"
"""The name of themoviedb.org as a source."""

SHOWN_FOR = timedelta(days=180)
"""Details that are older are not shown. TMDB's terms allow six months, and a cache may add a day."""

RENEWED_AFTER = timedelta(days=150)
"""Details that are older are read again."""

FACTS = ("description", "directors", "actors", "poster_url", "certificate", "minutes", "imdb_id", "tmdb_id")
"""The attributes of `storage.records.Movie` that details fill where the data set has nothing."""


def unknown_facts(names: Iterable[str]) -> dict[str, Any]:
    """Return the values of some of FACTS if nothing is known."""
    return {name: () if name in ("directors", "actors") else None for name in names}


@dataclass(frozen=True, slots=True)
class NetDetails:
    """The details of a movie from TMDB that are no attributes of `Movie`.

    Attributes:
        source: the name of the source, such as TMDB.
        read_on: the day on which the source was read.
        filled: names of the movie's attributes, some of FACTS, whose values are from the source.
        titles: pairs of a language and the title there, such as ("de", "Der Pate") or ("pt-BR", "O Poderoso Chefão").
        keywords: what the movie is about, in English.
        services: where the movie can be streamed, as country and name of the service, such as "DE:Netflix".
        countries: of production, ISO 3166-1 codes such as "JP".
    """

    source: str
    read_on: date
    filled: tuple[str, ...] = ()
    titles: tuple[tuple[str, str], ...] = ()
    keywords: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offers:
    """Where a movie can be watched in one country: names of services by kind, and TMDB's page with the links."""

    stream: tuple[str, ...] = ()
    rent: tuple[str, ...] = ()
    buy: tuple[str, ...] = ()
    link: str | None = None


@dataclass(frozen=True, slots=True)
class MoreDetails:
    """Details that are read one movie at a time, when a person asks for them.

    Attributes:
        original_title: the title in the language of the movie.
        language: of the movie, an ISO 639-1 code such as "ja".
        countries: of production, ISO 3166-1 codes such as "JP".
        collection: the series that the movie belongs to.
        trailer_url: the address of a trailer.
        backdrop_url: the address of a wide picture.
        plots: language -> plot, as the languages of `NetDetails.titles`.
        offers: ISO 3166-1 code of a country -> where the movie can be watched there.
    """

    original_title: str | None = None
    language: str | None = None
    countries: tuple[str, ...] = ()
    collection: str | None = None
    trailer_url: str | None = None
    backdrop_url: str | None = None
    plots: Mapping[str, str] = field(default_factory=dict)
    offers: Mapping[str, Offers] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundDetails:
    """What a source says about one movie.

    Attributes:
        facts: values of some of FACTS.
        titles: as in `NetDetails`, like keywords and services.
        more: the rest.
    """

    facts: Mapping[str, Any]
    titles: tuple[tuple[str, str], ...] = ()
    keywords: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    more: MoreDetails = field(default_factory=MoreDetails)


@dataclass(frozen=True, slots=True)
class ReadDetails:
    """The answer of a source about one movie of the catalogue.

    Attributes:
        movie_id: the movie.
        label: the movie's label when the source was asked. If another movie has the id by now, the details are not its.
        source: as in `NetDetails`, like `read_on`.
        found: the details; None if the source does not know the movie.
    """

    movie_id: int
    label: str
    source: str
    read_on: date
    found: FoundDetails | None
