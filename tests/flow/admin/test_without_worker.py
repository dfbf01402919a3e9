"""Answers to admins while no worker runs, and which bots run a worker themselves."""

from collections.abc import AsyncIterator

import pytest

from bot.app import Services, build_application, open_services
from bot.jobs.worker import running_worker
from bot.local_bot_api import Person, TelegramServer
from bot.local_bot_api.signals import Signal
from bot.settings import Settings
from tests.flow.admin.helpers import ADMIN, agreed, announced, has
from tests.flow.bots import SECRET, running
from tests.programs import PATIENCE_S, Program


@pytest.fixture
async def bot(settings: Settings) -> AsyncIterator[Services]:
    """The running bot, without a worker."""
    async with open_services(settings) as services:
        application = build_application(services, settings)
        async with running(application, settings, services.stores.updates, services.health.readiness):
            yield services


async def test_a_refresh_waits_for_a_worker_and_says_so(bot: Services, settings: Settings, ada: Person) -> None:
    """Both requests and /health report the missing worker. Once a worker runs, the refresh is done."""
    await ada.send("/refresh metadata")
    asked = await ada.next_message()
    assert "waiting for a worker" in asked.text
    assert "No worker is there" in asked.text
    await ada.send("/refresh metadata")
    again = await ada.next_message()
    assert "One at a time" in again.text
    assert "No worker is there" in again.text
    await ada.send("/health")
    assert "❌ worker: none is running" in (await ada.next_message()).text
    async with running_worker(bot, settings):
        done = await ada.wait_for(has("movies written"))
        assert done.message_id == asked.message_id
        await ada.send("/health")
        assert "✅ worker" in (await ada.next_message()).text


async def test_an_announcement_waits_for_a_worker_too(
    bot: Services, settings: Settings, server: TelegramServer, ada: Person
) -> None:
    """The confirmation reports the missing worker. Once a worker runs, the announcement is sent."""
    (ann,) = await agreed(server, bot.stores.people, [11])
    asked = await announced(ada)
    await ada.press(asked, "Send to 1 person")
    confirmed = await ada.wait_for(has("Sending to 1 person"))
    assert "No worker is there" in confirmed.text
    async with running_worker(bot, settings):
        assert "Hello" in (await ann.next_message()).text


@pytest.mark.parametrize(("polls", "answer"), [(True, "movies written"), (False, "No worker is there")])
async def test_a_polling_bot_runs_a_worker_and_a_webhook_bot_does_not(
    settings: Settings, ada: Person, polls: bool, answer: str
) -> None:
    """With polling, `reelmate run` does the job itself. With a webhook it reports that no worker runs."""
    webhook = {"WEBHOOK_URL": f"http://{settings.listen}/telegram", "WEBHOOK_SECRET": SECRET}
    common = {
        "VECTORS_URL": "memory://",
        "BOT_TOKEN": settings.token,
        "BOT_API_URL": settings.telegram_api,
        "ADMIN_IDS": str(ADMIN),
        "LISTEN": settings.listen,
    }
    program = Program(settings.reelmate_home, Signal(), "run", common if polls else common | webhook)
    await program.start()
    try:
        await program.wait_for_log("running", PATIENCE_S)
        await ada.send("/refresh metadata")
        assert await ada.wait_for(has(answer), PATIENCE_S)
        assert await program.stop() == 0
    finally:
        await program.kill()
