"""Only private chats of people with the bot itself count. Whatever comes from elsewhere is ignored."""

import itertools
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.app import Services
from bot.local_bot_api import Person, TelegramServer
from bot.settings import Settings
from handlers.callbacks import pack
from handlers.callbacks.buttons import Action, AnnounceSend, CardAction, Setting, SettingToggle
from recsys.services.administration import Audience
from tests.flow.bots import SECRET
from tests.flow.conversation.helpers import OpenBot, first_card, shown

HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
GROUP = {"id": -100, "type": "supergroup", "title": "Film club"}
NOBODY = {"id": 0, "is_bot": False, "first_name": "Nobody"}
UPDATE_IDS = itertools.count(1)


@pytest.fixture
async def bot(open_bot: OpenBot, webhook: Settings) -> AsyncIterator[Services]:
    """The running bot with a webhook, so that a delivered update has been handled."""
    async with open_bot(webhook) as services:
        yield services


@pytest.fixture
async def site(
    server: TelegramServer,
    webhook: Settings,
    bot: Services,  # noqa: ARG001 - it listens.
) -> AsyncIterator[httpx.AsyncClient]:
    """A client that posts updates to the bot, as Telegram does."""
    await server.called("setWebhook")
    async with httpx.AsyncClient(base_url=f"http://{webhook.listen}", trust_env=False, headers=HEADERS) as client:
        yield client


async def post(site: httpx.AsyncClient, kind: str, content: dict[str, Any]) -> str:
    """Post an update, check that Telegram would not deliver it again, and return the outcome."""
    answer = await site.post("/telegram", json={"update_id": next(UPDATE_IDS), kind: content})
    assert answer.status_code == 200
    return answer.text.strip()


def message(user: dict[str, Any], text: str, **more: Any) -> dict[str, Any]:
    """Return a message in a private chat."""
    command = {"type": "bot_command", "offset": 0, "length": len(text.split()[0])}
    chat = {"id": user["id"], "type": "private", "first_name": user["first_name"]}
    return {"message_id": 1, "date": 1, "chat": chat, "from": user, "text": text, "entities": [command], **more}


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("business_message", {"business_connection_id": "1"}),
        ("edited_business_message", {"business_connection_id": "1", "edit_date": 2}),
        ("message", {"business_connection_id": "1"}),
        ("guest_message", {"guest_query_id": "1"}),
        ("guest_message", {"chat": GROUP}),
        ("message", {"chat": GROUP}),
        ("message", {"chat": {"id": 8, "type": "private"}}),
        ("channel_post", {"chat": {"id": -100, "type": "channel", "title": "Films"}}),
    ],
)
async def test_a_message_from_elsewhere_is_ignored(
    server: TelegramServer, site: httpx.AsyncClient, bot: Services, ann: Person, kind: str, more: dict[str, Any]
) -> None:
    """Neither is it answered, nor is its sender stored. The same text in the private chat gets a card."""
    await bot.conversation.forget(ann.id)
    user = {"id": ann.id, "is_bot": False, "first_name": "Ann"}
    for text in ("/recommend", "/forget", "Movie 30"):
        assert await post(site, kind, message(user, text, **more)) == "handled"
    assert await bot.conversation.get_person(ann.id) is None
    assert server.calls_of("sendMessage") == []
    assert await first_card(ann)


@pytest.mark.parametrize(
    "where", [{"chat": GROUP}, {"chat": {"id": 8, "type": "private"}}, {"business_connection_id": "1"}, None]
)
async def test_a_tap_elsewhere_is_ignored(
    server: TelegramServer, site: httpx.AsyncClient, bot: Services, ann: Person, where: dict[str, Any] | None
) -> None:
    """A message elsewhere may have the id of Ann's card. Her tap on it rates nothing and changes no setting."""
    card = await first_card(ann)
    await server.delivered()
    exported, calls = await bot.conversation.export(ann.id), len(server.calls)
    for button in (CardAction(shown(card), Action.LIKE), SettingToggle(Setting.CONSENT, True)):
        query = {"id": "1", "from": card.raw["chat"] | {"is_bot": False}, "chat_instance": "1", "data": pack(button)}
        source = {"inline_message_id": "1"} if where is None else {"message": {**card.raw, **where}}
        assert await post(site, "callback_query", {**query, **source}) == "handled"
    assert await bot.conversation.export(ann.id) == exported
    assert len(server.calls) == calls


async def test_id_zero_is_nobody(server: TelegramServer, site: httpx.AsyncClient, bot: Services) -> None:
    """The id 0 is the command line's, which may use every admin command. An update with this id has no effect."""
    draft = await bot.stores.announcements.draft("Hello", 1, bot.conversation._now())
    await post(site, "message", message(NOBODY, "/recommend"))
    data = pack(AnnounceSend(draft, Audience.EVERYBODY))
    tap = {"id": "1", "from": NOBODY, "chat_instance": "1", "data": data, "message": message(NOBODY, "Hello")}
    await post(site, "callback_query", tap)
    reaction = [{"type": "emoji", "emoji": "👍"}]
    chat = {"id": 0, "type": "private"}
    thumb = {"chat": chat, "message_id": 1, "user": NOBODY, "date": 1, "old_reaction": [], "new_reaction": reaction}
    await post(site, "message_reaction", thumb)
    job = await bot.stores.jobs.get(draft)
    assert job is not None
    assert job.status == "draft"
    assert await bot.conversation.get_person(0) is None
    assert {call.method for call in server.calls if not call.method.startswith(("getMy", "setMy"))} <= {
        "getMe",
        "setWebhook",
    }
