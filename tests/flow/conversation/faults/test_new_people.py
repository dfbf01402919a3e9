"""Whatever a new person does first, the notice on data comes before anything about them is stored."""

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Any, get_type_hints

import pytest

from bot.app import Services
from bot.local_bot_api import Message, Person, TelegramServer
from handlers.callbacks import CallbackData, buttons, pack
from handlers.routes import BUTTONS, COMMANDS
from handlers.steps import Step
from tests.flow.repeats import until_handled

Act = Callable[[Person, Message], Awaitable[object]]
"""What a new person does; the message is one that the bot sent them before."""

ARGUMENTS = {"similar": "Movie 30 (1953)", "search": "movie", "rate": "Movie 30 (1953) 5", "recommend": "no horror"}

VALUES: Mapping[str, Any] = {
    "step": Step.AGE,
    "question": Step.AGE,
    "gender": "F",
    "group": 1,
    "occupation": 3,
    "movie_id": 30,
    "page": 0,
    "stars": 4.0,
    "words": "movie",
    "key": 1,
    "year": 1950,
    "kind": None,
    "on": True,
    "number": 1,
    "job_id": 1,
    "country": "DE",
    "profile": 1,
}
"""A value of each field of a button, if it is no enumeration."""

NOT_OF_PEOPLE = (buttons.AnnounceAudience, buttons.AnnounceSend, buttons.CancelJob)
"""Buttons of admins."""


def sample(kind: type[CallbackData]) -> CallbackData:
    """Return a button of a class."""
    values = {}
    for name, hint in get_type_hints(kind).items():
        is_enum = isinstance(hint, type) and issubclass(hint, Enum) and name not in ("step", "question")
        values[name] = next(iter(hint)) if is_enum else VALUES[name]
    return kind(**values)


def sending(text: str) -> Act:
    """Return the act of sending a text."""
    return lambda person, _: person.send(text)


def tapping(kind: type[CallbackData]) -> Act:
    """Return the act of tapping a button of an old message."""
    data = pack(sample(kind))
    return lambda person, old: person.press_crafted(old.message_id, data)


ACTS: Mapping[str, Act] = {
    **{f"/{name}": sending(f"/{name} {ARGUMENTS.get(name, '')}".strip()) for name in COMMANDS},
    **{kind.__name__: tapping(kind) for kind in BUTTONS if kind not in NOT_OF_PEOPLE},
    "title": sending("Movie 30 (1953)"),
    "wish": sending("no horror"),
    "thumb": sending("👍"),
    "unknown command": sending("/qqqq"),
    "long text": sending("Movie 30 " * 100),
    "reply": lambda person, old: person.reply(old, "loved it"),
    "thumb as a reply": lambda person, old: person.reply(old, "👍"),
    "reaction": lambda person, old: person.react(old, "❤"),
    "sticker": lambda person, _: person.send_sticker(),
    "photo": lambda person, _: person.send_photo(),
    "file": lambda person, _: person.send_document(b"Name,Rating\nMovie 30,5", "ratings.csv"),
}


async def act_of_somebody_new(server: TelegramServer, bot: Services, person_id: int, act: Act, failures: int) -> Person:
    """Let somebody whom the bot does not know act, and wait until that is handled.

    Args:
        server: the server.
        bot: the bot.
        person_id: who acts.
        act: what they do.
        failures: how many messages of the bot Telegram refuses then.
    """
    person = server.person(person_id, "New")
    await person.send("/help")
    old = await person.next_message()
    server.faults.fail_next("sendMessage", failures, code=400, chat_id=person_id)
    await act(person, old)
    await until_handled(bot, server.updates[-1]["update_id"])
    return person


async def test_nothing_is_stored_before_the_notice(server: TelegramServer, bot: Services) -> None:
    """For every way to the bot: while it cannot send the notice, it stores nobody."""
    stored = {}
    for number, (name, act) in enumerate(ACTS.items(), start=1_000):
        person = await act_of_somebody_new(server, bot, number, act, failures=20)
        stored[name] = await bot.conversation.get_person(person.id)
    assert {name for name, person in stored.items() if person is not None} == set()


async def test_the_notice_comes_first(server: TelegramServer, bot: Services) -> None:
    """For every way to the bot: who is stored got the notice first, and a command does what it says then."""
    late, done = set(), {}
    for number, (name, act) in enumerate(ACTS.items(), start=1_000):
        person = await act_of_somebody_new(server, bot, number, act, failures=0)
        answers = [message.text for message in person.messages if message.from_bot][1:]
        if await bot.conversation.get_person(person.id) is not None and "/forget" not in answers[0]:
            late.add(name)
        done[name] = answers[1:]
    assert late == set()
    assert all(done[f"/{name}"] for name in COMMANDS if name in ("recommend", "similar", "search", "rate", "undo"))
    assert done["title"] == done["wish"] == []


@pytest.mark.parametrize("text", ["Movie 30 (1953)", "no horror"])
async def test_a_text_is_asked_for_again(bot: Services, ann: Person, text: str) -> None:
    """The greeting says that the text was not read."""
    await bot.conversation.forget(ann.id)
    await ann.send(text)
    assert "Send it again" in (await ann.next_message()).text
    assert await bot.conversation.stars(ann.id) == {}
    assert await bot.conversation.active_wish(ann.id) is None
