"""Kinds of wording that people use: typing errors, asides, moods, denials of denials, and compound replies."""

import pytest

from recsys.text.meaning import (
    Answered,
    AskedAboutMovie,
    Opinions,
    Preferred,
    Question,
    Refined,
    Situation,
    SmallTalk,
    Talk,
    Topic,
    Unclear,
    Wished,
)
from recsys.text.meaning.language import english
from recsys.text.meaning.rejecting import rejecting_form
from recsys.text.meaning.spelling import corrected
from recsys.text.wishes import Wish
from tests.unit.text.meaning_catalogue import CATALOGUE, NAMED, asked, read, stored

FARGO = NAMED["Fargo (1996)"]
CARD = Situation(card=FARGO)
ACTIVE = Situation(wish=Wish(("Comedy",)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a comdy please", "a comedy please"),
        ("advneture movie", "adventure movie"),
        # Words, titles and names are no typing errors, and what may be several words stays as it is.
        ("something vegan", "something vegan"),
        ("like Fandango", "like Fandango"),
        ("with Bacall", "with Bacall"),
        ("xyzzyx", "xyzzyx"),
    ],
)
def test_typing_errors_are_corrected_where_one_word_is_meant(text: str, expected: str) -> None:
    """One word of the language must be near."""
    assert corrected(text, CATALOGUE, english()) == expected


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("can u find me a comdy", Wish(("Comedy",))),
        # Moods without a list.
        ("something whimsical", Wish(themes=("whimsical",))),
        ("dark and twisted pls", Wish(themes=("dark", "twisted"))),
        # Asides, and denials that ask.
        ("I wouldn't say no to a comedy", Wish(("Comedy",))),
        ("no worries, a comedy is fine too", Wish(("Comedy",))),
        ("a thriller for after work", Wish(("Thriller",))),
        # Who watches is no theme, and "old" is not always an age.
        ("a comedy to watch with my gf", Wish(("Comedy",))),
        ("a movie about gardening for an old lady", Wish(themes=("gardening",))),
        ("movies where the world ends", Wish(themes=("world ends",))),
        ("a mix of Alien and Jaws", Wish(like=(NAMED["Alien (1979)"], NAMED["Jaws (1975)"]))),
        ("not a 3 hour movie please", Wish(minutes_to=120)),
    ],
)
def test_a_wish(text: str, wish: Wish) -> None:
    """What the words beside a wish say is passed over."""
    meaning = read(text)
    assert isinstance(meaning, Wished)
    assert (meaning.wish.filter, meaning.wish.themes, meaning.wish.like, meaning.wish.minutes_to) == (
        *(wish.filter, wish.themes, wish.like, wish.minutes_to),
    )


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("please remember: no westerns", Wish(genres_none=("Western",))),
        ("not a big sci-fi person", Wish(genres_none=("Sci-Fi",))),
        ("No war films for me ever, I had enough of it", Wish(genres_none=("War",))),
        ("I always avoid anything older than 1970", Wish(year_from=1970)),
        ("I never watch body horror", Wish(themes_none=("body horror",))),
        ("I've never been into westerns", Wish(genres_none=("Western",))),
        ("superheroes bore me to tears", Wish(themes_none=("superheroes",))),
    ],
)
def test_a_lasting_preference(text: str, wish: Wish) -> None:
    """Nothing that is denied is asked for."""
    assert read(text) == Preferred(wish)


@pytest.mark.parametrize(
    "text", ["I used to hate westerns", "my husband hates romance but I love it", "a love story that doesn't qwertz"]
)
def test_a_denial_that_is_taken_back_or_not_understood_is_said(text: str) -> None:
    """It neither excludes nor asks."""
    meaning = read(text)
    assert isinstance(meaning, Unclear)
    assert meaning.denied


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("I don't care for musicals", Preferred(Wish(genres_none=("Musical",)))),
        ("enough horror", Wished(Wish(genres_none=("Horror",)))),
        ("fewer war films please", Wished(Wish(genres_none=("War",)))),
        ("no Tom Cruise, never", Preferred(Wish(people_none=("Tom Cruise",)))),
    ],
)
def test_the_longest_denial_counts(text: str, denied: Preferred | Wished) -> None:
    """What is denied in part by a harmless phrase is denied."""
    assert read(text) == denied


@pytest.mark.parametrize("text", ["there is no movie like Fargo", "I'm from Italy", "not my first rodeo"])
def test_what_does_not_exist_and_where_a_person_is_from_is_no_wish(text: str) -> None:
    """Nothing is asked for or excluded."""
    assert not isinstance(read(text), Wished | Preferred)


def test_what_others_hate_is_not_excluded_for_ever() -> None:
    """It is excluded now."""
    assert read("my wife hates horror movies") == Wished(Wish(genres_none=("Horror",)))


@pytest.mark.parametrize(
    ("text", "stars"),
    [
        ("eh, it was fine I suppose", 3),
        ("meh. 2/5", 2),
        ("okay but not great", 3),
        ("this one I did not like", 1),
        ("wow what a masterpiece", 5),
        ("one of the best films ever made imo", 5),
        ("nah bro that movie is trash", 1),
        ("10/10 no notes", 5),
    ],
)
def test_parts_of_a_reply_that_say_nothing_are_passed_over(text: str, stars: float) -> None:
    """The rest is stored."""
    assert stored(read(text, CARD)) == {"Fargo (1996)": stars}


@pytest.mark.parametrize(
    "text", ["good but a bit long", "classic!!", "I turned it off after ten minutes", "kinda boring", "3/5, hated it"]
)
def test_a_reply_that_is_not_certain_is_asked(text: str) -> None:
    """Nothing is stored."""
    meaning = read(text, CARD)
    assert isinstance(meaning, Opinions)
    assert stored(meaning) == {}
    assert asked(meaning) == {"Fargo (1996)"}


def test_the_question_at_the_end_of_a_reply_is_answered() -> None:
    """What comes before it is no answer to it."""
    assert isinstance(read("never heard of it tbh, any good?", CARD), AskedAboutMovie)


@pytest.mark.parametrize("text", ["I've seen that already I'm afraid, have you another?", "seen it twice, next"])
def test_seen_with_an_active_wish_asks_for_another(text: str) -> None:
    """The wish stays."""
    assert read(text, ACTIVE) == Refined()


@pytest.mark.parametrize("text", ["I can't stand the heat", "I can't stand the speed"])
def test_a_word_with_an_article_that_its_title_lacks_is_not_stored(text: str) -> None:
    """Heat and Speed are not named."""
    assert stored(read(text)) == {}


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("slashers are strictly off the menu for me", "I do not like slashers"),
        ("I love drama but westerns bore me to tears", "I love drama but I do not like westerns"),
        ("you can leave musicals out from now on", "I do not like musicals"),
        ("I have got no time for romcoms", "I do not like romcoms"),
        ("please don't bother me with French movies", "I do not like French movies"),
        # These rule nothing out.
        ("a movie that scares me", "a movie that scares me"),
        ("are westerns boring?", "are westerns boring?"),
        ("no horror, it scares me", "no horror, it scares me"),
    ],
)
def test_what_is_ruled_out_gets_one_form(text: str, form: str) -> None:
    """A part of the text that rules nothing out stays as it is."""
    assert rejecting_form(text, english()).text == form


@pytest.mark.parametrize(
    "text",
    [
        "a movie for me and my little brother, he is 6",
        "something for my daughter and me, she's 6",
        "a film for my nephew (6) and his mum",
        "can we watch a film with my sister, who is 6?",
    ],
)
def test_a_wish_for_a_child_begins_anew(text: str) -> None:
    """It replaces the active wish. "Suitable for a 6 year old" changes it."""
    assert read(text, ACTIVE) == Wished(Wish(age_to_watch=6))
    assert read("suitable for a 6 year old", ACTIVE) == Refined(Wish(age_to_watch=6))


@pytest.mark.parametrize(
    ("text", "place"), [("show me the first one", 1), ("open the second movie", 2), ("what about the last one", -1)]
)
def test_a_movie_of_a_list_is_named_by_its_place(text: str, place: int) -> None:
    """The movies of the list are known to the bot alone."""
    assert read(text) == AskedAboutMovie(Topic.OPINION, shown=place)


@pytest.mark.parametrize("text", ["I have seen all of Kurosawa", "i've watched everything by Hitchcock"])
def test_many_movies_at_once_are_not_marked(text: str) -> None:
    """It is no wish for them either."""
    assert read(text) == Unclear(many_seen=True)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("born 1990", 36),
        ("1990", 36),
        ("I was born in 1985", 41),
        ("born in 90", 36),
        ("b. 1978", 48),
        ("'88", 38),
        ("my birth year is 2001", 25),
        ("year of birth: 1955", 71),
        ("i was born in nineteen ninety five", 31),
        ("a child of the 80s", 41),
        ("born in the early seventies", 54),
        # Ages stay ages.
        ("45", 45),
        ("born 30 years ago", 30),
        ("in my 60s", 65),
        ("im 27 but feel 80", 27),
        ("turning 50 in march", 50),
        ("pensioner, 71", 71),
    ],
)
def test_a_year_of_birth(text: str, age: int) -> None:
    """It is an age in the year in which it is written."""
    assert read(text, Situation(Question.AGE, this_year=2026)) == Answered(Question.AGE, age)


@pytest.mark.parametrize("text", ["1850", "2026", "2090", "a comedy from 1990"])
def test_other_years_are_no_age(text: str) -> None:
    """Nobody who writes was born then, or the text says more."""
    assert not isinstance(read(text, Situation(Question.AGE, this_year=2026)), Answered)
    assert not isinstance(read("1990", Situation(Question.AGE)), Answered)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("nothing above PG", 8),
        ("PG-13 max", 13),
        ("anything up to a 15", 15),
        ("rated 15 or below", 15),
        ("nothing rated R", 16),
        ("U rated at most", 5),
        ("no 18s please", 17),
    ],
)
def test_a_certificate_limits_the_age(text: str, age: int) -> None:
    """It counts as the age that it suits."""
    meaning = read(text)
    assert isinstance(meaning, Wished)
    assert meaning.wish == Wish(age_to_watch=age)


@pytest.mark.parametrize(
    "text",
    [
        *("an 18 film", "for adults only", "adults only please", "a grown up film", "something for grown ups"),
        *("not suitable for kids", "certificate 18 please"),
    ],
)
def test_movies_for_adults(text: str) -> None:
    """The wish says so, and the bot what it can search for."""
    meaning = read(text)
    assert isinstance(meaning, Wished)
    assert meaning.wish == Wish(themes=("for adults",))


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("british", Wish(themes=("british",))),
        ("vampires", Wish(themes=("vampires",))),
        ("zombies pls", Wish(themes=("zombies",))),
        ("italian please", Wish(themes=("italian",))),
        ("dark", Wish(themes=("dark",))),
        ("scary", Wish(("Horror",))),
        ("animated ones", Wish(("Animation",))),
    ],
)
def test_a_bare_word_narrows_the_active_wish(text: str, change: Wish) -> None:
    """An adjective or a theme alone is no other wish."""
    assert read(text, ACTIVE) == Refined(change)
    assert isinstance(read(text), Wished)


@pytest.mark.parametrize(
    "text", ["horror", "a western", "show me vampire movies", "i'd like a british western", "movies like Alien"]
)
def test_a_new_wish_replaces_the_active_one(text: str) -> None:
    """It names a genre, or asks for movies."""
    assert isinstance(read(text, ACTIVE), Wished)


def test_a_bare_theme_after_a_theme_is_another_wish() -> None:
    """Only a country narrows it."""
    about_chess = Situation(wish=Wish(themes=("chess",)))
    assert isinstance(read("vampires", about_chess), Wished)
    assert read("british", about_chess) == Refined(Wish(themes=("british",)))


@pytest.mark.parametrize(
    "text",
    [
        *("ew not romance again", "not horror again", "no westerns again", "please no musicals again"),
        *("oh no, not another war movie again", "not comedy again please"),
    ],
)
def test_again_alone_excludes_for_now(text: str) -> None:
    """It is about what was shown."""
    assert isinstance(read(text), Wished)


@pytest.mark.parametrize(
    "text",
    ["never show me horror again", "don't show me romance again", "no horror ever again", "never again musicals"],
)
def test_again_with_a_verb_excludes_for_ever(text: str) -> None:
    """It is about what will be shown."""
    assert isinstance(read(text), Preferred)


@pytest.mark.parametrize(
    ("text", "excepted"),
    [
        ("no horror ever, except Alien", "except Alien"),
        ("I hate musicals except Disney ones", "except Disney ones"),
        ("never show me westerns unless it's Clint Eastwood", "unless it's Clint Eastwood"),
        ("no horror, ever", ""),
    ],
)
def test_a_lasting_preference_knows_its_exception(text: str, excepted: str) -> None:
    """The bot names it."""
    meaning = read(text)
    assert isinstance(meaning, Preferred)
    assert meaning.excepted == excepted


@pytest.mark.parametrize(
    "text",
    [
        *("R rated is fine", "R-rated is fine", "r rated movies are ok too", "R rated stuff is okay"),
        *("pg rated is fine with me", "I'm ok with R rated movies"),
    ],
)
def test_a_certificate_that_is_tolerated(text: str) -> None:
    """It neither asks for it nor excludes it."""
    assert read(text) == SmallTalk(Talk.YES)
