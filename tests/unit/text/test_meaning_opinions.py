"""What a text says about titles: what is stored, and what the bot asks about."""

from dataclasses import replace

import pytest

from recsys.text.meaning import (
    AskedAboutMovie,
    Opinion,
    Opinions,
    ReaderCatalogue,
    Situation,
    Topic,
    Unclear,
    Wished,
    read_meaning,
)
from tests.unit.text.meaning_catalogue import MOVIES, NAMED, asked, read, stored

ALIEN, ALIENS, MATRIX, JAWS = "Alien (1979)", "Aliens (1986)", "The Matrix (1999)", "Jaws (1975)"
FARGO, ARMAGEDDON, TOY_STORY, HEAT = "Fargo (1996)", "Armageddon (1998)", "Toy Story (1995)", "Heat (1995)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A bare title.
        ("Pulp Fiction", {"Pulp Fiction (1994)": 5}),
        ("matrix, the", {MATRIX: 5}),
        ("Alien", {ALIEN: 5}),
        ("blade runner!", {"Blade Runner (1982)": 5}),
        ("Good Morning, Vietnam", {"Good Morning, Vietnam (1987)": 5}),
        ("Titanic (1953)", {"Titanic (1953)": 5}),
        ("psycho 1998", {"Psycho (1998)": 5}),
        ("Pulp Fictoin", {"Pulp Fiction (1994)": 5}),
        ("shakespear in lov", {"Shakespeare in Love (1998)": 5}),
        ("the shawshank redemptoin", {"The Shawshank Redemption (1994)": 5}),
        ("Blade Runer", {"Blade Runner (1982)": 5}),
        # Feelings.
        ("I love Alien", {ALIEN: 5}),
        ("we really enjoyed Fargo!", {FARGO: 5}),
        ("my favorite movie is The Matrix", {MATRIX: 5}),
        ("The Matrix is one of my all time favourites", {MATRIX: 5}),
        ("I loooove Fargo", {FARGO: 5}),
        ("Alien's great", {ALIEN: 5}),
        ("imo Fargo is a masterpiece", {FARGO: 5}),
        ("Fargo: brilliant", {FARGO: 5}),
        ("I like Alien a lot", {ALIEN: 5}),
        ("I hate Waterworld", {"Waterworld (1995)": 1}),
        ("Waterworld was really bad", {"Waterworld (1995)": 1}),
        ("not a fan of Armageddon", {ARMAGEDDON: 1}),
        ("I don't like Toy Story", {TOY_STORY: 1}),
        ("couldn't stand Armageddon", {ARMAGEDDON: 1}),
        ("Armageddon isn't good", {ARMAGEDDON: 1}),
        ("Armageddon bored me to death", {ARMAGEDDON: 1}),
        ("Heat was ok", {HEAT: 3}),
        ("Heat is so-so", {HEAT: 3}),
        # Seen and unseen.
        ("I have seen Jaws", {JAWS: "seen"}),
        ("watched Jaws last night", {JAWS: "seen"}),
        ("I haven't seen Jaws yet", {JAWS: "unseen"}),
        ("never seen Alien or Jaws", {ALIEN: "unseen", JAWS: "unseen"}),
        ("just saw Heat, loved it", {HEAT: 5}),
        # Stars.
        ("The Matrix 👎", {MATRIX: 1}),
        ("👍 Alien", {ALIEN: 5}),
        ("Alien 👍 Armageddon 👎", {ALIEN: 5, ARMAGEDDON: 1}),
        ("Alien ⭐⭐", {ALIEN: 2}),
        ("Alien ★★★★☆", {ALIEN: 4}),
        ("Alien 2/10", {ALIEN: 1}),
        ("Alien: 9/10", {ALIEN: 4.5}),
        ("8 out of 10 for Alien", {ALIEN: 4}),
        ("I'd give Alien four and a half stars", {ALIEN: 4.5}),
        ("Alien 4.5", {ALIEN: 4.5}),
        ("Alien = 3", {ALIEN: 3}),
        ("Alien 80%", {ALIEN: 4}),
        ("/rate Alien five", {ALIEN: 5}),
        ("/rate 5 Alien", {ALIEN: 5}),
        ("Toy Story 2 4 stars", {"Toy Story 2 (1999)": 4}),
        # Several titles.
        ("Beauty and the Beast, Aladdin", {"Beauty and the Beast (1991)": 5, "Aladdin (1992)": 5}),
        ("The Good, the Bad and the Ugly, Alien", {"The Good, the Bad and the Ugly (1966)": 5, ALIEN: 5}),
        ("1. Alien\n2. Jaws\n3. Heat", {ALIEN: 5, JAWS: 5, HEAT: 5}),
        ("1) Alien 2) Jaws", {ALIEN: 5, JAWS: 5}),
        ("- Alien\n- Jaws", {ALIEN: 5, JAWS: 5}),
        ("Alien / Jaws / Heat", {ALIEN: 5, JAWS: 5, HEAT: 5}),
        ("I love Alien, Jaws and Heat", {ALIEN: 5, JAWS: 5, HEAT: 5}),
        ("Alien and Jaws are both great", {ALIEN: 5, JAWS: 5}),
        ("loved Fargo, hated Armageddon", {FARGO: 5, ARMAGEDDON: 1}),
        ("Fargo is great but Armageddon is bad", {FARGO: 5, ARMAGEDDON: 1}),
        ("Heat 5, Ronin 4, Fargo 2", {HEAT: 5, "Ronin (1998)": 4, FARGO: 2}),
        ("1. Alien\n2. Qwertzuiop\n3. Heat", {ALIEN: 5, HEAT: 5}),
        ("Aliens, Alien", {ALIENS: 5, ALIEN: 5}),
        ("hi, I love Alien. thanks!", {ALIEN: 5}),
    ],
)
def test_what_is_certain_is_stored(text: str, expected: dict[str, float | str]) -> None:
    """A whole title and words that can only mean one thing are stored without a question."""
    assert stored(read(text)) == expected


@pytest.mark.parametrize(
    ("text", "movie"),
    [
        # A word is left that could change what the text says.
        ("Alien was great until the ending", ALIEN),
        ("Alien is great but", ALIEN),
        ("I loved Alien... not!", ALIEN),
        ("people say Fargo is great", FARGO),
        ("my sister loves Fargo", FARGO),
        ("I should love Alien", ALIEN),
        ("I would love Alien", ALIEN),
        ("used to love Fargo", FARGO),
        ("Fargo isn't bad", FARGO),
        ("I don't hate Fargo", FARGO),
        ("nobody hates Fargo", FARGO),
        ("roger ebert gave Fargo 4 stars", FARGO),
        ("love the soundtrack of Fargo", FARGO),
        ("Fargo is better than Heat", FARGO),
        ("Fargo 😢", FARGO),
        ("Fargo 👍👎", FARGO),
        # The title is not certain.
        ("I hate Titanic", "Titanic (1997)"),
        ("psycho", "Psycho (1960)"),
        ("I love Star Wars", "Star Wars: Episode IV - A New Hope (1977)"),
        ("Big", "Big (1988)"),
        ("Fandango", "Fandango (1985)"),
        ("lebowski", "The Big Lebowski (1998)"),
        ("alein", ALIEN),
        ("Predators", "Predator (1987)"),
        ("natural", "The Natural (1984)"),
        ("Toy Story 4", TOY_STORY),
        ("Heat 2", HEAT),
        # The stars are not.
        ("Alien 11/10", ALIEN),
        ("Alien 6 stars", ALIEN),
        ("Alien -1", ALIEN),
        ("Alien 3-4 stars", ALIEN),
        ("Alien 7.5/10", ALIEN),
        ("Alien, Jaws, boring", ALIEN),
        ("I love Alien. I hate Alien.", ALIEN),
    ],
)
def test_what_is_not_certain_is_asked(text: str, movie: str) -> None:
    """The bot asks about the movie, and stores nothing."""
    meaning = read(text)
    assert stored(meaning) == {}
    candidates = {NAMED[movie]} if isinstance(meaning, Unclear) and meaning.movie_ids else set()
    assert movie in asked(meaning) or candidates & set(getattr(meaning, "movie_ids", ()))


@pytest.mark.parametrize(
    "text",
    [
        "hidden gem",
        "a scary movie",
        "scary movie",
        "vampires",
        "I love vampires",
        "big",
        "help",
        "natural",
        "54",
        "good",
    ],
)
def test_words_of_talk_and_of_wishes_are_no_titles(text: str) -> None:
    """A title that consists of common words is never stored for these words alone."""
    assert stored(read(text)) == {}


def test_an_uncertain_title_beside_a_certain_one() -> None:
    """Each title of a list counts for itself if only its movie is uncertain."""
    meaning = read("Alien is great and Titanic is bad")
    assert stored(meaning) == {ALIEN: 5}
    assert asked(meaning) == {"Titanic (1997)", "Titanic (1953)"}


def test_a_title_that_the_catalogue_does_not_have_is_named() -> None:
    """A line of a list without a movie is an opinion without candidates."""
    meaning = read("1. Alien\n2. Qwertzuiop\n3. Heat")
    assert isinstance(meaning, Opinions)
    assert Opinion("Qwertzuiop", (), 5.0) in [
        Opinion(opinion.text, opinion.movie_ids, 5.0) for opinion in meaning.opinions
    ]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("is Jaws any good?", Topic.OPINION),
        ("Jaws?", Topic.OPINION),
        ("should I watch Jaws", Topic.OPINION),
        ("I'd like to see Jaws", Topic.OPINION),
        ("looking for Jaws", Topic.OPINION),
        ("have you got Jaws?", Topic.OPINION),
        ("would I like Jaws?", Topic.OPINION),
        ("what's Jaws about?", Topic.PLOT),
        ("plot of Jaws pls", Topic.PLOT),
        ("who is in Jaws", Topic.PEOPLE),
        ("who directed Jaws?", Topic.PEOPLE),
        ("cast of Jaws", Topic.PEOPLE),
        ("why did you recommend Jaws", Topic.REASON),
    ],
)
def test_a_question_about_a_title(text: str, topic: Topic) -> None:
    """A question about a movie shows its card and stores nothing."""
    assert read(text) == AskedAboutMovie(topic, (NAMED[JAWS],))


@pytest.mark.parametrize(
    ("text", "opinion"),
    [
        ("4", (4.0, None)),
        ("4.5 stars", (4.5, None)),
        ("9/10", (4.5, None)),
        ("five", (5.0, None)),
        ("loved it", (5.0, None)),
        ("one of my favs!!", (5.0, None)),
        ("❤️", (5.0, None)),
        ("boring", (1.0, None)),
        ("not my thing", (1.0, None)),
        ("💩", (1.0, None)),
        ("meh", (3.0, None)),
        ("seen it", (None, True)),
        ("I've already seen this one", (None, True)),
        ("haven't seen it yet", (None, False)),
        ("never heard of it", (None, False)),
        ("4 stars, great movie", (4.0, None)),
    ],
)
def test_a_reply_to_a_card(text: str, opinion: tuple[float | None, bool | None]) -> None:
    """A reply without a title is about the movie on the card."""
    stars, is_seen = opinion
    assert read(text, Situation(card=3)) == Opinions((Opinion("", (3,), stars, is_seen, True),))


@pytest.mark.parametrize("text", ["6", "not bad", "loved it, hated it"])
def test_an_uncertain_reply_to_a_card_is_asked(text: str) -> None:
    """The opinion about the card is not certain."""
    meaning = read(text, Situation(card=3))
    assert stored(meaning) == {}


@pytest.mark.parametrize("text", ["loved it until the end", "my wife loved it", "is it good?", "loved it? no"])
def test_a_reply_with_other_words_rates_nothing(text: str) -> None:
    """Words that no template has keep a reply from being stored."""
    assert stored(read(text, Situation(card=3))) == {}


@pytest.mark.parametrize("text", ["4", "loved it", "seen it", "5 stars", "👍"])
def test_without_a_card_a_reply_rates_nothing(text: str) -> None:
    """There is no movie to which it could refer."""
    assert not isinstance(read(text), Opinions)


@pytest.mark.parametrize(
    "text",
    [
        "https://letterboxd.com/film/alien/",
        "letterboxd.com/dave/film/alien",
        "https://www.themoviedb.org/movie/348-alien?language=en-US",
    ],
)
def test_an_address_names_a_movie(text: str) -> None:
    """The bot asks about the movie of the address."""
    assert asked(read(text)) == {ALIEN}


def test_an_address_with_a_year_and_addresses_of_other_things() -> None:
    """The year chooses among namesakes; other addresses are unclear."""
    assert asked(read("https://letterboxd.com/film/psycho-1998/")) == {"Psycho (1998)"}
    assert read("https://www.imdb.com/title/tt0078748/") == Unclear()
    assert read("https://t.me/somechannel") == Unclear()


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("https://www.imdb.com/title/tt0078748/", {ALIEN}),
        ("https://m.imdb.com/de/title/tt0078748/?ref_=x", {ALIEN}),
        ("https://letterboxd.com/imdb/tt0078748/", {ALIEN}),
        ("https://www.themoviedb.org/movie/348", {ALIEN}),
        ("letterboxd.com/tmdb/348/", {ALIEN}),
        ("https://www.imdb.com/title/tt0078748/ and https://www.themoviedb.org/movie/578-jaws", {ALIEN, "Jaws (1975)"}),
        ("https://www.imdb.com/title/tt9999999/", set()),
    ],
)
def test_an_address_with_an_id_names_a_movie(text: str, labels: set[str]) -> None:
    """If the catalogue knows ids at other sites, they are enough."""
    ids = {ALIEN: {"imdb_id": "tt0078748", "tmdb_id": 348}, "Jaws (1975)": {"imdb_id": "tt0073195", "tmdb_id": 578}}
    movies = [replace(movie, **ids.get(movie.label, {})) for movie in MOVIES]
    assert asked(read_meaning(text, Situation(), ReaderCatalogue(movies))) == labels


def test_suggestions_are_really_alike_and_never_adult() -> None:
    """The question "did you mean" shows nothing for unlike words, and no adult title for words that are only alike."""
    assert read("Interstellar") == Unclear()
    assert read("asdfghjkl") == Unclear()
    assert read("Orgasmo") == Unclear()
    assert not isinstance(read("gladiatr"), Wished)


@pytest.mark.parametrize(
    "text", ["cool thanks", "ok", "great, thanks!", "good but long", "loved the soundtrack", "my mum loved it"]
)
def test_an_acknowledgement_or_a_part_of_an_opinion_rates_no_card(text: str) -> None:
    """Thanks are thanks, and an opinion about a part of a movie is asked about."""
    meaning = read(text, Situation(card=NAMED["Alien (1979)"]))
    assert not isinstance(meaning, Opinions) or not any(opinion.is_certain for opinion in meaning.opinions)


def test_a_number_after_a_dash_rates_a_title_that_has_sequels_only_after_a_question() -> None:
    """A dash separates a title from its stars."""
    assert "Toy Story 2 (1999)" not in stored(read("Toy Story - 2"))


@pytest.mark.parametrize("text", ["alien", "alien!!!", "Alien!", "heat.", "speed", "money talks"])
def test_a_title_written_like_everyday_words_is_stored_only_where_titles_are_expected(text: str) -> None:
    """At the titles step everything that is a title is one. Elsewhere "heat" may be talk, and the bot asks."""
    [movie] = [label for label in NAMED if label.partition(" (")[0].casefold() == text.strip(".!").casefold()]
    meaning = read(text)
    assert (stored(meaning), asked(meaning)) == ({}, {movie})
    assert stored(read(text, Situation(expects_titles=True))) == {movie: 5}


@pytest.mark.parametrize(
    ("text", "stars"), [("loved heat", 5), ("heat 4", None), ("heat: 2 stars", 2), ("speed 👎", 1)]
)
def test_everyday_words_are_titles_if_something_is_said_about_them(text: str, stars: float | None) -> None:
    """A feeling, stars or another title beside them show that they are titles."""
    assert set(stored(read(text)).values()) == ({stars} if stars else set())
