"""The person's account: /profile, /settings, /privacy, /export, /forget, /help and /cancel."""

import json
from dataclasses import replace

from telegram import CallbackQuery, InlineKeyboardMarkup, Update
from telegram.constants import ChatAction, ChatMemberStatus, ChatType, ParseMode

from handlers import keyboards
from handlers.callbacks import buttons
from handlers.context import Context
from handlers.i18n import Html
from handlers.replies import acting, argument_of, message_of, person_id_of, say, show, toast
from handlers.steps import Step
from handlers.texts import account
from handlers.watching.keyboards import settings_keyboard
from handlers.wish_parts import wish_parts
from storage.records import Person


async def profile(update: Update, context: Context) -> None:
    """Handle /profile."""
    person = await context.conversation.get_or_create_person(person_id_of(update), Step.WELCOME)
    await say(context.bot, person.person_id, *await profile_message(context, person))


async def profile_message(context: Context, person: Person) -> tuple[Html, InlineKeyboardMarkup]:
    """Return the text and the keyboard of /profile."""
    conversation = context.conversation
    ratings, watchlist = await conversation.counts(person.person_id)
    preferences = wish_parts(await conversation.preferences(person.person_id), conversation.movie)
    text = account.profile(person, ratings, watchlist, [part.label for part in preferences])
    return text, keyboards.profile(preferences)


async def settings(update: Update, context: Context) -> None:
    """Handle /settings."""
    person = await context.conversation.get_or_create_person(person_id_of(update), Step.WELCOME)
    await say(
        context.bot,
        person.person_id,
        account.SETTINGS(),
        settings_keyboard(person, context.conversation.state.services),
    )


async def setting_toggled(
    update: Update, context: Context, query: CallbackQuery, button: buttons.SettingToggle
) -> None:
    """Set a setting to the state that the button carries."""
    person_id = person_id_of(update)
    await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    await context.conversation.switch_setting(
        person_id, button.setting.value, on=button.on, update_id=context.update_id
    )
    await toast(query, account.TOAST_CHANGED())
    person = await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    await show(query, account.SETTINGS(), settings_keyboard(person, context.conversation.state.services))


async def popularity_chosen(
    update: Update, context: Context, query: CallbackQuery, button: buttons.ChoosePopularity
) -> None:
    """Store how well known the recommended movies are."""
    person_id = person_id_of(update)
    person = await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    await context.conversation.update_person(person_id, popularity=button.popularity)
    await toast(query, account.TOAST_CHANGED())
    changed = replace(person, popularity=button.popularity)
    await show(query, account.SETTINGS(), settings_keyboard(changed, context.conversation.state.services))


async def privacy(update: Update, context: Context) -> None:
    """Handle /privacy."""
    await say(context.bot, person_id_of(update), _privacy(context))


def _privacy(context: Context) -> Html:
    services = context.services
    return account.privacy(
        services.retention.of_people.days,
        sends_texts=services.sends_texts,
        uses_tmdb=context.conversation.state.uses_tmdb,
    )


async def export(update: Update, context: Context) -> None:
    """Handle /export: send all stored data of the person as a JSON file, or their ratings as a file for Letterboxd."""
    person_id = person_id_of(update)
    if argument_of(message_of(update)).casefold() == "letterboxd":
        await _export_for_letterboxd(context, person_id)
        return
    async with acting(context.bot, person_id, ChatAction.UPLOAD_DOCUMENT):
        exported = await context.conversation.export(person_id)
        if exported is None:
            await say(context.bot, person_id, account.NOTHING_STORED())
            return
        document = json.dumps(exported, indent=2, ensure_ascii=False).encode()
        await context.bot.send_document(
            person_id, document, filename="reelmate.json", caption=account.EXPORT_CAPTION(), parse_mode=ParseMode.HTML
        )


async def _export_for_letterboxd(context: Context, person_id: int) -> None:
    if await context.conversation.get_person(person_id) is None:
        await say(context.bot, person_id, account.NOTHING_STORED())
        return
    async with acting(context.bot, person_id, ChatAction.UPLOAD_DOCUMENT):
        table = await context.services.histories.for_letterboxd(person_id)
        await context.bot.send_document(
            person_id,
            table,
            filename="letterboxd.csv",
            caption=account.LETTERBOXD_CAPTION(),
            parse_mode=ParseMode.HTML,
        )


async def blocked(update: Update, context: Context) -> None:
    """Store whether the person has blocked the bot. A person who has blocked it gets no announcements."""
    change = update.my_chat_member
    if change is not None and change.chat.type == ChatType.PRIVATE:
        is_blocked = change.new_chat_member.status == ChatMemberStatus.BANNED
        await context.conversation.update_person(change.from_user.id, blocked=is_blocked)


async def forget(update: Update, context: Context) -> None:
    """Handle /forget: ask for a confirmation."""
    await say(context.bot, person_id_of(update), account.FORGET_ASK(), keyboards.forget())


async def forget_confirmed(
    update: Update, context: Context, query: CallbackQuery, _button: buttons.ForgetConfirm
) -> None:
    """Delete all data of the person. A second tap has nothing left to delete."""
    await context.conversation.forget(person_id_of(update), context.update_id)
    await toast(query)
    await show(query, account.FORGOTTEN())


async def forget_cancelled(
    _update: Update, _context: Context, query: CallbackQuery, _button: buttons.ForgetCancel
) -> None:
    """Keep the data and say so."""
    await toast(query)
    await show(query, account.FORGET_CANCELLED())


async def help_(update: Update, context: Context) -> None:
    """Handle /help."""
    await say(context.bot, person_id_of(update), account.help_text(uses_tmdb=context.conversation.state.uses_tmdb))


async def cancel(update: Update, context: Context) -> None:
    """Handle /cancel. The routes have closed the question that was asked again from the profile, if one was open."""
    await say(context.bot, person_id_of(update), account.CANCELLED())
