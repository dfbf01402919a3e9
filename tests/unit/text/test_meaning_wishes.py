"""Wishes with people, themes, lengths and ages; refinements of the active wish; lasting preferences."""

import pytest

from recsys.text.meaning import Preferred, Refined, Situation, Unclear, Wished
from recsys.text.wishes import Wish
from tests.unit.text.meaning_catalogue import NAMED, read

ALIEN, FARGO, HEAT = NAMED["Alien (1979)"], NAMED["Fargo (1996)"], NAMED["Heat (1995)"]
STAR_WARS = (
    NAMED["Star Wars: Episode IV - A New Hope (1977)"],
    NAMED["Star Wars: Episode V - The Empire Strikes Back (1980)"],
)
ACTIVE = Situation(wish=Wish(("Comedy",)))


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        # Genres and years, as in every wish.
        ("90s comedy", Wish(("Comedy",), year_from=1990, year_to=1999)),
        ("sth scary pls", Wish(("Horror",))),
        ("a love story", Wish(("Romance",))),
        ("I love westerns", Wish(("Western",))),
        ("no horror", Wish(genres_none=("Horror",))),
        ("tired of action", Wish(genres_none=("Action",))),
        ("no more westerns today", Wish(genres_none=("Western",))),
        ("anything but romance", Wish(genres_none=("Romance",))),
        ("war movies not in black and white", Wish(("War",), year_from=1966)),
        # People.
        ("with Al Pacino", Wish(people=("Al Pacino",))),
        ("something with tom hanks and meg ryan", Wish(people=("Tom Hanks", "Meg Ryan"))),
        ("by Hitchcock", Wish(people=("Alfred Hitchcock",))),
        ("any kubrick films?", Wish(people=("Stanley Kubrick",))),
        ("clint eastwood western", Wish(("Western",), people=("Clint Eastwood",))),
        ("jim carey movie", Wish(people=("Jim Carrey",))),
        ("directed by Xaver Qwertz", Wish(people=("Xaver Qwertz",))),
        ("no tom cruise", Wish(people_none=("Tom Cruise",))),
        ("comedy without Jim Carrey", Wish(("Comedy",), people_none=("Jim Carrey",))),
        # Themes and moods.
        ("about chess", Wish(themes=("chess",))),
        ("heist", Wish(themes=("heist",))),
        ("time travel", Wish(themes=("time travel",))),
        ("vampires", Wish(themes=("vampires",))),
        ("Oscar winners", Wish(themes=("oscar winners",))),
        ("feel-good", Wish(themes=("feel-good",))),
        ("mind-bending sci-fi", Wish(("Sci-Fi",), themes=("mind-bending",))),
        ("twist ending", Wish(themes=("twist ending",))),
        ("hidden gem", Wish(themes=("hidden gem",))),
        ("James Bond", Wish(themes=("james bond",))),
        ("movies set in Paris", Wish(themes=("paris",))),
        ("french movies", Wish(themes=("french",))),
        ("baseball movies", Wish(themes=("baseball",))),
        ("a movie about love", Wish(themes=("love",))),
        ("animated, not Disney", Wish(("Animation",), themes_none=("disney",))),
        ("horror without zombies", Wish(("Horror",), themes_none=("zombies",))),
        ("PG-13 movies", Wish(themes=("pg-13",))),
        ("qwertzic films", Wish(themes=("qwertzic",))),
        ("films from 1994", Wish(year_from=1994, year_to=1994)),
        ("films from 1994 on", Wish(year_from=1994)),
        ("I don't fancy a drama", Wish(genres_none=("Drama",))),
        ("I don't know what to watch, comedy maybe", Wish(("Comedy",))),
        ("why not a comedy", Wish(("Comedy",))),
        # Running times.
        ("under 90 minutes", Wish(minutes_to=90)),
        ("less than two hours", Wish(minutes_to=120)),
        ("max 1h30", Wish(minutes_to=90)),
        ("an hour and a half at most", Wish(minutes_to=90)),
        ("no longer than 2.5 hours", Wish(minutes_to=150)),
        ("at least 3 hours", Wish(minutes_from=180)),
        ("longer than 150 min", Wish(minutes_from=150)),
        ("80-100 minutes", Wish(minutes_from=80, minutes_to=100)),
        ("a comedy, not too long", Wish(("Comedy",), minutes_to=120)),
        ("a short movie", Wish(minutes_to=90)),
        # Children.
        ("for my 6 year old", Wish(age_to_watch=6)),
        ("suitable for kids aged 7 and 9", Wish(age_to_watch=7)),
        ("with my 10yo son", Wish(age_to_watch=10)),
        ("my daughter is eight", Wish(age_to_watch=8)),
        ("whole family", Wish(("Children's",))),
        # Titles.
        ("like Alien", Wish(like=(ALIEN,))),
        ("feels like Alien", Wish(like=(ALIEN,))),
        ("find me another Fargo", Wish(like=(FARGO,))),
        ("like Alien but funnier", Wish(("Comedy",), like=(ALIEN,))),
        ("sci-fi but not Star Wars", Wish(("Sci-Fi",), unlike=STAR_WARS)),
        ("like Heat, not like Fargo", Wish(like=(HEAT,), unlike=(FARGO,))),
    ],
)
def test_a_wish(text: str, wish: Wish) -> None:
    """What a person wants to see becomes conditions."""
    assert read(text) == Wished(wish)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("no horror, ever", Wish(genres_none=("Horror",))),
        ("I hate horror", Wish(genres_none=("Horror",))),
        ("I can't bear musicals", Wish(genres_none=("Musical",))),
        ("please never show me westerns", Wish(genres_none=("Western",))),
        ("I loathe fantasy and sci-fi", Wish(genres_none=("Fantasy", "Sci-Fi"))),
        ("enough of Star Wars", Wish(unlike=STAR_WARS)),
        ("can't stand jim carrey", Wish(people_none=("Jim Carrey",))),
        ("never french films", Wish(themes_none=("french",))),
        ("I only watch movies after 1980", Wish(year_from=1981)),
        ("don't ever show me anything before 1970", Wish(year_from=1970)),
        ("from now on no crime movies", Wish(genres_none=("Crime",))),
        ("don't ever recommend war films", Wish(genres_none=("War",))),
        ("I don't do scary movies", Wish(genres_none=("Horror",))),
        ("musicals aren't my thing", Wish(genres_none=("Musical",))),
        ("war movies bore me", Wish(genres_none=("War",))),
        ("I refuse to watch horror", Wish(genres_none=("Horror",))),
        ("I can't stand romantic comedies", Wish(themes_none=("romantic comedies",))),
    ],
)
def test_a_lasting_preference(text: str, wish: Wish) -> None:
    """What is excluded for ever is no wish for now."""
    assert read(text) == Preferred(wish)


@pytest.mark.parametrize("text", ["Nobody qwertz horror", "never been one qwertzing horror movies", "horror? nope"])
def test_what_is_denied_is_never_asked_for(text: str) -> None:
    """A denial that is not understood makes the bot ask, whatever comes after it."""
    meaning = read(text)
    assert not isinstance(meaning, Wished) or "Horror" not in meaning.wish.genres_any


@pytest.mark.parametrize(
    ("text", "refined"),
    [
        ("newer", Refined(direction="newer")),
        ("too old", Refined(direction="newer")),
        ("something older please", Refined(direction="older")),
        ("another", Refined()),
        ("next", Refined()),
        ("not that one", Refined()),
        ("nope, try again", Refined()),
        ("I've seen that one", Refined()),
        ("more like the first one", Refined(like_shown=1)),
        ("like the second one", Refined(like_shown=2)),
        ("more like this", Refined(like_shown=-1)),
        ("something like this but newer", Refined(direction="newer", like_shown=-1)),
        ("without romance", Refined(Wish(genres_none=("Romance",)))),
        ("and funny", Refined(Wish(("Comedy",)))),
        ("make it under 2 hours", Refined(Wish(minutes_to=120))),
        ("only before 1970", Refined(Wish(year_to=1969))),
        ("also about trains", Refined(Wish(themes=("trains",)))),
        ("less violent", Refined(Wish(themes_none=("violent",)))),
        ("darker", Refined(not_possible=("darker",))),
        ("a bit slower please", Refined(not_possible=("a bit slower please",))),
    ],
)
def test_a_refinement_of_the_active_wish(text: str, refined: Refined) -> None:
    """A follow-up changes the active wish, or asks for its next card."""
    assert read(text, ACTIVE) == refined


def test_another_kind_of_movie_replaces_the_active_wish() -> None:
    """A text that names a kind of movie is a new wish."""
    assert read("a western", ACTIVE) == Wished(Wish(("Western",)))


@pytest.mark.parametrize(
    ("text", "denied"), [("no qwertz", "qwertz"), ("I hate mondays", "mondays"), ("without my sister", "my sister")]
)
def test_a_denial_that_is_not_understood(text: str, denied: str) -> None:
    """The bot has to say what it did not understand; what was denied never becomes what is asked for."""
    assert read(text) == Unclear(denied=denied)


@pytest.mark.parametrize(
    "text", ["my cat is asleep on the keyboard", "my dog skipped lunch", "...", "?", "", "a good man is hard to find"]
)
def test_other_texts_are_unclear(text: str) -> None:
    """A text without a word for movies is no wish."""
    assert read(text) == Unclear()
