"""Updates with values that no field can hold are skipped before a handler fails on them."""

import logging
from typing import Any

import pytest

from bot.app import Services
from bot.local_bot_api import Person, TelegramServer
from bot.updates.schema import is_well_formed
from handlers.texts import account
from tests.flow.conversation.helpers import first_card

PRIVATE = {"id": 7, "type": "private", "first_name": "Ann"}
ANN = {"id": 7, "is_bot": False, "first_name": "Ann"}
UP = {"type": "emoji", "emoji": "👍"}


def message(**fields: Any) -> dict[str, Any]:
    """Return an update with a message of Ann."""
    return {"message": {"message_id": 1, "date": 1, "chat": PRIVATE, "from": ANN, "text": "Movie 30", **fields}}


def tap(**fields: Any) -> dict[str, Any]:
    """Return an update with a tap of Ann."""
    seen = {"message_id": 1, "date": 0, "chat": PRIVATE}
    query = {"id": "1", "from": ANN, "chat_instance": "1", "message": seen, "data": "1ca:30:like", **fields}
    return {"callback_query": query}


def reaction(**fields: Any) -> dict[str, Any]:
    """Return an update with a reaction of Ann."""
    change = {"chat": PRIVATE, "message_id": 1, "user": ANN, "date": 1, "old_reaction": [], "new_reaction": [UP]}
    return {"message_reaction": {**change, **fields}}


WRONG = [
    message(text=7),
    message(text=["Movie 30"]),
    message(text="half a pair \ud83d"),
    message(text="/announce \udc4d"),
    message(message_id="1"),
    message(message_id=2**63),
    message(message_id=True),
    message(chat=None),
    message(chat={"id": 7, "type": 7}),
    message(**{"from": {**ANN, "language_code": ["en"]}}),
    message(**{"from": {**ANN, "language_code": 7}}),
    message(entities=[{"type": "bold", "offset": "0", "length": 1}]),
    message(reply_to_message={"message_id": [1], "date": 1, "chat": PRIVATE}),
    tap(data=["1ca:30:like"]),
    tap(data={"a": 1}),
    tap(data="\ud83d"),
    tap(id=7),
    tap(message={"message_id": 2**63, "date": 0, "chat": PRIVATE}),
    tap(message={"message_id": 1, "date": 0, "chat": None}),
    reaction(chat=None),
    reaction(message_id=2**63),
    reaction(new_reaction=[{"type": "emoji", "emoji": 7}]),
    reaction(new_reaction=[UP, {"type": "emoji", "emoji": None}]),
    reaction(old_reaction=[{"type": "emoji"}]),
]


@pytest.mark.parametrize(
    "update",
    [
        message(),
        tap(),
        reaction(),
        reaction(new_reaction=[{"type": "paid"}]),
        message(text=None),
        message(entities=None),
        {},
    ],
)
def test_right_types_are_accepted(update: dict[str, Any]) -> None:
    """The updates that are made wrong below are right by themselves, and a missing value may be null."""
    assert is_well_formed({"update_id": 1, **update})


@pytest.mark.parametrize("update", WRONG, ids=lambda update: ascii(update)[-60:])
def test_wrong_types_are_refused(update: dict[str, Any]) -> None:
    """One field has a type, or a value, that it cannot have."""
    assert not is_well_formed({"update_id": 1, **update})


async def test_wrong_types_reach_no_handler(
    server: TelegramServer, bot: Services, ann: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is logged as malformed, nobody gets an apology, nothing is rated, and Ann is answered afterwards."""
    await first_card(ann)
    await server.delivered()
    first_id = server.updates[-1]["update_id"] + 1
    sent = ann.messages
    for update_id, update in enumerate(WRONG, first_id):
        server.send_malformed({"update_id": update_id, **update})
    await server.delivered()
    await ann.send("/cancel")
    assert (await ann.wait_for(lambda message: message.text == account.CANCELLED())).message_id
    assert [message.text for message in ann.messages[len(sent) :]] == ["/cancel", account.CANCELLED()]
    assert await bot.conversation.stars(ann.id) == {}
    logged = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert logged == ["malformed update"] * len(WRONG)
