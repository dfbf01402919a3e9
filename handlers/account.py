"""The person's own affairs: /profile, /settings, /privacy, /export, /forget, /help and /cancel."""

import json

from telegram import CallbackQuery, Update
from telegram.constants import ChatAction, ChatMemberStatus, ChatType, ParseMode

from handlers import keyboards
from handlers.callbacks import ForgetCancel, ForgetConfirm, SettingToggle
from handlers.context import Context
from handlers.replies import acting, person_id, say, show, toast
from handlers.steps import Step
from handlers.texts import account


async def profile(update: Update, context: Context) -> None:
    """/profile."""
    person = await context.conversation.arrive(person_id(update), Step.WELCOME)
    rated, kept = await context.conversation.counts(person.person_id)
    await say(context.bot, person.person_id, account.profile(person, rated, kept), keyboards.profile())


async def settings(update: Update, context: Context) -> None:
    """/settings."""
    person = await context.conversation.arrive(person_id(update), Step.WELCOME)
    await say(context.bot, person.person_id, account.SETTINGS(), keyboards.settings(person))


async def setting_toggled(update: Update, context: Context, query: CallbackQuery, said: SettingToggle) -> None:
    """A setting is what the button says, however often it is tapped."""
    who = person_id(update)
    await context.conversation.arrive(who, Step.WELCOME)
    await context.conversation.switch(who, said.setting.value, on=said.on)
    await toast(query, account.TOAST_CHANGED())
    person = await context.conversation.arrive(who, Step.WELCOME)
    await show(query, account.SETTINGS(), keyboards.settings(person))


async def privacy(update: Update, context: Context) -> None:
    """/privacy."""
    await say(context.bot, person_id(update), account.PRIVACY())


async def export(update: Update, context: Context) -> None:
    """/export: everything, as a file."""
    who = person_id(update)
    async with acting(context.bot, who, ChatAction.UPLOAD_DOCUMENT):
        kept = await context.conversation.export(who)
        if kept is None:
            await say(context.bot, who, account.NOTHING_STORED())
            return
        document = json.dumps(kept, indent=2, ensure_ascii=False).encode()
        await context.bot.send_document(
            who, document, filename="reelmate.json", caption=account.EXPORT_CAPTION(), parse_mode=ParseMode.HTML
        )


async def blocked(update: Update, context: Context) -> None:
    """Whoever has blocked the bot is sent nothing, until they let it in again."""
    change = update.my_chat_member
    if change is not None and change.chat.type == ChatType.PRIVATE:
        is_blocked = change.new_chat_member.status == ChatMemberStatus.BANNED
        await context.conversation.settle(change.from_user.id, blocked=is_blocked)


async def forget(update: Update, context: Context) -> None:
    """/forget asks once."""
    await say(context.bot, person_id(update), account.FORGET_ASK(), keyboards.forget())


async def forget_confirmed(update: Update, context: Context, query: CallbackQuery, said: ForgetConfirm) -> None:  # noqa: ARG001  (every button has its value)
    """Delete everything; a second tap finds nothing left to delete."""
    await context.conversation.forget(person_id(update))
    await toast(query)
    await show(query, account.FORGOTTEN())


async def forget_cancelled(update: Update, context: Context, query: CallbackQuery, said: ForgetCancel) -> None:  # noqa: ARG001  (every button has its value)
    """Keep it all."""
    await toast(query)
    await show(query, account.FORGET_CANCELLED())


async def help_(update: Update, context: Context) -> None:
    """/help."""
    await say(context.bot, person_id(update), account.help_text())


async def cancel(update: Update, context: Context) -> None:
    """/cancel: there is nothing that waits for an answer and nothing else, so this only says where to go on."""
    await say(context.bot, person_id(update), account.CANCELLED())
