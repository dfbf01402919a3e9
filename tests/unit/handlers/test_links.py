"""The addresses of a movie at other sites."""

from handlers.movies import keyboards, links
from storage.net_details import MoreDetails
from storage.records import Movie

KNOWN = Movie(1, "Toy Story", 1995, imdb_id="tt0114709", tmdb_id=862)
UNKNOWN = Movie(2, "Amélie (Le fabuleux destin d'Amélie Poulain)", 2001)


def test_ids_lead_to_pages() -> None:
    """Letterboxd forwards from either id."""
    assert links.imdb(KNOWN) == "https://www.imdb.com/title/tt0114709/"
    assert links.tmdb(KNOWN) == "https://www.themoviedb.org/movie/862"
    assert links.letterboxd(KNOWN) == "https://letterboxd.com/imdb/tt0114709/"
    assert links.letterboxd(Movie(1, "Toy Story", tmdb_id=862)) == "https://letterboxd.com/tmdb/862/"


def test_without_ids_the_sites_are_searched() -> None:
    """For the title without its other titles, and the year."""
    assert links.imdb(UNKNOWN) == "https://www.imdb.com/find/?s=tt&q=Am%C3%A9lie+2001"
    assert links.tmdb(UNKNOWN) == "https://www.themoviedb.org/search/movie?query=Am%C3%A9lie+y%3A2001"
    assert links.letterboxd(UNKNOWN) == "https://letterboxd.com/search/films/Am%C3%A9lie%202001/"
    assert links.where_to_watch(UNKNOWN) == "https://duckduckgo.com/?q=where+to+watch+Am%C3%A9lie+2001"


def test_any_title_makes_an_address() -> None:
    """A title that has nothing but another title, no year, characters with a meaning in addresses, or a huge length."""
    assert links.imdb(Movie(3, "(Untitled)")) == "https://www.imdb.com/find/?s=tt&q=%28Untitled%29"
    assert links.letterboxd(Movie(3, "50/50 & more?")) == "https://letterboxd.com/search/films/50%2F50%20%26%20more%3F/"
    for address in (links.imdb, links.tmdb, links.letterboxd, links.where_to_watch):
        assert len(address(Movie(4, "\N{CLAPPER BOARD}" * 5_000, 1999))) < 1_000


def test_the_title_that_is_copied_fits() -> None:
    """Telegram copies at most 256 characters."""
    for movie in (KNOWN, Movie(4, "x" * 5_000, 1999)):
        copied = keyboards.links(movie, MoreDetails()).inline_keyboard[-1][0].copy_text
        assert copied is not None
        assert copied.text == (movie.label if movie is KNOWN else "x" * 255 + "\N{HORIZONTAL ELLIPSIS}")
