"""Sending and editing, with Telegram's expected refusals handled in one place."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from telegram import Bot, CallbackQuery, InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, TelegramError

from handlers.i18n import Html

_SAME = "message is not modified"
_TOO_OLD = "query is too old"
_NOT_EDITABLE = ("message to edit not found", "message can't be edited", "there is no text in the message to edit")
_NOT_DELETABLE = ("message to delete not found", "message can't be deleted")

_ACTION_SHOWN_S = 4.5
"""Telegram shows an action for 5 s."""


def person_id(update: Update) -> int:
    """Who this update is from."""
    if update.effective_user is None:
        raise ValueError("the handlers' filters let no update through that is from nobody")
    return update.effective_user.id


def message_of(update: Update) -> Message:
    """The message of this update."""
    if update.effective_message is None:
        raise ValueError("the handlers' filters let no other update through here")
    return update.effective_message


async def say(bot: Bot, chat_id: int, text: Html, keyboard: InlineKeyboardMarkup | None = None) -> Message:
    """Send a message."""
    return await bot.send_message(chat_id, text, parse_mode=ParseMode.HTML, reply_markup=keyboard)


async def toast(query: CallbackQuery, text: str | None = None) -> None:
    """Answer a tap; one that has waited too long has lost its answer, and nothing else."""
    try:
        await query.answer(text)
    except BadRequest as error:
        if _TOO_OLD not in error.message.lower():
            raise


async def show(query: CallbackQuery, text: Html, keyboard: InlineKeyboardMarkup | None = None) -> None:
    """Put a text in the place of the message whose button was tapped, or below it where it cannot be edited."""
    message = query.message
    if isinstance(message, Message) and message.text is not None:
        try:
            await message.edit_text(text, parse_mode=ParseMode.HTML, reply_markup=keyboard)
            return
        except BadRequest as error:
            if is_same(error):
                return
            if not is_not_editable(error):
                raise
    await say(query.get_bot(), query.from_user.id, text, keyboard)


@contextlib.asynccontextmanager
async def acting(bot: Bot, chat_id: int, action: ChatAction, after_s: float = 0.0) -> AsyncIterator[None]:
    """Let the chat show what the bot is at, from `after_s` on and until the block ends."""

    async def act() -> None:
        await asyncio.sleep(after_s)
        while True:
            with contextlib.suppress(TelegramError):  # It is no answer.
                await bot.send_chat_action(chat_id, action)
            await asyncio.sleep(_ACTION_SHOWN_S)

    task = asyncio.create_task(act(), name="chat action")
    try:
        yield
    finally:
        task.cancel()


async def drop_keyboard(message: Message) -> None:
    """Take the buttons off a message that is done."""
    try:
        await message.edit_reply_markup(None)
    except BadRequest as error:
        if not (is_same(error) or is_not_editable(error)):
            raise


async def remove(message: Message) -> None:
    """Take a message away; where it is too old for that, it loses its buttons."""
    try:
        await message.delete()
    except BadRequest as error:
        if not any(refusal in error.message.lower() for refusal in _NOT_DELETABLE):
            raise
        await drop_keyboard(message)


def is_same(error: BadRequest) -> bool:
    """Whether an edit was refused because there was nothing to change."""
    return _SAME in error.message.lower()


def is_not_editable(error: BadRequest) -> bool:
    """Whether an edit was refused because the message is gone, too old, or of another kind."""
    return any(refusal in error.message.lower() for refusal in _NOT_EDITABLE)
