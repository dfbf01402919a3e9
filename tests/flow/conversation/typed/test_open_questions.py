"""A question that was asked again from the profile is answered by a text, until the person does something else."""

from collections.abc import Awaitable, Callable

import pytest

from bot.app import Services
from bot.local_bot_api import Message, Person, TelegramServer
from handlers.steps import Step
from storage.records import Person as Record
from tests.flow.conversation.helpers import first_card, greeted, has, replaced_card
from tests.flow.repeats import repeat


@pytest.fixture(autouse=True)
async def ready(bot: Services, ann: Person) -> None:
    """Ann has answered the questions and the titles."""
    await greeted(bot, ann)
    answers = {"age": 18, "gender": None, "occupation": 12}
    await bot.conversation.change_step(ann.id, Step.WELCOME, Step.READY, answers)


async def ask(ann: Person, button: str) -> Message:
    """Open a question from the profile, and return it."""
    await ann.send("/profile")
    profile = await ann.wait_for(has("What I know of you"))
    await ann.press(profile, button)
    return await ann.next_edit(profile)


async def answer(ann: Person, text: str) -> Message:
    """Send a text, and return the bot's next message."""
    sent = await ann.send(text)
    return await ann.wait_for(lambda message: message.message_id > sent.message_id)


async def record(bot: Services, ann: Person) -> Record:
    """Return what is stored about Ann."""
    person = await bot.conversation.get_person(ann.id)
    assert person is not None
    return person


async def test_answers_are_typed(bot: Services, ann: Person) -> None:
    """Values, "rather not say", "skip" and "back" do what the buttons do, and the profile follows."""
    for button, text, expected in (
        ("Change age", "thirty", (25, None, 12)),
        ("Change age", "rather not say", (None, None, 12)),
        ("Change gender", "a woman", (None, "F", 12)),
        ("Change gender", "skip", (None, "F", 12)),
        ("Change occupation", "back", (None, "F", 12)),
        ("Change occupation", "doctor", (None, "F", 6)),
    ):
        await ask(ann, button)
        profile = await answer(ann, text)
        person = await record(bot, ann)
        assert (person.age, person.gender, person.occupation) == expected, text
        assert (person.step, person.open_question) == (Step.READY, None)
        assert "What I know of you" in profile.text, text
        assert profile.text.startswith("Changed.") == (text not in ("skip", "back"))


async def test_a_text_that_is_no_answer_leaves_the_question_open(bot: Services, ann: Person) -> None:
    """The question and its buttons follow what was not understood, and the next text still answers it."""
    await ask(ann, "Change age")
    for text in ("qqqq zzzz", "hello", "why do you ask?"):
        await answer(ann, text)
        asked = await ann.wait_for(has("change or skip it."))
        assert "25-34" in [button.text for button in asked.buttons], text
    await ann.send("47")
    await ann.wait_for(has("What I know of you"))
    assert (await record(bot, ann)).age == 45


async def test_an_answer_that_comes_again_changes_nothing_more(
    bot: Services, server: TelegramServer, ann: Person
) -> None:
    """The text whose answer was stored is no title and no wish when Telegram delivers it again."""
    await ask(ann, "Change age")
    await answer(ann, "thirty")
    before = len(ann.messages)
    await repeat(server, bot)
    await ann.until(lambda chat: len(chat.messages) > before)
    assert ann.messages[-1].text.startswith("What I know of you")


async def like_a_card(ann: Person, card: Message) -> None:
    """Tap 👍 on a card."""
    await ann.press(card, "👍")
    await replaced_card(ann, card)


async def react_to_a_card(ann: Person, card: Message) -> None:
    """React to a card."""
    await ann.react(card, "👎")
    await ann.until(lambda chat: chat.messages[-1].text.startswith("Movie "))


def typing(text: str, answered: str) -> Callable[[Person, Message], Awaitable[None]]:
    """Return an act: typing a text whose answer has these words."""

    async def act(ann: Person, _card: Message) -> None:
        await ann.send(text)
        await ann.wait_for(has(answered))

    return act


ACTS = {
    "thumb": like_a_card,
    "reaction": react_to_a_card,
    "cancel": typing("/cancel", "Stopped"),
    "command": typing("/ratings", "rat"),
    "wish": typing("before 1960", "up to 1959"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_after_another_act_the_question_waits_no_longer(
    bot: Services, ann: Person, act: Callable[[Person, Message], Awaitable[None]]
) -> None:
    """A number that is typed later is no age."""
    card = await first_card(ann)
    await ask(ann, "Change age")
    assert (await record(bot, ann)).open_question == Step.AGE
    await act(ann, card)
    assert (await record(bot, ann)).open_question is None
    await answer(ann, "30")
    assert (await record(bot, ann)).age == 18
