"""/history lists the last cards with what the person said of each, and opens them again."""

from bot.app import Services
from bot.local_bot_api import Message, Person
from tests.flow.conversation.helpers import first_card, has, shown


async def test_the_last_cards_with_what_was_said(bot: Services, ann: Person) -> None:
    """The newest comes first, and a tap brings a card whose buttons work."""
    assert bot.index.problem == ""
    await ann.send("/history")
    await ann.wait_for(has("no movie yet"))
    card = await first_card(ann)
    seen = [shown(card)]
    for button in ("👍", "👎", "👀 Seen", "🔖 Later", "⏭ Next"):
        await ann.press(card, button)
        card = await ann.next_edit(card)
        seen.append(shown(card))
    await ann.send("/history")
    listed = await ann.wait_for(has("I have shown you 6 movies"))
    said = ["", "", "🔖 for later", "👀 seen", "👎", "👍"]
    lines = [line.partition(") ")[2] for line in listed.text.splitlines()[1:-1]]
    assert lines == said
    assert [button.text.split()[2] for button in listed.buttons] == [str(movie_id) for movie_id in reversed(seen)]
    await ann.press(listed, 5)
    again = await ann.wait_for(lambda message: message.message_id > listed.message_id and "Next" in labels(message))
    assert shown(again) == seen[0]
    await ann.press(again, "👎")
    await ann.next_edit(again)
    assert (await bot.conversation.stars(ann.id))[seen[0]] == 1.0


async def test_pages(bot: Services, ann: Person) -> None:
    """Ten movies are on a page, and the last page has the rest."""
    await bot.conversation.get_or_create_person(ann.id, "ready")
    for movie_id in range(10, 240, 10):
        await bot.conversation.record_card(ann.id, movie_id, movie_id)
    await ann.send("/history")
    page = await ann.wait_for(has("I have shown you 23 movies"))
    assert page.text.count("Movie ") == 10
    for _ in range(2):
        await ann.press(page, "Older »")
        page = await ann.next_edit(page)
    assert [button.text.split()[2] for button in page.buttons[:3]] == ["30", "20", "10"]
    assert [button.text for button in page.buttons[3:]] == ["« Newer"]


def labels(message: Message) -> str:
    """Return the texts of the buttons below a message."""
    return " ".join(button.text for button in message.buttons)
