"""Chat actions: slow answers are announced by an action, quick answers are not."""

import asyncio
from typing import Any

import pytest

from bot.app import Services
from bot.local_bot_api import Person, TelegramServer
from storage import vectors
from storage.vectors.arrays import Hits
from storage.vectors.memory import MemoryIndex
from tests.flow.conversation.helpers import OpenBot, first_card, has, shown


async def test_an_export_is_announced(bot: Services, ann: Person) -> None:
    """/export shows that a file is being uploaded."""
    await first_card(ann)
    await ann.send("/export")
    await ann.wait_for(lambda message: message.document is not None)
    assert set(ann.actions) == {"upload_document"}  # Repeated if it takes long.
    assert bot.index.problem == ""


async def test_quick_answers_are_not_announced(bot: Services, server: TelegramServer, ann: Person) -> None:
    """Cards, taps and lists cause no chat action."""
    card = await first_card(ann)
    await ann.press(card, "👍")
    await ann.next_edit(card)
    await ann.send("/ratings")
    await ann.wait_for(has("Movie"))
    assert server.calls_of("sendChatAction") == []
    assert bot.index.problem == ""


async def test_a_card_that_takes_long_is_announced(
    open_bot: OpenBot, monkeypatch: pytest.MonkeyPatch, ann: Person
) -> None:
    """The chat shows "typing" while the card is chosen."""
    may_search = asyncio.Event()
    may_search.set()

    class Slow(MemoryIndex):
        async def search(self, *args: Any, **options: Any) -> list[Hits]:
            await may_search.wait()
            return await super().search(*args, **options)

    async def open_index(url: str, timeout_s: float) -> Slow:  # noqa: ARG001 - one signature for all schemes
        return Slow()

    monkeypatch.setattr(vectors, "SCHEMES", {**vectors.SCHEMES, "memory": open_index})
    async with open_bot():
        may_search.clear()
        await ann.send("/recommend")
        await ann.until(lambda chat: chat.actions == ["typing"])
        may_search.set()
        assert shown(await ann.next_message())
