"""Commands of admins in their private chat with the bot: /announce, /refresh, /stats and /health.

The filters of these handlers keep other people out, and the service checks the permission again, because crafted
callback data bypasses the filters.
"""

import logging
import re

from telegram import Bot, BotCommandScopeChat, CallbackQuery, Update
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Forbidden

from handlers import keyboards, onboarding
from handlers.callbacks import buttons
from handlers.charts import draw_days
from handlers.context import Context
from handlers.i18n import Html, joined, utf16_length
from handlers.menu import admin_commands
from handlers.replies import acting, is_same, message_of, person_id_of, say, show, toast
from handlers.texts import admin, notices
from handlers.unsupported import unknown_command
from recsys.services.administration import AnnouncementPreview, Audience, Gone, NotAllowed, RequestedJob
from storage.records import Job, JobKind, ProgressMessage

MAX_ANNOUNCEMENT = 4_000
"""The maximum length of an announcement in UTF-16 code units, as Telegram counts them.

Telegram accepts 4,096. The rest is for the line about /settings.
"""

_logger = logging.getLogger(__name__)

_COMMAND = re.compile(r"/\w+(@\w+)?\s*")
_REFRESHES: dict[tuple[str, ...], tuple[JobKind, bool]] = {
    ("metadata",): ("metadata", False),
    ("details",): ("details", False),
    ("vectors",): ("vectors", False),
    ("model",): ("model", False),
    ("model", "notify"): ("model", True),
}
"""The job kind and `notify`, by the words behind /refresh."""


async def start(update: Update, context: Context) -> None:
    """Handle /start, and set the admin's command menu: Telegram refuses it before the chat exists."""
    await onboarding.start(update, context)
    await context.bot.set_my_commands(admin_commands(), BotCommandScopeChat(person_id_of(update)))


async def refresh(update: Update, context: Context) -> None:
    """Handle /refresh WHAT: request the job and show its progress message."""
    admin_id, message = person_id_of(update), message_of(update)
    words = tuple((message.text or "").lower().split()[1:])
    result: RequestedJob | Gone | NotAllowed
    if words == ("rollback",):
        result = await context.administration.request_rollback(admin_id, update_id=context.update_id)
    elif words in _REFRESHES:
        kind, notify = _REFRESHES[words]
        result = await context.administration.request_refresh(
            admin_id, kind, notify=notify, update_id=context.update_id
        )
    else:
        await say(context.bot, admin_id, admin.how_to_refresh(" ".join(words)))
        return
    if isinstance(result, NotAllowed):
        await unknown_command(update, context)
    elif isinstance(result, Gone):
        await say(context.bot, admin_id, admin.NO_RELEASE())
    else:
        await _send_job(context, admin_id, result)


async def announce(update: Update, context: Context) -> None:
    """Handle /announce TEXT: show a preview, the number of recipients, and the buttons to send or discard it."""
    admin_id, message = person_id_of(update), message_of(update)
    text = _COMMAND.sub("", message.text_html, count=1).strip()
    if not text:
        await say(context.bot, admin_id, admin.HOW_TO_ANNOUNCE())
        return
    if utf16_length(message.text or "") > MAX_ANNOUNCEMENT:
        await say(context.bot, admin_id, admin.TOO_LONG())
        return
    preview = await context.administration.draft_announcement(admin_id, text, context.update_id)
    if isinstance(preview, NotAllowed):
        await unknown_command(update, context)
        return
    await say(context.bot, admin_id, admin.announcement(text))
    keyboard = keyboards.announcement(preview.job_id, Audience.EVERYBODY, preview.recipients)
    await say(context.bot, admin_id, admin.audience(preview.recipients), keyboard)


async def audience_chosen(
    update: Update, context: Context, query: CallbackQuery, button: buttons.AnnounceAudience
) -> None:
    """Show the number of recipients in the chosen audience."""
    preview = await _preview(update, context, query, button.job_id, button.audience)
    if preview is not None:
        await toast(query)
        keyboard = keyboards.announcement(button.job_id, button.audience, preview.recipients)
        await show(query, admin.audience(preview.recipients), keyboard)


async def announcement_confirmed(
    update: Update, context: Context, query: CallbackQuery, button: buttons.AnnounceSend
) -> None:
    """Send an announcement. From now on the message shows its progress."""
    admin_id, message = person_id_of(update), query.message
    if await context.administration.has_announced(context.update_id):
        # The message shows the progress already. The same request again changes nothing but a missing audit entry.
        await context.administration.announce(admin_id, button.job_id, button.audience.days, context.update_id)
        await toast(query)
        return
    preview = await _preview(update, context, query, button.job_id, button.audience)
    if preview is None or message is None:
        return
    await toast(query)
    # The worker edits this message too, and its edits must come last. So the job starts after the edit below.
    await context.administration.add_progress_message(admin_id, button.job_id, message.chat.id, message.message_id)
    text = await _with_worker_notice(context, admin.starting(preview.recipients))
    await show(query, text, keyboards.cancel_job(button.job_id))
    await context.administration.announce(admin_id, button.job_id, button.audience.days, context.update_id)


async def job_cancelled(update: Update, context: Context, query: CallbackQuery, button: buttons.CancelJob) -> None:
    """Cancel a job, or discard the draft of an announcement."""
    job = await context.administration.cancel(person_id_of(update), button.job_id, context.update_id)
    if isinstance(job, NotAllowed):
        await toast(query, notices.UNKNOWN_BUTTON())
    elif isinstance(job, Gone):
        await toast(query, admin.TOAST_GONE())
    elif job.is_open:
        await toast(query, admin.TOAST_CANCELLING())
    else:
        await toast(query)
        await show(query, admin.job(job))
        await _show_in_other_messages(context, query, job)


async def stats(update: Update, context: Context) -> None:
    """Handle /stats: send usage statistics with a chart of the last days."""
    admin_id = person_id_of(update)
    async with acting(context.bot, admin_id, ChatAction.UPLOAD_PHOTO):
        overview = await context.administration.stats(admin_id, context.update_id)
        if isinstance(overview, NotAllowed):
            await unknown_command(update, context)
            return
        chart = await draw_days(overview.statistics.days, admin.CHART_PEOPLE(), admin.CHART_RATINGS())
        await context.bot.send_photo(admin_id, chart, caption=admin.stats(overview), parse_mode=ParseMode.HTML)


async def health(update: Update, context: Context) -> None:
    """Handle /health: send the state of each part of the bot, and the last jobs."""
    admin_id = person_id_of(update)
    health = await context.administration.health(admin_id, context.update_id)
    if isinstance(health, NotAllowed):
        await unknown_command(update, context)
    else:
        await say(context.bot, admin_id, admin.health(health))


async def edit_progress(bot: Bot, job: Job, message: ProgressMessage, text: Html) -> None:
    """Show the progress or the outcome of a job in a message.

    Args:
        bot: the bot that sent the message.
        job: the job. While it is open, it can be cancelled.
        message: the message.
        text: the new text.
    """
    keyboard = keyboards.cancel_job(job.job_id) if job.is_open else None
    try:
        await bot.edit_message_text(
            text, message.chat_id, message.message_id, parse_mode=ParseMode.HTML, reply_markup=keyboard
        )
    except BadRequest as error:
        if not is_same(error):
            raise


async def _send_job(context: Context, admin_id: int, requested: RequestedJob) -> None:
    """Send a message with the progress of a job, and register it so that the worker keeps it up to date.

    A job that was requested before gets a further message, which shows how the job ends like the earlier ones.
    """
    if await context.administration.has_progress_message(context.update_id):
        # The same update came before, and the message that it got shows the progress.
        return
    job_id = requested.job.job_id
    text = await _with_worker_notice(context, admin.requested(requested.job, is_new=requested.is_new))
    message = await say(context.bot, admin_id, text, keyboards.cancel_job(job_id))
    await context.administration.add_progress_message(
        admin_id, job_id, message.chat.id, message.message_id, context.update_id
    )
    job = await context.administration.job(admin_id, job_id)
    if not isinstance(job, Gone | NotAllowed) and not job.is_open:
        # The job ended before its worker knew of the message.
        await message.edit_text(admin.job(job), parse_mode=ParseMode.HTML)


async def _show_in_other_messages(context: Context, query: CallbackQuery, job: Job) -> None:
    """Show how a job ended in its messages other than the tapped one. No worker does it for a job that never began."""
    tapped = query.message
    for message in await context.administration.progress_messages(query.from_user.id, job.job_id):
        if tapped is None or message != (tapped.chat.id, tapped.message_id):
            try:
                await edit_progress(context.bot, job, message, admin.job(job))
            except (BadRequest, Forbidden) as error:
                _logger.warning("a message of a job was not updated: %s", type(error).__name__)


async def _with_worker_notice(context: Context, text: Html) -> Html:
    """Append a notice to the text of a job if no worker is running."""
    return text if await context.administration.has_worker() else joined("\n", [text, admin.NO_WORKER()])


async def _preview(
    update: Update, context: Context, query: CallbackQuery, job_id: int, audience: Audience
) -> AnnouncementPreview | None:
    """Return the preview of an announcement; None, after a toast, if it cannot be sent any more or is not allowed.

    The buttons of an announcement that cannot be sent any more are removed.
    """
    administration, admin_id = context.administration, person_id_of(update)
    preview = await administration.preview_announcement(admin_id, job_id, audience)
    if isinstance(preview, AnnouncementPreview):
        return preview
    if isinstance(preview, NotAllowed):
        await toast(query, notices.UNKNOWN_BUTTON())
        return None
    await toast(query, admin.TOAST_GONE())
    # An announcement that was sent has messages that show its progress, and this may be one of them.
    if not await administration.progress_messages(admin_id, job_id):
        job = await administration.job(admin_id, job_id)
        await show(query, admin.job(job) if isinstance(job, Job) else admin.DRAFT_GONE())
    return None
