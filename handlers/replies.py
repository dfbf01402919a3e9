"""Sending and editing messages, with the errors of the Bot API that are expected handled in one place."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from telegram import Bot, CallbackQuery, InlineKeyboardMarkup, Message, MessageEntity, Update
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, TelegramError

from handlers.i18n import MAX_TEXT, Html, fitted

_SAME = "message is not modified"
_TOO_OLD = "query is too old"
_UNUSABLE = ("message identifier is not specified", "message_id_invalid")
"""Telegram gives the id 0 to a message that it has not sent yet."""

_NONE_TO_EDIT, _NONE_TO_DELETE = "message to edit not found", "message to delete not found"
_NOT_EDITABLE = (
    _NONE_TO_EDIT,
    "message can't be edited",
    "there is no text in the message to edit",
    *_UNUSABLE,
)
_CHAT_REFUSED = ("chat not found", "user not found", "peer_id_invalid", "not enough rights", "chat_write_forbidden")
_NOT_DELETABLE = (_NONE_TO_DELETE, "message can't be deleted", *_UNUSABLE)

TOAST_TIMEOUT_S = 3.0
"""A tap is answered within this time, in seconds, or not at all."""

_REPEAT_ACTION_S = 4.5
"""A chat action is sent again after this time, because Telegram shows it for 5 s."""

_logger = logging.getLogger(__name__)


def person_id_of(update: Update) -> int:
    """Return the Telegram user id of the person who caused an update."""
    if update.effective_user is None:
        raise ValueError("the filters of the handlers let no update without a user through")
    return update.effective_user.id


def message_of(update: Update) -> Message:
    """Return the message of an update."""
    if update.effective_message is None:
        raise ValueError("the filters of this handler let no update without a message through")
    return update.effective_message


def argument_of(message: Message) -> str:
    """Return the text of a message without the command at its beginning, if it begins with one."""
    text = message.text or ""
    first = message.entities[0] if message.entities else None
    is_command = first is not None and first.type == MessageEntity.BOT_COMMAND and first.offset == 0
    # Commands are ASCII, so their length in UTF-16 code units is that in characters.
    return (text[first.length :] if first is not None and is_command else text).strip()


async def say(bot: Bot, chat_id: int, text: Html, keyboard: InlineKeyboardMarkup | None = None) -> Message:
    """Send a message. A text that is too long for Telegram is cut."""
    return await bot.send_message(chat_id, fitted(text, MAX_TEXT), parse_mode=ParseMode.HTML, reply_markup=keyboard)


async def toast(query: CallbackQuery, text: str | None = None) -> None:
    """Answer a callback query.

    What a tap shows in the chat matters more than its answer. So a failure is logged only, and the answer does not wait
    longer than TOAST_TIMEOUT_S, for example for Telegram's flood control. A query that has become too old is ignored.
    """
    try:
        async with asyncio.timeout(TOAST_TIMEOUT_S):
            await query.answer(text)
    except (TelegramError, TimeoutError) as error:
        if not (isinstance(error, BadRequest) and _TOO_OLD in error.message.lower()):
            _logger.warning("a tap was not answered: %s", type(error).__name__)


async def show(query: CallbackQuery, text: Html, keyboard: InlineKeyboardMarkup | None = None) -> None:
    """Replace the text of the message whose button was tapped, or send a new message if it cannot be edited."""
    message = query.message
    if isinstance(message, Message) and message.text is not None:
        try:
            await message.edit_text(fitted(text, MAX_TEXT), parse_mode=ParseMode.HTML, reply_markup=keyboard)
            return
        except BadRequest as error:
            if is_same(error):
                return
            if not is_not_editable(error):
                raise
    await say(query.get_bot(), query.from_user.id, text, keyboard)


@contextlib.asynccontextmanager
async def acting(bot: Bot, chat_id: int, action: ChatAction, after_s: float = 0.0) -> AsyncIterator[None]:
    """Show a chat action, such as "typing", until the block ends.

    Args:
        bot: the bot that sends the action.
        chat_id: the chat that shows it.
        action: the chat action.
        after_s: the delay in seconds; a block that ends earlier shows no action.
    """

    async def act() -> None:
        await asyncio.sleep(after_s)
        while True:
            with contextlib.suppress(TelegramError):  # The answer itself follows, with or without the action.
                await bot.send_chat_action(chat_id, action)
            await asyncio.sleep(_REPEAT_ACTION_S)

    task = asyncio.create_task(act(), name="chat action")
    try:
        yield
    finally:
        task.cancel()


async def drop_keyboard(message: Message) -> bool:
    """Remove the keyboard of a message. Return False if there is no such message."""
    try:
        await message.edit_reply_markup(None)
    except BadRequest as error:
        if not (is_same(error) or is_not_editable(error)):
            raise
        return _NONE_TO_EDIT not in error.message.lower()
    return True


async def remove(message: Message) -> bool:
    """Delete a message that another one has replaced, or remove its keyboard if it is too old to be deleted.

    A failure is logged only: the message that matters has been sent.

    Returns:
        Whether the message is gone.
    """
    try:
        try:
            await message.delete()
        except BadRequest as error:
            if not any(refusal in error.message.lower() for refusal in _NOT_DELETABLE):
                raise
            return not await drop_keyboard(message) and _NONE_TO_DELETE in error.message.lower()
    except TelegramError as error:
        _logger.warning("a replaced message was not deleted: %s", type(error).__name__)
        return False
    return True


def is_same(error: BadRequest) -> bool:
    """Return whether an edit was refused because it changes nothing."""
    return _SAME in error.message.lower()


def is_not_editable(error: BadRequest) -> bool:
    """Return whether an edit was refused because the message is deleted, too old, or has no text."""
    return any(refusal in error.message.lower() for refusal in _NOT_EDITABLE)


def is_chat_refused(error: BadRequest) -> bool:
    """Return whether a message was refused because of its chat, so that any other message would be refused too."""
    return any(refusal in error.message.lower() for refusal in _CHAT_REFUSED)
