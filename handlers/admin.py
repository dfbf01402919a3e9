"""What admins can do in their private chat with the bot: /announce, /refresh, /stats and /health.

The filter of these handlers keeps strangers out, and the service asks once more: a crafted button gets past the filter.
"""

import re

from telegram import BotCommandScopeChat, CallbackQuery, Update
from telegram.constants import ChatAction, ParseMode

from handlers import keyboards, onboarding
from handlers.callbacks import AnnounceAudience, AnnounceSend, CancelJob
from handlers.charts import draw_days
from handlers.context import Context
from handlers.i18n import Html, joined
from handlers.menu import admin_commands
from handlers.replies import acting, message_of, person_id, say, show, toast
from handlers.texts import admin, notices
from handlers.unsupported import unknown_command
from recsys.services.administration import Audience, Gone, NotAllowed, Preview, Requested
from storage.records import JobKind

MAX_ANNOUNCEMENT = 4_000
"""Characters as Telegram counts them, which takes 4,096; the rest is for the line about /settings."""

_COMMAND = re.compile(r"/\w+(@\w+)?\s*")
_REFRESHES: dict[tuple[str, ...], tuple[JobKind, bool]] = {
    ("metadata",): ("metadata", False),
    ("vectors",): ("vectors", False),
    ("model",): ("model", False),
    ("model", "notify"): ("model", True),
}


async def start(update: Update, context: Context) -> None:
    """/start, and the admins' own menu: Telegram takes it from the moment on that the chat exists."""
    await onboarding.start(update, context)
    await context.bot.set_my_commands(admin_commands(), BotCommandScopeChat(person_id(update)))


async def refresh(update: Update, context: Context) -> None:
    """/refresh WHAT."""
    who, message = person_id(update), message_of(update)
    words = tuple((message.text or "").lower().split()[1:])
    found: Requested | Gone | NotAllowed
    if words == ("rollback",):
        found = await context.administration.request_rollback(who)
    elif words in _REFRESHES:
        kind, notify = _REFRESHES[words]
        found = await context.administration.request_refresh(who, kind, notify=notify)
    else:
        await say(context.bot, who, admin.HOW_TO_REFRESH())
        return
    if isinstance(found, NotAllowed):
        await unknown_command(update, context)
    elif isinstance(found, Gone):
        await say(context.bot, who, admin.NO_RELEASE())
    elif not found.is_new:
        text = await _with_worker(context, admin.busy(found.job))
        await say(context.bot, who, text, keyboards.cancel_job(found.job.job_id))
    else:
        await _show_job(context, who, found)


async def announce(update: Update, context: Context) -> None:
    """/announce TEXT: what it will look like, how many would get it, and the buttons that decide."""
    who, message = person_id(update), message_of(update)
    text = _COMMAND.sub("", message.text_html, count=1).strip()
    if not text:
        await say(context.bot, who, admin.HOW_TO_ANNOUNCE())
        return
    if _length(message.text or "") > MAX_ANNOUNCEMENT:
        await say(context.bot, who, admin.TOO_LONG())
        return
    found = await context.administration.draft_announcement(who, text)
    if isinstance(found, NotAllowed):
        await unknown_command(update, context)
        return
    await say(context.bot, who, admin.announcement(text))
    keyboard = keyboards.announcement(found.job_id, Audience.EVERYBODY, found.recipients)
    await say(context.bot, who, admin.audience(found.recipients), keyboard)


async def audience_chosen(update: Update, context: Context, query: CallbackQuery, said: AnnounceAudience) -> None:
    """Another audience: how many they are."""
    found = await _previewed(update, context, query, said.job_id, said.audience)
    if found is not None:
        await toast(query)
        keyboard = keyboards.announcement(said.job_id, said.audience, found.recipients)
        await show(query, admin.audience(found.recipients), keyboard)


async def announcement_confirmed(update: Update, context: Context, query: CallbackQuery, said: AnnounceSend) -> None:
    """Send it; from here on the message shows how far it is."""
    who, message = person_id(update), query.message
    found = await _previewed(update, context, query, said.job_id, said.audience)
    if found is None or message is None:
        return
    await toast(query)
    # The worker writes into this message too, and must have the last word: it begins after this edit.
    await context.administration.set_progress_message(who, said.job_id, message.chat.id, message.message_id)
    text = await _with_worker(context, admin.starting(found.recipients))
    await show(query, text, keyboards.cancel_job(said.job_id))
    await context.administration.announce(who, said.job_id, said.audience.days)


async def job_cancelled(update: Update, context: Context, query: CallbackQuery, said: CancelJob) -> None:
    """End a job, or throw a draft away."""
    job = await context.administration.cancel(person_id(update), said.job_id)
    if isinstance(job, NotAllowed):
        await toast(query, notices.UNKNOWN_BUTTON())
    elif isinstance(job, Gone):
        await toast(query, admin.TOAST_GONE())
    elif job.is_open:
        await toast(query, admin.TOAST_CANCELLING())
    else:
        await toast(query)
        await show(query, admin.job(job))


async def stats(update: Update, context: Context) -> None:
    """/stats: numbers, and a picture of the last days."""
    who = person_id(update)
    async with acting(context.bot, who, ChatAction.UPLOAD_PHOTO):
        found = await context.administration.stats(who)
        if isinstance(found, NotAllowed):
            await unknown_command(update, context)
            return
        picture = await draw_days(found.statistics.days, admin.CHART_PEOPLE(), admin.CHART_RATINGS())
        await context.bot.send_photo(who, picture, caption=admin.stats(found), parse_mode=ParseMode.HTML)


async def health(update: Update, context: Context) -> None:
    """/health: each part of the bot, and the last jobs."""
    found = await context.administration.health(person_id(update))
    if isinstance(found, NotAllowed):
        await unknown_command(update, context)
    else:
        await say(context.bot, person_id(update), admin.health(found))


async def _show_job(context: Context, who: int, found: Requested) -> None:
    text = await _with_worker(context, admin.job(found.job))
    sent = await say(context.bot, who, text, keyboards.cancel_job(found.job.job_id))
    await context.administration.set_progress_message(who, found.job.job_id, sent.chat.id, sent.message_id)
    now = await context.administration.job(who, found.job.job_id)
    if not isinstance(now, Gone | NotAllowed) and not now.is_open:
        # It has ended before its worker could know where to say so.
        await sent.edit_text(admin.job(now), parse_mode=ParseMode.HTML)


async def _with_worker(context: Context, text: Html) -> Html:
    """What is said of a job, and where nobody is there to do it, that."""
    return text if await context.administration.has_worker() else joined("\n", [text, admin.NO_WORKER()])


async def _previewed(
    update: Update, context: Context, query: CallbackQuery, job_id: int, audience: Audience
) -> Preview | None:
    found = await context.administration.preview_announcement(person_id(update), job_id, audience)
    if isinstance(found, Preview):
        return found
    await toast(query, admin.TOAST_GONE() if isinstance(found, Gone) else notices.UNKNOWN_BUTTON())
    return None


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
