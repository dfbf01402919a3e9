"""Words that name a command do what the command does, and words for a button what the button does."""

from bot.app import Services
from bot.local_bot_api import Message, Person, TelegramServer
from handlers.steps import Step
from tests.flow.conversation.helpers import first_card, greeted, is_card, shown, to_the_titles


async def answer(ann: Person, text: str) -> Message:
    """Send a text, and return the bot's next message."""
    sent = await ann.send(text)
    return await ann.wait_for(lambda message: message.message_id > sent.message_id)


async def test_undo_takes_back(bot: Services, ann: Person) -> None:
    """The last thumb is taken back and its card comes again; a question how to undo is answered only."""
    for text in ("undo", "take that back", "oops, wrong one"):
        card = await first_card(ann)
        await ann.press(card, "👍")
        await ann.until(lambda chat, card=card: shown(chat.message(card.message_id)) != shown(card))
        assert await bot.conversation.stars(ann.id) == {shown(card): 5.0}
        explained = await answer(ann, "how do I undo?")
        assert "/undo takes back" in explained.text
        assert await bot.conversation.stars(ann.id) == {shown(card): 5.0}
        back = await answer(ann, text)
        assert f"Movie {shown(card)} " in back.text
        assert await bot.conversation.stars(ann.id) == {}


async def test_named_lists_and_pages_open(bot: Services, ann: Person) -> None:
    """Each of these opens what it names, and none of them stores or deletes anything."""
    await greeted(bot, ann)
    await bot.conversation.change_step(ann.id, Step.WELCOME, Step.READY, {})
    await bot.conversation.rate(ann.id, 30, 5.0, "stars")
    await bot.conversation.mark(ann.id, 40, "later")
    await bot.conversation.mark(ann.id, 60, "shown")
    for text, words in (
        ("my watchlist", "Movie 40"),
        ("what did I save for later?", "Movie 40"),
        ("show my profile", "What I know of you"),
        ("change my age", "What I know of you"),
        ("settings", "Settings"),
        ("history", "Movie 60"),
        ("what did you show me yesterday?", "Movie 60"),
        ("what did I rate", "Movie 30"),
        ("show me my ratings", "Movie 30"),
        ("help", "/recommend"),
        ("stop", "Stopped"),
        ("delete my data", "Delete all of it?"),
    ):
        assert words in (await answer(ann, text)).text, text
    exported = await answer(ann, "export my data")
    assert exported.document is not None
    assert await bot.conversation.stars(ann.id) == {30: 5.0}


async def test_the_first_visit_is_typed(bot: Services, server: TelegramServer, ann: Person) -> None:
    """From "let's start" over the questions and more titles to "done", nothing is tapped."""
    await ann.start()
    await ann.next_message()
    for text, words in (
        ("let's start", "How old are you?"),
        ("thirty", "woman or a man"),
        ("skip", "What do you do?"),
        ("teacher", "tap the ones you know"),
    ):
        assert words in (await answer(ann, text)).text
    titles = {button.text for button in ann.messages[-1].buttons if "Movie" in button.text}
    page = await answer(ann, "I don't know any of these")
    assert titles.isdisjoint(button.text for button in page.buttons)
    assert "All set" in (await answer(ann, "I'm done")).text
    await ann.wait_for(is_card)
    await server.delivered()
    person = await bot.conversation.get_person(ann.id)
    assert person is not None
    assert (person.step, person.age, person.gender, person.occupation) == (Step.READY, 25, None, 1)


async def test_the_titles_lead_back(bot: Services, ann: Person) -> None:
    """At the titles, "back" asks the last question again."""
    await to_the_titles(ann)
    assert "What do you do?" in (await answer(ann, "go back")).text
    person = await bot.conversation.get_person(ann.id)
    assert person is not None
    assert person.step == Step.OCCUPATION
