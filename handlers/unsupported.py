"""Messages that are neither a title nor a wish. Each kind gets an answer that says what to do instead."""

import unicodedata

from telegram import Message, Update
from telegram.ext import filters

from handlers.context import Context
from handlers.onboarding import say_in_step
from handlers.replies import message_of, person_id_of, say
from handlers.texts import notices
from handlers.texts.notices import Odd
from recsys.services.misunderstandings import Misunderstood

MAX_LETTERS = 600
"""The maximum length of a text that is parsed, in characters, its command included."""

_FIELDS = {
    "sticker": Odd.STICKER,
    "voice": Odd.VOICE,
    "audio": Odd.VOICE,
    "video_note": Odd.VIDEO,
    "video": Odd.VIDEO,
    "animation": Odd.VIDEO,
    "photo": Odd.PHOTO,
    "location": Odd.PLACE,
    "venue": Odd.PLACE,
    "contact": Odd.CONTACT,
    "poll": Odd.POLL,
}


class _TooLong(filters.MessageFilter):
    """Accepts messages with a text that is too long to be parsed."""

    def filter(self, message: Message) -> bool:
        return len((message.text or "").strip()) > MAX_LETTERS


TOO_LONG = _TooLong()


def odd_text(message: Message, text: str) -> Odd | None:
    """Return the kind of a text that can be neither a title nor a wish; None for any other text."""
    if message.forward_origin is not None:
        return Odd.FORWARDED
    if len(text) > MAX_LETTERS:
        return Odd.TOO_LONG
    if not any(unicodedata.category(letter)[0] in "LN" for letter in text):
        return Odd.EMOJI
    return None


async def say_odd(context: Context, person_id: int, kind: Odd) -> None:
    """Say what to do instead of such a message, and what the person's step waits for."""
    await context.count_misunderstood(Misunderstood.MESSAGE)
    person = await context.conversation.get_person(person_id)
    if person is None:
        await say(context.bot, person_id, notices.odd(kind))
    else:
        await say_in_step(context, person, notices.odd(kind))


async def edited(update: Update, context: Context) -> None:
    """Say that edits are ignored. A live location is edited all the time, so it gets no answer."""
    message = message_of(update)
    if message.text is not None or message.caption is not None:
        await say_odd(context, person_id_of(update), Odd.EDITED)


async def too_long(update: Update, context: Context) -> None:
    """Handle a text that is too long to be parsed, with or without a command."""
    message = message_of(update)
    kind = odd_text(message, (message.text or "").strip()) or Odd.TOO_LONG
    await say_odd(context, person_id_of(update), kind)


async def unknown_command(update: Update, context: Context) -> None:
    """Handle a command that the bot does not have."""
    await context.count_misunderstood(Misunderstood.COMMAND)
    await say(context.bot, person_id_of(update), notices.UNKNOWN_COMMAND())


async def other(update: Update, context: Context) -> None:
    """Handle a message that has no text."""
    message = message_of(update)
    if message.forward_origin is not None:
        kind = Odd.FORWARDED
    else:
        kind = next((kind for field, kind in _FIELDS.items() if getattr(message, field, None)), Odd.OTHER)
    await say_odd(context, person_id_of(update), kind)
