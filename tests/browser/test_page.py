"""The page in a real browser, with a bot that consists of Bot API calls."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from playwright.async_api import expect

from bot.local_bot_api import ChatPage, PageOptions, TelegramServer
from tests.browser.helpers import PHONE, OpenChat
from tests.flow.local_bot_api.helpers import png

MARKED = (
    "<b>bold</b> <i>it<u>alic</u></i> <s>gone</s> <code>a &lt; b</code> <tg-spoiler>the end</tg-spoiler> "
    '<a href="https://a.test/">link</a> https://b.test/x /help\n<blockquote>quoted</blockquote><pre>x = 1</pre>'
)
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title = 2</script>'


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A server with a chat page and no bot; the tests make the bot's calls."""
    async with TelegramServer(name="Reelmate") as opened:
        opened.add_site(ChatPage(opened, PageOptions()).app)
        yield opened


class Bot:
    """A minimal bot that makes Bot API calls."""

    def __init__(self, server: TelegramServer, client: httpx.AsyncClient) -> None:
        self._server = server
        self._client = client
        self._offset = 0

    async def __call__(self, method: str, /, files: Any = None, **parameters: Any) -> Any:
        """Call a method for person 1 and return its result."""
        request: dict[str, Any] = {"data" if files else "json": {"chat_id": 1, **parameters}, "files": files}
        response = (await self._client.post(f"{self._server.base_url}{self._server.token}/{method}", **request)).json()
        assert response["ok"], response
        return response["result"]

    async def next_tap(self) -> Any:
        """Wait for the next callback query and return it."""
        while True:
            for update in await self("getUpdates", offset=self._offset, limit=1, timeout=10):
                self._offset = update["update_id"] + 1
                if "callback_query" in update:
                    return update["callback_query"]


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    """A bot that may write to person 1."""
    await server.person(1).send("hello")
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Bot(server, client)


async def test_entities_are_rendered_and_markup_is_not(server: TelegramServer, bot: Bot, open_chat: OpenChat) -> None:
    """Each entity type has its element, a tap opens a spoiler, and HTML in a text stays text."""
    await bot("sendMessage", text=MARKED, parse_mode="HTML")
    await bot("sendMessage", text=HOSTILE)
    async with open_chat(server.url) as chat:
        await chat.see(HOSTILE)
        assert await chat.page.title() == "Ann · Reelmate"
        message = chat.messages.nth(1)
        for tag, text in {"strong": "bold", "em": "italic", "em u": "alic", "s": "gone", "code": "a < b"}.items():
            await expect(message.locator(f".text {tag}")).to_have_text(text)
        await expect(message.locator("blockquote")).to_have_text("quoted")
        await expect(message.locator("pre")).to_have_text("x = 1")
        attributes = "links => links.map((link) => [link.textContent, link.href, link.rel])"
        links = await message.get_by_role("link").evaluate_all(attributes)
        assert links == [
            ["link", "https://a.test/", "noopener noreferrer"],
            ["https://b.test/x", "https://b.test/x", "noopener noreferrer"],
        ]
        await message.get_by_role("button", name="Hidden text").click()
        await expect(message.locator(".spoiler.open")).to_have_text("the end")
        await chat.shoot("marks")
        await message.get_by_role("button", name="/help").click()
        await chat.see("/help")


async def test_pictures_files_and_reactions(server: TelegramServer, bot: Bot, open_chat: OpenChat) -> None:
    """A picture is shown, a broken picture is replaced by a text, and the person's reaction is set and removed."""
    await bot("sendPhoto", files={"photo": ("a.png", png(60, 90), "image/png")}, caption="A poster")
    await bot("sendPhoto", files={"photo": ("b.png", png(60, 90)[:40], "image/png")})
    async with open_chat(server.url) as chat:
        await expect(chat.page.get_by_role("img", name="Picture: A poster")).to_be_visible()
        await expect(chat.last).to_contain_text("The picture could not be loaded")
        await chat.last.get_by_role("button", name="React or reply").press("Enter")
        await chat.page.get_by_role("menuitemcheckbox", name="React with 👍").press("Enter")
        thumb = chat.last.get_by_role("button", name="Reaction 👍")
        await expect(thumb).to_have_attribute("aria-pressed", "true")
        await chat.shoot("pictures")
        await thumb.click()
        await expect(thumb).to_have_count(0)


async def test_a_button_is_busy_until_the_tap_is_answered(
    server: TelegramServer, bot: Bot, open_chat: OpenChat
) -> None:
    """The answer is shown as a toast or an alert; the button keeps the focus when the message is edited."""
    keyboard = {"inline_keyboard": [[{"text": "one", "callback_data": "1"}, {"text": "two", "callback_data": "2"}]]}
    sent = await bot("sendMessage", text="Choose", reply_markup=keyboard)
    async with open_chat(server.url) as chat:
        await chat.key("two").focus()
        await chat.key("two").press("Enter")
        tap = await bot.next_tap()
        assert tap["data"] == "2"
        await expect(chat.key("two")).to_have_attribute("aria-busy", "true")
        await chat.shoot("busy")
        await bot("editMessageText", message_id=sent["message_id"], text="Choose again", reply_markup=keyboard)
        await expect(chat.key("two")).to_be_focused()
        await bot("answerCallbackQuery", callback_query_id=tap["id"], text="Two it is.")
        await expect(chat.page.locator("#toast")).to_have_text("Two it is.")
        await chat.key("one").click()
        tap = await bot.next_tap()
        await bot("answerCallbackQuery", callback_query_id=tap["id"], text="Look here.", show_alert=True)
        alert = chat.page.get_by_role("dialog")
        await expect(alert).to_contain_text("Look here.")
        await chat.shoot("alert")
        await chat.page.keyboard.press("Enter")
        await expect(alert).to_be_hidden()
        await expect(chat.key("one")).not_to_have_attribute("aria-busy", "true")


async def test_writing_by_keyboard(server: TelegramServer, bot: Bot, open_chat: OpenChat) -> None:
    """Shift+Enter adds a line, Enter sends, "/" lists commands for the arrow keys, and a reply quotes its message."""
    menu = [{"command": "recommend", "description": "a movie"}, {"command": "ratings", "description": "yours"}]
    await bot("setMyCommands", commands=menu)
    await bot("sendMessage", text="Which movie?")
    async with open_chat(server.url) as chat:
        await chat.text.press_sequentially("one")
        await chat.text.press("Shift+Enter")
        await chat.text.press_sequentially("two")
        await chat.text.press("Enter")
        await chat.see("one\ntwo")
        await chat.text.press_sequentially("/r")
        await expect(chat.page.get_by_role("option")).to_have_text(["/recommenda movie", "/ratingsyours"])
        await chat.text.press("ArrowDown")
        await chat.text.press("Enter")
        await chat.see("/ratings")
        await chat.messages.nth(1).get_by_role("button", name="React or reply").press("Enter")
        await chat.page.get_by_role("menuitem", name="Reply").press("Enter")
        await expect(chat.page.locator("#replying")).to_contain_text("Which movie?")
        await chat.write("Alien")
        await chat.see("Which movie?")
        assert [update["message"].get("reply_to_message", {}).get("text") for update in server.updates[1:]] == [
            None,
            None,
            "Which movie?",
        ]


async def test_a_new_message_does_not_scroll_a_reader_away(
    server: TelegramServer, bot: Bot, open_chat: OpenChat
) -> None:
    """Further up, a button counts new messages and leads to the end; at the end, the page scrolls along."""
    for number in range(40):
        await bot("sendMessage", text=f"number {number}")
    async with open_chat(server.url, width=PHONE) as chat:
        await expect(chat.last).to_be_in_viewport()
        await chat.messages.nth(5).scroll_into_view_if_needed()
        await expect(chat.messages.nth(5)).to_be_in_viewport()
        await bot("sendMessage", text="one more")
        down = chat.page.get_by_role("button", name="Go to the newest message")
        await expect(down).to_contain_text("1")
        await expect(chat.messages.nth(5)).to_be_in_viewport()
        await down.click()
        await expect(chat.last).to_be_in_viewport()
        await expect(down).to_be_hidden()
        await bot("sendMessage", text="the last\n" * 20)
        await expect(chat.last.locator(".time")).to_be_in_viewport()


async def test_the_page_reconnects_after_an_outage(server: TelegramServer, bot: Bot, open_chat: OpenChat) -> None:
    """A text that cannot be sent stays in its field; when the server is back, the chat continues."""
    async with open_chat(server.url) as chat:
        await chat.see("hello")
        status = chat.page.locator("#status")
        await bot("sendChatAction", action="typing")
        await expect(status).to_have_text("typing…")
        await server.stop()
        await expect(status).to_have_text("connecting…")
        await chat.write("are you there?")
        await expect(chat.page.locator("#toast")).to_contain_text("No connection")
        await expect(chat.text).to_have_value("are you there?")
        await server.start()
        await bot("sendMessage", text="I am back")
        await chat.see("I am back")
        await expect(status).to_have_text("bot")
        await chat.text.press("Enter")
        await chat.see("are you there?")


async def test_people_have_separate_tabs(server: TelegramServer, open_chat: OpenChat) -> None:
    """The link "New person" opens a tab with another person, and a tab keeps its person."""
    async with open_chat(server.url) as chat:
        await expect(chat.page.get_by_text("You are Ann")).to_be_visible()
        async with chat.page.context.expect_page() as opened:
            await chat.page.get_by_role("link", name="New person").click()
        other = await opened.value
        await expect(other.get_by_text("You are Bob")).to_be_visible()
        assert other.url == f"{server.url}/?person=2"
        await other.goto(server.url)
        await expect(other.get_by_text("You are Bob")).to_be_visible()
        await chat.begin()
        await expect(chat.messages).to_have_count(1)
        await expect(other.get_by_role("article")).to_have_count(0)


async def test_the_people_cover_the_chat_on_a_phone(server: TelegramServer, bot: Bot, open_chat: OpenChat) -> None:
    """The arrow button shows the people, Escape hides them, and the focus moves accordingly."""
    await bot("sendMessage", text="Hi")
    async with open_chat(server.url, width=PHONE) as chat:
        await chat.see("Hi")
        people = chat.page.get_by_role("complementary", name="People and ideas")
        await expect(people).to_be_hidden()
        await chat.page.get_by_role("button", name="People and ideas").click()
        await expect(people.get_by_role("link", name="Ann")).to_be_visible()
        await expect(chat.page.get_by_role("button", name="Back to the chat")).to_be_focused()
        await chat.shoot("phone-people")
        await chat.page.keyboard.press("Escape")
        await expect(people).to_be_hidden()
        await expect(chat.page.get_by_role("button", name="People and ideas")).to_be_focused()


async def test_a_tap_on_a_bubble_opens_its_menu_on_a_phone(
    server: TelegramServer, bot: Bot, open_chat: OpenChat
) -> None:
    """Touch screens have no hover, so a tap on the bubble opens the menu."""
    await bot("sendMessage", text="Hi")
    async with open_chat(server.url, width=PHONE) as chat:
        await chat.last.get_by_text("Hi").tap()
        await chat.page.get_by_role("menuitemcheckbox", name="React with 👎").tap()
        await expect(chat.last.get_by_role("button", name="Reaction 👎")).to_be_visible()
