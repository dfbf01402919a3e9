"""Words come into one form before full-text search."""

from recsys.text.search_terms import query_terms, search_text, terms_of
from storage.records import Movie


def words_of(text: str) -> list[str]:
    """Return the terms of a text without the stems."""
    return terms_of(text)[::2]


def test_words() -> None:
    """Capitals, accents, apostrophes, plurals and words without a meaning of their own do not matter."""
    assert words_of("The Vampire's Kiss") == words_of("vampires, KISS!") == ["vampire", "kiss"]
    assert words_of("Amélie's café") == ["amelie", "cafe"]
    assert words_of("glass gas") == ["glass", "gas"]
    assert words_of("of the and ...") == words_of("") == []


def test_terms_have_stems() -> None:
    """Forms of a word share a term, and each form has a term of its own."""
    travels, travelling, boxing, box = map(set, map(terms_of, ("travels", "travelling", "boxing", "box")))
    assert travels & travelling
    assert travels - travelling
    assert boxing & box
    assert boxing - box
    assert terms_of("with the") == []


def test_words_joined_by_hyphens() -> None:
    """In texts they are one word and several, in themes one word."""
    assert words_of("a feel-good movie") == ["feel", "good", "feelgood", "movie"]
    assert query_terms("feel-good movie")[::2] == ["feelgood", "movie"]
    assert query_terms("time travel") == terms_of("time travel")


def test_roman_numerals() -> None:
    """Those that are no words are numbers."""
    assert words_of("World War II, Rocky IV") == words_of("world war 2 rocky 4") == ["world", "war", "2", "rocky", "4"]
    assert words_of("Malcolm X") == ["malcolm", "x"]


def test_the_text_of_a_movie() -> None:
    """It has the terms of title and plot. Words of names are marked, so that other words do not find them."""
    movie = Movie(
        1, "Dead Presidents", description="A war.", directors=("Chris Rock",), actors=("Chris Rock", "Zoë Z.")
    )
    terms = search_text(movie).split()
    assert {"dead", "president", "war"} <= set(terms)
    assert "rock" not in terms
    names = [term.removeprefix("name0") for term in terms if term.startswith("name0")]
    assert names == ["chris", "rock", "zoe", "z"]
    assert search_text(Movie(2, "")) == ""


def test_terms_are_words_for_search_engines() -> None:
    """A term has nothing but letters and digits, whatever a catalogue contains."""
    movie = Movie(1, "½ ﬁn _x_ 東京 🎬", description="a\u0301b c\td\n'e'", actors=("O'Neal-Ω ²",))
    assert all(term.isalnum() for term in search_text(movie).split(" "))
