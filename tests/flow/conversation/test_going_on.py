"""After any answer, the chat ends with what the person needs to go on: the question, the end of the titles, a list."""

from collections.abc import AsyncIterator

import pytest

from bot.app import Services
from bot.local_bot_api import Message, Person, TelegramServer
from bot.settings import Settings
from bot.stores import open_stores
from handlers.steps import Step
from recsys.data import Dataset
from tests.flow.conversation.helpers import OpenBot, greeted, has, to_the_titles
from tests.flow.conversation.test_typed_texts import answer_to, answers_to, labels, named


@pytest.fixture
async def bot(open_bot: OpenBot, polling: Settings, board: Dataset, ann: Person) -> AsyncIterator[Services]:
    """The running bot, with a catalogue that has well-known titles. Ann was greeted."""
    async with open_stores(polling) as stores:
        await stores.catalogue.replace([named(movie) for movie in board.movies])
    async with open_bot() as services:
        await greeted(services, ann)
        yield services


TYPED = (
    "Alien",
    "loved Fargo, hated Jaws",
    "I have seen Jaws",
    "I haven't seen Fargo",
    "my sister loves Alien",
    "I hate Titanic",
    "hello",
    "qqqq zzzz",
    "what is Alien about?",
    "why this one?",
    "no horror, ever",
    "Je voudrais voir un film drôle ce soir",
    "🙈",
    "/rate Alien 4",
    "/rate Alien",
    "/rate Alien 9",
    "/rate qqqq zzzz 4",
    "/rate",
    "/similar",
)
"""Texts of each kind whose answer is no card."""


async def test_whatever_is_typed_on_the_titles_page_the_end_follows(
    bot: Services, server: TelegramServer, ann: Person
) -> None:
    """Each answer has the buttons for more titles and for the end below, and the last of them ends the interview."""
    await to_the_titles(ann)
    for text in TYPED:
        answer = await answer_to(ann, text)
        assert labels(answer)[-2:] == ["More titles", "Done"], text
    await ann.send_sticker()
    sticker = await ann.wait_for(has("I only read words"))
    assert labels(sticker) == ["More titles", "Done"]
    await ann.press(sticker, "Done")
    await ann.wait_for(has("All set."))
    await ann.wait_for(lambda message: "🎯 More like this" in labels(message))
    await server.delivered()
    person = await bot.conversation.get_person(ann.id)
    assert person is not None
    assert person.step == Step.READY


async def test_a_question_about_a_title_leads_on_when_it_is_answered(bot: Services, ann: Person) -> None:
    """The answer to the bot's question changes the preview, and the end of the interview stays in reach."""
    await to_the_titles(ann)
    asked = await answer_to(ann, "I hate Titanic")
    await ann.press(asked, "Titanic (1953)")
    asked = await ann.wait_for(has("Titanic (1953): what"))
    assert labels(asked)[-2:] == ["More titles", "Done"]
    await ann.press(asked, "👍 love it")
    noted = await ann.next_edit(asked)
    assert "So far I would show you" in noted.text
    assert labels(noted) == ["↩ Undo", "More titles", "Done"]
    asked = await answer_to(ann, "/rate Alien")
    await ann.press(asked, "4\xa0★")
    noted = await ann.next_edit(asked)
    assert labels(noted) == ["↩ Undo", "More titles", "Done"]
    assert await bot.conversation.stars(ann.id) == {70: 5.0, 30: 4.0}
    for act in ("/undo", "/ratings"):
        assert labels(await answer_to(ann, act))[-2:] == ["More titles", "Done"]
    rated = await ann.wait_for(has("You have rated 1 movie"))
    removed = await opened(ann, await opened(ann, rated, "1. Titanic"), "Remove the rating")
    assert labels(removed) == ["More titles", "Done"]
    assert labels(await answer_to(ann, "/undo"))[-2:] == ["More titles", "Done"]
    await ann.press(noted, "More titles")
    page = await ann.next_edit(noted)
    assert len(page.buttons) > len(labels(noted))


@pytest.mark.parametrize("text", TYPED)
async def test_whatever_is_typed_at_a_question_the_question_follows(bot: Services, ann: Person, text: str) -> None:
    """The answer ends with the question and its answers, and the question can be answered there."""
    await ann.start()
    hello = await ann.next_message()
    await ann.press(hello, "Let's start")
    asked = await ann.next_edit(hello)
    answer = await answer_to(ann, text)
    assert answer.text.endswith(asked.text)
    assert labels(answer)[-len(labels(asked)) :] == labels(asked)
    await ann.press(answer, "25-34")
    await ann.wait_for(has("woman or a man"))
    person = await bot.conversation.get_person(ann.id)
    assert person is not None
    assert person.age == 25


async def test_after_a_long_answer_the_step_follows(bot: Services, ann: Person) -> None:
    """Help, privacy and settings are messages of their own, so the question or the titles follow in another one."""
    await ann.start()
    hello = await ann.next_message()
    asked = await opened(ann, hello, "Let's start")
    for text in ("what can you do?", "what do you store about me?"):
        _, again = await answers_to(ann, text)
        assert (again.text, labels(again)) == (asked.text, labels(asked))
    await bot.conversation.change_step(ann.id, Step.AGE, Step.TITLES, {})
    _, page = await answers_to(ann, "what can you do?")
    assert "type a movie or two" in page.text
    assert labels(page)[-2:] == ["More titles", "Done"]
    [sure] = await answers_to(ann, "delete my data")
    assert "Delete all of it?" in sure.text


async def opened(person: Person, message: Message, button: str) -> Message:
    """Tap a button, and return the message that it edited."""
    await person.press(message, button)
    return await person.next_edit(message)


async def test_a_changed_rating_leads_back_to_its_list(bot: Services, ann: Person) -> None:
    """From the second page of /ratings, and from the list of what was just noted. A first rating has no list."""
    for movie_id in range(120, 240, 10):
        await bot.conversation.get_or_create_person(ann.id, Step.READY)
        await bot.conversation.rate(ann.id, movie_id, 5.0, "stars")
    page = await opened(ann, await answer_to(ann, "/ratings"), "Older »")
    edit = await opened(ann, page, "9. Movie 150")
    changed = await opened(ann, edit, "2\xa0★")
    assert changed.text.startswith("Movie 150 (1965): 2\xa0★. /undo takes it back.\n\nYou have rated 12 movies")
    assert "« Newer" in labels(changed)
    assert [label.split(".")[0] for label in labels(changed)[:-1]] == ["9", "10", "11", "12"]
    assert (await bot.conversation.stars(ann.id))[150] == 2.0
    noted = await answer_to(ann, "loved Fargo, hated Jaws")
    edit = await opened(ann, noted, "Change Jaws (1975)")
    changed = await opened(ann, edit, "3\xa0★")
    assert "Jaws (1975): 3\xa0★" in changed.text.splitlines()[0]
    assert any("Fargo (1996)" in label for label in labels(changed))
    first = await opened(ann, await answer_to(ann, "/rate Alien"), "4\xa0★")
    assert first.text == "Alien (1979): 4\xa0★. /undo takes it back."
    await ann.press(first, "↩ Undo")
    await ann.wait_for(has("Taken back: Alien (1979) is not rated any more."))


async def test_after_forget_the_notice_on_data_comes_before_any_new_data(bot: Services, ann: Person) -> None:
    """Whatever the person does next, a text or a tap: the last message has said what would be kept."""
    await answer_to(ann, "Alien")
    sure = await answer_to(ann, "/forget")
    forgotten = await opened(ann, sure, "Yes, delete everything")
    assert "I would again keep your answers and ratings" in forgotten.text
    assert "train nothing on them unless you allow it in /settings" in forgotten.text
    assert await bot.conversation.get_person(ann.id) is None


async def test_one_button_goes_back_and_one_leaves_the_question(bot: Services, ann: Person) -> None:
    """On no page of the questions do two buttons mean the same. "Back" goes one page, or one question, back."""
    await ann.start()
    hello = await ann.next_message()
    age = await opened(ann, hello, "Let's start")
    assert labels(age)[-2:] == ["« Back", "Skip"]
    gender = await opened(ann, age, "Skip")
    first = await opened(ann, gender, "Skip")
    assert labels(first)[-3:] == ["More »", "« Back", "Skip"]
    second = await opened(ann, first, "More »")
    third = await opened(ann, second, "More »")
    assert labels(third)[-2:] == ["« Back", "Skip"]
    assert len({*labels(first), *labels(second), *labels(third)} & {"Rather not say", "« Previous"}) == 0
    second = await opened(ann, third, "« Back")
    back = await opened(ann, second, "« Back")
    assert labels(back) == labels(first)
    assert "woman or a man" in (await opened(ann, back, "« Back")).text
    await bot.conversation.change_step(ann.id, Step.GENDER, Step.READY, {"occupation": 12})
    profile = await answer_to(ann, "/profile")
    asked = await opened(ann, profile, "occupation")
    assert labels(asked)[-3:] == ["More »", "« Back", "Rather not say"]
    asked = await opened(ann, asked, "More »")
    asked = await opened(ann, asked, "« Back")
    await opened(ann, asked, "Rather not say")
    person = await bot.conversation.get_person(ann.id)
    assert person is not None
    assert (person.step, person.occupation) == (Step.READY, None)
