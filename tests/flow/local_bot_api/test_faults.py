"""Faults of the network, and faults of one chat."""

import httpx
import pytest

from bot.local_bot_api import TelegramServer


@pytest.mark.parametrize("has_effect", [False, True])
async def test_a_reset_connection_gives_no_response(
    server: TelegramServer, api: httpx.AsyncClient, *, has_effect: bool
) -> None:
    """The message arrives or not, the client cannot know, and the next call works."""
    ann = server.person(1)
    await ann.send("hi")
    server.faults.reset_next("sendMessage", has_effect=has_effect)
    with pytest.raises(httpx.NetworkError):
        await api.post("sendMessage", json={"chat_id": 1, "text": "a"})
    assert (await api.post("sendMessage", json={"chat_id": 1, "text": "b"})).json()["ok"]
    assert [message.text for message in ann.messages] == (["hi", "a", "b"] if has_effect else ["hi", "b"])


async def test_every_fault_can_be_of_one_chat(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """Calls to Bob are whole while Ann's are reset, cut, late and refused; what no call has met can be removed."""
    for person_id in (1, 2):
        await server.person(person_id).send("hi")
    server.faults.reset_next("sendMessage", chat_id=1)
    server.faults.delay_next("sendMessage", 3_600.0, chat_id=1)
    server.faults.fail_next("sendMessage", times=2, chat_id=1)
    server.faults.damage_next("sendMessage", chat_id=1)
    assert (await api.post("sendMessage", json={"chat_id": 2, "text": "x"})).json()["ok"]
    assert server.faults.pending("sendMessage") == 0
    assert server.faults.pending("SendMessage", chat_id=1) == 5
    server.faults.clear("sendMessage", chat_id=1)
    assert (await api.post("sendMessage", json={"chat_id": 1, "text": "x"})).json()["ok"]


async def test_a_callback_query_belongs_to_the_chat_of_its_message(
    server: TelegramServer, api: httpx.AsyncClient
) -> None:
    """A fault of Ann's chat meets the answer to her tap, and not the answer to Bob's."""
    taps = []
    for person_id in (1, 2):
        person = server.person(person_id)
        taps.append(await person.press_crafted((await person.send("hi")).message_id, "x"))
    server.faults.fail_next("answerCallbackQuery", chat_id=1)
    answers = [(await api.post("answerCallbackQuery", json={"callback_query_id": tap.query_id})).json() for tap in taps]
    assert [answer["ok"] for answer in answers] == [False, True]
