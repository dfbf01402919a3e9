"""Methods that deliver updates and files to the bot."""

from dataclasses import dataclass
from typing import Any

from bot.local_bot_api.chats import Telegram
from bot.local_bot_api.errors import bad_request, conflict
from bot.local_bot_api.files import file_info
from bot.local_bot_api.parameters import Parameters
from bot.local_bot_api.webhook import DEFAULT_CONNECTIONS, is_valid_secret, is_valid_url, parse_allowed_updates

MAX_UPDATES = 100
LONGEST_POLL_S = 50


@dataclass(frozen=True, slots=True)
class DescribedResult:
    """A result with a description next to it."""

    result: bool
    description: str


async def get_updates(telegram: Telegram, parameters: Parameters) -> list[dict[str, Any]]:
    """`getUpdates`."""
    if telegram.webhook.url:
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    telegram.updates.set_allowed(parse_allowed_updates(parameters.json_array("allowed_updates")))
    limit = parameters.integer("limit", MAX_UPDATES)
    return await telegram.updates.poll(
        offset=parameters.integer("offset"),
        limit=limit if 1 <= limit <= MAX_UPDATES else MAX_UPDATES,
        timeout_s=min(max(parameters.integer("timeout"), 0), LONGEST_POLL_S),
    )


async def set_webhook(telegram: Telegram, parameters: Parameters) -> DescribedResult:
    """`setWebhook`: an empty URL removes the webhook."""
    url, secret_token = parameters.text("url"), parameters.text("secret_token")
    if not url:
        return await delete_webhook(telegram, parameters)
    if not is_valid_url(url):
        raise bad_request("bad webhook: invalid webhook URL specified")
    if not is_valid_secret(secret_token):
        raise bad_request("secret token contains unallowed characters")
    max_connections = parameters.integer("max_connections", DEFAULT_CONNECTIONS)
    telegram.updates.set_allowed(parse_allowed_updates(parameters.json_array("allowed_updates")))
    if parameters.flag("drop_pending_updates"):
        telegram.updates.clear()
    telegram.updates.end_polls(conflict("terminated by setWebhook request"))
    await telegram.webhook.change(url, secret_token, min(max(max_connections, 1), 100))
    return DescribedResult(True, "Webhook was set")


async def delete_webhook(telegram: Telegram, parameters: Parameters) -> DescribedResult:
    """`deleteWebhook`."""
    if parameters.flag("drop_pending_updates"):
        telegram.updates.clear()
    if not telegram.webhook.url:
        return DescribedResult(True, "Webhook is already deleted")
    await telegram.webhook.change("")
    return DescribedResult(True, "Webhook was deleted")


async def get_webhook_info(telegram: Telegram, _: Parameters) -> dict[str, Any]:
    """`getWebhookInfo`."""
    return telegram.webhook.info()


async def get_file(telegram: Telegram, parameters: Parameters) -> dict[str, Any]:
    """`getFile`."""
    return file_info(telegram.files, parameters.text("file_id"))


async def no_op(_: Telegram, __: Parameters) -> bool:
    """`logOut` and `close`: they do nothing, because there is no other server to move the bot to."""
    return True
