"""Who may use the admin commands, and what they say."""

import copy

import pytest

from bot.app import Services
from bot.local_bot_api import Person, TelegramServer
from handlers.callbacks import pack
from handlers.callbacks.buttons import AnnounceAudience, AnnounceSend, CancelJob
from handlers.texts import notices
from recsys.services.administration import Audience
from storage.records import AuditEntry
from tests.flow.admin.helpers import ADMIN, agreed, announced, has

COMMANDS = [
    "/announce Hello",
    "/announce",
    "/refresh",
    "/refresh model",
    "/refresh model notify",
    "/refresh rollback",
    "/stats",
    "/health",
]


@pytest.mark.parametrize("command", COMMANDS)
async def test_to_a_stranger_they_are_unknown_commands(bot: Services, ann: Person, command: str) -> None:
    """Who is no admin gets the answer to any unknown command, and nothing happens."""
    await ann.send("/nonsense")
    unknown = (await ann.next_message()).text
    await ann.send(command)
    assert (await ann.next_message()).text == unknown == notices.UNKNOWN_COMMAND()
    assert await bot.stores.jobs.recent(1) == []
    assert await bot.stores.audit.recent(1) == []


@pytest.mark.parametrize("command", COMMANDS)
async def test_in_a_group_an_admin_gets_nothing(
    bot: Services, server: TelegramServer, ada: Person, command: str
) -> None:
    """What an admin can do is for nobody else's eyes, so in a group there is no answer at all."""
    with server.holding() as held:
        await ada.send(command)
        in_group = copy.deepcopy(held[-1])
        in_group["message"]["chat"] = {"id": -100, "type": "supergroup", "title": "Friends"}
        held[-1] = in_group
    await server.delivered()
    await ada.send("/nonsense")
    assert (await ada.next_message()).text == notices.UNKNOWN_COMMAND()
    assert {call.chat_id for call in server.calls_of("sendMessage")} == {ADMIN}
    assert await bot.stores.jobs.recent(1) == []
    assert await bot.stores.audit.recent(1) == []


async def test_a_crafted_button_of_a_stranger_does_nothing(
    bot: Services, server: TelegramServer, ada: Person, ann: Person
) -> None:
    """The service asks who it is, whatever the button says."""
    await agreed(server, bot.stores.people, [11])
    await announced(ada)
    await ann.send("/help")
    helped = await ann.next_message()
    for said in (AnnounceAudience(1, Audience.WEEK), AnnounceSend(1, Audience.EVERYBODY), CancelJob(1)):
        press = await ann.press_crafted(helped.message_id, pack(said))
        assert (await press.answered()).text == notices.UNKNOWN_BUTTON()
    job = await bot.stores.jobs.get(1)
    assert job is not None
    assert job.status == "draft"


async def test_admins_have_a_menu_of_their_own(bot: Services, ada: Person, ann: Person) -> None:
    """It has everybody's commands too, and is there after /start."""
    assert bot.index.problem == ""
    for person in (ann, ada):
        await person.start()
        await person.next_message()
        await person.until(lambda one: len(one.commands) > 10)
    await ada.until(lambda one: "announce" in [command["command"] for command in one.commands])
    everybody = {command["command"] for command in ann.commands}
    assert {command["command"] for command in ada.commands} - everybody == {"announce", "refresh", "stats", "health"}


async def test_stats_of_a_small_world(bot: Services, server: TelegramServer, ada: Person) -> None:
    """Three people of whom two want messages, two movies shown, one of them with a thumb up; and a picture to come."""
    await agreed(server, bot.stores.people, [11, 12])
    await bot.conversation.get_or_create_person(13, "ready")
    for person_id in (11, 13):
        (card,) = await bot.conversation.next_cards(person_id)
        await bot.conversation.record_card(person_id, 1_000, card.movie.movie_id)
    await bot.conversation.rate(13, card.movie.movie_id, 5.0, "button")
    await ada.send("/stats")
    answer = await ada.wait_for(lambda message: bool(message.photo), 60)  # It imports matplotlib.
    assert "People: 3, new in 7 days: 3, want messages: 2" in answer.text
    assert "Ratings: 1, new in 7 days: 1" in answer.text
    assert "Movies on cards: 2, of them with a thumb up: 50.0%" in answer.text
    release = await bot.stores.releases.active()
    assert release is not None
    assert release.version in answer.text
    assert ada.actions == ["upload_photo"]
    assert max(size["width"] for size in answer.photo) >= 800


async def test_health_names_every_part(bot: Services, ada: Person) -> None:
    """All is well here; what was asked of the bot is noted."""
    await ada.send("/health")
    answer = await ada.wait_for(has("Health"))
    assert [line[:2] for line in answer.text.splitlines()[1:6]] == ["✅ "] * 5
    (act,) = await bot.stores.audit.recent(5)
    assert act == AuditEntry(act.at, ADMIN, "health", None, "done")


async def test_a_refresh_is_done_and_said(bot: Services, ada: Person) -> None:
    """The message that promises it becomes the one that says it is done; who asked and how it ended is noted."""
    await ada.send("/refresh metadata")
    done = await ada.wait_for(has("done"))
    assert "60 movies written" in done.text
    assert done.buttons == []
    assert [(act.admin_id, act.action, act.outcome) for act in await bot.stores.audit.recent(5)] == [
        (ADMIN, "end metadata", "done"),
        (ADMIN, "refresh metadata", "waiting"),
    ]


async def test_what_is_not_understood_is_explained(bot: Services, ada: Person) -> None:
    """Neither a half command nor a long text does anything."""
    for command in ("/refresh", "/refresh everything", "/refresh vectors notify"):
        await ada.send(command)
        assert "/refresh model notify" in (await ada.next_message()).text
    await ada.send("/announce")
    assert "after the command" in (await ada.next_message()).text
    await ada.send("/announce " + "x" * 4_050)
    assert "too long" in (await ada.next_message()).text
    assert await bot.stores.jobs.recent(1) == []


async def test_nothing_to_go_back_to_is_said(bot: Services, ada: Person) -> None:
    """A rollback without an earlier release fails with the reason."""
    await ada.send("/refresh rollback")
    failed = await ada.wait_for(has("failed"))
    assert "no release was active before" in failed.text
    active = await bot.stores.releases.active()
    assert active is not None


async def test_a_draft_is_thrown_away(bot: Services, server: TelegramServer, ada: Person) -> None:
    """Nobody gets it, and its buttons are no use any more."""
    await agreed(server, bot.stores.people, [11])
    asked = await announced(ada)
    await ada.press(asked, "Throw it away")
    thrown = await ada.changed(asked)
    assert "cancelled" in thrown.text
    press = await ada.press_crafted(asked.message_id, pack(AnnounceSend(1, Audience.EVERYBODY)))
    assert "thrown away" in (await press.answered()).text
    assert {call.chat_id for call in server.calls_of("sendMessage")} == {ADMIN}
