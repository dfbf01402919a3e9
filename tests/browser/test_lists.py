"""A card with details, the watchlist and a search of `reelmate demo` in a browser."""

import itertools

import pytest
from playwright.async_api import expect

from handlers.texts import details, lists
from tests.browser.helpers import DESKTOP, PHONE, Chat, OpenChat
from tests.demo_process import Demo

_people = itertools.count(20)
"""Keys of people that no other test uses."""


async def keep_for_later(chat: Chat, count: int) -> None:
    """Keep the movies of the next cards for later."""
    title = chat.last.locator("strong").first
    for _ in range(count):
        kept = await title.inner_text()
        await chat.key("Later").click()
        await expect(title).not_to_have_text(kept)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_details_watchlist_and_search(demo: Demo, open_chat: OpenChat, width: int, dark: bool) -> None:
    """A card opens its details, whose title can be copied. The watchlist chooses a movie, and a search has pages."""
    variant = f"{'phone' if width == PHONE else 'desktop'}-{'dark' if dark else 'light'}"
    async with open_chat(f"{demo.url}/?person={next(_people)}", width=width, dark=dark) as chat:
        await chat.begin()
        await chat.key("Skip the questions").click()
        await chat.key("Done").click()
        await expect(chat.key("Later")).to_be_visible()
        await chat.write("/search the")
        await chat.see("movies for “the”")
        await chat.key("More »").click()
        await expect(chat.key("« Back")).to_be_visible()
        await chat.shoot(f"{variant}-list-1-search")
        opened = chat.last.get_by_role("group", name="Buttons").get_by_role("button").first
        shortened = await opened.inner_text()
        await opened.click()
        await expect(chat.last.get_by_role("button", name=details.MORE())).to_be_visible()
        await chat.see(shortened.partition("…")[0])
        title = await chat.last.locator("strong").first.inner_text()
        await chat.shoot(f"{variant}-list-2-card")
        await chat.key(details.MORE()).click()
        await chat.see("Directed by")
        await expect(chat.last.get_by_role("link", name="Letterboxd")).to_be_visible()
        await chat.shoot(f"{variant}-list-3-details")
        await chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await chat.key(details.COPY_TITLE()).click()
        await expect(chat.page.get_by_role("status").get_by_text("Copied.")).to_be_visible()
        assert await chat.page.evaluate("navigator.clipboard.readText()") == title
        await chat.write("/recommend")
        await expect(chat.last.get_by_role("button", name="Later")).to_be_visible()
        await keep_for_later(chat, 3)
        await chat.write("/watchlist")
        await chat.see("3 movies to see:")
        await chat.shoot(f"{variant}-list-4-watchlist")
        await chat.key(lists.TONIGHT()).click()
        await chat.see("Tonight, from your watchlist:")
        await chat.shoot(f"{variant}-list-5-tonight")
