"""Small talk, help, requests, questions about the card, answers of the onboarding, and texts in other languages."""

import pytest

from recsys.profile import OCCUPATIONS
from recsys.text.meaning import (
    Answered,
    AskedAboutMovie,
    AskedForHelp,
    Foreign,
    HelpTopic,
    Meaning,
    Move,
    Opinions,
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
from tests.unit.text.meaning_catalogue import read, stored


@pytest.mark.parametrize(
    ("texts", "talk"),
    [
        (("hello", "heyyy", "good morning", "Hi! How are you?", "howdy"), Talk.GREETING),
        (("thanks", "ty!", "thank u so much 🙏", "ok thanks", "cheers mate"), Talk.THANKS),
        (("bye", "see ya later", "good night", "gtg, talk tomorrow"), Talk.FAREWELL),
        (("yes", "ok", "sure why not", "sounds good"), Talk.YES),
        (("no", "nope", "not really", "No way!", "I don't know"), Talk.NO),
        (("good bot", "you're awesome", "haha nice one", "wow u really know my taste"), Talk.PRAISE),
        (("you are wrong", "stupid bot", "this is useless", "that's not what I asked for"), Talk.COMPLAINT),
    ],
)
def test_small_talk(texts: tuple[str, ...], talk: Talk) -> None:
    """Small talk is never a title."""
    assert {read(text) for text in texts} == {SmallTalk(talk)}


@pytest.mark.parametrize(
    ("texts", "topic"),
    [
        (("help", "Help!", "who are you?", "what can you do?", "how does this work", "r u a bot"), HelpTopic.BOT),
        (("privacy policy?", "what do you know about me", "is my data sold to anyone?"), HelpTopic.PRIVACY),
        (("delete my data", "forget me", "how do I delete my account?"), HelpTopic.DELETION),
        (("export my data please", "can i download my ratings"), HelpTopic.EXPORT),
        (("how do I undo?", "i accidentally rated it five", "oops"), HelpTopic.UNDO),
        (("settings", "change my language", "turn off the notifications"), HelpTopic.SETTINGS),
    ],
)
def test_help(texts: tuple[str, ...], topic: HelpTopic) -> None:
    """Questions about the bot and the data are told apart."""
    assert {read(text) for text in texts} == {AskedForHelp(topic)}


@pytest.mark.parametrize(
    ("texts", "topic"),
    [
        (("undo", "take back my last rating", "i rated that by mistake", "oops, wrong one"), HelpTopic.UNDO),
        (("my watchlist", "what's on my watch list?", "show me my saved movies"), HelpTopic.WATCHLIST),
        (("what did I rate", "show my ratings", "which movies did i like?"), HelpTopic.RATINGS),
        (("history", "what did you show me yesterday?", "previous movie"), HelpTopic.HISTORY),
        (("show my profile", "change my age", "i want to edit my profile"), HelpTopic.PROFILE),
        (("stop", "cancel please", "no more questions"), HelpTopic.CANCEL),
    ],
)
def test_orders(texts: tuple[str, ...], topic: HelpTopic) -> None:
    """Texts that are nothing but the name of a command, in words, do what it does."""
    assert {read(text) for text in texts} == {AskedForHelp(topic, is_order=True)}


@pytest.mark.parametrize(
    ("question", "text", "move"),
    [
        (Question.GREETING, "let's start", Move.BEGIN),
        (Question.GREETING, "skip the questions please", Move.SKIP),
        (Question.TITLES, "I'm done", Move.DONE),
        (Question.TITLES, "that's all", Move.DONE),
        (Question.TITLES, "more titles", Move.MORE),
        (Question.TITLES, "never heard of these", Move.MORE),
        (Question.TITLES, "go back", Move.BACK),
    ],
)
def test_moves_without_a_question_about_the_person(question: Question, text: str, move: Move) -> None:
    """Words for the buttons of the greeting and of the titles. Other texts are read as anywhere else."""
    assert read(text, Situation(question)) == Answered(question, move)
    assert read("a comedy please", Situation(question)) == Wished(Wish(("Comedy",)))
    assert read("thirty", Situation(question)) == read("thirty")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("what should I watch?", Requested()),
        ("I am bored", Requested()),
        ("recommend me something", Requested()),
        ("any suggestions?", Requested()),
        ("dunno what to watch, help", Requested()),
        ("hi, can you recommend a good movie?", Requested()),
        ("surprise me", Requested(is_surprise=True)),
        ("smth random", Requested(is_surprise=True)),
        ("random", Requested(is_surprise=True)),
        ("you choose", Requested(is_surprise=True)),
        ("give me five", Requested(5)),
        ("top 10", Requested(10)),
        ("show me 3 films", Requested(3)),
        ("a couple of movies", Requested(2)),
        ("something else", Refined()),
        ("gimme another one", Refined()),
    ],
)
def test_requests(text: str, meaning: Meaning) -> None:
    """A request for movies says how many, and whether a surprise is wanted."""
    assert read(text) == meaning


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("why this one?", Topic.REASON),
        ("why?", Topic.REASON),
        ("why did u pick that", Topic.REASON),
        ("what is it about?", Topic.PLOT),
        ("tell me more", Topic.PLOT),
        ("who is in it?", Topic.PEOPLE),
        ("who directed this", Topic.PEOPLE),
        ("is it any good?", Topic.OPINION),
        ("should I watch it?", Topic.OPINION),
    ],
)
def test_questions_about_the_card(text: str, topic: Topic) -> None:
    """A question without a title is about the last card."""
    assert read(text, Situation(card=1)) == AskedAboutMovie(topic)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("30", 30),
        ("thirty", 30),
        ("I am 30", 30),
        ("25-34", 25),
        ("18 to 24", 18),
        ("56+", 56),
        ("twenty five", 25),
        ("twenty-two", 22),
        ("im 17 lol", 17),
        ("just turned 51", 51),
        ("in my thirties", 35),
        ("mid 40s", 45),
        ("female, 28", 28),
        ("under 18", 16),
    ],
)
def test_ages(text: str, age: int) -> None:
    """An age in digits or words; of a range, the lowest."""
    assert read(text, Situation(Question.AGE)) == Answered(Question.AGE, age)


@pytest.mark.parametrize(
    ("text", "gender"),
    [
        ("male", "M"),
        ("a woman", "F"),
        ("im a guy", "M"),
        ("she/her", "F"),
        ("femal", "F"),
        ("I'm a dad", "M"),
        ("non-binary", Move.NOT_SAID),
    ],
)
def test_genders(text: str, gender: str) -> None:
    """Words for genders, with a small typing error."""
    assert read(text, Situation(Question.GENDER)) == Answered(Question.GENDER, gender)


@pytest.mark.parametrize(
    ("text", "occupation"),
    [
        ("student", "college or grad student"),
        ("high school student", "K-12 student"),
        ("teacher", "academic or educator"),
        ("i work as a nurse", "doctor or health care"),
        ("software engineer", "programmer"),
        ("mechanical engineer", "technician or engineer"),
        ("doctr", "doctor or health care"),
        ("between jobs atm", "unemployed"),
        ("stay-at-home dad", "homemaker"),
        ("I own a small business", "self-employed"),
        ("retired teacher", "retired"),
        ("truck driver", "other"),
    ],
)
def test_occupations(text: str, occupation: str) -> None:
    """Jobs belong to the occupations of MovieLens 1M."""
    answer = Answered(Question.OCCUPATION, OCCUPATIONS.index(occupation))
    assert read(text, Situation(Question.OCCUPATION)) == answer


@pytest.mark.parametrize("question", [Question.AGE, Question.GENDER, Question.OCCUPATION])
@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("skip", Move.SKIP),
        ("skip this pls", Move.SKIP),
        ("back", Move.BACK),
        ("wait, previous question", Move.BACK),
        ("rather not say", Move.NOT_SAID),
        ("none of your business", Move.NOT_SAID),
        ("i dont want to tell you that", Move.NOT_SAID),
    ],
)
def test_moves(question: Question, text: str, move: Move) -> None:
    """Every question can be skipped, left and refused."""
    assert read(text, Situation(question)) == Answered(question, move)


def test_other_texts_at_a_question() -> None:
    """A person may say something else than the answer."""
    assert read("why do you ask?", Situation(Question.AGE)) == AskedForHelp(HelpTopic.PRIVACY)
    assert read("hi", Situation(Question.AGE)) == SmallTalk(Talk.GREETING)
    assert read("a comedy please", Situation(Question.AGE)) == Wished(Wish(("Comedy",)))
    assert stored(read("Pulp Fiction", Situation(Question.OCCUPATION))) == {"Pulp Fiction (1994)": 5}
    assert read("250", Situation(Question.AGE)) == Unclear()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ich möchte einen lustigen Film sehen", "de"),
        ("je voudrais un film d'horreur", "fr"),
        ("quiero ver una película de terror", "es"),
        ("quero assistir um filme de comédia", "pt"),
        ("non mi piace questo film", "it"),
        ("ik wil graag een spannende film kijken", "nl"),
        ("jag vill se en rolig film ikväll", "sv"),
        ("chcę obejrzeć coś śmiesznego", "pl"),
        ("bana komik bir film öner", "tr"),
        ("saya mau nonton film lucu", "id"),
        ("tôi muốn xem phim hành động", "vi"),
        ("привет, посоветуй хороший фильм", "ru"),
        ("порадь мені щось цікаве", "uk"),
        ("面白い映画を教えてください", "ja"),
        ("재미있는 영화 추천해 주세요", "ko"),
        ("أريد مشاهدة فيلم كوميدي", "ar"),
        ("आप कैसे हैं", "hi"),
        ("อยากดูหนังสยองขวัญ", "th"),
        ("你好", "zh"),
        ("bonjour", "fr"),
        ("danke", "de"),
    ],
)
def test_other_languages(text: str, language: str) -> None:
    """A text in another language is recognized by its script or its words."""
    assert read(text) == Foreign(language)


def test_a_title_in_a_foreign_sentence_rates_nothing() -> None:
    """The words around the title are not understood."""
    assert not isinstance(read("ich liebe Alien über alles"), Opinions) or not stored(read("ich liebe Alien"))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("you keep getting it qwertz wrong", SmallTalk(Talk.COMPLAINT)),
        ("thanks a bunch for all the qwertz", SmallTalk(Talk.THANKS)),
        ("i want all my qwertz data deleted", AskedForHelp(HelpTopic.DELETION)),
        ("where is my data kept", AskedForHelp(HelpTopic.PRIVACY)),
        ("can i get 3 recommendations", Requested(3)),
        ("pick something at random, qwertz", Requested(is_surprise=True)),
    ],
)
def test_talk_and_requests_with_unknown_words(text: str, meaning: Meaning) -> None:
    """Words of talk are enough for an answer that stores nothing."""
    assert read(text) == meaning


@pytest.mark.parametrize(
    ("text", "occupation"),
    [
        ("soldier", "other"),
        ("beekeeper qwertzist", "farmer"),
        ("zookeeper", "other"),
        ("school teacher", "academic or educator"),
    ],
)
def test_occupations_that_are_titles_or_on_no_list(text: str, occupation: str) -> None:
    """An occupation is no title at this question, and one that is on no list is another one."""
    answer = read(text, Situation(Question.OCCUPATION))
    assert answer == Answered(Question.OCCUPATION, OCCUPATIONS.index(occupation))


def test_eighteen_is_no_teenager() -> None:
    """A word in another word is no answer."""
    assert read("eighteen", Situation(Question.AGE)) == Answered(Question.AGE, 18)
