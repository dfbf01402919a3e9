"""Admin commands: permissions and answers."""

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
async def test_for_other_people_they_are_unknown_commands(bot: Services, ann: Person, command: str) -> None:
    """A person who is no admin gets the answer to an unknown command, and nothing happens."""
    await ann.send("/nonsense")
    unknown = (await ann.next_message()).text
    await ann.send(command)
    assert (await ann.next_message()).text == unknown == notices.UNKNOWN_COMMAND()
    assert await bot.stores.jobs.recent(1) == []
    assert await bot.stores.audit.recent(1) == []


@pytest.mark.parametrize("command", COMMANDS)
async def test_in_a_group_an_admin_gets_no_answer(
    bot: Services, server: TelegramServer, ada: Person, command: str
) -> None:
    """Answers to admins are private, so the commands do nothing in a group."""
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
    """The service checks the permission of the person who tapped."""
    await agreed(server, bot.stores.people, [11])
    await announced(ada)
    await ann.send("/help")
    helped = await ann.next_message()
    for button in (AnnounceAudience(1, Audience.WEEK), AnnounceSend(1, Audience.EVERYBODY), CancelJob(1)):
        press = await ann.press_crafted(helped.message_id, pack(button))
        assert (await press.answered()).text == notices.UNKNOWN_BUTTON()
    job = await bot.stores.jobs.get(1)
    assert job is not None
    assert job.status == "draft"


async def test_admins_have_a_menu_of_their_own(bot: Services, ada: Person, ann: Person) -> None:
    """The menu has everybody's commands and the admin commands, and is set by /start."""
    assert bot.index.problem == ""
    for person in (ann, ada):
        await person.start()
        await person.next_message()
        await person.until(lambda chat: len(chat.commands) > 10)
    await ada.until(lambda chat: "announce" in [command["command"] for command in chat.commands])
    everybody = {command["command"] for command in ann.commands}
    assert {command["command"] for command in ada.commands} - everybody == {"announce", "refresh", "stats", "health"}


async def test_stats_of_a_small_world(bot: Services, server: TelegramServer, ada: Person) -> None:
    """The statistics of four people, two of whom want messages, with two movies shown and one thumb up."""
    await agreed(server, bot.stores.people, [11, 12])
    for person_id in (13, ada.id):
        await bot.conversation.get_or_create_person(person_id, "ready")
    for person_id in (11, 13):
        (card,) = await bot.conversation.next_cards(person_id)
        await bot.conversation.record_card(person_id, 1_000, card.movie.movie_id)
    await bot.conversation.rate(13, card.movie.movie_id, 5.0, "button")
    await bot.conversation.rate(11, card.movie.movie_id, 4.0, "stars")
    for text in ("/nonsense", "qqqq zzzz", "qqqq zzzz", "Je voudrais voir un film drôle ce soir", "no qqqq, zzzz"):
        await ada.send(text)
    await ada.send_sticker()
    await ada.send("/stats")
    answer = await ada.wait_for(lambda message: bool(message.photo), 60)  # It imports matplotlib.
    assert answer.text.splitlines()[1:8] == [
        "People: 4, new in 7 days: 4, want messages: 2",
        "Active: 4 in 1 day, 4 in 7 days, 4 in 30 days",
        "Ratings: 2, new in 7 days: 2",
        "Movies on cards: 2, of them with a thumb up: 50.0%",
        "Thumbs on cards: 1 up, 0 down",
        f"Most liked: {card.movie.label} (2)",
        "Not understood in 30 days: unclear texts 2, commands 1, denials 1, other languages 1, other messages 1",
    ]
    release = await bot.stores.releases.active()
    assert release is not None
    assert release.version in answer.text
    assert set(ada.actions) == {"upload_photo"}  # Repeated if drawing takes long.
    assert max(size["width"] for size in answer.photo) >= 800


async def test_health_names_every_part(bot: Services, ada: Person) -> None:
    """Every part is healthy, and the audit log has an entry."""
    await ada.send("/health")
    answer = await ada.wait_for(has("Health"))
    assert [line[:2] for line in answer.text.splitlines()[1:6]] == ["✅ "] * 5
    (entry,) = await bot.stores.audit.recent(5)
    assert entry == AuditEntry(entry.at, ADMIN, "health", None, "done")


async def test_a_refresh_reports_its_result(bot: Services, ada: Person) -> None:
    """The progress message becomes the report, and the audit log has the request and the result."""
    await ada.send("/refresh metadata")
    done = await ada.wait_for(has("done"))
    assert "60 movies written" in done.text
    assert done.buttons == []
    assert [(entry.admin_id, entry.action, entry.outcome) for entry in await bot.stores.audit.recent(5)] == [
        (ADMIN, "end metadata", "done"),
        (ADMIN, "refresh metadata", "waiting"),
    ]


async def test_invalid_arguments_are_explained(bot: Services, ada: Person) -> None:
    """Commands with missing, unknown or too long arguments do nothing."""
    for command in ("/refresh", "/refresh everything", "/refresh vectors notify"):
        await ada.send(command)
        assert "/refresh model notify" in (await ada.next_message()).text
    await ada.send("/announce")
    assert "after the command" in (await ada.next_message()).text
    await ada.send("/announce " + "x" * 4_050)
    assert "too long" in (await ada.next_message()).text
    assert await bot.stores.jobs.recent(1) == []


async def test_only_an_announcement_may_be_long(bot: Services, ada: Person) -> None:
    """An announcement of 3,900 characters becomes a draft. Any other text of an admin has at most 600 characters."""
    await ada.send("/announce " + "x" * 3_900)
    await ada.wait_for(has("would get this"))
    draft = await bot.stores.jobs.get(1)
    assert draft is not None
    assert draft.status == "draft"
    await ada.send("/search " + "x" * 600)
    await ada.wait_for(has("more than I can take in"))


async def test_a_rollback_without_an_earlier_release_fails(bot: Services, ada: Person) -> None:
    """The message gives the reason."""
    await ada.send("/refresh rollback")
    failed = await ada.wait_for(has("failed"))
    assert "there is no release from before" in failed.text
    active = await bot.stores.releases.active()
    assert active is not None


async def test_a_draft_is_discarded(bot: Services, server: TelegramServer, ada: Person) -> None:
    """A discarded draft is not sent, and its buttons do nothing."""
    await agreed(server, bot.stores.people, [11])
    asked = await announced(ada)
    await ada.press(asked, "Throw it away")
    discarded = await ada.next_edit(asked)
    assert "cancelled" in discarded.text
    press = await ada.press_crafted(asked.message_id, pack(AnnounceSend(1, Audience.EVERYBODY)))
    assert "thrown away" in (await press.answered()).text
    assert {call.chat_id for call in server.calls_of("sendMessage")} == {ADMIN}
