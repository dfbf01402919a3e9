"""Complaints: what follows them is ruled out, and sarcasm neither rates nor asks for more."""

import pytest

from recsys.text.meaning import Opinions, Preferred, Refined, Situation, SmallTalk, Talk, Wished
from recsys.text.wishes import Wish
from tests.unit.text.meaning_catalogue import NAMED, read, stored

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
