"""A wish of `reelmate demo` in a browser: its conditions are buttons, of cards and of lists."""

import itertools

import pytest
from playwright.async_api import expect

from handlers.texts import wishes
from tests.browser.helpers import DESKTOP, PHONE, OpenChat
from tests.demo_process import Demo

_people = itertools.count(40)
"""Keys of people that no other test uses."""


@pytest.mark.parametrize(("width", "dark"), [(DESKTOP, False), (DESKTOP, True), (PHONE, False), (PHONE, True)])
async def test_a_wish_with_chips(demo: Demo, open_chat: OpenChat, width: int, dark: bool) -> None:
    """A tap on a condition removes it, a single one stays visible, and a list of movies has the conditions too."""
    variant = f"{'phone' if width == PHONE else 'desktop'}-{'dark' if dark else 'light'}"
    async with open_chat(f"{demo.url}/?person={next(_people)}", width=width, dark=dark) as chat:
        await chat.begin()
        await chat.key("Skip the questions").click()
        await chat.key("Done").click()
        await expect(chat.key("Later")).to_be_visible()
        await chat.write("90s comedy, no horror")
        await chat.see("Understood: Comedy, from the 1990s, no Horror.")
        chips = chat.last.get_by_role("button", name="✕")
        await expect(chips).to_have_text(["✕ Comedy", "✕ no Horror", "✕ from the 1990s", wishes.END_WISH()])
        await chat.shoot(f"{variant}-wish-1-chips")
        await chat.key("✕ no Horror").click()
        await expect(chips).to_have_text(["✕ Comedy", "✕ from the 1990s", wishes.END_WISH()])
        await chat.key("✕ from the 1990s").click()
        await expect(chips).to_have_text(["✕ Comedy", wishes.END_WISH()])
        await chat.shoot(f"{variant}-wish-2-one-chip")
        await chat.write("give me five")
        await chat.see(wishes.HEAD_PICKS().partition(".")[0])
        await expect(chat.last.get_by_role("button")).to_have_count(8)  # Five movies, two conditions, and the menu.
        await chat.shoot(f"{variant}-wish-3-list")
        await chat.last.get_by_role("group", name="Buttons").get_by_role("button").first.click()
        await expect(chat.key("Later")).to_be_visible()
        await expect(chips).to_have_text(["✕ Comedy", wishes.END_WISH()])
        await chat.key(wishes.END_WISH()).click()
        await expect(chips).to_have_count(0)
        await chat.shoot(f"{variant}-wish-4-ended")
