"""Updates that come twice, in another order, or from buttons of long ago, by polling and by webhook."""

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.app import Services
from bot.local_bot_api import Message, Person, TelegramServer
from bot.settings import Settings
from handlers.steps import Step
from handlers.texts import notices
from tests.flow.conversation.helpers import OpenBot, cards, first_card, has, is_card, shown, to_the_titles
from tests.flow.conversation.test_restarts import VISIT


@pytest.fixture
async def bot(open_bot: OpenBot, either: Settings) -> AsyncIterator[Services]:
    """The running bot, by polling and by webhook."""
    async with open_bot(either) as services:
        yield services


async def delete(server: TelegramServer, person: Person, message: Message) -> None:
    """Take one of the bot's messages out of a chat."""
    gone = {"chat_id": person.id, "message_id": message.message_id}
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.post(f"{server.base_url}{server.token}/deleteMessage", json=gone)


async def test_an_update_that_comes_again_changes_nothing(server: TelegramServer, bot: Services, ann: Person) -> None:
    """Everything that Ann did is delivered a second time: not one more message, edit, rating or mark."""
    card = await first_card(ann)
    for button in ("👍", "👀 Seen", "🔖 Later"):
        await ann.press(card, button)
        card = await ann.changed(card)
    await ann.send("/undo")
    await ann.wait_for(has("Taken back"))
    await server.delivered()
    kept, said, calls = await bot.conversation.export(ann.id), ann.messages, len(server.calls_of("editMessageText"))
    for update in list(server.updates):
        server.redeliver(update["update_id"])
    await ann.send("/cancel")
    await ann.wait_for(has("Stopped"))
    await server.delivered()
    assert await bot.conversation.export(ann.id) == kept
    assert [message.text for message in ann.messages[:-2]] == [message.text for message in said]
    assert len(server.calls_of("editMessageText")) == calls


async def test_taps_in_another_order_all_count(server: TelegramServer, bot: Services, ann: Person) -> None:
    """Three titles are tapped and the last tap comes first: all three are liked, and the page says so."""
    page = await to_the_titles(ann)
    with server.holding() as held:
        for place in range(3):
            await ann.press(page, place)
        held.reverse()
    await ann.until(lambda one: sum("👍" in button.text for button in one.messages[-1].buttons) == 3)
    assert sorted((await bot.conversation.stars(ann.id)).values()) == [5.0, 5.0, 5.0]


async def test_an_answer_before_its_question_is_not_taken(server: TelegramServer, bot: Services, ann: Person) -> None:
    """The age overtakes the tap that asks for it: it is refused politely, the question comes, and is answered then."""
    await ann.start()
    hello = await ann.next_message()
    await ann.press(hello, "Let's start")
    asked = await ann.changed(hello)
    await ann.press(asked, "« Back")
    hello = await ann.changed(asked)
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
    """The second tap is told that it is late."""
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
    """The app shows a card that is gone: the tap counts, the next card comes below, and a second tap brings no more."""
    card = await first_card(ann)
    await delete(server, ann, card)
    await ann.press(card, button)
    await ann.until(lambda one: len(cards(one)) == 1)
    late = await ann.press(card, button)
    assert "moved on" in (await late.answered()).text
    await server.delivered()
    assert len(cards(ann)) == 1
    assert shown(cards(ann)[0]) != shown(card)
    assert await bot.conversation.stars(ann.id) == ({shown(card): 5.0} if button == "👍" else {})


async def test_a_card_that_is_deleted_while_it_turns_is_sent_anew(
    server: TelegramServer, bot: Services, ann: Person
) -> None:
    """Between the tap and its effect the message goes: the next card comes in a message of its own."""
    card = await first_card(ann)
    with server.holding():
        await ann.press(card, "👍")
        await delete(server, ann, card)
    await ann.until(lambda one: len(cards(one)) == 1)
    assert await bot.conversation.stars(ann.id) == {shown(card): 5.0}


async def test_every_button_of_every_earlier_message_is_answered(
    server: TelegramServer, bot: Services, ann: Person
) -> None:
    """After a first visit and some lists, all buttons that were ever shown are tapped again: none is met by silence."""
    await ann.start()
    message = await ann.next_message()
    screens = [message]
    for button, _ in VISIT:
        await ann.press(message, button)
        message = await ann.changed(message)
        screens.append(message)
    card = await ann.wait_for(is_card)
    await ann.press(card, "🔖 Later")
    screens += [card, await ann.changed(card)]
    for command in ("/ratings", "/watchlist", "/profile", "/settings", "/rate Movie 30", "/search movie", "movie"):
        await server.delivered()
        before = len(ann.messages)
        await ann.send(command)
        await ann.until(lambda one, before=before: len(one.messages) == before + 2)
        screens.append(ann.messages[-1])
    for screen in screens:
        for place in range(len(screen.buttons)):
            await (await ann.press(screen, place)).answered()
    await server.delivered()
    assert not any(notices.SOMETHING_BROKE() in message.text for message in ann.messages)
    assert bot.index.problem == ""
