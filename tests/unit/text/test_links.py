"""Addresses of movies at IMDb, Letterboxd and TMDB."""

import pytest

from recsys.text.meaning import Opinions, ReaderCatalogue, Situation, Unclear, Wished, read_meaning
from recsys.text.wishes import Wish
from storage.records import Movie

MOVIES = (
    Movie(1, "Alien", 1979, imdb_id="tt0078748", tmdb_id=348, rating_count=2000),
    Movie(2, "Ferris Bueller's Day Off", 1986, rating_count=1000),
    Movie(3, "The Good, the Bad and the Ugly", 1966, rating_count=800),
    Movie(4, "Psycho", 1960, rating_count=1500),
    Movie(5, "Psycho", 1998, rating_count=500),
    Movie(6, "www.Address.com/title", 2001, tmdb_id=6, rating_count=10),
)
CATALOGUE = ReaderCatalogue(MOVIES)


@pytest.mark.parametrize(
    ("text", "movie_ids"),
    [
        ("https://www.imdb.com/title/tt0078748/?ref_=fn_al_tt_1", (1,)),
        ("imdb.com/title/tt0078748", (1,)),
        ("tt0078748", (1,)),
        ("look: https://m.imdb.com/de/title/tt0078748/", (1,)),
        ("https://www.themoviedb.org/movie/348", (1,)),
        ("https://www.themoviedb.org/movie/348-some-other-words?language=de", (1,)),
        ("themoviedb.org/movie/9377-ferris-bueller-s-day-off", (2,)),
        ("https://letterboxd.com/film/ferris-buellers-day-off/", (2,)),
        ("https://letterboxd.com/dave/film/the-good-the-bad-and-the-ugly/1/", (3,)),
        ("https://letterboxd.com/film/psycho-1998/", (5,)),
        ("https://www.themoviedb.org/movie/6", (6,)),
    ],
)
def test_an_address_names_a_movie(text: str, movie_ids: tuple[int, ...]) -> None:
    """The bot asks about it, and stores nothing."""
    meaning = read_meaning(text, Situation(), CATALOGUE)
    assert isinstance(meaning, Opinions)
    [opinion] = meaning.opinions
    assert (opinion.movie_ids, opinion.is_certain) == (movie_ids, False)


def test_words_beside_an_address_are_read() -> None:
    """They say what they say of a title."""
    loved = read_meaning("loved https://www.imdb.com/title/tt0078748/", Situation(), CATALOGUE)
    assert isinstance(loved, Opinions)
    assert [(opinion.movie_ids, opinion.stars, opinion.is_certain) for opinion in loved.opinions] == [((1,), 5, True)]
    like = read_meaning("more like https://letterboxd.com/film/alien/", Situation(), CATALOGUE)
    assert like == Wished(Wish(like=(1,)))
    others = read_meaning("my mum loved https://letterboxd.com/film/alien/", Situation(), CATALOGUE)
    assert isinstance(others, Opinions)
    assert not any(opinion.is_certain for opinion in others.opinions)


@pytest.mark.parametrize(
    "text", ["https://www.imdb.com/title/tt9999999/", "https://t.me/alien", "https://www.themoviedb.org/movie/999"]
)
def test_other_addresses_name_none(text: str) -> None:
    """No movie of the catalogue is guessed."""
    assert read_meaning(text, Situation(), CATALOGUE) == Unclear()
