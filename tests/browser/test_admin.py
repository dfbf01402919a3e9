"""An admin of `reelmate demo` in a browser, with a subscriber to announcements in another window."""

from playwright.async_api import expect

from tests.browser.helpers import OpenChat
from tests.demo_process import Demo

PERSON = 9
"""Key of a person that no other test uses."""


async def test_an_admin_reads_statistics_and_announces(demo: Demo, open_chat: OpenChat) -> None:
    """Statistics as a chart, health, and an announcement: preview, confirmation, delivery and report."""
    async with open_chat(f"{demo.url}/?as=admin") as admin, open_chat(f"{demo.url}/?person={PERSON}") as person:
        await admin.begin()
        await admin.key("Skip the questions").click()
        await person.begin()
        await person.key("Skip the questions").click()
        await expect(person.key("More titles")).to_be_visible()
        await person.write("/settings")
        await person.key("Tell me about new movies and news").click()
        await expect(person.key("✅ Tell me about new movies and news")).to_be_visible()

        await admin.page.get_by_role("button", name="Menu", exact=True).click()
        await admin.page.get_by_role("option", name="/health").scroll_into_view_if_needed()
        await admin.shoot("admin-1-menu")
        await admin.page.get_by_role("option", name="/stats").click()
        chart = admin.last.get_by_role("img", name="Picture: Statistics")
        await expect(chart).to_be_visible()
        await admin.see("want messages: 1")
        await admin.shoot("admin-2-stats")
        await admin.write("/health")
        await admin.see("✅ vectors")
        await admin.shoot("admin-3-health")

        await admin.write("/announce Three hundred new movies are here.")
        await admin.see("1 person would get this.")
        await expect(admin.messages.nth(-2)).to_contain_text("Three hundred new movies are here.")
        await admin.shoot("admin-4-preview")
        await admin.key("Send to 1 person").click()
        await person.see("Three hundred new movies are here.")
        await person.shoot("admin-5-announced")
        await admin.see("1 sent")
        await expect(admin.last).to_contain_text("done")
        await expect(admin.last.get_by_role("group", name="Buttons")).to_have_count(0)
        await admin.write("/refresh metadata")
        await admin.see("movies written")
        await admin.shoot("admin-6-done")
