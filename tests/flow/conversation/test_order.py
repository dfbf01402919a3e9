"""Updates that are redelivered, reordered, or caused by old buttons, by polling and by webhook."""

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.app import Services
from bot.local_bot_api import Message, Person, TelegramServer
from bot.settings import Settings
from handlers.steps import Step
from handlers.texts import notices
from tests.flow.conversation.faults.test_restarts import VISIT
from tests.flow.conversation.helpers import OpenBot, cards, first_card, has, is_card, shown, to_the_titles


@pytest.fixture
async def bot(open_bot: OpenBot, either: Settings) -> AsyncIterator[Services]:
    """The running bot, by polling and by webhook."""
    async with open_bot(either) as services:
        yield services


async def delete(server: TelegramServer, person: Person, message: Message) -> None:
    """Delete one of the bot's messages."""
    message_of_chat = {"chat_id": person.id, "message_id": message.message_id}
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.post(f"{server.base_url}{server.token}/deleteMessage", json=message_of_chat)


async def test_a_redelivered_update_changes_nothing(server: TelegramServer, bot: Services, ann: Person) -> None:
    """All updates of Ann are delivered a second time and cause no further message, edit, rating or mark."""
    card = await first_card(ann)
    for button in ("👍", "👀 Seen", "🔖 Later"):
        await ann.press(card, button)
        card = await ann.next_edit(card)
    await ann.send("/undo")
    await ann.wait_for(has("Taken back"))
    await server.delivered()
    exported, messages = await bot.conversation.export(ann.id), ann.messages
    edits = len(server.calls_of("editMessageText"))
    for update in list(server.updates):
        server.redeliver(update["update_id"])
    await ann.send("/cancel")
    await ann.wait_for(has("Stopped"))
    await server.delivered()
    assert await bot.conversation.export(ann.id) == exported
    assert [message.text for message in ann.messages[:-2]] == [message.text for message in messages]
    assert len(server.calls_of("editMessageText")) == edits


async def test_reordered_taps_all_count(server: TelegramServer, bot: Services, ann: Person) -> None:
    """Three titles are tapped and the taps arrive in reverse order. All three are liked, and the page shows it."""
    page = await to_the_titles(ann)
    with server.holding() as held:
        for place in range(3):
            await ann.press(page, place)
        held.reverse()
    await ann.until(lambda chat: sum("👍" in button.text for button in chat.messages[-1].buttons) == 3)
    assert sorted((await bot.conversation.stars(ann.id)).values()) == [5.0, 5.0, 5.0]


async def test_an_answer_before_its_question_is_refused(server: TelegramServer, bot: Services, ann: Person) -> None:
    """The answer about age arrives before the tap that asks for it. It is refused, and can be given again later."""
    await ann.start()
    hello = await ann.next_message()
    await ann.press(hello, "Let's start")
    asked = await ann.next_edit(hello)
    await ann.press(asked, "« Back")
    hello = await ann.next_edit(asked)
    with server.holding() as held:
        late = await ann.press(hello, "Let's start")
        await ann.press(asked, "25-34")
        held.reverse()
    await late.answered()
    person = await bot.conversation.get_person(ann.id)
    assert person is not None
    assert (person.step, person.age) == (Step.AGE, None)
    await ann.press(asked, "25-34")
    await ann.wait_for(has("woman or a man"))


async def test_done_tapped_twice_brings_one_card(server: TelegramServer, bot: Services, ann: Person) -> None:
    """The second tap gets a toast."""
    page = await to_the_titles(ann)
    await ann.press(page, "Done")
    late = await ann.press(page, "Done")
    assert (await late.answered()).text == notices.STALE_BUTTON()
    await server.delivered()
    assert len(cards(ann)) == 1
    assert (await ann.wait_for(has("All set"))).keyboard == []
    assert await bot.conversation.stars(ann.id) == {}


@pytest.mark.parametrize("button", ["👍", "👀 Seen", "⏭ Next"])
async def test_a_card_that_was_deleted_still_takes_one_tap(
    server: TelegramServer, bot: Services, ann: Person, button: str
) -> None:
    """A tap on a deleted card counts and brings the next card as a new message. A second tap brings none."""
    card = await first_card(ann)
    await delete(server, ann, card)
    await ann.press(card, button)
    await ann.until(lambda chat: len(cards(chat)) == 1)
    late = await ann.press(card, button)
    assert "moved on" in (await late.answered()).text
    await server.delivered()
    assert len(cards(ann)) == 1
    assert shown(cards(ann)[0]) != shown(card)
    assert await bot.conversation.stars(ann.id) == ({shown(card): 5.0} if button == "👍" else {})


async def test_a_card_that_is_deleted_during_a_tap_is_sent_as_a_new_message(
    server: TelegramServer, bot: Services, ann: Person
) -> None:
    """The message is deleted between the tap and its handling. The next card comes as a new message."""
    card = await first_card(ann)
    with server.holding():
        await ann.press(card, "👍")
        await delete(server, ann, card)
    await ann.until(lambda chat: len(cards(chat)) == 1)
    assert await bot.conversation.stars(ann.id) == {shown(card): 5.0}


async def test_every_button_of_every_earlier_message_is_answered(
    server: TelegramServer, bot: Services, ann: Person
) -> None:
    """After a first visit and some lists, every button that was ever shown is tapped again and gets an answer."""
    await ann.start()
    message = await ann.next_message()
    screens = [message]
    for button, _ in VISIT:
        await ann.press(message, button)
        message = await ann.next_edit(message)
        screens.append(message)
    card = await ann.wait_for(is_card)
    await ann.press(card, "🔖 Later")
    screens += [card, await ann.next_edit(card)]
    for command in ("/ratings", "/watchlist", "/profile", "/settings", "/rate Movie 30", "/search movie", "movie"):
        await server.delivered()
        before = len(ann.messages)
        await ann.send(command)
        await ann.until(lambda chat, before=before: len(chat.messages) == before + 2)
        screens.append(ann.messages[-1])
    for screen in screens:
        for place in range(len(screen.buttons)):
            await (await ann.press(screen, place)).answered()
    await server.delivered()
    assert not any(notices.SOMETHING_BROKE() in message.text for message in ann.messages)
    assert bot.index.problem == ""
