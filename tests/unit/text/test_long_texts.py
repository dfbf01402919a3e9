"""Long texts: each part of a text is looked at a bounded number of times.

The texts have a million letters. Whatever takes quadratic time on one of them is ended by the time limit of the test.
"""

import unicodedata
from typing import Any

import pytest

from recsys.text import scores
from recsys.text.accents import without_accents
from recsys.text.titles import Found, Match, TitleIndex, Unknown
from recsys.text.wishes import Wish, parse_wish
from storage.records import Movie

N = 1_000_000
ALIEN = Movie(1, "Alien", 1979, ("Horror",), rating_count=9)
INDEX = TitleIndex([ALIEN, Movie(2, "The Matrix Reloaded", 2003, rating_count=7)])
LONG_TEXTS = {
    "commas": "x, " * (N // 3) + "x",
    "spaces": "x" + " " * N + "x",
    "equals signs": "x" + "= " * (N // 2) + "x",
    "digits": "x " + "1" * N + "x",
    "fractions": "x " + "1.1 " * (N // 4) + "x",
    "years": "x" + " (1999" * (N // 6) + "x",
    "brackets": "(" * N,
    "names in brackets": "(x)" * (N // 3) + "x",
    "dots": "x." * (N // 2),
    "words": "the " * (N // 4),
    "the word and": "x" + " and" * (N // 4) + "  x",
    "lines": " \n" * (N // 2) + "x",
    "accents in the wrong order": "x" + "\u0301" * (N // 2) + "\u0323" * (N // 2),
    "characters that become two accents in the wrong order": "\u0f73" * N,
    "characters that become eighteen": "\ufdfa" * (N // 10),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG_TEXTS)
def test_a_million_letters_are_no_title(name: str) -> None:
    """Neither search finds a movie in such a text, and neither takes quadratic time."""
    assert isinstance(INDEX.find(LONG_TEXTS[name]), Unknown)
    assert isinstance(INDEX.find_exact(LONG_TEXTS[name]), Unknown)


@pytest.mark.parametrize("text", ["Amélie", "Straße", "ﷺ", "\u0f73", "a\u0301\u0323", "각 ½ Ⅳ", "plain"])
def test_accents_are_removed(text: str) -> None:
    """The result is that of decomposing the whole text and removing its combining marks."""
    decomposed = unicodedata.normalize("NFKD", text)
    assert without_accents(text) == "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def test_a_number_of_many_digits_is_no_id() -> None:
    """Such a number is searched like any title."""
    assert isinstance(INDEX.find_or_id("9" * 5000), Unknown)
    assert INDEX.find_or_id("id:" + "9" * 5000) == Unknown(())


def test_a_text_is_compared_with_titles_of_its_length_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing error is a letter more or less, so a long text is compared with no title except for suggestions."""
    compared: list[tuple[str, int]] = []
    extract = scores.process.extract

    def count(query: str, choices: Any, **options: Any) -> Any:
        compared.append((query, len(choices)))
        return extract(query, choices, **options)

    monkeypatch.setattr(scores.process, "extract", count)
    INDEX.find("x" * 4096)
    assert compared == [("x" * 100, 2)]
    compared.clear()
    assert INDEX.find("Alein") == Found(ALIEN)
    assert compared == [("alein", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "like xa, " * 20,
        "like xa but " * 20,
        "not like xa " * 20,
        "like " + "xa yb " * 29,
        "like a xa, like the xb, " * 7,
    ],
)
def test_the_title_searches_of_a_wish_are_limited(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text with many unknown titles after "like" searches the catalogue for typing errors at most 17 times."""
    searches: list[str] = []
    find = TitleIndex.find_without_suggestions

    def count(index: TitleIndex, text: str) -> Match:
        searches.append(text)
        return find(index, text)

    monkeypatch.setattr(TitleIndex, "find_without_suggestions", count)
    parse_wish(text, INDEX, ("Horror",))
    assert 0 < len(searches) <= 17


def test_a_wish_after_many_unknown_titles_is_understood() -> None:
    """Exact titles are found even when typing errors are no longer searched for."""
    wish = parse_wish("like xa, " * 17 + "like Alien, no horror", INDEX, ("Horror",))
    assert isinstance(wish, Wish)
    assert wish.like == (1,)
    assert wish.genres_none == ("Horror",)
