"""The corpus of texts with meanings: its format, and how it is divided."""

import re
from collections import Counter

import pytest

from recsys.evaluation.understanding import PARTS, Part, read_corpus
from recsys.evaluation.understanding.corpus import Described
from recsys.profile import OCCUPATIONS
from recsys.text.meaning.values import HelpTopic, Move, Talk, Topic

KINDS = {
    "about a movie",
    "about the bot",
    "answer to a question",
    "feeling",
    "follow-up",
    "language",
    "link",
    "negation",
    "preference",
    "reply to a card",
    "request",
    "several titles",
    "small talk",
    "stars",
    "title",
    "trap",
    "wish: country",
    "wish: genre and years",
    "wish: length and age",
    "wish: like",
    "wish: mood",
    "wish: person",
    "wish: theme",
}
GENRES = {
    *("Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy"),
    *("Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
}
LISTS = ("genres", "all_genres", "not", "like", "unlike", "people", "people_not", "themes", "themes_not")
NUMBERS = ("from", "to", "minutes_from", "minutes_to", "child", "cards")
REFINEMENTS = ("newer", "older", "another", "like_shown", "not_possible")
LABEL = re.compile(r"\S.* \(\d{4}\)")


def is_wish(conditions: Described, *more: str) -> bool:
    """Return whether conditions have known keys with values of their types."""
    return (
        conditions.keys() <= {*LISTS, *NUMBERS, *more}
        and all(conditions[key] and isinstance(conditions[key], list) for key in LISTS if key in conditions)
        and all(isinstance(conditions[key], int) for key in NUMBERS if key in conditions)
        and all(GENRES.issuperset(conditions.get(key, ())) for key in ("genres", "all_genres", "not"))
        and all(theme == theme.lower() for key in ("themes", "themes_not") for theme in conditions.get(key, ()))
    )


def is_answer(value: object) -> bool:
    """Return whether a value is a move, an age or a range of ages, a gender, or an occupation."""
    match value:
        case str():
            return value in set(Move)
        case {"age": int(age)}:
            return 1 <= age <= 120
        case {"age": [int(first), int(last)]}:
            return 1 <= first < last <= 120
        case {"gender": gender}:
            return gender in ("F", "M")
        case {"occupation": occupation}:
            return occupation in OCCUPATIONS
    return False


def is_meaning(meaning: Described) -> bool:
    """Return whether a meaning has the format that the corpus module describes."""
    if meaning.keys() <= {"rate", "seen", "unseen", "ask"}:
        return bool(meaning) and all(1 <= stars <= 5 for stars in meaning.get("rate", {}).values())
    ((kind, value),) = meaning.items()
    match kind:
        case "wish" | "prefer":
            return is_wish(value)
        case "refine":
            return bool(value) and is_wish(value, *REFINEMENTS)
        case "answer":
            return is_answer(value)
        case "about":
            return bool(value.keys() == {"movie", "topic"} and value["topic"] in set(Topic))
        case "request":
            return bool(value.keys() <= {"cards", "surprise"})
        case "talk" | "help":
            return value in set(Talk if kind == "talk" else HelpTopic)
        case "foreign":
            return re.fullmatch("([a-z]{2})?", value) is not None
    return kind == "unclear" and value in (True, {"denied": True})


@pytest.mark.parametrize("part", PARTS)
def test_every_text_has_meanings_in_the_format_of_the_corpus(part: Part) -> None:
    """Names of genres, occupations and topics are those of the code, and movies have their year."""
    for text in read_corpus(part):
        assert text.text.strip(), text
        assert text.means, text
        assert [meaning for meaning in text.means if not is_meaning(meaning)] == [], text.text
        assert [label for label in text.labels if not LABEL.fullmatch(label)] == [], text.text


def test_no_rating_is_expected_of_a_trap() -> None:
    """A text that only looks like a rating must not be stored as one by its best meaning."""
    traps = [text for part in PARTS for text in read_corpus(part) if text.kind == "trap"]
    assert [trap.text for trap in traps if not trap.means[0].keys().isdisjoint({"rate", "seen", "unseen"})] == []


def test_a_third_of_every_kind_is_held_out() -> None:
    """Of the texts that the rules began with, a third of every kind measures them."""
    held_out, seen = (Counter(text.kind for text in read_corpus(part)) for part in ("held_out", "seen"))
    assert held_out.keys() == seen.keys() == KINDS
    assert held_out.total() + seen.total() >= 500
    assert {kind: held_out[kind] for kind in KINDS} == {
        kind: round((held_out[kind] + seen[kind]) / 3) for kind in KINDS
    }


def test_no_text_is_in_the_corpus_twice() -> None:
    """A text of one part would otherwise give away one of the other part."""
    texts = Counter(" ".join(text.text.casefold().split()) for part in PARTS for text in read_corpus(part))
    assert [text for text, count in texts.items() if count > 1] == []
