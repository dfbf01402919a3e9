"""Page object for the browser tests; it finds elements by their visible text and their accessible roles."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect

OpenChat = Callable[..., AbstractAsyncContextManager["Chat"]]
PHONE, DESKTOP = 390, 1280

TIMEOUT_MS = 30_000
"""Timeout of every action; test machines may have two busy cores."""

expect.set_options(timeout=TIMEOUT_MS)
_HEIGHTS = {PHONE: 844, DESKTOP: 800}


@dataclass(frozen=True, slots=True)
class Chat:
    """The chat page in a browser window."""

    page: Page
    shots: Path

    @property
    def messages(self) -> Locator:
        """All messages, oldest first."""
        return self.page.get_by_role("log").get_by_role("article")

    @property
    def last(self) -> Locator:
        """The newest message."""
        return self.messages.last

    @property
    def text(self) -> Locator:
        """The text field."""
        return self.page.get_by_role("textbox", name="Message")

    def key(self, text: str) -> Locator:
        """Return the newest button of a message whose text contains `text`."""
        return self.messages.get_by_role("group", name="Buttons").get_by_role("button", name=text).last

    async def begin(self) -> None:
        """Press START."""
        await self.page.get_by_role("button", name="Start", exact=True).click()

    async def write(self, text: str) -> None:
        """Type a text and press Enter."""
        await self.text.fill(text)
        await self.text.press("Enter")

    async def see(self, text: str) -> None:
        """Wait until the newest message contains a text."""
        await expect(self.last).to_contain_text(text)

    async def shoot(self, name: str) -> None:
        """Take a screenshot, without animations."""
        await self.page.screenshot(path=self.shots / f"{name}.png", animations="disabled")


def opening(browser: Browser, shots: Path) -> OpenChat:
    """Return a context manager that opens the page; script errors and content policy violations fail the test."""

    @asynccontextmanager
    async def open_chat(url: str, *, width: int = DESKTOP, dark: bool = False) -> AsyncIterator[Chat]:
        size = {"width": width, "height": _HEIGHTS[width]}
        async with await browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            color_scheme="dark" if dark else "light",
            has_touch=width == PHONE,
            is_mobile=width == PHONE,
            reduced_motion="reduce",
        ) as context:
            page = await context.new_page()
            page.set_default_timeout(TIMEOUT_MS)
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda entry: errors.append(entry.text) if "Content Security" in entry.text else None)
            await page.goto(url)
            yield Chat(page, shots)
            assert errors == []

    return open_chat
