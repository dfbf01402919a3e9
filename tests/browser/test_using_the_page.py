"""What a person does on the page besides writing: ideas, photos, files, stickers and voice messages, many people."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, expect

from bot.local_bot_api import ChatPage, PageOptions, TelegramServer
from tests.browser.helpers import DESKTOP, PHONE, OpenChat
from tests.browser.test_page import Bot, bot
from tests.flow.local_bot_api.helpers import png

__all__ = ["bot"]

IDEAS = ("/recommend", "90s comedy, no horror", "like Alien", "before 1980", "/ratings", "/export")
VARIANTS = [(DESKTOP, False), (DESKTOP, True), (PHONE, False)]


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A server whose page has ideas, and no bot; the tests make the bot's calls."""
    async with TelegramServer(name="Reelmate") as opened:
        opened.add_site(ChatPage(opened, PageOptions("This is the starter set.", IDEAS)).app)
        yield opened


async def height(element: Locator) -> float:
    """Return the height of an element in pixels."""
    box = await element.bounding_box()
    assert box is not None
    return box["height"]


@pytest.mark.parametrize(("width", "dark"), VARIANTS)
async def test_an_idea_starts_the_chat(server: TelegramServer, open_chat: OpenChat, width: int, dark: bool) -> None:
    """Before Start there is no text field. A tap on an idea starts the chat, and the field shows the whole idea."""
    async with open_chat(server.url, width=width, dark=dark) as chat:
        await expect(chat.text).to_be_hidden()
        if width == PHONE:
            await chat.page.get_by_role("button", name="People and ideas").click()
        await chat.page.get_by_role("button", name=IDEAS[1]).click()
        await expect(chat.text).to_have_value(IDEAS[1])
        await expect(chat.text).to_be_focused()
        await chat.see("/start")
        assert await height(chat.text) >= 38
        await chat.shoot(f"idea-{width}-{'dark' if dark else 'light'}")
        await chat.text.press("Enter")
        await chat.see(IDEAS[1])
        assert [update["message"]["text"] for update in server.updates] == ["/start", IDEAS[1]]


async def test_other_buttons_get_no_focus(bot: Bot, server: TelegramServer, open_chat: OpenChat) -> None:
    """After "Let's start" no answer has the focus, so Enter chooses none. A switch keeps it under its new sign."""

    def keyboard(*labels: str) -> dict[str, list[list[dict[str, str]]]]:
        return {"inline_keyboard": [[{"text": label, "callback_data": label}] for label in labels]}

    sent = await bot("sendMessage", text="Hi", reply_markup=keyboard("Let's start", "Skip the questions"))
    async with open_chat(server.url) as chat:
        await chat.key("Let's start").press("Enter")
        tap = await bot.next_tap()
        asked = keyboard("under 18", "18-24", "Skip")
        await bot("editMessageText", message_id=sent["message_id"], text="How old are you?", reply_markup=asked)
        await bot("answerCallbackQuery", callback_query_id=tap["id"])
        await expect(chat.key("under 18")).to_be_visible()
        await expect(chat.last).to_be_focused()
        await chat.shoot("question-without-focus")
        await chat.page.keyboard.press("Enter")
        await chat.page.keyboard.press("Tab")
        await bot("editMessageText", message_id=sent["message_id"], text="1", reply_markup=keyboard("Alien", "Done"))
        await chat.key("Alien").focus()
        marked = keyboard("👍 Alien", "Done")
        await bot("editMessageText", message_id=sent["message_id"], text="2", reply_markup=marked)
        await expect(chat.key("👍 Alien")).to_be_focused()
        moved = keyboard("Fargo", "👎 Alien", "Done")
        await bot("editMessageText", message_id=sent["message_id"], text="3", reply_markup=moved)
        await expect(chat.key("👎 Alien")).to_be_focused()
        assert len([update for update in server.updates if "callback_query" in update]) == 1


@pytest.mark.parametrize(("width", "dark"), VARIANTS)
async def test_photos_files_stickers_and_voice_messages(
    bot: Bot, server: TelegramServer, open_chat: OpenChat, width: int, dark: bool
) -> None:
    """Each reaches the bot as Telegram sends it, and the chat shows it. What is no picture is refused as a photo."""

    async def choose(what: str, name: str = "", content: bytes = b"") -> None:
        await chat.page.get_by_role("button", name="Attach", exact=True).click()
        choice = chat.page.get_by_role("menuitem", name=what, exact=True)
        if not name:
            await choice.click()
            return
        async with chat.page.expect_file_chooser() as chooser:
            await choice.click()
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        await (await chooser.value).set_files(file)  # type: ignore[arg-type]  # a typed dict of Playwright

    await bot("sendMessage", text="Hi")
    async with open_chat(server.url, width=width, dark=dark) as chat:
        await chat.see("Hi")
        await chat.page.get_by_role("button", name="Attach", exact=True).click()
        await chat.shoot(f"attach-{width}-{'dark' if dark else 'light'}")
        await chat.page.keyboard.press("ArrowDown")
        await expect(chat.page.get_by_role("menuitem", name="File")).to_be_focused()
        await chat.page.keyboard.press("Escape")
        await choose("Photo", "poster.png", png(60, 90))
        await expect(chat.last.get_by_role("img", name="Picture")).to_be_visible()
        await choose("File", "my ratings.csv", b"title,stars\nAlien,5\n")
        await chat.see("my ratings.csv")
        await choose("Sticker")
        await expect(chat.last.get_by_role("img", name="Sticker 🎬")).to_be_visible()
        await choose("Voice message")
        await chat.see("0:03")
        await chat.shoot(f"attached-{width}-{'dark' if dark else 'light'}")
        await choose("Photo", "no picture.png", b"no picture")
        await expect(chat.page.locator("#toast")).to_contain_text("Telegram does not take this")
        messages = [update["message"] for update in server.updates[1:]]
        kinds = [next(kind for kind in ("photo", "document", "sticker", "voice") if kind in sent) for sent in messages]
        assert kinds == ["photo", "document", "sticker", "voice"]
        assert messages[1]["document"]["file_name"] == "my ratings.csv"


@pytest.mark.parametrize(("width", "dark"), VARIANTS)
async def test_many_people_leave_the_ideas_in_view(
    server: TelegramServer, open_chat: OpenChat, width: int, dark: bool
) -> None:
    """The list of 50 people scrolls by itself, and shows the person of the tab."""
    async with open_chat(f"{server.url}/?person=1", width=width, dark=dark) as chat:
        for key in range(2, 51):
            await chat.page.evaluate("key => fetch(`people/${key}/samples`, {method: 'POST', body: '{}'})", key)
        await chat.page.goto(f"{server.url}/?person=40")
        people = chat.page.get_by_role("complementary", name="People and ideas")
        if width == PHONE:
            await chat.page.get_by_role("button", name="People and ideas").click()
        await expect(people.get_by_role("listitem")).to_have_count(50)
        for idea in IDEAS:
            await expect(people.get_by_role("button", name=idea)).to_be_in_viewport(ratio=1)
        await expect(people.get_by_role("link", name="New person")).to_be_in_viewport(ratio=1)
        await expect(people.get_by_role("link", name="Guest 40")).to_be_in_viewport(ratio=0.9)
        await chat.shoot(f"many-people-{width}-{'dark' if dark else 'light'}")
