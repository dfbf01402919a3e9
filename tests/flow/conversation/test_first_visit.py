"""The first visit, from /start to the first card."""

from bot.app import Services
from bot.local_bot_api import Person, TelegramServer
from handlers.callbacks import pack
from handlers.callbacks.buttons import AgeChosen
from handlers.steps import Step
from tests.flow.conversation.helpers import has, titles_on, to_the_titles


async def test_from_start_to_the_first_card(server: TelegramServer, bot: Services, ann: Person) -> None:
    """The greeting, three questions, the titles page with its preview, and the first card."""
    await ann.start()
    hello = await ann.next_message()
    assert "/export" in hello.text
    assert "/forget" in hello.text
    await ann.press(hello, "Let's start")
    asked = await ann.next_edit(hello)
    await ann.press(asked, "25-34")
    asked = await ann.next_edit(asked)
    await ann.press(asked, "Skip")
    asked = await ann.next_edit(asked)
    await ann.press(asked, "More »")
    asked = await ann.next_edit(asked)
    await ann.press(asked, "programmer")
    page = await ann.next_edit(asked)
    assert len(page.keyboard) == 9
    assert "So far" not in page.text
    await ann.press(page, 0)
    page = await ann.next_edit(page)
    assert "So far I would show you" in page.text
    await ann.press(page, "Done")
    await ann.wait_for(has("All set. 1 answer"))
    card = await ann.wait_for(has("Because you liked"))
    assert [len(row) for row in card.keyboard] == [4, 2]
    await server.delivered()
    person = await bot.conversation.get_person(ann.id)
    assert person is not None
    assert (person.step, person.age, person.gender, person.occupation) == (Step.READY, 25, None, 12)


async def test_a_text_without_start_is_greeted_and_not_stored(bot: Services, ann: Person) -> None:
    """The notice on data comes first; the same text counts once it was shown."""
    await bot.conversation.forget(ann.id)
    await ann.send("Movie 30")
    assert "/forget" in (await ann.next_message()).text
    await bot.conversation.change_step(ann.id, Step.WELCOME, Step.READY, {})
    assert await bot.conversation.stars(ann.id) == {}
    await ann.send("Movie 30 (1953)")
    await ann.wait_for(has("Movie 30 (1953), noted"))
    assert await bot.conversation.stars(ann.id) == {30: 5.0}


async def test_a_title_is_tapped_through_its_answers(bot: Services, ann: Person) -> None:
    """Taps set a title to 👍, 👎, 😐 and off. The button shows the thumb, and the rating is stored."""
    page = await to_the_titles(ann)
    title = page.keyboard[0][0].text
    steps = []
    for _ in range(4):
        await ann.press(page, 0)
        page = await ann.next_edit(page)
        steps.append((page.keyboard[0][0].text, list((await bot.conversation.stars(ann.id)).values())))
    assert steps == [(f"👍 {title}", [5.0]), (f"👎 {title}", [1.0]), (f"😐 {title}", [3.0]), (title, [])]


async def test_untouched_titles_of_a_finished_page_are_stored_as_unseen(bot: Services, ann: Person) -> None:
    """One of eight titles is tapped. The other seven are stored as unseen and do not come again."""
    page = await to_the_titles(ann)
    first = titles_on(page)
    await ann.press(page, 0)
    page = await ann.next_edit(page)
    await ann.press(page, "More titles")
    second = await ann.next_edit(page)
    marks = await bot.stores.marks.of(ann.id)
    assert len(marks["unseen"]) == 7
    assert len(await bot.conversation.stars(ann.id)) == 1
    assert len(first) == 8
    assert not first & titles_on(second)


async def test_a_stale_button_is_answered_and_changes_nothing(bot: Services, ann: Person) -> None:
    """The age button is tapped after the age was answered: a toast, and the age stays the same."""
    await ann.start()
    hello = await ann.next_message()
    await ann.press(hello, "Let's start")
    age = await ann.next_edit(hello)
    await ann.press(age, "18-24")
    gender = await ann.next_edit(age)
    press = await ann.press_crafted(gender.message_id, pack(AgeChosen(Step.AGE, 5)))
    assert "earlier" in (await press.answered()).text
    person = await bot.conversation.get_person(ann.id)
    assert person is not None
    assert (person.age, person.step) == (18, Step.GENDER)


async def test_start_in_the_middle_continues_where_the_person_was(bot: Services, ann: Person) -> None:
    """/start at the second question asks the second question again."""
    await ann.start()
    hello = await ann.next_message()
    await ann.press(hello, "Let's start")
    age = await ann.next_edit(hello)
    await ann.press(age, "18-24")
    await ann.next_edit(age)
    await ann.start()
    await ann.wait_for(has("Welcome back"))
    person = await bot.conversation.get_person(ann.id)
    assert person is not None
    assert person.step == Step.GENDER


async def test_the_command_menu_is_set(bot: Services, server: TelegramServer, ann: Person) -> None:
    """The bot sets the commands of private chats."""
    assert bot.index.problem == ""
    await server.called("setMyCommands")
    assert {"recommend", "undo", "forget"} <= {command["command"] for command in ann.commands}
