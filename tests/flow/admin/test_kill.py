"""A worker that is killed while it sends an announcement or personal cards, and the worker that continues."""

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
from storage.sql.models import CardRow, DeliveryRow, PersonRow, RatingRow
from tests.flow.admin.helpers import ADMIN, has
from tests.programs import PATIENCE_S, Program

PEOPLE = range(1_001, 3_001)
CARD_PEOPLE = range(1_001, 1_601)
"""Recipients of personal cards."""


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


async def populate(database: Database, server: TelegramServer, person_ids: Sequence[int]) -> list[Person]:
    """Store people who want messages. Every twentieth has blocked the bot, which is not stored yet."""
    now = datetime.now(UTC)
    columns = {"step": "ready", "consent": False, "notify": True, "blocked": False, "created_at": now}
    async with database.writing() as connection:
        rows = [{"person_id": person_id, **columns} for person_id in person_ids]
        await connection.execute(insert(cast(Table, PersonRow.__table__)), rows)
    people = [server.person(person_id) for person_id in person_ids]
    with server.holding() as held:
        for number, person in enumerate(people):
            await person.send("/start")
            if number % 20 == 0:
                await person.block()
        held.clear()
    return people


async def add_likes(database: Database) -> None:
    """Store three likes of every person of CARD_PEOPLE: of even movies if their id is odd, else of odd ones."""
    likes = [
        {
            "person_id": person_id,
            "movie_id": 10 * number,
            "stars": 5.0,
            "source": "button",
            "rated_at": datetime.now(UTC),
        }
        for person_id in CARD_PEOPLE
        for number in (1 + person_id % 2, 3 + person_id % 2, 5 + person_id % 2)
    ]
    async with database.writing() as connection:
        await connection.execute(insert(cast(Table, RatingRow.__table__)), likes)


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
        people = await populate(stores.database, server, PEOPLE)
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


async def test_everybody_gets_one_card_although_a_worker_is_killed(settings: Settings, server: TelegramServer) -> None:
    """After kill -9 the next worker sends the rest of the cards, which were chosen ahead: to everybody their own."""
    async with open_stores(settings) as stores:
        people = await populate(stores.database, server, CARD_PEOPLE)
        await add_likes(stores.database)
        await stores.jobs.request("metadata", COMMAND_LINE, datetime.now(UTC), notify=True)
        async with worker(settings) as first:
            await people[301].wait_for(has("fresh picks"), PATIENCE_S)
            await first.kill()
        async with worker(settings):
            await people[-1].wait_for(has("fresh picks"), PATIENCE_S)
            [job] = await stores.jobs.recent(1)
            while (await stores.jobs.get(job.job_id) or job).is_open:  # noqa: ASYNC110 - another process ends it
                await asyncio.sleep(0.05)

        deliveries, cards = cast(Table, DeliveryRow.__table__), cast(Table, CardRow.__table__)
        async with stores.database.reading() as connection:
            query = select(deliveries.c.person_id, deliveries.c.status)
            statuses = {row.person_id: row.status for row in await connection.execute(query)}
            stored = (await connection.execute(select(cards.c.person_id, cards.c.movie_id))).all()
    got = {person.id: [message for message in person.messages if message.from_bot] for person in people}
    blocked, unknown = (
        {person_id for person_id, of_person in statuses.items() if of_person == status}
        for status in ("blocked", "uncertain")
    )
    assert set(statuses.values()) <= {"sent", "blocked", "uncertain"}
    assert len(unknown) <= MAX_AT_ONCE
    assert blocked | unknown >= {person.id for person in people[::20]} >= blocked
    assert max(map(len, got.values())) == 1
    assert {person_id for person_id, messages in got.items() if not messages} <= blocked | unknown
    assert len(stored) == len({person_id for person_id, _ in stored})
    assert {person_id for person_id, status in statuses.items() if status == "sent"} <= {
        person_id for person_id, _ in stored
    }
    assert all(movie_id // 10 % 2 == (1 + person_id) % 2 for person_id, movie_id in stored)
    assert all(f"Movie {movie_id}" in got[person_id][0].text for person_id, movie_id in stored)
