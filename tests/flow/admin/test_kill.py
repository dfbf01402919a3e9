"""A worker that is killed during an announcement, and the worker that continues."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import cast

import httpx
from sqlalchemy import Table, insert, select

from bot.app import open_administration
from bot.jobs.announcer import MAX_AT_ONCE
from bot.local_bot_api import Person, TelegramServer
from bot.local_bot_api.signals import Signal
from bot.settings import Settings
from bot.stores import open_stores
from recsys.services.administration import COMMAND_LINE, AnnouncementPreview
from storage.sql import Database
from storage.sql.models import DeliveryRow, PersonRow
from tests.flow.admin.helpers import ADMIN, has
from tests.programs import PATIENCE_S, Program

PEOPLE = range(1_001, 3_001)


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[Program]:
    """Run `reelmate worker` in a subprocess, and kill it when the block ends."""
    program = Program(
        settings.reelmate_home,
        Signal(),
        "worker",
        {
            "VECTORS_URL": "memory://",
            "BOT_TOKEN": settings.token,
            "BOT_API_URL": settings.telegram_api,
            "ANNOUNCE_RATE": "5000",
        },
    )
    await program.start()
    try:
        yield program
    finally:
        await program.kill()


async def populate(database: Database, server: TelegramServer) -> list[Person]:
    """Store 2,000 people who want messages. Every twentieth has blocked the bot, which is not stored yet."""
    now = datetime.now(UTC)
    columns = {"step": "ready", "consent": False, "notify": True, "blocked": False, "created_at": now}
    async with database.writing() as connection:
        rows = [{"person_id": person_id, **columns} for person_id in PEOPLE]
        await connection.execute(insert(cast(Table, PersonRow.__table__)), rows)
    people = [server.person(person_id) for person_id in PEOPLE]
    with server.holding() as held:
        for number, person in enumerate(people):
            await person.send("/start")
            if number % 20 == 0:
                await person.block()
        held.clear()
    return people


async def make_trouble(server: TelegramServer, people: Sequence[Person]) -> None:
    """Answer four calls with a `retry_after` of one second."""
    dice = random.Random(5)  # noqa: S311 - no secret.
    for number in sorted(dice.sample(range(1, len(people), 20), 4)):
        await people[number].wait_for(has("Hello"), 300)
        server.faults.fail_next("sendMessage", retry_after=1)


async def test_everybody_gets_it_once_although_a_worker_is_killed(settings: Settings, server: TelegramServer) -> None:
    """After kill -9 the next worker sends the rest. Deliveries with an unknown outcome are reported."""
    ada = server.person(ADMIN, "Ada")
    with server.holding() as held:
        await ada.send("/start")
        held.clear()
    async with httpx.AsyncClient(trust_env=False) as client:
        shown = {"chat_id": ADMIN, "text": "It begins."}
        sent = await client.post(f"{server.base_url}{server.token}/sendMessage", json=shown)
    async with open_stores(settings) as stores:
        people = await populate(stores.database, server)
        administration = open_administration(stores, settings, {})
        draft = await administration.draft_announcement(ADMIN, "Hello")
        assert isinstance(draft, AnnouncementPreview)
        await administration.add_progress_message(ADMIN, draft.job_id, ADMIN, sent.json()["result"]["message_id"])
        announced = await administration.announce(COMMAND_LINE, draft.job_id)
        assert announced == AnnouncementPreview(draft.job_id, len(people))

        trouble = asyncio.create_task(make_trouble(server, people))
        async with worker(settings) as first:
            await people[801].wait_for(has("Hello"), PATIENCE_S)
            await first.kill()
        async with worker(settings):
            report = await ada.wait_for(has("done"), 300)
        trouble.cancel()

        counts = await stores.announcements.counts(draft.job_id)
        deliveries = cast(Table, DeliveryRow.__table__)
        everybody = cast(Table, PersonRow.__table__)
        uncertain = select(deliveries.c.person_id).where(deliveries.c.status == "uncertain")
        async with stores.database.reading() as connection:
            unknown = set((await connection.execute(uncertain)).scalars())
            marked = set((await connection.execute(select(everybody.c.person_id).where(everybody.c.blocked))).scalars())
    got = {person.id: sum(message.from_bot for message in person.messages) for person in people}
    blocked = {person.id for person in people[::20]}
    assert max(got.values()) == 1
    missed = {person_id for person_id, copies in got.items() if copies == 0} - blocked
    assert missed <= unknown
    assert len(unknown) <= MAX_AT_ONCE
    assert counts["sent"] + counts["blocked"] + len(unknown) == len(people)
    assert marked == blocked - unknown
    assert f"{counts['sent']:,} sent" in report.text
    assert any(not call.ok and call.reply["error_code"] == 429 for call in server.calls_of("sendMessage"))  # type: ignore[index]
