"""Messages about jobs and drafts: each of them shows how its job ends, and an old draft is sent to nobody."""

import json
from collections.abc import AsyncIterator
from dataclasses import asdict, replace

import pytest

from bot.app import Services, build_application, open_services
from bot.jobs.worker import running_worker
from bot.local_bot_api import Message, Person, TelegramServer
from bot.releases.training_child import training_set
from bot.settings import Settings
from recsys.data import Dataset, snapshot
from recsys.models.release_info import INFO_FILE
from recsys.models.towers import Towers
from recsys.training.fingerprint import training_fingerprint
from recsys.training.options import TrainingOptions
from tests.flow.admin.helpers import ADMIN, agreed, announced, has
from tests.flow.bots import running
from tests.flow.repeats import repeat
from tests.programs import PATIENCE_S

EVE = 2


@pytest.fixture
async def idle(settings: Settings) -> AsyncIterator[tuple[Services, Settings]]:
    """The running bot with two admins and without a worker, so that jobs wait."""
    settings = Settings(**{**settings.model_dump(), "admin_ids": frozenset({ADMIN, EVE})})
    async with open_services(settings) as services:
        application = build_application(services, settings)
        async with running(application, settings, services.stores.updates, services.health.readiness):
            yield services, settings


@pytest.fixture
def eve(server: TelegramServer) -> Person:
    """Another admin."""
    return server.person(EVE, "Eve")


async def refresh(person: Person, what: str) -> Message:
    """Ask for a refresh, and return the answer."""
    await person.send(f"/refresh {what}")
    return await person.next_message()


async def test_every_message_of_a_refresh_shows_how_it_ends(
    idle: tuple[Services, Settings], ada: Person, eve: Person
) -> None:
    """One job is asked for three times by two admins. None of the messages stays "under way"."""
    asked = [(ada, await refresh(ada, "metadata")), (ada, await refresh(ada, "vectors"))]
    asked.append((eve, await refresh(eve, "metadata")))
    assert ["One at a time" in message.text for _, message in asked] == [False, True, True]
    assert [[button.text for button in message.buttons] for _, message in asked] == [["Cancel"]] * 3
    services, settings = idle
    async with running_worker(services, settings):
        for person, message in asked:
            done = await person.wait_for(
                lambda shown, message=message: shown.message_id == message.message_id and "done" in shown.text
            )
            assert done.text.endswith("60 movies written.")
            assert done.buttons == []


async def test_a_refresh_that_never_began_is_cancelled_in_all_its_messages(
    idle: tuple[Services, Settings], server: TelegramServer, ada: Person, eve: Person
) -> None:
    """No worker runs, so the bot edits them itself. A message that was deleted delays no other."""
    first, second = await refresh(ada, "metadata"), await refresh(ada, "metadata")
    third, fourth = await refresh(eve, "metadata"), await refresh(eve, "metadata")
    ada._chat.remove(first.message_id)
    await eve.press(fourth, "Cancel")
    for person, message in ((ada, second), (eve, third), (eve, fourth)):
        cancelled = await person.next_edit(message)
        assert (cancelled.text, cancelled.buttons) == ("Refresh of the metadata 1: cancelled", [])
    await server.delivered()
    assert idle[0].conversation.refused_cards == 0


async def test_a_repeated_request_sends_no_second_message(
    idle: tuple[Services, Settings], server: TelegramServer, ada: Person
) -> None:
    """Neither if it made the job, nor if the job was there."""
    for _ in range(2):
        await refresh(ada, "metadata")
        sent = len(ada.messages)
        await repeat(server, idle[0])
        assert len(ada.messages) == sent


@pytest.mark.parametrize("words", ["banana", "model banana", "vectors notify", "<b>"])
async def test_what_cannot_be_refreshed_is_named(bot: Services, ada: Person, words: str) -> None:
    """The answer says that the words are unknown, and what there is. Without words it is the list only."""
    answer = await refresh(ada, words)
    assert answer.text.startswith(f"I don't know “{words}”, so nothing was refreshed.\n\n/refresh metadata")
    assert (await refresh(ada, "")).text.startswith("/refresh metadata")
    assert await bot.stores.jobs.recent(1) == []


async def test_the_draft_before_cannot_be_sent(bot: Services, server: TelegramServer, ada: Person) -> None:
    """A new /announce replaces the draft before. A tap on its button sends nothing and removes its buttons."""
    (ann,) = await agreed(server, bot.stores.people, [11])
    old = await announced(ada, "/announce There are typos in tihs.")
    await ada.send("/announce There are no typos in this.")
    new = await ada.wait_for(lambda message: has("would get this")(message) and message.message_id > old.message_id)
    press = await ada.press(old, "Send to 1 person")
    assert "too old" in (await press.answered()).text
    gone = await ada.wait_for(lambda message: message.message_id == old.message_id and "cancelled" in message.text)
    assert gone.buttons == []
    await ada.press(new, "Send to 1 person")
    await ada.wait_for(has("1 sent"))
    assert [message.text.splitlines()[0] for message in ann.messages if message.from_bot] == [
        "There are no typos in this."
    ]


async def test_a_late_second_tap_leaves_the_report(bot: Services, server: TelegramServer, ada: Person) -> None:
    """The button of an announcement that was sent is not on the screen any more, but a tap may be under way."""
    await agreed(server, bot.stores.people, [11])
    asked = await announced(ada)
    await ada.press(asked, "Send to 1 person")
    report = await ada.wait_for(has("1 sent"))
    press = await ada.press(asked, "Send to 1 person")
    await press.answered()
    await server.delivered()
    assert ada.messages[-1].text == report.text


async def test_a_training_that_was_not_needed_says_so(
    bot: Services, server: TelegramServer, settings: Settings, board: Dataset, towers: Towers, ada: Person
) -> None:
    """The active release was trained on the same data, so nothing is trained, and nobody is told of fresh picks."""
    snapshot.save(board, settings.snapshot_folder)
    await agreed(server, bot.stores.people, [11])
    dataset, split, _ = await training_set(settings, TrainingOptions().seed)
    info = replace(towers.info, trained_on=training_fingerprint(dataset, split, TrainingOptions()))
    info_file = settings.models_folder / towers.version / INFO_FILE
    info_file.write_text(json.dumps(asdict(info)), encoding="utf-8")
    await ada.send("/refresh model notify")
    done = await ada.wait_for(has("done"), PATIENCE_S)
    assert f"Nothing was trained: no data has changed since release {towers.version}, which stays live." in done.text
    await server.delivered()
    assert [job.kind for job in await bot.stores.jobs.recent(5)] == ["model"]
