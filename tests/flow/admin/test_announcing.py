"""An announcement from its first preview to its last report."""

from datetime import UTC, datetime, timedelta

from prometheus_client import REGISTRY

from bot.app import Services
from bot.local_bot_api import Person, TelegramServer
from tests.flow.admin.helpers import ADMIN, agreed, announced, has


def got(people: list[Person], words: str) -> list[int]:
    """How often each has got a message with these words."""
    return [sum(words in message.text for message in person.messages if message.from_bot) for person in people]


def waited() -> float:
    """How often somebody's delivery had to wait."""
    return REGISTRY.get_sample_value("reelmate_deliveries_total", {"outcome": "waiting"}) or 0.0


async def test_it_is_previewed_confirmed_sent_and_reported(
    bot: Services, server: TelegramServer, ada: Person, ann: Person
) -> None:
    """Those who agreed get exactly what the admin saw, once, and nobody else gets anything."""
    people = await agreed(server, bot.stores.people, [11, 12, 13])
    await ann.send("/recommend")
    await ann.next_message()
    asked = await announced(ada)
    assert asked.text == "3 people would get this."
    preview = ada.messages[-2]
    assert preview.text.startswith("Hello <all>\n\n")
    await ada.press(asked, "Send to 3 people")
    report = await ada.wait_for(has("done"))
    assert report.message_id == asked.message_id
    assert report.text == "Announcement 1: done\n3 sent"
    assert report.buttons == []
    assert [one.messages[-1].text for one in people] == [preview.text] * 3
    assert got(people, "Hello") == [1, 1, 1]
    assert got([ann], "Hello") == [0]


async def test_its_marks_are_kept(bot: Services, server: TelegramServer, ada: Person) -> None:
    """What is bold for the admin is bold for everybody."""
    (person,) = await agreed(server, bot.stores.people, [11])
    with server.holding() as held:
        await ada.send("/announce Read this now")
        entity = {"type": "bold", "offset": len("/announce Read "), "length": 4}
        held[-1]["message"]["entities"].append(entity)
    await ada.press(await ada.wait_for(has("would get this")), "Send to 1 person")
    sent = await person.wait_for(has("Read this now"))
    assert sent.marked("bold") == ["this"]


async def test_only_the_active_are_written_to(bot: Services, server: TelegramServer, ada: Person) -> None:
    """Of two people one came long ago and did nothing since; the buttons tell how many are left of them."""
    (active,) = await agreed(server, bot.stores.people, [11])
    long_ago = datetime.now(UTC) - timedelta(days=20)
    await bot.stores.people.get_or_create(12, "ready", long_ago)
    (idle,) = await agreed(server, bot.stores.people, [12])
    asked = await announced(ada)
    await ada.press(asked, "Active in 30 days")
    month = await ada.changed(asked)
    assert month.text == "2 people would get this."
    assert [button.text for button in month.buttons[:3]] == ["All", "• Active in 30 days", "Active in 7 days"]
    await ada.press(month, "Active in 7 days")
    week = await ada.changed(month)
    assert week.text == "1 person would get this."
    await ada.press(week, "Send to 1 person")
    await ada.wait_for(has("done"))
    assert got([active, idle], "Hello") == [1, 0]


async def test_who_blocked_the_bot_is_marked_and_not_written_to_again(
    bot: Services, server: TelegramServer, ada: Person
) -> None:
    """The report counts them, and the next preview leaves them out."""
    people = await agreed(server, bot.stores.people, range(11, 16))
    with server.holding() as held:
        await people[0].block()
        held.clear()
    await ada.press(await announced(ada), "Send to 5 people")
    report = await ada.wait_for(has("done"))
    assert report.text == "Announcement 1: done\n4 sent\n1 have blocked the bot"
    blocked = await bot.stores.people.get(people[0].id)
    assert blocked is not None
    assert blocked.blocked
    await ada.send("/announce Hello again")
    assert await ada.wait_for(has("4 people would get this."))


async def test_telegram_is_left_alone_for_exactly_as_long_as_it_says(
    bot: Services, server: TelegramServer, ada: Person
) -> None:
    """After a 429 nobody is sent anything until the time has passed; then everybody gets it once."""
    people = await agreed(server, bot.stores.people, range(11, 61))
    asked = await announced(ada)
    before = len(server.calls_of("sendMessage"))
    server.faults.fail_next("sendMessage", retry_after=2)
    await ada.press(asked, "Send to 50 people")
    report = await ada.wait_for(has("done"))
    assert report.text == "Announcement 1: done\n50 sent"
    assert got(people, "Hello") == [1] * 50
    calls = server.calls_of("sendMessage")[before:]
    (refused,) = [call for call in calls if not call.ok]
    # Those that were on their way together with the refused one could not know.
    late = [call.at - refused.at for call in calls if call.at > refused.at + 0.5]
    assert len(late) >= 50 - 32
    assert min(late) >= 2


async def test_a_running_one_is_cancelled(bot: Services, server: TelegramServer, ada: Person) -> None:
    """After the tap not everybody is sent it any more, and the report says how many were left."""
    people = await agreed(server, bot.stores.people, range(11, 311))
    asked = await announced(ada)
    server.faults.delay_next("sendMessage", 0.2, times=300)
    await ada.press(asked, "Send to 300 people")
    under_way = await ada.wait_for(has("of 300 people"))
    press = await ada.press(under_way, "Cancel")
    await press.answered()
    report = await ada.wait_for(has("cancelled"))
    sent = sum(got(people, "Hello"))
    assert 0 < sent < 300
    assert f"{sent} sent" in report.text
    assert f"{300 - sent} not sent" in report.text
    assert max(got(people, "Hello")) == 1


async def test_a_lost_answer_is_reported_as_uncertain(bot: Services, server: TelegramServer, ada: Person) -> None:
    """When the gateway fails nobody knows whether the message went out, so it is not sent again."""
    people = await agreed(server, bot.stores.people, range(11, 21))
    asked = await announced(ada)
    server.faults.fail_next("sendMessage", code=502)
    await ada.press(asked, "Send to 10 people")
    report = await ada.wait_for(has("done"))
    assert report.text.splitlines()[1:] == ["9 sent", "1 uncertain: sent or not, and not sent again"]
    assert sorted(got(people, "Hello")) == [0, *[1] * 9]


async def test_while_telegram_is_away_nothing_is_lost(bot: Services, server: TelegramServer, ada: Person) -> None:
    """What cannot be sent waits, and goes out when Telegram is back."""
    people = await agreed(server, bot.stores.people, range(11, 21))
    asked = await announced(ada)
    await bot.administration.set_progress_message(ADMIN, 1, ADMIN, asked.message_id)
    before = waited()
    await server.stop()
    await bot.administration.announce(ADMIN, 1)
    while waited() == before:
        await bot.stores.jobs.get(1)
    await server.start()
    report = await ada.wait_for(has("done"), 60)
    assert report.text == "Announcement 1: done\n10 sent"
    assert got(people, "Hello") == [1] * 10
