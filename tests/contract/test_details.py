"""Details of movies from TMDB in SQL: they are shown for half a year, and never become the data set's."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from storage.net_details import SHOWN_FOR, TMDB, FoundDetails, MoreDetails, NetDetails, Offers, ReadDetails
from storage.records import Movie, Retention
from storage.sql import Catalogue, Database, Details, Housekeeping, Revisions

ALIEN = Movie(1, "Alien", 1979, ("Horror",), directors=("R. Scott",), rating_count=5)
OTHER = Movie(2, "Heat", 1995, rating_count=9)
FOUND = FoundDetails(
    facts={
        "description": "A ship answers a call.",
        "directors": ["Ridley Scott"],
        "actors": ["Sigourney Weaver"],
        "poster_url": "https://image.tmdb.org/t/p/w500/a.jpg",
        "minutes": 117,
    },
    titles=(("de", "Alien: Das unheimliche Wesen"), ("ru", "Чужой")),
    keywords=("space",),
    services=("DE:Disney Plus",),
    more=MoreDetails(
        countries=("GB", "US"),
        trailer_url="https://www.youtube.com/watch?v=abcdefg",
        plots={"de": "Ein Schiff"},
        offers={"DE": Offers(("Disney Plus",), link="https://www.themoviedb.org/x")},
    ),
)


def today() -> date:
    """Return the day in UTC."""
    return datetime.now(UTC).date()


@pytest.fixture
async def details(any_database: Database) -> Details:
    """The details of a catalogue with two movies."""
    await Catalogue(any_database).replace([ALIEN, OTHER])
    return Details(any_database)


async def test_details_fill_what_is_missing(any_database: Database, details: Details) -> None:
    """A movie is returned with its details. What its data set says stays, and `own` is the movie without them."""
    catalogue = Catalogue(any_database)
    await details.put_many([ReadDetails(1, ALIEN.label, TMDB, today(), FOUND)])
    with_net = next(movie for movie in await catalogue.all() if movie.movie_id == 1)
    assert with_net == replace(
        ALIEN,
        description="A ship answers a call.",
        actors=("Sigourney Weaver",),
        poster_url="https://image.tmdb.org/t/p/w500/a.jpg",
        minutes=117,
        net=NetDetails(
            TMDB,
            today(),
            ("description", "actors", "poster_url", "minutes"),
            FOUND.titles,
            ("space",),
            ("DE:Disney Plus",),
            ("GB", "US"),
        ),
    )
    assert with_net.own == ALIEN
    assert await details.more(with_net) == FOUND.more
    assert await details.more(OTHER) is None
    assert await catalogue.own() == [OTHER, ALIEN]


async def test_details_are_not_written_into_the_catalogue(any_database: Database, details: Details) -> None:
    """Movies that are read with details and written again are stored without them."""
    catalogue = Catalogue(any_database)
    await details.put_many([ReadDetails(1, ALIEN.label, TMDB, today(), FOUND)])
    await catalogue.put_many(await catalogue.all())
    await catalogue.replace(await catalogue.all())
    assert await catalogue.own() == [OTHER, ALIEN]


async def test_details_of_another_movie_are_not_shown(any_database: Database, details: Details) -> None:
    """If an import gives an id to another movie, the details are not its."""
    catalogue = Catalogue(any_database)
    await details.put_many([ReadDetails(1, ALIEN.label, TMDB, today(), FOUND)])
    other = Movie(1, "Another Movie", 2001)
    await catalogue.replace([other])
    assert await catalogue.all() == [other]


async def test_details_that_are_too_old_are_neither_shown_nor_kept(any_database: Database, details: Details) -> None:
    """After 180 days they are not shown; housekeeping deletes them and tells running bots."""
    catalogue, now = Catalogue(any_database), datetime.now(UTC)
    last_day = (now - SHOWN_FOR).date()
    await details.put_many([ReadDetails(1, ALIEN.label, TMDB, last_day, FOUND)])
    assert (await catalogue.get_many([1]))[1].description is not None
    await details.put_many([ReadDetails(1, ALIEN.label, TMDB, last_day - timedelta(days=1), FOUND)])
    assert await catalogue.get_many([1]) == {1: ALIEN}
    before = (await Revisions(any_database).all())["catalogue"]
    await Housekeeping(any_database).clean(Retention(*[timedelta(days=1)] * len(fields(Retention))), now)
    assert await details.read_days() == {}
    assert (await Revisions(any_database).all())["catalogue"] > before


async def test_a_movie_that_the_source_does_not_know(any_database: Database, details: Details) -> None:
    """The answer is kept, so that nobody asks again, and the movie has no details."""
    await details.put_many([ReadDetails(2, OTHER.label, TMDB, today(), None)])
    assert await Catalogue(any_database).get_many([2]) == {2: OTHER}
    assert await details.read_days() == {2: (OTHER.label, today())}
