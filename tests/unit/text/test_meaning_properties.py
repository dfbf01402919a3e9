"""What holds for any text: it has a meaning, and no title is rated beside words that nobody listed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.text.meaning import Question, Situation, Unclear
from recsys.text.meaning.language import english
from recsys.text.titles import TitleIndex
from recsys.text.wishes import Wish
from tests.unit.text.meaning_catalogue import MOVIES, read, stored

TITLES = tuple(movie.title for movie in MOVIES)
TITLE_WORDS = frozenset(word for title in TITLES for word in title.casefold().replace(":", "").split())
UNLISTED = sorted(
    word
    for word in english().common_words - english().known_words - TITLE_WORDS
    if word.isalpha() and word.isascii() and len(word) > 2
)
SITUATIONS = (
    Situation(),
    Situation(card=1),
    Situation(wish=Wish(("Comedy",))),
    *(Situation(question) for question in Question),
)
WORDS = (
    *TITLES,
    *("love", "hate", "not", "no", "like", "and", "but", ",", ".", "\n", "?", "5", "2/10", "👍", "👎", "stars", "with"),
    *("by", "starring", "pacino", "'", "``", "\u2019", "*", "_"),
    *("under 90 minutes", "for my 6 year old", "without", "newer", "1.", "- ", "https://letterboxd.com/film/alien"),
)
OPINIONS = ("{}", "I love {}", "{} is great", "I hate {}", "{} was bad", "I have seen {}", "{} 4 stars", "{} 👍")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=120) | st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join), st.sampled_from(SITUATIONS))
def test_any_text_has_a_meaning(text: str, situation: Situation) -> None:
    """No text raises, and spaces at the ends change nothing."""
    assert read(text, situation) == read(text, situation)
    assert stored(read(f"  {text} \t", situation)) == stored(read(text, situation))


@pytest.mark.parametrize("text", ["by ' pacino", "with `` Pacino", "starring \u2019 \u2019 al pacino", "by * b"])
def test_marks_are_no_names(text: str) -> None:
    """A word without letters is no part of a name, and nothing is stored."""
    assert stored(read(text)) == {}


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(OPINIONS),
    st.sampled_from(TITLES),
    st.lists(st.tuples(st.sampled_from(UNLISTED), st.integers(0, 8)), min_size=1, max_size=4),
)
def test_a_word_that_nobody_listed_keeps_everything_uncertain(
    opinion: str, title: str, inserted: list[tuple[str, int]]
) -> None:
    """Any English word outside the lists, anywhere beside an opinion, makes the bot ask."""
    words = opinion.split()
    for word, place in inserted:
        words.insert(min(place, len(words)), word)
    assert stored(read(" ".join(words).format(title))) == {}


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(OPINIONS), st.sampled_from(TITLES))
def test_case_rates_nothing_else(opinion: str, title: str) -> None:
    """A text in capitals or small letters stores the same; a title of common words may bring a question instead."""
    text = opinion.format(title)
    assert stored(read(text.upper())) in ({}, stored(read(text)))
    assert stored(read(text.lower())) in ({}, stored(read(text)))


@pytest.mark.parametrize(
    "text",
    [
        "i think " * 75,
        "so " * 200,
        "x, " * 200,
        "Alien, " * 85,
        "I love Alien and " * 35,
        "really " * 85,
        "not like xa " * 50,
        "8 out of " * 66,
        "https://" * 75,
        "\N{WHITE MEDIUM STAR}" * 600,
        "\u0f73" * 600,
        "((((" * 150,
        "1. " * 200,
        "\n" * 600,
    ],
)
def test_repeated_words_are_read(text: str) -> None:
    """No template backtracks without bound; a run that does is ended by the time limit of the test."""
    read(text)
    read(text, Situation(card=1))


def test_a_long_text_is_unclear() -> None:
    """Such a text is not read at all."""
    assert read("I love Alien. " * 50) == Unclear()


def test_the_title_searches_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each search with typing errors compares all titles, so a text does a bounded number of them."""
    searches: list[str] = []
    find = TitleIndex.find_without_suggestions

    def count(index: TitleIndex, text: str) -> object:
        searches.append(text)
        return find(index, text)

    monkeypatch.setattr(TitleIndex, "find_without_suggestions", count)
    read(", ".join(f"qwertz{letter}uiop" for letter in "abcdefghijklmnopqrstuvwxyz"))
    assert 0 < len(searches) <= 16
