"""Typed texts: what each kind of meaning stores, and what the bot answers."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.app import Services
from bot.local_bot_api import Message, Person, TelegramServer
from bot.settings import Settings
from bot.stores import open_stores
from handlers.steps import Step
from handlers.texts import account, notices, onboarding, talk
from recsys.data import Dataset
from recsys.text.wishes import Wish
from storage.records import MarkKind, Movie
from tests.flow.conversation.helpers import OpenBot, greeted, has, to_the_titles
from tests.flow.repeats import repeat

NAMED = {
    30: ("Alien", 1979, "Horror"),
    40: ("Fargo", 1996, "Crime"),
    50: ("Armageddon", 1998, "Action"),
    60: ("Titanic", 1997, "Romance"),
    70: ("Titanic", 1953, "Romance"),
    80: ("Jaws", 1975, "Horror"),
    90: ("The Matrix", 1999, "Sci-Fi"),
    100: ("Toy Story", 1995, "Comedy"),
    110: ("Halloween", 1978, "Horror"),
}
"""Movie id -> title, year, genre. The other movies of the board keep their titles."""

VERDICTS = ["👍 love it", "👎 not for me", "👀 seen", "it was a wish"]


def named(movie: Movie) -> Movie:
    """Return the movie of the board with a title of its own, if NAMED has one."""
    if movie.movie_id not in NAMED:
        return movie
    title, year, genre = NAMED[movie.movie_id]
    movie = replace(movie, title=title, year=year, genres=(genre,), rating_count=1_000)
    if title == "Alien":
        movie = replace(movie, description="A crew meets a creature.", directors=("Ridley Scott",))
    return movie


@pytest.fixture
async def bot(open_bot: OpenBot, polling: Settings, board: Dataset, ann: Person) -> AsyncIterator[Services]:
    """The running bot, with a catalogue that has well-known titles. Ann was greeted."""
    async with open_stores(polling) as stores:
        await stores.catalogue.replace([named(movie) for movie in board.movies])
    async with open_bot() as services:
        await greeted(services, ann)
        yield services


async def answers_to(person: Person, text: str) -> list[Message]:
    """Send a text, and return all answers to it."""
    sent, end = await person.send(text), await person.send("/cancel")
    await person.until(lambda chat: chat.messages[-1].message_id > end.message_id and _is_end(chat.messages[-1]))
    later = [message for message in person.messages if message.message_id > sent.message_id and message.from_bot]
    return [message for message in later if not _is_end(message)]


def _is_end(message: Message) -> bool:
    return message.from_bot and message.text == account.CANCELLED()


async def answer_to(person: Person, text: str) -> Message:
    """Send a text, and return its only answer."""
    [answer] = await answers_to(person, text)
    return answer


def labels(message: Message) -> list[str]:
    """Return the labels of the buttons of a message."""
    return [button.text for button in message.buttons]


async def marks(bot: Services, person: Person, kind: MarkKind) -> set[int]:
    """Return the ids of the movies with a mark."""
    return set((await bot.stores.marks.of(person.id))[kind])


async def test_talk_stores_nothing(bot: Services, ann: Person) -> None:
    """Small talk, help and texts without a meaning get one answer each."""
    for text in ("hello", "good morning", "thanks", "no", "random", "zzzz qqqq", "who are you?", "what can you do?"):
        await answer_to(ann, text)
    assert await bot.conversation.stars(ann.id) == {}
    assert await marks(bot, ann, "seen") == await marks(bot, ann, "unseen") == set()


async def test_certain_opinions_are_stored_and_confirmed(bot: Services, ann: Person) -> None:
    """A bare title is loved, feelings and stars count, and the undo button takes a rating back."""
    loved = await answer_to(ann, "Alien")
    assert loved.text.startswith("👍 Alien (1979), noted")
    assert labels(loved) == ["↩ Undo"]
    assert "noted" in (await answer_to(ann, "I hate Armageddon")).text
    assert "4.5\xa0★" in (await answer_to(ann, "The Matrix 4.5")).text
    noted = await answer_to(ann, "loved Fargo, hated Jaws")
    assert "Fargo (1996): 👍" in noted.text
    assert "Jaws (1975): 👎" in noted.text
    assert await bot.conversation.stars(ann.id) == {30: 5.0, 50: 1.0, 90: 4.5, 40: 5.0, 80: 1.0}
    again = await answer_to(ann, "Toy Story")
    await ann.press(again, "↩ Undo")
    await ann.wait_for(has("Taken back: Toy Story"))
    assert 100 not in await bot.conversation.stars(ann.id)


async def test_seen_and_not_seen_are_marks(bot: Services, ann: Person) -> None:
    """Neither is a rating."""
    assert "How was it?" in (await answer_to(ann, "I have seen Jaws")).text
    assert "not seen yet" in (await answer_to(ann, "I haven't seen Fargo")).text
    assert await marks(bot, ann, "seen") == {80}
    assert await marks(bot, ann, "unseen") == {40}
    assert await bot.conversation.stars(ann.id) == {}


async def test_an_uncertain_opinion_is_asked_about(bot: Services, ann: Person) -> None:
    """Nothing is stored until a button is tapped, and each button stores exactly what it says."""
    for text in ("my sister loves Alien", "Alien was great until the ending", "people say Alien is great"):
        asked = await answer_to(ann, text)
        assert labels(asked) == VERDICTS
    assert await bot.conversation.stars(ann.id) == {}
    for button, stars in (("👍 love it", 5.0), ("👎 not for me", 1.0)):
        asked = await answer_to(ann, "my sister loves Alien")
        await ann.press(asked, button)
        await ann.next_edit(asked)
        assert await bot.conversation.stars(ann.id) == {30: stars}
    asked = await answer_to(ann, "did I like Jaws?")
    await ann.press(asked, "👀 seen")
    await ann.next_edit(asked)
    assert await marks(bot, ann, "seen") == {80}
    asked = await answer_to(ann, "people say Fargo is great")
    await ann.press(asked, "it was a wish")
    await ann.wait_for(has("Understood: like Fargo"))
    assert await bot.conversation.active_wish(ann.id) == Wish(like=(40,))
    assert await bot.conversation.stars(ann.id) == {30: 1.0}


async def test_titles_that_nothing_is_called_are_named(bot: Services, ann: Person) -> None:
    """The titles of a list that exist are loved, and one message names the others."""
    noted, unknown = await answers_to(ann, "Alien, Qwertz Asdf, Fargo, Jaws, Yxcvbnm")
    assert "Noted:" in noted.text
    assert "“Qwertz Asdf”, “Yxcvbnm”" in unknown.text
    assert await bot.conversation.stars(ann.id) == {30: 5.0, 40: 5.0, 80: 5.0}


async def test_one_of_several_movies_is_picked_before_the_question(bot: Services, ann: Person) -> None:
    """Two movies are called Titanic. The pick rates nothing, and leads to the question."""
    which = await answer_to(ann, "I hate Titanic")
    assert "Which one" in which.text
    await ann.press(which, "Titanic (1953)")
    asked = await ann.wait_for(has("Titanic (1953): what"))
    assert await bot.conversation.stars(ann.id) == {}
    await ann.press(asked, "👎 not for me")
    await ann.next_edit(asked)
    assert await bot.conversation.stars(ann.id) == {70: 1.0}


async def test_typed_answers_to_the_questions(bot: Services, server: TelegramServer, ann: Person) -> None:
    """An age becomes its group, small talk repeats the question, and a repeated answer changes nothing."""
    await ann.start()
    hello = await ann.next_message()
    await ann.press(hello, "Let's start")
    await ann.next_edit(hello)
    assert "How old are you?" in (await answer_to(ann, "good morning")).text
    assert "woman or a man" in (await answer_to(ann, "I am 30")).text
    assert "How old are you?" in (await answer_to(ann, "back")).text
    assert "woman or a man" in (await answer_to(ann, "25-34")).text
    assert "What do you do?" in (await answer_to(ann, "a woman")).text
    assert "What do you do?" in (await answer_to(ann, "qqqq zzzz")).text
    await ann.send("student")
    await ann.wait_for(has("type a movie or two"))
    await repeat(server, bot)
    person = await bot.conversation.get_person(ann.id)
    assert person is not None
    assert (person.step, person.age, person.gender, person.occupation) == (Step.TITLES, 25, "F", 4)
    assert await bot.conversation.stars(ann.id) == {}


async def test_a_title_that_is_typed_on_the_titles_page(bot: Services, ann: Person) -> None:
    """The confirmation has the preview and the button that ends the interview."""
    await to_the_titles(ann)
    await ann.send("Alien")
    noted = await ann.wait_for(has("Alien (1979), noted"))
    assert "So far I would show you" in noted.text
    assert labels(noted) == ["↩ Undo", "More titles", "Done"]
    await ann.press(noted, "Done")
    await ann.wait_for(has("All set. 1 answer"))
    assert await bot.conversation.stars(ann.id) == {30: 5.0}


async def test_a_wish_lasts_and_changes(bot: Services, ann: Person) -> None:
    """Each text changes the active wish, its conditions are buttons of the card, and a button ends it."""
    card = await answer_to(ann, "horror movies")
    assert card.text.startswith("Understood: Horror.")
    assert labels(card)[-1] == "✕ Back to my picks"
    await answer_to(ann, "not before 1976")
    changed = await bot.conversation.active_wish(ann.id)
    assert changed == Wish(genres_any=("Horror",), year_from=1976)
    card = await answer_to(ann, "another")
    assert labels(card)[-3:] == ["✕ Horror", "✕ from 1976 on", "✕ Back to my picks"]
    await ann.press(card, "✕ from 1976 on")
    card = await ann.next_edit(card)
    assert await bot.conversation.active_wish(ann.id) == Wish(genres_any=("Horror",))
    await ann.press(card, "✕ Back to my picks")
    card = await ann.next_edit(card)
    assert "✕ Back to my picks" not in labels(card)
    assert await bot.conversation.active_wish(ann.id) is None


async def test_opinions_beside_a_request(bot: Services, ann: Person) -> None:
    """The ratings are stored, and a card of what was asked for follows."""
    noted, card = await answers_to(ann, "loved Alien and Jaws. hated Armageddon. something similar please")
    assert "Jaws (1975): 👍" in noted.text
    assert await bot.conversation.stars(ann.id) == {30: 5.0, 80: 5.0, 50: 1.0}
    assert await bot.conversation.active_wish(ann.id) == Wish(like=(30, 80))
    assert "✕ Back to my picks" in labels(card)


async def test_newer_than_the_last_card(bot: Services, ann: Person) -> None:
    """The next card must be from a later year than the card that was shown."""
    card = await answer_to(ann, "like Alien")
    year = int(card.text.rsplit("(", 2)[-2][:4])
    await answer_to(ann, "newer")
    wish = await bot.conversation.active_wish(ann.id)
    assert wish == Wish(like=(30,), year_from=year + 1)


async def test_lasting_preferences(bot: Services, ann: Person) -> None:
    """What a person never wants to see is confirmed, listed in the profile, and taken back there."""
    told = await answer_to(ann, "no horror, ever")
    assert "From now on: no Horror" in told.text
    told = await answer_to(ann, "never show me romance, except Titanic")
    assert "From now on: no Romance" in told.text
    assert "I cannot consider the exception “except Titanic”" in told.text
    assert await bot.conversation.preferences(ann.id) == Wish(genres_none=("Horror", "Romance"))
    profile = await answer_to(ann, "/profile")
    assert "Always: no Horror, no Romance" in profile.text
    await ann.press(profile, "✕ no Horror")
    assert "Always: no Romance" in (await ann.next_edit(profile)).text
    assert await bot.conversation.preferences(ann.id) == Wish(genres_none=("Romance",))


async def test_questions_about_a_movie(bot: Services, ann: Person) -> None:
    """Answers come from the catalogue, and missing details are named."""
    assert "A crew meets a creature." in (await answer_to(ann, "what is Alien about?")).text
    assert "Directed by Ridley Scott" in (await answer_to(ann, "who is in Alien?")).text
    assert "no description of Jaws" in (await answer_to(ann, "what is Jaws about?")).text
    card = await answer_to(ann, "is Jaws any good?")
    assert card.text.startswith("Jaws (1975)")
    assert "🎯 More like this" in labels(card)
    assert "Jaws (1975)" in (await answer_to(ann, "why this one?")).text
    assert await bot.conversation.stars(ann.id) == {}


async def test_requests(bot: Services, ann: Person) -> None:
    """One card, five titles in one message whose buttons open their cards, and a surprise."""
    assert "🎯 More like this" in labels(await answer_to(ann, "what should I watch?"))
    picks = await answer_to(ann, "give me five")
    assert len(picks.buttons) == 5
    await ann.press(picks, 0)
    card = await ann.wait_for(lambda message: message.message_id > picks.message_id and len(message.buttons) > 5)
    assert card.text.startswith(labels(picks)[0])
    second = labels(picks)[1]
    shown = await answer_to(ann, "show me the second one")
    assert shown.text.startswith(second)
    assert "further away" in (await answer_to(ann, "surprise me")).text
    assert bot.index.problem == ""


async def test_a_wish_for_several_movies(bot: Services, ann: Person) -> None:
    """They come in one message that says how the wish was understood. The wish stays for the next cards."""
    picks = await answer_to(ann, "two horror movies please")
    assert picks.text.startswith("Understood: Horror.")
    movies = {label for label in labels(picks) if label.endswith(")")}
    assert len(movies) == 2
    assert movies < {"Alien (1979)", "Jaws (1975)", "Halloween (1978)"}
    assert await bot.conversation.active_wish(ann.id) == Wish(("Horror",))


async def test_other_languages(bot: Services, ann: Person) -> None:
    """The answer is in the language of the text."""
    for text, language in (
        ("Ich möchte einen lustigen Film sehen", "de"),
        ("Je voudrais voir un film drôle ce soir", "fr"),
        ("Я хочу посмотреть комедию", "ru"),
        ("我想看喜剧电影", "zh"),
    ):
        plain = talk.FOREIGN[language].replace("<i>", "").replace("</i>", "")
        assert (await answer_to(ann, text)).text == plain
    assert await bot.conversation.stars(ann.id) == {}


async def test_ways_on_after_a_text_that_was_not_understood(bot: Services, ann: Person) -> None:
    """Genres and decades are chosen by buttons, and become the active wish."""
    lost = await answer_to(ann, "qqqq zzzz")
    assert labels(lost) == ["🎲 Surprise me", "🎭 By genre", "📅 By decade", "❤ A movie I loved"]
    await ann.press(lost, "🎭 By genre")
    genres = await ann.next_edit(lost)
    await ann.press(genres, "Horror")
    await ann.wait_for(has("Understood: Horror."))
    assert await bot.conversation.active_wish(ann.id) == Wish(genres_any=("Horror",))
    lost = await answer_to(ann, "qqqq zzzz")
    await ann.press(lost, "📅 By decade")
    decades = await ann.next_edit(lost)
    await ann.press(decades, "1970s")
    await ann.wait_for(has("from the 1970s"))
    assert await bot.conversation.active_wish(ann.id) == Wish(year_from=1970, year_to=1979)


@pytest.mark.parametrize(("text", "stars"), [("4", 4.0), ("loved it", 5.0), ("boring", 1.0), ("❤", 5.0)])
async def test_a_reply_to_a_card_rates_its_movie(bot: Services, ann: Person, text: str, stars: float) -> None:
    """The next card comes with the confirmation."""
    card = await answer_to(ann, "/recommend")
    [movie] = await bot.conversation.shown_movies(ann.id)
    await ann.reply(card, text)
    await ann.wait_for(lambda message: message.message_id > card.message_id and "🎯 More like this" in labels(message))
    assert await bot.conversation.stars(ann.id) == {movie.movie_id: stars}


async def test_a_reply_that_a_movie_was_seen(bot: Services, ann: Person) -> None:
    """It is a mark, and no rating."""
    card = await answer_to(ann, "/recommend")
    [movie] = await bot.conversation.shown_movies(ann.id)
    await ann.reply(card, "seen it")
    await ann.wait_for(has("How was it?"))
    assert await marks(bot, ann, "seen") == {movie.movie_id}
    assert await bot.conversation.stars(ann.id) == {}


async def test_stars_of_the_rate_command(bot: Services, ann: Person) -> None:
    """The stars may stand at either end, as a number, a word or a thumb."""
    for argument, movie_id, stars in (
        ("Alien five", 30, 5.0),
        ("2 Fargo", 40, 2.0),
        ("Jaws 👎", 80, 1.0),
        ("👍 The Matrix", 90, 5.0),
        ("Armageddon 3.5 stars", 50, 3.5),
    ):
        await answer_to(ann, f"/rate {argument}")
        assert (await bot.conversation.stars(ann.id))[movie_id] == stars


async def test_recommend_with_a_title_or_a_wish(bot: Services, ann: Person) -> None:
    """A title after /recommend and /similar is a movie to resemble, and is not rated."""
    for text, wish in (
        ("/recommend Alien", Wish(like=(30,))),
        ("/recommend horror", Wish(genres_any=("Horror",))),
        ("/similar Fargo", Wish(like=(40,))),
    ):
        await answer_to(ann, text)
        assert await bot.conversation.active_wish(ann.id) == wish
    assert await bot.conversation.stars(ann.id) == {}


async def test_a_repeated_text_has_its_effect_once(bot: Services, server: TelegramServer, ann: Person) -> None:
    """A repeated opinion leaves what was changed since, and a repeated wish does not come back."""
    await ann.send("loved Fargo, hated Jaws")
    await ann.wait_for(has("Noted:"))
    for movie_id in (40, 80):
        await bot.conversation.rate(ann.id, movie_id, 3.0, "stars")
    await repeat(server, bot)
    assert await bot.conversation.stars(ann.id) == {40: 3.0, 80: 3.0}
    await ann.send("horror movies")
    await ann.wait_for(has("Understood: Horror."))
    await bot.conversation.set_wish(ann.id, None)
    await repeat(server, bot)
    assert await bot.conversation.active_wish(ann.id) is None


async def test_a_tap_after_forget_greets_first(bot: Services, ann: Person) -> None:
    """A card and a question from before are answered with the notice on data, and nothing is stored."""
    card = await answer_to(ann, "/recommend")
    asked = await answer_to(ann, "my sister loves Alien")
    for message, button in ((card, "👍"), (asked, "👍 love it")):
        await ann.send("/forget")
        sure = await ann.wait_for(has("Delete all of it?"))
        await ann.press(sure, "Yes, delete everything")
        await ann.next_edit(sure)
        press = await ann.press(message, button)
        assert (await press.answered()).text == notices.STALE_BUTTON()
        await ann.wait_for(lambda message: message.text == onboarding.GREETING())
        assert await bot.conversation.stars(ann.id) == {}
