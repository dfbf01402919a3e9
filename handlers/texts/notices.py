"""Notices: answers to old buttons, to unsupported messages, and to updates that failed."""

from enum import StrEnum

from handlers.i18n import Html, Label, Text

STALE_BUTTON = Label("That button is from earlier. Here is where we are.")
OLD_VERSION_BUTTON = Label("I have changed since that button was made. /recommend or /help start afresh.")
UNKNOWN_BUTTON = Label("I don't know that button. /help says what I can do.")

OUT_OF_REACH = Text("Sorry, I cannot reach my memory right now. Nothing was lost; please try again in a minute.")
"""The answer to a message while the database is unavailable. The answer to a button is OUT_OF_REACH_TOAST."""

OUT_OF_REACH_TOAST = Label("Sorry, my memory is out of reach. Nothing was lost; please try again in a minute.")
POPULAR_FOR_NOW = Text("My own taste is being repaired, so this comes from the popular list for now.")
"""The note on cards that come from the popular list because no model is available."""

SOMETHING_BROKE = Text("Sorry, something went wrong on my side. It is noted; please try again, or type /help.")
SLOW_DOWN = Label("That was fast. I'm still at your earlier taps.")
UNKNOWN_COMMAND = Text("I don't know that command. /help lists those I do.")


class Odd(StrEnum):
    """The kinds of messages that are neither a title nor a wish."""

    EMOJI = "emoji"
    TOO_LONG = "too long"
    STICKER = "sticker"
    VOICE = "voice"
    PHOTO = "photo"
    VIDEO = "video"
    PLACE = "place"
    CONTACT = "contact"
    POLL = "poll"
    EDITED = "edited"
    FORWARDED = "forwarded"
    THUMB_WITHOUT_CARD = "thumb without card"
    OTHER = "other"


_ODD = {
    Odd.EMOJI: Text("I can't read a movie from that. Type a title or a wish, like <i>something funny</i>."),
    Odd.TOO_LONG: Text("That is more than I can take in. A title or a short wish is best, like <i>90s comedy</i>."),
    Odd.STICKER: Text("Nice one, but I only read words. Which movie does it stand for?"),
    Odd.VOICE: Text("I can't listen yet. Could you type the title or the wish?"),
    Odd.PHOTO: Text("I can't see pictures. Could you type the title?"),
    Odd.VIDEO: Text("I can't watch that here. Could you type the title?"),
    Odd.PLACE: Text("I don't need to know where you are. Type a title or a wish."),
    Odd.CONTACT: Text("I don't keep contacts, and haven't kept this one. Type a title or a wish."),
    Odd.POLL: Text("I don't vote. Type a title or a wish."),
    Odd.EDITED: Text("I saw that you changed a message. I stay with what I understood first; just send it anew."),
    Odd.FORWARDED: Text("I don't read forwarded messages. If there is a title in it, please type it."),
    Odd.THUMB_WITHOUT_CARD: Text("To rate a movie by 👍 or 👎, reply to its card. Or type /rate with a title."),
    Odd.OTHER: Text("I don't know what to do with that. Type a title or a wish, or see /help."),
}


def odd(kind: Odd) -> Html:
    """Return the answer to a message that is neither a title nor a wish."""
    return _ODD[kind]()
