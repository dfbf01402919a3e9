"""Announcements, from the preview to the final report."""

from datetime import UTC, datetime, timedelta

from prometheus_client import REGISTRY

from bot.app import Services
from bot.jobs.announcer import MAX_AT_ONCE
from bot.local_bot_api import Person, TelegramServer
from tests.flow.admin.helpers import ADMIN, agreed, announced, has
from tests.programs import PATIENCE_S


def got(people: list[Person], words: str) -> list[int]:
    """Return the number of messages with these words that each person got."""
    return [sum(words in message.text for message in person.messages if message.from_bot) for person in people]


def waited() -> float:
    """Return the number of deliveries that had to wait."""
    return REGISTRY.get_sample_value("reelmate_deliveries_total", {"outcome": "waiting"}) or 0.0


async def test_an_announcement_is_previewed_confirmed_sent_and_reported(
    bot: Services, server: TelegramServer, ada: Person, ann: Person
) -> None:
    """People who agreed get exactly the previewed message once, and nobody else gets it."""
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
    assert [person.messages[-1].text for person in people] == [preview.text] * 3
    assert got(people, "Hello") == [1, 1, 1]
    assert got([ann], "Hello") == [0]


async def test_the_formatting_is_kept(bot: Services, server: TelegramServer, ada: Person) -> None:
    """Text that the admin typed in bold is bold for everybody."""
    (person,) = await agreed(server, bot.stores.people, [11])
    with server.holding() as held:
        await ada.send("/announce Read this now")
        entity = {"type": "bold", "offset": len("/announce Read "), "length": 4}
        held[-1]["message"]["entities"].append(entity)
    await ada.press(await ada.wait_for(has("would get this")), "Send to 1 person")
    sent = await person.wait_for(has("Read this now"))
    assert sent.marked("bold") == ["this"]


async def test_an_audience_leaves_inactive_people_out(bot: Services, server: TelegramServer, ada: Person) -> None:
    """One of two people has been inactive for 20 days. The message shows the number of recipients per audience."""
    (active,) = await agreed(server, bot.stores.people, [11])
    long_ago = datetime.now(UTC) - timedelta(days=20)
    await bot.stores.people.get_or_create(12, "ready", long_ago)
    (idle,) = await agreed(server, bot.stores.people, [12])
    asked = await announced(ada)
    await ada.press(asked, "Active in 30 days")
    month = await ada.next_edit(asked)
    assert month.text == "2 people would get this."
    assert [button.text for button in month.buttons[:3]] == ["All", "• Active in 30 days", "Active in 7 days"]
    await ada.press(month, "Active in 7 days")
    week = await ada.next_edit(month)
    assert week.text == "1 person would get this."
    await ada.press(week, "Send to 1 person")
    await ada.wait_for(has("done"))
    assert got([active, idle], "Hello") == [1, 0]


async def test_a_person_who_blocked_the_bot_is_marked_and_left_out(
    bot: Services, server: TelegramServer, ada: Person
) -> None:
    """The report counts people who blocked the bot, and the next preview leaves them out."""
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


async def test_a_limited_chat_delays_nobody_else(bot: Services, server: TelegramServer, ada: Person) -> None:
    """Two of 100 people are limited for half an hour: the others get the message, and the admin sees who waits."""
    people = await agreed(server, bot.stores.people, range(11, 111))
    asked = await announced(ada)
    for person in people[:2]:
        server.faults.fail_next("sendMessage", retry_after=1_800, chat_id=person.id)
    await ada.press(asked, "Send to 100 people")
    under_way = await ada.wait_for(has("98 sent"))
    assert under_way.text.splitlines()[1:] == [
        "98 of 100 people",
        "98 sent",
        "2 set aside: Telegram takes messages to them later",
    ]
    await ada.press(under_way, "Cancel")
    report = await ada.wait_for(has("cancelled"))
    assert report.text == "Announcement 1: cancelled\n98 sent\n2 not sent"
    assert got(people, "Hello") == [0, 0, *[1] * 98]


async def test_a_person_in_a_limited_chat_gets_the_message_later(
    bot: Services, server: TelegramServer, ada: Person
) -> None:
    """Both people with a 429 get the message once, when the time that Telegram names has passed."""
    people = await agreed(server, bot.stores.people, range(11, 61))
    asked = await announced(ada)
    for person in people[:2]:
        server.faults.fail_next("sendMessage", retry_after=2, chat_id=person.id)
    await ada.press(asked, "Send to 50 people")
    report = await ada.wait_for(has("done"))
    assert report.text == "Announcement 1: done\n50 sent"
    assert got(people, "Hello") == [1] * 50
    for person in people[:2]:
        refused, sent = [call for call in server.calls_of("sendMessage") if call.chat_id == person.id]
        assert sent.at - refused.at >= 2


async def test_a_limit_of_the_bot_delays_everybody(bot: Services, server: TelegramServer, ada: Person) -> None:
    """If a whole batch gets a 429, nothing is sent until the time is over. Then everybody gets the message once."""
    people = await agreed(server, bot.stores.people, range(11, 61))
    asked = await announced(ada)
    before = len(server.calls_of("sendMessage"))
    server.faults.fail_next("sendMessage", MAX_AT_ONCE, retry_after=2)
    await ada.press(asked, "Send to 50 people")
    report = await ada.wait_for(has("done"))
    assert report.text == "Announcement 1: done\n50 sent"
    assert got(people, "Hello") == [1] * 50
    calls = server.calls_of("sendMessage")[before:]
    assert [call.ok for call in calls] == [False] * MAX_AT_ONCE + [True] * 50
    assert calls[MAX_AT_ONCE].at - calls[0].at >= 2


async def test_the_admin_sees_that_telegram_limits_the_bot(bot: Services, server: TelegramServer, ada: Person) -> None:
    """The message of an announcement that has to wait says until when, and can cancel it."""
    await agreed(server, bot.stores.people, range(11, 61))
    asked = await announced(ada)
    before = len(server.calls_of("sendMessage"))
    server.faults.fail_next("sendMessage", MAX_AT_ONCE, retry_after=1_800)
    await ada.press(asked, "Send to 50 people")
    under_way = await ada.wait_for(has("Telegram limits the bot: sending goes on at"))
    assert "0 of 50 people" in under_way.text
    await ada.press(under_way, "Cancel")
    report = await ada.wait_for(has("cancelled"))
    assert report.text == "Announcement 1: cancelled\n50 not sent"
    # Those who had not begun when the first refusal came were not tried.
    assert before < len(server.calls_of("sendMessage")) <= before + MAX_AT_ONCE


async def test_an_announcement_does_not_wait_for_hours(bot: Services, server: TelegramServer, ada: Person) -> None:
    """A person whose chat is limited for more than an hour gets nothing, and the next announcement is sent."""
    people = await agreed(server, bot.stores.people, range(11, 16))
    server.faults.fail_next("sendMessage", retry_after=3_700, chat_id=people[0].id)
    await ada.press(await announced(ada), "Send to 5 people")
    report = await ada.wait_for(has("done"))
    assert report.text == "Announcement 1: done\n4 sent\n1 not sent"
    await ada.press(await announced(ada, "/announce Again"), "Send to 5 people")
    assert await people[1].wait_for(has("Again"))
    assert got(people, "Hello") == [0, 1, 1, 1, 1]


async def test_a_running_announcement_is_cancelled(bot: Services, server: TelegramServer, ada: Person) -> None:
    """A cancelled announcement stops early, and the report says how many people did not get it."""
    people = await agreed(server, bot.stores.people, range(11, 311))
    asked = await announced(ada)
    # The first batch is fast. All others together take so long that the tap comes in time on a busy machine too.
    server.faults.delay_next("sendMessage", 0.2, times=MAX_AT_ONCE)
    server.faults.delay_next("sendMessage", 2.0, times=300)
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


async def test_a_lost_response_is_reported_as_uncertain(bot: Services, server: TelegramServer, ada: Person) -> None:
    """After a 502 it is unknown whether the message was sent, so it is not sent again."""
    people = await agreed(server, bot.stores.people, range(11, 21))
    asked = await announced(ada)
    server.faults.fail_next("sendMessage", code=502)
    await ada.press(asked, "Send to 10 people")
    report = await ada.wait_for(has("done"))
    assert report.text.splitlines()[1:] == ["9 sent", "1 uncertain: sent or not, and not sent again"]
    assert sorted(got(people, "Hello")) == [0, *[1] * 9]


async def test_a_damaged_response_is_uncertain_too(bot: Services, server: TelegramServer, ada: Person) -> None:
    """The messages arrived, but their responses are cut or are not of the Bot API. None of them is sent again."""
    people = await agreed(server, bot.stores.people, range(11, 21))
    asked = await announced(ada)
    server.faults.damage_next("sendMessage")
    for body in (
        b"",
        b"[]",
        b"null",
        b'{"ok":true}',
        b'{"ok":false,"error_code":200}',
        b'{"ok":false,"parameters":[1]}',
        b'{"ok":true,"result":"sent"}',
        b'{"ok":true,"result":{"message_id":1}}',
    ):
        server.faults.damage_next("sendMessage", body)
    await ada.press(asked, "Send to 10 people")
    report = await ada.wait_for(has("done"))
    assert report.text.splitlines()[1:] == ["1 sent", "9 uncertain: sent or not, and not sent again"]
    assert got(people, "Hello") == [1] * 10


async def test_while_telegram_is_down_nothing_is_lost(bot: Services, server: TelegramServer, ada: Person) -> None:
    """Deliveries wait while Telegram is down and are sent once it is back."""
    people = await agreed(server, bot.stores.people, range(11, 21))
    asked = await announced(ada)
    await bot.administration.add_progress_message(ADMIN, 1, ADMIN, asked.message_id)
    before = waited()
    await server.stop()
    await bot.administration.announce(ADMIN, 1)
    while waited() == before:
        await bot.stores.jobs.get(1)
    await server.start()
    report = await ada.wait_for(has("done"), PATIENCE_S)
    assert report.text == "Announcement 1: done\n10 sent"
    assert got(people, "Hello") == [1] * 10
