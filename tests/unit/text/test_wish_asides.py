"""What a wish says beside its conditions: a number, what is tolerated, exceptions, alternatives, and harm."""

from dataclasses import replace

import pytest

from recsys.text.meaning import Meaning, Preferred, Refined, Situation, SmallTalk, Talk, Unclear, Wished
from recsys.text.wishes import Wish
from tests.unit.text.meaning_catalogue import NAMED, asked, read, stored

COMEDY = Wish(("Comedy",))
ACTIVE = Situation(wish=COMEDY)


def wished(meaning: Meaning) -> Wish:
    """Return a new wish without the words that were not understood."""
    assert isinstance(meaning, Wished)
    return replace(meaning.wish, leftover=())


@pytest.mark.parametrize(
    ("text", "wish", "cards"),
    [
        ("3 horror movies", Wish(("Horror",)), 3),
        ("give me four comedies please", COMEDY, 4),
        ("top ten westerns", Wish(("Western",)), 10),
        ("a couple of thrillers", Wish(("Thriller",)), 2),
        ("a few war movies", Wish(("War",)), 5),
        ("two or three comedies", COMEDY, 3),
        ("5 movies like Alien", Wish(like=(NAMED["Alien (1979)"],)), 5),
        ("show me 3 movies with Tom Hanks", Wish(people=("Tom Hanks",)), 3),
        ("a horror movie", Wish(("Horror",)), 1),
        ("a comedy for my 2 kids", Wish(genres_all=("Comedy", "Children's")), 1),
        ("a western, I have 3 hours", Wish(("Western",), minutes_to=180), 1),
        ("any 007 movies", Wish(themes=("007",)), 1),
    ],
)
def test_a_wish_for_several_movies(text: str, wish: Wish, cards: int) -> None:
    """A number before a word for movies is how many; any other number is not."""
    meaning = read(text)
    assert wished(meaning) == wish
    assert isinstance(meaning, Wished)
    assert meaning.cards == cards


def test_a_change_for_several_movies() -> None:
    """A change of the active wish may ask for several movies, too."""
    meaning = read("two movies from the 80s", ACTIVE)
    assert meaning == Refined(Wish(year_from=1980, year_to=1989), cards=2)


@pytest.mark.parametrize(
    "text",
    [
        "i dont mind subtitles",
        "I don't mind if it's old",
        "I have nothing against musicals",
        "we're fine with black and white",
        "I can live with a bit of gore",
        "subtitles don't bother me",
        "black and white doesn't bother me at all",
        "violence is ok with me",
        "no problem with old movies",
        "I don't have a problem with violence",
    ],
)
def test_what_is_tolerated_is_no_condition(text: str) -> None:
    """A double negative neither excludes what it names nor asks for it."""
    assert read(text) == SmallTalk(Talk.YES)


@pytest.mark.parametrize(
    "text",
    ["a comedy, I don't mind subtitles", "comedy please, subtitles don't bother me", "comedy, violence is fine by me"],
)
def test_a_wish_beside_what_is_tolerated(text: str) -> None:
    """The rest of the text is the wish."""
    assert wished(read(text)) == COMEDY


@pytest.mark.parametrize(
    "text",
    [
        "it's not because I hate horror",
        "I never said I hate horror",
        "not that I dislike horror",
        "I'm not saying I hate horror",
        "who says I hate horror",
        "I didn't say that I don't like horror",
    ],
)
def test_a_denied_exclusion_excludes_nothing(text: str) -> None:
    """Nothing is stored, and nothing is looked for."""
    assert isinstance(read(text), Unclear | SmallTalk)


@pytest.mark.parametrize(
    ("text", "theme"),
    [
        ("no kids dying", "kids dying"),
        ("nothing where the dog dies", "dog dies"),
        ("no animals get hurt please", "animals get hurt"),
        ("no dead children", "dead children"),
        ("without child abuse", "child abuse"),
        ("no movies where kids get killed", "kids get killed"),
        ("nothing with kids in danger", "kids in danger"),
        ("no torture scenes", "torture"),
        ("no suicide please", "suicide"),
        ("movies where nobody dies", "dies"),
    ],
)
def test_what_must_not_happen_is_excluded_as_a_theme(text: str, theme: str) -> None:
    """The genre whose word it has is allowed."""
    assert wished(read(text)) == Wish(themes_none=(theme,))


def test_harm_may_be_excluded_for_ever() -> None:
    """The verb says for how long."""
    assert read("I hate it when the dog dies") == Preferred(Wish(themes_none=("dog dies",)))


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("no sci-fi except Star Wars", Wish(genres_none=("Sci-Fi",))),
        ("anything but horror, except Alien", Wish(genres_none=("Horror",))),
        ("no musicals apart from Aladdin", Wish(genres_none=("Musical",))),
        ("no romance unless it's funny", Wish(genres_none=("Romance",))),
        ("no old movies unless they are by Kubrick", Wish(year_from=1980)),
        ("no westerns unless Clint Eastwood is in it", Wish(genres_none=("Western",))),
        ("no animation, unless it's by Disney", Wish(genres_none=("Animation",))),
    ],
)
def test_an_exception_to_an_exclusion(text: str, wish: Wish) -> None:
    """It is neither excluded nor asked for."""
    assert wished(read(text)) == wish
    assert not stored(read(text))


def test_a_lasting_exclusion_has_exceptions() -> None:
    """The exception is named as not understood."""
    wish = Wish(genres_none=("Horror",), leftover=("apart", "Alien"))
    assert read("I hate horror apart from Alien") == Preferred(wish, "apart from Alien")


def test_an_exception_to_a_wish_is_excluded() -> None:
    """Only exclusions have exceptions that are allowed."""
    assert wished(read("comedies except Big")) == Wish(("Comedy",), unlike=(NAMED["Big (1988)"],))
    assert wished(read("comedies, unless you have a good western")) == Wish(("Comedy", "Western"))


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("spielberg or lucas", ("Steven Spielberg", "George Lucas")),
        ("Tom Hanks or Meg Ryan", ("Tom Hanks", "Meg Ryan")),
        ("something by Kubrick or Hitchcock", ("Stanley Kubrick", "Alfred Hitchcock")),
        ("sandra bullock/julia roberts", ("Sandra Bullock", "Julia Roberts")),
        ("with Brad Pitt, or maybe George Clooney", ("Brad Pitt", "George Clooney")),
        ("spielberg or cameron", ("Steven Spielberg", "James Cameron")),
        ("spielberg or qwertzson", ("Steven Spielberg", "Qwertzson")),
    ],
)
def test_alternatives_of_people(text: str, people: tuple[str, ...]) -> None:
    """Any of them is enough."""
    assert wished(read(text)) == Wish(people_any=people)


def test_people_of_one_movie() -> None:
    """Only "or" makes alternatives."""
    assert wished(read("with Tom Hanks and Meg Ryan")) == Wish(people=("Tom Hanks", "Meg Ryan"))


def test_an_alternative_to_the_active_wish() -> None:
    """It is added to what the wish asks for."""
    assert read("or a drama", ACTIVE) == Refined(Wish(("Comedy", "Drama")))
    with_hanks = Situation(wish=Wish(people=("Tom Hanks",)))
    assert read("or meg ryan", with_hanks) == Refined(Wish(people_any=("Tom Hanks", "Meg Ryan")))


@pytest.mark.parametrize(
    ("text", "years"), [("no, the 80s", (1980, 1989)), ("nope, something from the 50s", (1950, 1959))]
)
def test_a_refusal_before_a_change(text: str, years: tuple[int, int]) -> None:
    """The "no" is about the card, and excludes nothing of what follows."""
    assert read(text, ACTIVE) == Refined(Wish(year_from=years[0], year_to=years[1]))


def test_less_of_what_the_wish_asks_for() -> None:
    """It does not exclude the genre of the wish."""
    horror = Situation(wish=Wish(("Horror",)))
    assert read("not that scary please", horror) == Refined(not_possible=("not that scary please",))


@pytest.mark.parametrize("text", ["horror 👎", "horror movies ❌", "horror 🚫", "🚫 horror"])
def test_a_sign_of_prohibition_excludes(text: str) -> None:
    """What it stands beside is never asked for."""
    meaning = read(text)
    assert not isinstance(meaning, Wished | Refined) or meaning.wish.genres_none == ("Horror",)
    assert not asked(meaning)


def test_signs_for_different_kinds() -> None:
    """The bot asks which of them is ruled out."""
    assert read("romance ❌ action ✅") == Unclear(denied="romance ❌ action ✅")


@pytest.mark.parametrize("text", ["I loved Fargo but not Titanic", "I liked Jaws but not Speed"])
def test_judged_titles_are_not_asked_for(text: str) -> None:
    """The bot asks about them."""
    assert asked(read(text))
    assert not stored(read(text))


@pytest.mark.parametrize("text", ["I need a laugh", "we just want to laugh", "I am looking for a movie to laugh"])
def test_a_laugh_is_a_comedy(text: str) -> None:
    """It is no theme."""
    assert wished(read(text)) == COMEDY


def test_all_seen_before_another_sentence() -> None:
    """The first sentence says it, and a question after it asks for other movies."""
    assert read("I have seen all of Kurosawa. He never gets old.") == Unclear(many_seen=True)
    assert wished(read("I have seen all of Kurosawa. Anything else?")) == Wish(themes_none=("kurosawa",))
