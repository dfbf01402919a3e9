"""Texts in parts: complaints, what others like, what was seen, opinions beside a request; and sarcasm."""

import pytest

from recsys.text.meaning import (
    Opinions,
    Preferred,
    Refined,
    Requested,
    Situation,
    SmallTalk,
    Talk,
    Unclear,
    Wished,
)
from recsys.text.wishes import Wish
from tests.unit.text.meaning_catalogue import NAMED, asked, read, stored

CARD = NAMED["Fargo (1996)"]
REPLY = Situation(card=CARD)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("you keep showing me horror and i hate horror", Wish(genres_none=("Horror",))),
        ("why do you keep giving me westerns, I can't stand westerns", Wish(genres_none=("Western",))),
        ("you always suggest musicals. i hate musicals", Wish(genres_none=("Musical",))),
        ("Stop recommending horror, I hate horror!", Wish(genres_none=("Horror",))),
        ("everything you send is musicals and musicals bore me to death", Wish(genres_none=("Musical",))),
        ("every other card is a western and westerns put me to sleep", Wish(genres_none=("Western",))),
        ("all i get is horror horror horror, i dont watch horror", Wish(genres_none=("Horror",))),
        ("u keep showing me tom cruise i cant stand tom cruise", Wish(people_none=("Tom Cruise",))),
        ("you keep showing me horror and I hate it", Wish(genres_none=("Horror",))),
        ("why is it always war movies when I told you I hate them", Wish(genres_none=("War",))),
    ],
)
def test_a_lasting_dislike_after_a_complaint(text: str, wish: Wish) -> None:
    """The dislike counts, with or without the name of what is shown."""
    meaning = read(text)
    assert isinstance(meaning, Preferred)
    assert (meaning.wish.genres_none, meaning.wish.people_none) == (wish.genres_none, wish.people_none)


def test_what_is_ruled_out_for_now_after_a_complaint() -> None:
    """Nothing says that it lasts."""
    meaning = read("you keep recommending action when I said no action")
    assert isinstance(meaning, Wished)
    assert meaning.wish.genres_none == ("Action",)


@pytest.mark.parametrize(
    "text",
    ["you keep showing me horror", "you keep showing me horror and it is boring", "why do you always suggest dramas"],
)
def test_a_complaint_alone(text: str) -> None:
    """Nothing is ruled out that the person does not reject."""
    assert read(text) == SmallTalk(Talk.COMPLAINT)


@pytest.mark.parametrize(
    "text",
    [
        "great, another mob movie",
        "wonderful. another sequel.",
        "oh great",
        "oh joy",
        "great, just great",
        "yay, more snow",
        "fantastic, gangsters again",
        "perfect, more explosions",
        "haha good one",
        "great, a three hour movie",
        "nice, romance again",
    ],
)
def test_sarcasm_about_a_card(text: str) -> None:
    """The bot asks: it stores no stars, and looks for no more of the kind."""
    meaning = read(text, REPLY)
    assert isinstance(meaning, Opinions)
    assert not stored(meaning)


@pytest.mark.parametrize("text", ["great, next", "cool, show me another", "awesome!! next one please"])
def test_praise_before_the_next_card_may_be_none(text: str) -> None:
    """The bot asks whether it was an opinion."""
    assert not stored(read(text, REPLY))


@pytest.mark.parametrize("text", ["great movie, another one please", "fantastic!!!", "it was great", "great film"])
def test_plain_praise_of_a_card(text: str) -> None:
    """It gives five stars."""
    assert stored(read(text, REPLY)) == {"Fargo (1996)": 5.0}


@pytest.mark.parametrize("text", ["great, another comedy please", "nice, now show me another comedy"])
def test_a_polite_wish_after_praise(text: str) -> None:
    """It is a wish."""
    meaning = read(text, REPLY)
    assert isinstance(meaning, Wished | Refined)
    assert meaning.wish.genres_any == ("Comedy",)


@pytest.mark.parametrize("text", ["horror again??", "bruce willis again?", "WHY IS EVERYTHING SO OLD"])
def test_a_question_may_be_a_complaint(text: str) -> None:
    """It asks for nothing that it names."""
    assert read(text) == SmallTalk(Talk.COMPLAINT)


@pytest.mark.parametrize("text", ["Toy Story 2 5", "Toy Story 2 4", "toy story 2 3", "toy story 2 5"])
def test_a_number_after_the_number_of_a_sequel(text: str) -> None:
    """The bot asks whether it is a rating."""
    assert not stored(read(text))


@pytest.mark.parametrize("text", ["Toy Story 2 5 stars", "Toy Story 2 5/5", "Toy Story 2 - 5", "Toy Story 2: 5"])
def test_marked_stars_after_the_number_of_a_sequel(text: str) -> None:
    """They are a rating."""
    assert stored(read(text)) == {"Toy Story 2 (1999)": 5.0}


@pytest.mark.parametrize("text", ["perfect, thanks", "Thanks, perfect!", "thank you, that's great", "cheers, nice one"])
def test_thanks_for_a_card(text: str) -> None:
    """It is no opinion of the movie, in any order of the words."""
    assert read(text, REPLY) == SmallTalk(Talk.THANKS)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("my bf keeps choosing action movies, i want a romance", Wish(("Romance",))),
        ("my husband only watches westerns. I want something funny", Wish(("Comedy",))),
        ("my wife always picks musicals, can we have a war movie", Wish(("War",))),
        ("everyone keeps telling me to watch horror but i want a nice comedy", Wish(("Comedy",))),
        ("my son is obsessed with sci-fi, i need a break from it, a comedy please", Wish(("Comedy",))),
        ("my sister made me watch a horror film. now a comedy please", Wish(("Comedy",))),
        ("my boyfriend is into sci-fi, i prefer romance", Wish(("Romance",))),
        # What others want counts if everybody watches.
        ("my dad loves westerns, something for both of us", Wish(("Western",))),
        ("he wants action, I want drama", Wish(("Action", "Drama"))),
    ],
)
def test_what_others_like(text: str, wish: Wish) -> None:
    """The taste of somebody else is no wish if the person asks for another kind."""
    meaning = read(text)
    assert isinstance(meaning, Wished)
    assert (meaning.wish.filter, meaning.wish.themes) == (wish.filter, wish.themes)


@pytest.mark.parametrize("text", ["my dad only watches westerns", "my roommate keeps picking horror films"])
def test_a_habit_of_others_asks_for_nothing(text: str) -> None:
    """It neither asks for the kind nor excludes it."""
    assert read(text) == Unclear()


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("my kids have seen all of Disney. Anything else?", Wish(themes_none=("disney",))),
        (
            "we've watched every Pixar movie. what else is there for kids?",
            Wish(("Children's",), themes_none=("pixar",)),
        ),
        ("seen every Hitchcock film. something similar?", Wish(people_none=("Alfred Hitchcock",))),
        ("seen all of Kubrick, now what?", Wish(people_none=("Stanley Kubrick",))),
        ("I have seen all the vampire movies, suggest something else", Wish(themes_none=("vampire",))),
        ("been through all the Disney films, other cartoons please", Wish(("Animation",), themes_none=("disney",))),
    ],
)
def test_other_movies_than_those_that_were_seen(text: str, wish: Wish) -> None:
    """The text asks, and what was seen is excluded."""
    meaning = read(text)
    assert isinstance(meaning, Wished)
    found = meaning.wish
    assert (found.filter, found.themes, found.themes_none, found.people_none) == (
        *(wish.filter, wish.themes, wish.themes_none, wish.people_none),
    )


@pytest.mark.parametrize(
    ("text", "ratings", "then"),
    [
        (
            "loved Fargo and Jaws. hated Armageddon. something similar please",
            {"Fargo (1996)": 5.0, "Jaws (1975)": 5.0, "Armageddon (1998)": 1.0},
            Wished(Wish(like=(NAMED["Fargo (1996)"], NAMED["Jaws (1975)"]))),
        ),
        (
            "I loved The Matrix and Alien. I hated Aladdin. something like those?",
            {"The Matrix (1999)": 5.0, "Alien (1979)": 5.0, "Aladdin (1992)": 1.0},
            Wished(Wish(like=(NAMED["The Matrix (1999)"], NAMED["Alien (1979)"]))),
        ),
        (
            "Big fan of Fargo and Pulp Fiction. Can't stand Armageddon. Any ideas?",
            {"Fargo (1996)": 5.0, "Pulp Fiction (1994)": 5.0, "Armageddon (1998)": 1.0},
            Requested(),
        ),
        ("Loved Toy Story. What should I watch next?", {"Toy Story (1995)": 5.0}, Requested()),
        (
            "hi! loved Fargo, hated Alien. now show me a comedy please",
            {"Fargo (1996)": 5.0, "Alien (1979)": 1.0},
            Wished(Wish(("Comedy",))),
        ),
        (
            "recommend me something. I adore Toy Story and Aladdin",
            {"Toy Story (1995)": 5.0, "Aladdin (1992)": 5.0},
            Requested(),
        ),
    ],
)
def test_opinions_beside_a_request(text: str, ratings: dict[str, float], then: Wished | Requested) -> None:
    """Both count: the ratings are certain, and the next card is what the person asks for."""
    meaning = read(text)
    assert isinstance(meaning, Opinions)
    assert (stored(meaning), meaning.then) == (ratings, then)


@pytest.mark.parametrize(
    "text",
    [
        "loved Fargo and Jaws until the ending. something similar please",
        "my friends loved Fargo. Any ideas?",
        "is Jaws like Alien? I loved Alien. what should I watch",
    ],
)
def test_doubtful_opinions_beside_a_request(text: str) -> None:
    """A word that may change what is said leaves it to a question."""
    assert not stored(read(text))


def test_titles_alone_beside_a_request_resemble() -> None:
    """Nothing says that the person has seen them."""
    meaning = read("Fargo, Jaws. something similar please")
    assert not stored(meaning)
    assert isinstance(meaning, Wished) or asked(meaning)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("not my thing. got a comedy?", Wish(("Comedy",))),
        ("maybe later. show me a western please", Wish(("Western",))),
        ("already seen that, something with vampires?", Wish(themes=("vampires",))),
        ("didn't like it. a musical please", Wish(("Musical",))),
        ("that looks boring. something with more action", Wish(("Action",))),
        ("not in the mood for that, give me something funny", Wish(("Comedy",))),
    ],
)
def test_what_follows_a_dismissal(text: str, wish: Wish) -> None:
    """The last card is dismissed, and the wish counts."""
    meaning = read(text)
    assert isinstance(meaning, Wished)
    assert (meaning.wish.filter, meaning.wish.themes) == (wish.filter, wish.themes)


def test_two_dismissals_ask_for_another_card() -> None:
    """Neither is a rating, because the text replies to no card."""
    assert read("seen it, didn't like it") == Refined()


@pytest.mark.parametrize(
    ("text", "excluded"),
    [
        ("we did frozen 100 times. anything but disney", "disney"),
        ("granny visits us today! something without swearing", "swearing"),
    ],
)
def test_the_last_sentence_asks(text: str, excluded: str) -> None:
    """Sentences before it that say nothing about movies are passed over."""
    meaning = read(text)
    assert isinstance(meaning, Wished)
    assert meaning.wish.themes_none == (excluded,)


@pytest.mark.parametrize("text", ["call me mr. president", "documentaries? I'd rather eat my own foot"])
def test_a_sentence_that_does_not_ask_is_no_wish(text: str) -> None:
    """A theme in it asks for nothing."""
    assert not isinstance(read(text), Wished)


def test_too_much_of_something_asks_for_less() -> None:
    """It never asks for it, even if no wish is active."""
    assert isinstance(read("this one is too violent for my kids"), Refined)
