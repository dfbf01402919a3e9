"""Messages that are neither a title nor a wish; every one gets an answer that helps."""

import unicodedata

from telegram import Message, Update

from handlers.context import Context
from handlers.replies import message_of, person_id, say
from handlers.texts import notices
from handlers.texts.notices import Odd

MAX_LETTERS = 600
"""Of a text that is read at all."""

_FIELDS = {
    "sticker": Odd.STICKER,
    "voice": Odd.VOICE,
    "audio": Odd.VOICE,
    "video_note": Odd.VIDEO,
    "video": Odd.VIDEO,
    "animation": Odd.VIDEO,
    "photo": Odd.PHOTO,
    "document": Odd.FILE,
    "location": Odd.PLACE,
    "venue": Odd.PLACE,
    "contact": Odd.CONTACT,
    "poll": Odd.POLL,
}


def odd_text(message: Message, text: str) -> Odd | None:
    """What kind of text this is, if it is none that names or wishes anything."""
    if message.forward_origin is not None:
        return Odd.FORWARDED
    if len(text) > MAX_LETTERS:
        return Odd.TOO_LONG
    if not any(unicodedata.category(letter)[0] in "LN" for letter in text):
        return Odd.EMOJI
    return None


async def edited(update: Update, context: Context) -> None:
    """An edited message stays what it was understood as; a place that moves along is edited all the time."""
    message = message_of(update)
    if message.text is not None or message.caption is not None:
        await say(context.bot, person_id(update), notices.odd(Odd.EDITED))


async def unknown_command(update: Update, context: Context) -> None:
    """A command that there is none of."""
    await say(context.bot, person_id(update), notices.UNKNOWN_COMMAND())


async def other(update: Update, context: Context) -> None:
    """Whatever else there is in Telegram."""
    message = message_of(update)
    if message.forward_origin is not None:
        kind = Odd.FORWARDED
    else:
        kind = next((kind for field, kind in _FIELDS.items() if getattr(message, field, None)), Odd.OTHER)
    await say(context.bot, person_id(update), notices.odd(kind))
