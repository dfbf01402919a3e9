"""getUpdates over HTTP: confirmation, long polling, and allowed updates."""

import asyncio

import httpx

from bot.local_bot_api import TelegramServer
from tests.flow.local_bot_api.helpers import call


async def test_updates_stay_until_they_are_confirmed(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """An offset confirms all updates below it, a negative offset keeps only the last, and `limit` limits the number."""
    ann = server.person(1)
    for text in "abcd":
        await ann.send(text)

    async def poll(**parameters: int) -> list[str]:
        return [update["message"]["text"] for update in await call(api, "getUpdates", **parameters)]

    first = server.updates[0]["update_id"]
    assert [update["update_id"] for update in server.updates] == [first, first + 1, first + 2, first + 3]
    assert await poll() == ["a", "b", "c", "d"]
    assert await poll(limit=2) == ["a", "b"]
    assert await poll(offset=first + 1, limit=1) == ["b"]
    assert await poll(offset=0) == ["b", "c", "d"]
    assert await poll(offset=-1) == ["d"]
    assert await poll(offset=first + 4) == []
    await server.delivered()
    server.redeliver(first)
    assert await poll(offset=first + 4) == ["a"]
    assert await poll(offset=first + 4) == []


async def test_a_long_poll_ends_with_the_first_update(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """A poll without pending updates waits, and a second poll takes its place."""

    async def poll() -> httpx.Response:
        return await api.post("getUpdates", json={"timeout": 50}, timeout=60)

    async with asyncio.TaskGroup() as polls:
        first = polls.create_task(poll())
        await server.arrived("getUpdates")
        second = polls.create_task(poll())
        assert (await first).json() == {
            "ok": False,
            "error_code": 409,
            "description": "Conflict: terminated by other getUpdates request; "
            "make sure that only one bot instance is running",
        }
        await server.person(1).send("hi")
        assert [update["message"]["text"] for update in (await second).json()["result"]] == ["hi"]


async def test_allowed_updates_are_remembered(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """`allowed_updates` stays in force until it is sent again; an empty list restores the default."""
    ann = server.person(1)
    kinds = []
    for allowed in (["callback_query", "message_reaction"], None, []):
        await call(api, "getUpdates", **({} if allowed is None else {"allowed_updates": allowed}))
        hello = await ann.send("hi")
        await ann.react(hello, "👍")
        updates = await call(api, "getUpdates", offset=1)
        kinds.append([kind for update in updates for kind in update if kind != "update_id"])
        await call(api, "getUpdates", offset=-1)
        await call(api, "getUpdates", offset=2**40)
    assert kinds == [["message_reaction"], ["message_reaction"], ["message"]]


async def test_held_updates_can_be_reordered(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """The bot gets the contents of the list at the end of the block."""
    ann = server.person(1)
    with server.holding() as held:
        await ann.send("a")
        await ann.send("b")
        assert await call(api, "getUpdates") == []
        held.reverse()
        held.append(held[0])
    assert [update["message"]["text"] for update in await call(api, "getUpdates")] == ["b", "a", "b"]
