"""Talk, questions and lists as people type them in a chat: introductions, tags, other names of movies, capitals."""

import pytest

from recsys.text.meaning import AskedAboutMovie, AskedForHelp, HelpTopic, Preferred, Refined, Situation, SmallTalk, Talk
from recsys.text.meaning.values import Topic
from tests.unit.text.meaning_catalogue import NAMED, asked, read, stored

JAWS, HEAT, RONIN, BIG = "Jaws (1975)", "Heat (1995)", "Ronin (1998)", "Big (1988)"


@pytest.mark.parametrize("text", ["hi, I'm Emma", "hello i am from qwertz", "my name is Qwertz", "hey, it's me again"])
def test_an_introduction_is_a_greeting(text: str) -> None:
    """A name is no title where a person says what they are called."""
    assert read(text) == SmallTalk(Talk.GREETING)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("do you share anything with third parties", HelpTopic.PRIVACY),
        ("i want to be forgotten", HelpTopic.DELETION),
        ("pls delete my account and everything", HelpTopic.DELETION),
        ("dont message me anymore", HelpTopic.SETTINGS),
        ("what does the heart button do", HelpTopic.BOT),
        ("is there a human behind this", HelpTopic.BOT),
        ("is this run by Netflix?", HelpTopic.BOT),
        ("can hackers get my data", HelpTopic.PRIVACY),
        ("I didn't mean to give it 1 star", HelpTopic.UNDO),
    ],
)
def test_help_comes_before_wishes(text: str, topic: HelpTopic) -> None:
    """Words about data are no themes of movies: "third parties" asks for no party movies."""
    assert read(text) == AskedForHelp(topic)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Jaws - what's it about?", Topic.PLOT),
        ("who did the music for Jaws?", Topic.PEOPLE),
        ("does the dog die in Jaws", Topic.PLOT),
        ("you know Jaws?", Topic.OPINION),
        ("what's so good about Jaws?", Topic.OPINION),
        ("did Al Pacino play in Jaws", Topic.PEOPLE),
        ("explain the ending of Jaws", Topic.PLOT),
        ("heard good things about Jaws, is it good?", Topic.OPINION),
    ],
)
def test_a_question_in_any_words_is_about_its_title(text: str, topic: Topic) -> None:
    """A question with one title shows its card."""
    assert read(text) == AskedAboutMovie(topic, (NAMED[JAWS],))


@pytest.mark.parametrize("text", ["is it weird that I like Jaws", "Can't say I loved Jaws", "did I rate Jaws 4?"])
def test_a_question_about_oneself_is_none_about_the_movie(text: str) -> None:
    """The bot asks, and stores nothing."""
    assert (stored(read(text)), asked(read(text))) == ({}, {JAWS})


@pytest.mark.parametrize(
    ("text", "expected", "unsure"),
    [
        # A number that belongs to a title may be its stars where other titles have stars.
        ("Heat 4\nRonin 5\nToy Story 2", {HEAT: 4, RONIN: 5}, {"Toy Story 2 (1999)"}),
        # A title of common words on its own line says nothing about the other lines.
        ("Heat\nRonin\nPsycho", {HEAT: 5, RONIN: 5}, {"Psycho (1960)", "Psycho (1998)"}),
        # A name between two titles is a title that the catalogue does not have.
        ("Heat, Qwertz, Ronin", {HEAT: 5, RONIN: 5}, set()),
        ("Heat, qwertz, Ronin", {}, {HEAT, RONIN}),
        # A capital inside a sentence makes a common word a title.
        ("I loved Ronin and Big", {RONIN: 5, BIG: 5}, set()),
        ("I loved Ronin and big", {}, {RONIN, BIG}),
        # A sign between the title and the stars.
        ("Big = 4 stars", {BIG: 4}, set()),
        ("big 4 stars", {}, {BIG}),
    ],
)
def test_titles_that_could_be_something_else(text: str, expected: dict[str, float], unsure: set[str]) -> None:
    """What is stored and what is asked about in lists and beside stars."""
    meaning = read(text)
    assert (stored(meaning), asked(meaning)) == (expected, unsure)


def test_spaces_around_a_slash_between_stars() -> None:
    """A slash separates titles, but not the stars from their scale."""
    assert stored(read("Heat 5 / 5")) == {HEAT: 5}
    assert stored(read("Heat / Ronin")) == {HEAT: 5, RONIN: 5}


def test_other_names_of_movies() -> None:
    """A movie may be called by a name that is no part of its title."""
    assert stored(read("I love T2")) == {"Terminator 2: Judgment Day (1991)": 5}
    assert asked(read("t2")) == {"Terminator 2: Judgment Day (1991)"}


def test_whole_titles_with_typing_errors_in_some_words() -> None:
    """All words together are compared with titles if some are unknown."""
    meaning = read("good mornin vietnam")
    assert asked(meaning) | set(stored(meaning)) == {"Good Morning, Vietnam (1987)"}


def test_a_bad_remake_is_no_lasting_preference() -> None:
    """An opinion about a title is no exclusion of a theme."""
    assert not isinstance(read("the remake of Psycho is awful"), Preferred)


def test_a_question_why_at_a_card() -> None:
    """The reason of a card is asked in many words."""
    situation = Situation(card=NAMED[JAWS])
    assert read("how come you picked this", situation) == AskedAboutMovie(Topic.REASON)
    assert read("another round!", situation) == Refined()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Stop making sense, bot", {}), ("Pulp Fiction, bot", {"Pulp Fiction (1994)": 5}), ("Money talks, mate", {})],
)
def test_a_sentence_to_the_bot_is_no_title(text: str, expected: dict[str, float]) -> None:
    """Common words with a word to the bot may be talk, and the bot asks."""
    assert stored(read(text)) == expected


@pytest.mark.parametrize(
    ("text", "talk"),
    [
        ("good day to you sir", Talk.GREETING),
        ("gotta bounce", Talk.FAREWELL),
        ("fair play to you", Talk.PRAISE),
        ("bless you, that's kind", Talk.THANKS),
        ("bit slow aren't you", Talk.COMPLAINT),
        ("i already told you that", Talk.COMPLAINT),
    ],
)
def test_talk_of_many_people(text: str, talk: Talk) -> None:
    """Idioms are talk, and no wish."""
    assert read(text) == SmallTalk(talk)
