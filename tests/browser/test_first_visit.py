"""A newcomer's first visit to `reelmate demo` in a browser."""

import itertools

import pytest
from playwright.async_api import expect

from tests.browser.helpers import DESKTOP, PHONE, OpenChat
from tests.demo_process import Demo

_people = itertools.count(1)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_a_first_visit(demo: Demo, open_chat: OpenChat, width: int, dark: bool) -> None:
    """START, questions, titles, a card, a rating and the next card, a command, a file; a reload shows the same chat."""
    variant = f"{'phone' if width == PHONE else 'desktop'}-{'dark' if dark else 'light'}"
    async with open_chat(f"{demo.url}/?person={next(_people)}", width=width, dark=dark) as chat:
        await expect(chat.page.get_by_text("Press Start")).to_be_visible()
        await chat.shoot(f"{variant}-1-empty")
        await chat.begin()
        await chat.key("Let's start").click()
        await chat.key("25-34").click()
        await chat.see("2 of 3")
        await chat.key("Skip").click()
        await chat.see("3 of 3")
        await chat.shoot(f"{variant}-2-question")
        await chat.key("Skip").click()
        await expect(chat.key("Done")).to_be_visible()
        first_title = chat.last.get_by_role("group", name="Buttons").get_by_role("button").first
        await first_title.click()
        await expect(first_title).to_contain_text("👍")
        await chat.see("So far I would show you")
        await chat.shoot(f"{variant}-3-titles")
        await chat.write("the matrix")
        await chat.see("The Matrix (1999), noted")
        await chat.key("Done").click()
        await expect(chat.key("Later")).to_be_visible()
        title = chat.last.locator("strong").first
        card = await title.inner_text()
        await chat.shoot(f"{variant}-4-card")
        await chat.key("👍").click()
        await expect(chat.page.get_by_role("status").get_by_text("More of that")).to_be_visible()
        await expect(title).not_to_have_text(card)
        await chat.shoot(f"{variant}-5-next-card")
        await chat.page.get_by_role("button", name="Menu", exact=True).click()
        await chat.shoot(f"{variant}-6-menu")
        await chat.page.get_by_role("option", name="/export").click()
        async with chat.page.expect_download() as download:
            await chat.last.get_by_role("link", name="reelmate.json").click()
        assert (await download.value).suggested_filename == "reelmate.json"
        await chat.shoot(f"{variant}-7-end")
        before = await chat.messages.all_inner_texts()
        await chat.page.reload()
        await expect(chat.messages).to_have_count(len(before))
        assert await chat.messages.all_inner_texts() == before
