"""Texts that say more than a wish: reasons, conditions, sarcasm, certificates, and titles that were named before."""

from dataclasses import replace

import pytest

from recsys.text.meaning import AskedAboutMovie, Meaning, Opinions, Refined, Situation, SmallTalk, Talk, Topic, Wished
from recsys.text.wishes import Wish
from tests.unit.text.meaning_catalogue import NAMED, asked, read, stored

ACTIVE = Situation(wish=Wish(("Comedy",)))
LIKE_ALIEN = Situation(wish=Wish(like=(NAMED["Alien (1979)"],)))


def wished(meaning: Meaning) -> Wish:
    """Return a new wish without the words that were not understood."""
    assert isinstance(meaning, Wished)
    return replace(meaning.wish, leftover=())


@pytest.mark.parametrize(
    ("text", "genres_none"),
    [
        ("too much action lately, no more of that please", ("Action",)),
        ("way too many romance movies this month", ("Romance",)),
        ("we had comedies all week, no more please", ("Comedy",)),
        ("horror 3 nights in a row, enough", ("Horror",)),
        ("war movies all the time, I'm sick of it", ("War",)),
        ("ive watched so much horror this month, give me something else", ("Horror",)),
        ("we had nothing but westerns, something different please", ("Western",)),
    ],
)
def test_what_there_was_too_much_of_is_excluded(text: str, genres_none: tuple[str, ...]) -> None:
    """A reason for a denial asks for nothing."""
    assert wished(read(text)) == Wish(genres_none=genres_none)


def test_a_reason_refines_the_active_wish() -> None:
    """What there was too much of leaves the wish that is active as it is."""
    assert read("too much romance", ACTIVE) == Refined(Wish(genres_none=("Romance",)))


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("nothing but westerns please", Wish(("Western",))),
        ("lots of action please, something different", Wish(("Action",))),
        ("scary but not too scary", Wish(("Horror",))),
        ("funny but nothing too funny", Wish(("Comedy",))),
        ("comedy if it's not too long", Wish(("Comedy",), minutes_to=120)),
        ("a thriller, like under two hours", Wish(("Thriller",), minutes_to=120)),
        ("a comedy, I don't have time for a long movie", Wish(("Comedy",), minutes_to=120)),
        ("a comedy, I have only one hour and half", Wish(("Comedy",), minutes_to=90)),
        ("a thriller that's not boring", Wish(("Thriller",))),
        ("comedy unless it's with Jim Carrey", Wish(("Comedy",), people_none=("Jim Carrey",))),
        ("anything unless it is a musical", Wish(genres_none=("Musical",))),
        ("we can't agree, he wants war, I want romance", Wish(("War", "Romance"))),
    ],
)
def test_conditions_of_a_wish(text: str, wish: Wish) -> None:
    """A condition limits a wish, and does not turn it round."""
    assert wished(read(text)) == wish


@pytest.mark.parametrize(
    "text",
    [
        "oh great another horror movie",
        "wow another western, how original",
        "just what I needed, another romcom",
        "ugh, yet another war movie",
    ],
)
def test_a_sarcastic_text_is_a_complaint(text: str) -> None:
    """It asks for nothing that it names."""
    assert read(text) == SmallTalk(Talk.COMPLAINT)


@pytest.mark.parametrize(
    "text",
    [
        "oh great, another Titanic",
        "yeah right, Waterworld is a masterpiece",
        "Armageddon, what a masterpiece... not",
        "sure, because Armageddon is so realistic",
        "I loved The Matrix lol not",
    ],
)
def test_sarcasm_never_rates(text: str) -> None:
    """The bot asks, and no movie becomes a wish."""
    meaning = read(text)
    assert isinstance(meaning, Opinions)
    assert asked(meaning)
    assert not stored(meaning)


@pytest.mark.parametrize("text", ["great, another comedy please", "wow, I want another comedy"])
def test_praise_before_a_wish_is_no_sarcasm(text: str) -> None:
    """Who asks for a movie gets it."""
    assert wished(read(text)) == Wish(("Comedy",))


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("pg-13 max please", 13),
        ("nothing above PG", 8),
        ("up to pg13", 13),
        ("PG or lower", 8),
        ("no r rated movies", 16),
        ("nothing R-rated", 16),
        ("nothing rated NC-17", 17),
    ],
)
def test_a_certificate_is_a_limit_on_the_age(text: str, age: int) -> None:
    """The movies must be suitable for the oldest child whom the limit protects."""
    assert wished(read(text)) == Wish(age_to_watch=age)


@pytest.mark.parametrize(
    "text",
    [
        "I am looking for something for my 6 year old",
        "need something for my 6yo",
        "what can i watch with my 6 year old",
        "my 6 year old wants to watch a film",
        "do you have anything for a 6 year old",
    ],
)
def test_a_wish_for_a_child_replaces_a_wish_for_the_like(text: str) -> None:
    """Movies like Alien are for nobody of six years."""
    assert wished(read(text, LIKE_ALIEN)) == Wish(age_to_watch=6)


@pytest.mark.parametrize(
    "text",
    [
        "last week we watched Fargo and it was great, now we need something like it",
        "loved Fargo, something similar please",
        "I just saw Fargo, got anything like that?",
    ],
)
def test_something_like_a_title_named_before(text: str) -> None:
    """The pronoun stands for the title."""
    assert wished(read(text)) == Wish(like=(NAMED["Fargo (1996)"],))


@pytest.mark.parametrize("text", ["Fargo was bad, nothing like that", "I hated Fargo, no more like that please"])
def test_nothing_like_a_title_named_before(text: str) -> None:
    """What is denied is never asked for, and nothing is stored."""
    meaning = read(text)
    assert not isinstance(meaning, Wished | Refined)
    assert not stored(meaning)


def test_a_word_for_a_genre_before_movie_is_no_title() -> None:
    """There is a movie called Kids."""
    assert read("can you find me a kids movie") == Wished(Wish(("Children's",)))


@pytest.mark.parametrize("text", ["where can i watch it", "how can I stream this online", "is it on netflix"])
def test_where_to_watch_the_movie_on_the_card(text: str) -> None:
    """The card has the links."""
    assert read(text) == AskedAboutMovie(Topic.PLOT)


@pytest.mark.parametrize("text", ["seen it already", "seen this, next"])
def test_a_movie_that_was_seen_is_followed_by_another(text: str) -> None:
    """Without a reply to a card nothing is stored."""
    assert read(text) == Refined()
