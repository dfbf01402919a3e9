"""The figures of understanding, for meanings with known faults."""

from collections.abc import Mapping

import pytest

from recsys.evaluation.understanding import CorpusText, UnderstandingReport, UnknownLabels, evaluate_understanding
from recsys.evaluation.understanding.comparison import is_right, wrong_ratings
from recsys.evaluation.understanding.corpus import Described
from recsys.evaluation.understanding.described import describe
from recsys.text.meaning.values import (
    Answered,
    AskedAboutMovie,
    AskedForHelp,
    Foreign,
    HelpTopic,
    Meaning,
    Move,
    Opinion,
    Opinions,
    Preferred,
    Question,
    Refined,
    Requested,
    Situation,
    SmallTalk,
    Talk,
    Topic,
    Unclear,
    Wished,
)
from recsys.text.wishes import Wish
from storage.records import Movie

MOVIES = (Movie(1, "Alien", 1979), Movie(2, "Jaws", 1975), Movie(3, "Titanic", 1953), Movie(4, "Titanic", 1997))
LABELS = {movie.movie_id: movie.label for movie in MOVIES}
ALIEN, JAWS, TITANIC = "Alien (1979)", "Jaws (1975)", "Titanic (1997)"
LOVES_ALIEN = Opinions((Opinion("Alien", (1,), stars=5.0, is_certain=True),))


def text(*means: Described, card: str | None = None, kind: str = "title", says: str = "Alien") -> CorpusText:
    """Return a text of the corpus."""
    return CorpusText(says, kind, means, card=card)


@pytest.mark.parametrize(
    ("meaning", "described"),
    [
        (LOVES_ALIEN, {"rate": {ALIEN: 5.0}}),
        (Opinions((Opinion("Alien", (1,), 2.0, is_seen=True, is_certain=True),)), {"rate": {ALIEN: 2.0}}),
        (Opinions((Opinion("Jaws", (2,), is_seen=True, is_certain=True),)), {"seen": [JAWS]}),
        (Opinions((Opinion("Jaws", (2,), is_seen=False, is_certain=True),)), {"unseen": [JAWS]}),
        (Opinions((Opinion("Titanic", (4, 3), stars=1.0),)), {"ask": [TITANIC, "Titanic (1953)"]}),
        (Opinions((Opinion("Jaws", (2,), is_certain=True),)), {"ask": [JAWS]}),
        (Opinions((Opinion("Barbie", (), stars=5.0),)), {"unclear": True}),
        (
            Wished(Wish(genres_any=("Comedy",), year_from=1990, like=(1,), people=("Al Pacino",), minutes_to=90)),
            {"wish": {"genres": ["Comedy"], "from": 1990, "like": [ALIEN], "people": ["Al Pacino"], "minutes_to": 90}},
        ),
        (
            Preferred(Wish(unlike=(1,), themes_none=("disney",))),
            {"prefer": {"unlike": [ALIEN], "themes_not": ["disney"]}},
        ),
        (Refined(), {"refine": {"another": True}}),
        (Refined(Wish(age_to_watch=6), "newer"), {"refine": {"child": 6, "newer": True}}),
        (
            Refined(like_shown=-1, not_possible=("less violent",)),
            {"refine": {"like_shown": -1, "not_possible": ["less violent"]}},
        ),
        (Answered(Question.AGE, 30), {"answer": {"age": 30}}),
        (Answered(Question.GENDER, "F"), {"answer": {"gender": "F"}}),
        (Answered(Question.OCCUPATION, 8), {"answer": {"occupation": "farmer"}}),
        (Answered(Question.AGE, Move.NOT_SAID), {"answer": "not said"}),
        (AskedAboutMovie(Topic.PLOT), {"about": {"movie": None, "topic": "plot"}}),
        (AskedAboutMovie(Topic.OPINION, (2, 1)), {"about": {"movie": JAWS, "topic": "opinion"}}),
        (Requested(), {"request": {}}),
        (Requested(5, is_surprise=True), {"request": {"cards": 5, "surprise": True}}),
        (SmallTalk(Talk.THANKS), {"talk": "thanks"}),
        (AskedForHelp(HelpTopic.DELETION), {"help": "deletion"}),
        (Foreign("de"), {"foreign": "de"}),
        (Unclear(), {"unclear": True}),
        (Unclear((2,), "not jaws"), {"unclear": {"denied": True}, "ask": [JAWS]}),
    ],
)
def test_meanings_are_described_in_the_format_of_the_corpus(meaning: Meaning, described: Described) -> None:
    """Only what a meaning says is named."""
    assert describe(meaning, LABELS) == described


@pytest.mark.parametrize(
    ("expected", "read"),
    [
        ({"seen": [ALIEN, JAWS]}, {"seen": [JAWS, ALIEN]}),
        ({"ask": [TITANIC]}, {"ask": [TITANIC, "Titanic (1953)"]}),
        ({"ask": [JAWS]}, {"unclear": True, "ask": [JAWS]}),
        ({"wish": {"genres": ["Drama", "War"]}}, {"wish": {"genres": ["War", "Drama"]}}),
        ({"wish": {"genres": ["War"]}}, {"wish": {"all_genres": ["War"]}}),
        ({"wish": {"themes": ["vampires"]}}, {"wish": {"themes": ["a Vampire"]}}),
        ({"wish": {"people": ["Hitchcock"]}}, {"wish": {"people": ["Alfred Hitchcock"]}}),
        ({"wish": {"unlike": [ALIEN]}}, {"wish": {"unlike": [ALIEN, JAWS]}}),
        ({"answer": {"age": [25, 34]}}, {"answer": {"age": 30}}),
        ({"about": {"movie": None, "topic": "plot"}}, {"about": {"movie": JAWS, "topic": "plot"}}),
        ({"unclear": True}, {"unclear": {"denied": True}}),
    ],
)
def test_differences_that_do_not_count(expected: Described, read: Described) -> None:
    """The order, more candidates of a question, the spelling of names and themes, and the movie on the card."""
    assert is_right(text(expected, card=JAWS), read)
    assert is_right(text({"talk": "thanks"}, expected, card=JAWS), read)


@pytest.mark.parametrize(
    ("expected", "read"),
    [
        ({"rate": {ALIEN: 5}}, {"rate": {ALIEN: 4.0}}),
        ({"rate": {ALIEN: 5}}, {"seen": [ALIEN]}),
        ({"rate": {ALIEN: 5}}, {"rate": {ALIEN: 5.0}, "ask": [JAWS]}),
        ({"rate": {ALIEN: 5}, "ask": [JAWS]}, {"rate": {ALIEN: 5.0}}),
        ({"ask": [JAWS]}, {"ask": [ALIEN]}),
        ({"ask": [JAWS]}, {"unclear": True}),
        ({"wish": {"genres": ["Drama", "War"]}}, {"wish": {"all_genres": ["Drama", "War"]}}),
        ({"wish": {"not": ["War"]}}, {"wish": {"genres": ["War"]}}),
        ({"wish": {"themes": ["chess"]}}, {"wish": {}}),
        ({"wish": {"themes": ["chess"]}}, {"wish": {"themes": ["chess", "war"]}}),
        ({"wish": {"to": 1989}}, {"wish": {"to": 1990}}),
        ({"wish": {"not": ["War"]}}, {"prefer": {"not": ["War"]}}),
        ({"refine": {"newer": True}}, {"refine": {"older": True}}),
        ({"answer": {"age": [25, 34]}}, {"answer": {"age": 35}}),
        ({"answer": {"age": 30}}, {"answer": "skip"}),
        ({"about": {"movie": ALIEN, "topic": "plot"}}, {"about": {"movie": None, "topic": "plot"}}),
        ({"unclear": {"denied": True}}, {"unclear": True}),
        ({"foreign": "de"}, {"foreign": "nl"}),
    ],
)
def test_differences_that_count(expected: Described, read: Described) -> None:
    """Everything else that a meaning says must be as expected."""
    assert not is_right(text(expected), read)


@pytest.mark.parametrize(
    ("expected", "read", "wrong"),
    [
        ({"ask": [ALIEN]}, {"rate": {ALIEN: 5.0}}, (ALIEN,)),
        ({"rate": {ALIEN: 5}}, {"rate": {ALIEN: 1.0, JAWS: 5.0}}, (ALIEN, JAWS)),
        ({"seen": [JAWS]}, {"unseen": [JAWS]}, (JAWS,)),
        ({"talk": "thanks"}, {"seen": [JAWS]}, (JAWS,)),
        ({"rate": {ALIEN: 5}, "seen": [JAWS]}, {"rate": {ALIEN: 5.0}}, ()),
        ({"rate": {ALIEN: 5}}, {"ask": [ALIEN, JAWS]}, ()),
    ],
)
def test_a_rating_that_nobody_gave_is_wrong(expected: Described, read: Described, wrong: tuple[str, ...]) -> None:
    """Stars, and the marks seen and unseen, must be exactly as expected; what is asked for is never wrong."""
    assert wrong_ratings(text(expected), read) == wrong


def report_of(meanings: Mapping[str, Meaning], *texts: CorpusText) -> UnderstandingReport:
    """Evaluate a reader that answers from a table; the first text is held out."""
    return evaluate_understanding(
        "built", MOVIES, lambda says, _: meanings[says], {"held_out": texts[:1], "seen": texts[1:]}
    )


def test_texts_are_counted_by_kind_and_wrong_ratings_by_movie() -> None:
    """Of the texts that are not held out, one is right, one is misread, and one is a wrong rating of two movies."""
    wrong = Opinions(tuple(Opinion("", (movie_id,), 5.0, is_certain=True) for movie_id in (1, 2)))
    report = report_of(
        {"Alien": LOVES_ALIEN, "hi": SmallTalk(Talk.GREETING), "bye": Unclear(), "my dad loves Alien and Jaws": wrong},
        text({"rate": {ALIEN: 5}}),
        text({"talk": "greeting"}, kind="talk", says="hi"),
        text({"talk": "farewell"}, kind="talk", says="bye"),
        text({"unclear": True}, kind="trap", says="my dad loves Alien and Jaws"),
    )
    held_out, seen = report.parts
    assert (held_out.part, held_out.share, held_out.wrong_ratings) == ("held_out", 1.0, 0)
    assert (seen.texts, seen.right) == ({"talk": 2, "trap": 1}, {"talk": 1, "trap": 0})
    assert seen.share == pytest.approx(1 / 3)
    assert seen.wrong_ratings == 2
    assert [(misread.text.text, misread.wrong_ratings) for misread in seen.misread] == [
        ("bye", ()),
        ("my dad loves Alien and Jaws", (ALIEN, JAWS)),
    ]


def test_the_document_names_no_text_that_is_held_out() -> None:
    """The JSON lists the misread texts of the other part only."""
    texts = (text({"talk": "no"}, says="secret"), text({"talk": "no"}, says="known"))
    document = report_of({"secret": Unclear(), "known": Unclear()}, *texts).to_dict()
    assert "secret" not in str(document)
    assert "known" in str(document)


def test_a_text_is_read_in_its_situation() -> None:
    """The reader gets the question, the id of the movie on the card and the active wish."""
    situations: dict[str, Situation] = {}

    def read(says: str, situation: Situation) -> Meaning:
        situations[says] = situation
        return Wished(Wish(genres_any=("Comedy",))) if says == "comedy" else Unclear()

    newer = CorpusText("newer", "follow-up", ({"unclear": True},), Question.AGE, JAWS, "comedy")
    evaluate_understanding("built", MOVIES, read, {"seen": [newer]})
    assert situations["newer"] == Situation(Question.AGE, 2, Wish(genres_any=("Comedy",)))


def test_labels_that_the_catalogue_lacks_are_named() -> None:
    """Another data set than the one that the corpus is written for is an error, not a bad figure."""
    with pytest.raises(UnknownLabels, match=r"built does not have: Fargo \(1996\)"):
        report_of({}, text({"ask": [ALIEN, "Fargo (1996)"]}))
