"""Methods by which the bot gets its updates and files."""

from dataclasses import dataclass
from typing import Any

from bot.local_bot_api.chats import Telegram
from bot.local_bot_api.errors import bad_request, conflict
from bot.local_bot_api.files import file_of
from bot.local_bot_api.parameters import Parameters
from bot.local_bot_api.webhook import DEFAULT_CONNECTIONS, known_kinds, usable_secret, usable_url

MAX_UPDATES = 100
LONGEST_POLL_S = 50


@dataclass(frozen=True, slots=True)
class Described:
    """A result with a sentence beside it."""

    result: bool
    description: str


async def get_updates(telegram: Telegram, parameters: Parameters) -> list[dict[str, Any]]:
    """`getUpdates`."""
    if telegram.webhook.url:
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    telegram.updates.ask_for(known_kinds(parameters.listed("allowed_updates")))
    limit = parameters.integer("limit", MAX_UPDATES)
    return await telegram.updates.poll(
        offset=parameters.integer("offset"),
        limit=limit if 1 <= limit <= MAX_UPDATES else MAX_UPDATES,
        timeout_s=min(max(parameters.integer("timeout"), 0), LONGEST_POLL_S),
    )


async def set_webhook(telegram: Telegram, parameters: Parameters) -> Described:
    """`setWebhook`; an empty address takes the webhook away."""
    url, secret_token = parameters.text("url"), parameters.text("secret_token")
    if not url:
        return await delete_webhook(telegram, parameters)
    if not usable_url(url):
        raise bad_request("bad webhook: invalid webhook URL specified")
    if not usable_secret(secret_token):
        raise bad_request("secret token contains unallowed characters")
    max_connections = parameters.integer("max_connections", DEFAULT_CONNECTIONS)
    telegram.updates.ask_for(known_kinds(parameters.listed("allowed_updates")))
    if parameters.flag("drop_pending_updates"):
        telegram.updates.drop()
    telegram.updates.end_polls(conflict("terminated by setWebhook request"))
    await telegram.webhook.change(url, secret_token, min(max(max_connections, 1), 100))
    return Described(True, "Webhook was set")


async def delete_webhook(telegram: Telegram, parameters: Parameters) -> Described:
    """`deleteWebhook`."""
    if parameters.flag("drop_pending_updates"):
        telegram.updates.drop()
    if not telegram.webhook.url:
        return Described(True, "Webhook is already deleted")
    await telegram.webhook.change("")
    return Described(True, "Webhook was deleted")


async def get_webhook_info(telegram: Telegram, _: Parameters) -> dict[str, Any]:
    """`getWebhookInfo`."""
    return telegram.webhook.info()


async def get_file(telegram: Telegram, parameters: Parameters) -> dict[str, Any]:
    """`getFile`."""
    return file_of(telegram.files, parameters.text("file_id"))


async def leave(_: Telegram, __: Parameters) -> bool:
    """`logOut` and `close`: there is no other server to go to, so nothing changes."""
    return True
