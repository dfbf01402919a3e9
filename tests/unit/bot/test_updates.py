"""The order of updates, the cap on one person's updates, and the parsing of raw updates."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import Bot, CallbackQuery, Chat, Message, Update, User
from telegram.ext import BaseUpdateProcessor

from bot.updates.flood import FloodCap
from bot.updates.ordering import PersonalUpdates
from bot.updates.parsing import kind_of, person_of, sender_of

ANN = {"id": 7, "is_bot": False, "first_name": "Ann"}
BOB = {"id": 8, "is_bot": True, "first_name": "Bob"}
CHAT = {"id": 9, "type": "private"}
MESSAGE = {"message_id": 1, "date": 1, "chat": CHAT, "from": ANN}
REACTION = {"chat": CHAT, "message_id": 1, "date": 1, "old_reaction": [], "new_reaction": []}
MEMBERSHIP = {name: {"status": "left", "user": BOB} for name in ("old_chat_member", "new_chat_member")}
POLL = {
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "allows_multiple_answers": False,
    "allows_revoting": False,
    "members_only": False,
}


def _update(person_id: int, update_id: int = 0) -> Update:
    person = User(person_id, "Ann", is_bot=False)
    message = Message(1, datetime.now(UTC), Chat(person_id, "private"), from_user=person, text="hi")
    return Update(update_id, message=message)


async def _ignore(_: Update) -> None:
    pass


def _begin(processor: BaseUpdateProcessor, person_id: int, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    return asyncio.create_task(processor.process_update(_update(person_id), work))


async def test_a_persons_updates_run_in_order() -> None:
    """The order does not depend on how long each takes or whether it fails."""
    processor, done = PersonalUpdates(FloodCap(_ignore)), []
    gate = asyncio.Event()

    async def work(number: int) -> None:
        if number == 0:
            await gate.wait()
        done.append(number)
        if number == 1:
            raise RuntimeError("broken")

    tasks = [_begin(processor, 1, work(number)) for number in range(5)]
    await _begin(processor, 2, work(99))
    assert done == [99]
    gate.set()
    errors = await asyncio.gather(*tasks, return_exceptions=True)
    assert done == [99, 0, 1, 2, 3, 4]
    assert [type(error) for error in errors] == [type(None), RuntimeError, *[type(None)] * 3]


async def test_updates_that_wait_for_their_turn_take_no_slot() -> None:
    """With two slots, Ann's waiting updates leave a slot for Bob, and a third person waits for a slot."""
    processor, done = PersonalUpdates(FloodCap(_ignore), max_running=2), []
    gates = {1: asyncio.Event(), 2: asyncio.Event()}

    async def work(person_id: int) -> None:
        if person_id in gates:
            await gates[person_id].wait()
        done.append(person_id)

    tasks = [_begin(processor, 1, work(1)) for _ in range(10)]
    await _begin(processor, 3, work(3))
    tasks += [_begin(processor, 2, work(2)), _begin(processor, 3, work(3))]
    gates[2].set()
    await asyncio.gather(*tasks[10:])
    assert done == [3, 2, 3]
    gates[1].set()
    await asyncio.gather(*tasks)
    assert done == [3, 2, 3, *[1] * 10]


async def test_an_update_gives_its_slot_away_while_it_waits() -> None:
    """With one slot, Bob runs while Ann waits, and Ann goes on when Bob is done."""
    processor, done = PersonalUpdates(FloodCap(_ignore), max_running=1), []
    gates = {1: asyncio.Event(), 2: asyncio.Event()}
    bob_runs = asyncio.Event()

    async def wait() -> None:
        async with processor.slot_released():
            await gates[1].wait()
        done.append("ann")

    async def run() -> None:
        bob_runs.set()
        await gates[2].wait()
        done.append("bob")

    tasks = [_begin(processor, 1, wait()), _begin(processor, 2, run())]
    await bob_runs.wait()
    gates[1].set()
    gates[2].set()
    await asyncio.gather(*tasks)
    assert done == ["bob", "ann"]


async def test_a_cancelled_wait_neither_loses_nor_adds_a_slot() -> None:
    """Ann is cancelled while she waits, and again while Bob has her slot; then Bob and Cat run one after the other."""
    processor, running, most = PersonalUpdates(FloodCap(_ignore), max_running=1), 0, 0
    gate, bob_runs = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        async with processor.slot_released():
            await asyncio.Event().wait()

    async def run() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        bob_runs.set()
        await gate.wait()
        running -= 1

    ann = _begin(processor, 1, wait())
    others = [_begin(processor, person_id, run()) for person_id in (2, 3)]
    await bob_runs.wait()
    while not ann.done():
        ann.cancel()
        await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*others)
    assert most == 1


async def test_a_task_of_a_handler_gives_no_slot_away() -> None:
    """The handler goes on while its task waits, so Bob waits for the handler's end."""
    processor, done = PersonalUpdates(FloodCap(_ignore), max_running=1), []
    waiting = asyncio.Event()

    async def wait() -> None:
        async with processor.slot_released():
            waiting.set()
            await asyncio.Event().wait()

    async def handle() -> None:
        task = asyncio.create_task(wait())
        await waiting.wait()
        await asyncio.sleep(0)
        done.append("ann")
        task.cancel()

    async def run() -> None:
        done.append("bob")

    await asyncio.gather(_begin(processor, 1, handle()), _begin(processor, 2, run()))
    assert done == ["ann", "bob"]


async def test_a_flood_is_dropped_with_one_notice() -> None:
    """When all waiting updates are done, the state of the person is gone and the next flood gets a new notice."""
    notified: list[int] = []

    async def notify(update: Update) -> None:
        notified.append(update.update_id)

    processor, done = PersonalUpdates(FloodCap(notify, max_pending=3, pause_s=0.0)), []
    gate = asyncio.Event()

    async def work(number: int) -> None:
        await gate.wait()
        done.append(number)

    for _ in range(2):
        tasks = [
            asyncio.create_task(processor.process_update(_update(1, number), work(number))) for number in range(10)
        ]
        await asyncio.gather(*tasks[3:])
        assert (processor.flood.people, processor.flood.is_flooded_by(1), processor.flood.is_flooded_by(2)) == (
            1,
            True,
            False,
        )
        assert (processor.flood.drops_next_of(1), processor.flood.drops_next_of(2)) == (True, False)
        gate.set()
        await asyncio.gather(*tasks)
        gate.clear()
        assert (processor.flood.people, processor.flood.is_flooded_by(1)) == (0, False)
    assert done == [0, 1, 2, 0, 1, 2]
    assert notified == [3, 3]


async def test_a_person_who_floods_is_slowed_down() -> None:
    """Ann's earlier updates are still handled, after those that Bob sends in the meantime."""
    processor, done = PersonalUpdates(FloodCap(_ignore, max_pending=3, pause_s=0.5)), []
    gate = asyncio.Event()

    async def work(person_id: int) -> None:
        await gate.wait()
        done.append(person_id)

    anns = [_begin(processor, 1, work(1)) for _ in range(4)]
    await anns[-1]
    gate.set()
    await asyncio.gather(*(_begin(processor, 2, work(2)) for _ in range(3)))
    await asyncio.gather(*anns)
    assert done == [1, 2, 2, 2, 1, 1]


async def test_a_notice_that_fails_has_no_effect() -> None:
    """The person may have blocked the bot."""

    async def notify(_: Update) -> None:
        raise RuntimeError("blocked")

    processor, done = PersonalUpdates(FloodCap(notify, max_pending=1)), []
    gate = asyncio.Event()

    async def work() -> None:
        await gate.wait()
        done.append(1)

    tasks = [_begin(processor, 1, work()) for _ in range(2)]
    await tasks[1]
    gate.set()
    await tasks[0]
    assert done == [1]


@pytest.mark.parametrize(
    "content",
    [
        {"message": MESSAGE},
        {"edited_message": MESSAGE},
        {"channel_post": {"message_id": 1, "date": 1, "chat": CHAT}},
        {"callback_query": {"id": "1", "from": ANN, "chat_instance": "1", "message": MESSAGE | {"from": BOB}}},
        {"inline_query": {"id": "1", "from": ANN, "query": "", "offset": ""}},
        {"message_reaction": {**REACTION, "user": ANN}},
        {"message_reaction": REACTION},
        {"my_chat_member": {"chat": CHAT, "from": ANN, "date": 1, **MEMBERSHIP}},
        {"poll": {"id": "1", "question": "?", "options": [], "type": "regular", **POLL}},
        {},
    ],
)
def test_the_sender_of_a_raw_update_is_the_person_of_the_parsed_one(content: dict[str, Any]) -> None:
    """Every kind of update has the same sender before and after it is parsed."""
    content = {"update_id": 1, **content}
    update = Update.de_json(content, Bot("123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
    assert sender_of(content) == person_of(update)


@pytest.mark.parametrize(
    "payload", [None, 5, "x", [], {}, {"from": None}, {"from": 5}, {"from": {}}, {"from": {"id": []}}]
)
def test_a_malformed_update_has_no_sender(payload: object) -> None:
    """No error is raised."""
    assert sender_of({"update_id": 1, "message": payload}) is None
    assert sender_of({"update_id": 1, "unheard_of": {"from": ANN}}) is None


async def test_the_person_and_the_kind_of_an_update() -> None:
    """An update without a person is processed without a queue."""
    tap = Update(1, callback_query=CallbackQuery("1", User(7, "Ann", is_bot=False), "1"))
    assert (person_of(tap), kind_of(tap)) == (7, "callback_query")
    assert (person_of(_update(8)), kind_of(_update(8))) == (8, "message")
    nobody = Update(2)
    assert (person_of(nobody), kind_of(nobody)) == (None, "other")
    done = []

    async def work() -> None:
        done.append(1)

    await PersonalUpdates(FloodCap(_ignore)).process_update(nobody, work())
    assert done == [1]
