"""Titles in the person's language, on cards and as what people type."""

from dataclasses import replace
from datetime import date

import pytest

from handlers.i18n import language
from handlers.texts import details, names
from recsys.text.meaning import Opinions, ReaderCatalogue, Situation, read_meaning
from recsys.text.titles import Ambiguous, Found, TitleIndex, Unknown
from storage.net_details import TMDB, MoreDetails, NetDetails, Offers
from storage.records import Movie


def translated(movie: Movie, **titles: str) -> Movie:
    """Return a movie with titles in other languages."""
    listed = tuple((code.replace("_", "-"), title) for code, title in titles.items())
    return replace(movie, net=NetDetails(TMDB, date(2026, 1, 1), titles=listed))


GODFATHER = translated(
    Movie(1, "The Godfather", 1972, rating_count=50), de="Der Pate", pt="O Padrinho", pt_BR="O Poderoso Chefão"
)
MATRIX = translated(Movie(2, "The Matrix", 1999, rating_count=40), ru="Матрица", de="Matrix", es="Heat", it="Bus")
HEAT = Movie(3, "Heat", 1995, rating_count=30)
TITLES = TitleIndex([GODFATHER, MATRIX, HEAT])


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("de", "Der Pate"),
        ("de-AT", "Der Pate"),
        ("pt-br", "O Poderoso Chefão"),
        ("pt", "O Padrinho"),
        ("en", "The Godfather"),
        ("en-gb", "The Godfather"),
        ("fr", "The Godfather"),
        (None, "The Godfather"),
    ],
)
def test_a_title_is_shown_in_the_language_of_the_person(code: str | None, title: str) -> None:
    """The language with its country comes first, then the language, then the title of the catalogue."""
    with language(code):
        assert names.title(GODFATHER) == f"<b>{title} (1972)</b>"
        assert names.button(GODFATHER) == f"{title} (1972)"


@pytest.mark.parametrize("text", ["Матрица", "матрица (1999)", "МАТРИЦА"])
def test_titles_in_other_languages_are_found(text: str) -> None:
    """Case and year do not matter, and the search shows the movie."""
    assert TITLES.find(text) == Found(MATRIX)
    assert TITLES.search(text) == [MATRIX]


def test_titles_of_the_catalogue_come_first() -> None:
    """A title in another language that is another movie's title means that one; a short word is no title."""
    assert TITLES.find("Heat") == Found(HEAT)
    assert not isinstance(TITLES.find("bus"), Found | Ambiguous)
    assert isinstance(TitleIndex([HEAT]).find("Der Pate"), Unknown)


@pytest.mark.parametrize(
    ("text", "movie"), [("Der Pate", GODFATHER), ("Матрица", MATRIX), ("I love Der Pate", GODFATHER)]
)
def test_a_typed_title_in_another_language_is_read(text: str, movie: Movie) -> None:
    """The reader takes it for the movie, and not for a text in a language that it does not know."""
    meaning = read_meaning(text, Situation(), ReaderCatalogue([GODFATHER, MATRIX, HEAT]))
    assert isinstance(meaning, Opinions)
    assert [opinion.movie_ids for opinion in meaning.opinions] == [(movie.movie_id,)]


def test_details_in_the_language_of_the_person() -> None:
    """The plot is translated; the other titles, the series and the offers of one country follow."""
    movie = replace(GODFATHER, description="A family.")
    more = MoreDetails(
        original_title="The Godfather",
        collection="The Godfather Collection",
        plots={"de": "Eine <Familie>."},
        offers={"DE": Offers(("Netflix",), ("Apple TV",), ()), "FR": Offers()},
    )
    with language("de"):
        text = details.details(movie, more, "DE")
    assert text.startswith("<b>Der Pate (1972)</b>\n\nEine &lt;Familie&gt;.\n\n")
    assert "Also known as The Godfather\nPart of The Godfather Collection" in text
    assert text.endswith("📺 In 🇩🇪 DE, says JustWatch:\nStream: Netflix\nRent: Apple TV")
    for country in ("FR", "US"):
        assert "I know no service that has it" in details.details(movie, more, country)
    assert "A family." in details.details(movie, more)
