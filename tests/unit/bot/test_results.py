"""The results of calls to the Bot API are checked before python-telegram-bot parses them."""

import copy
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from telegram import Message
from telegram.error import NetworkError

from bot.client.results import check_result

CARD: dict[str, Any] = {
    "message_id": 7,
    "from": {"id": 1, "is_bot": True, "first_name": "Reelmate", "username": "reelmate_bot"},
    "chat": {"id": 5, "first_name": "Ann", "type": "private"},
    "date": 1_700_000_000,
    "edit_date": 1_700_000_060,
    "caption": "Heat (1995)",
    "caption_entities": [{"type": "bold", "offset": 0, "length": 4}],
    "photo": [{"file_id": "f", "file_unique_id": "u", "width": 90, "height": 120, "file_size": 5_000}],
    "reply_markup": {"inline_keyboard": [[{"text": "👍", "callback_data": "up", "style": "success"}]]},
}
"""A card as Telegram returns it."""

ODD_VALUES = (None, True, -1, 2**70, 1.5, "odd", "\ud800", [], [1], [[2]], {}, {"id": 1}, [{"id": 1}])


def test_a_card_is_a_valid_result() -> None:
    """The messages that the bot sends and edits pass, with fields that the bot does not know, too."""
    check_result("sendPhoto", {"result": CARD})
    check_result("editMessageMedia", {"result": CARD | {"effect_id": "5"}})
    check_result("editMessageText", {"result": True})


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container of a JSON value with every key or position in it."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


def test_what_passes_can_be_parsed() -> None:
    """Whatever value a field of a message has, the message is refused, or python-telegram-bot can parse it."""
    count, refused = len(list(places(CARD))), 0
    for place in range(count):
        for odd in ODD_VALUES:
            message = copy.deepcopy(CARD)
            container, key = list(places(message))[place]
            container[key] = odd
            with suppress(NetworkError):
                check_result("editMessageMedia", {"result": message})
                Message.de_json(message, None)
                assert type(message["message_id"]) is type(message["chat"]["id"]) is int
                continue
            refused += 1
    assert refused > count


@pytest.mark.parametrize("result", [None, True, 5, "text", [], {}, {"message_id": "7"}])
def test_a_sent_message_is_no_other_value(result: object) -> None:
    """A method that sends a message returns nothing else."""
    with pytest.raises(NetworkError, match="the result of sendmessage has the wrong shape"):
        check_result("sendMessage", {"result": result})
