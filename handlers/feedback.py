"""What people think of a card: its buttons, a reply with a thumb, a reaction; and /undo."""

from telegram import CallbackQuery, MaybeInaccessibleMessage, Message, ReactionTypeEmoji, Update

from handlers.callbacks import Action, CardAction, Undo
from handlers.cards import send_card, turn_card
from handlers.context import Context
from handlers.replies import person_id, say, toast
from handlers.steps import Step
from handlers.texts import cards, notices, titles
from recsys.conversation import DISLIKE, LIKE, NOTHING_WISHED
from recsys.wish import Wish
from storage.records import Change, Source

_THUMBS = {"\N{THUMBS UP SIGN}": LIKE, "\N{THUMBS DOWN SIGN}": DISLIKE}
_VARIANTS = {ord("\N{VARIATION SELECTOR-16}"): None} | dict.fromkeys(range(0x1F3FB, 0x1F400))
"""Skin tones and the picture style, which change how a thumb looks and not what it says."""


def thumb(text: str) -> float | None:
    """The stars that a thumb means, whatever its skin tone; None for anything else."""
    return _THUMBS.get(text.strip().translate(_VARIANTS))


async def acted(update: Update, context: Context, query: CallbackQuery, said: CardAction) -> None:
    """A button of a card. The second tap of two finds the card moved on, and does nothing."""
    who, message = person_id(update), query.message
    talk = context.conversation
    shown = await talk.card_of(who, message.message_id) if message else None
    if message is None or shown is None:
        # It may be somebody whose data was deleted since.
        await talk.arrive(who, Step.WELCOME)
        await toast(query, notices.STALE_BUTTON())
        await send_card(context, who)
        return
    if shown.movie_id != said.movie_id:
        await toast(query, cards.TOAST_MOVED_ON())
        return
    wish = _wish_behind(context, message)
    undo = None
    match said.action:
        case Action.LIKE | Action.DISLIKE:
            liked = said.action is Action.LIKE
            await talk.rate(who, said.movie_id, LIKE if liked else DISLIKE, "button")
            await toast(query, cards.TOAST_LIKED() if liked else cards.TOAST_DISLIKED())
            undo = said.movie_id
        case Action.SEEN:
            await talk.mark(who, said.movie_id, "seen")
            await toast(query, cards.TOAST_SEEN())
        case Action.LATER:
            await talk.mark(who, said.movie_id, "later")
            await toast(query, cards.TOAST_LATER())
        case Action.MORE_LIKE_THIS:
            await toast(query)
            wish = Wish(like=(said.movie_id,))
        case Action.NEXT:
            await toast(query)
    head = titles.similar_to(shown) if said.action is Action.MORE_LIKE_THIS else None
    await turn_card(context, message, who, wish, head=head, undo=undo)


async def replied(update: Update, context: Context, stars: float) -> bool:
    """A thumb as a reply to a card; False where it is no reply to a card of theirs."""
    message, who = update.effective_message, person_id(update)
    to = message.reply_to_message if message else None
    shown = await context.conversation.card_of(who, to.message_id) if to else None
    if shown is None:
        return False
    await _rate(context, who, shown.movie_id, stars, "reply")
    return True


async def reacted(update: Update, context: Context) -> None:
    """A reaction to a card; other reactions, and those to other messages, are none of our business."""
    reaction = update.message_reaction
    # Message ids begin anew in each chat, and cards are in private ones.
    if reaction is None or reaction.user is None or reaction.chat.id != reaction.user.id:
        return
    found = (thumb(one.emoji) for one in reaction.new_reaction if isinstance(one, ReactionTypeEmoji))
    stars = next((one for one in found if one is not None), None)
    shown = await context.conversation.card_of(reaction.user.id, reaction.message_id) if stars is not None else None
    if stars is not None and shown is not None:
        await _rate(context, reaction.user.id, shown.movie_id, stars, "reaction")


async def undo(update: Update, context: Context) -> None:
    """/undo: the last change of a rating, exactly."""
    change = await context.conversation.undo(person_id(update))
    if change is None:
        await say(context.bot, person_id(update), cards.NOTHING_TO_UNDO())
    else:
        await _say_undone(context, person_id(update), change)


async def undo_pressed(update: Update, context: Context, query: CallbackQuery, said: Undo) -> None:
    """The undo button of one movie: where another rating has come since, a second tap takes nothing back."""
    change = await context.conversation.undo(person_id(update), only=said.movie_id)
    await toast(query, None if change else cards.TOAST_ALREADY())
    if change is not None:
        await _say_undone(context, person_id(update), change)


async def _say_undone(context: Context, who: int, change: Change) -> None:
    await say(context.bot, who, cards.undone(context.conversation.movie(change.movie_id), change.after))


async def _rate(context: Context, who: int, movie_id: int, stars: float, source: Source) -> None:
    """Rate without a button; the next card comes only where this changed something."""
    change = await context.conversation.rate(who, movie_id, stars, source)
    if change is not None and change.before != change.after:
        await send_card(context, who)


def _wish_behind(context: Context, message: MaybeInaccessibleMessage) -> Wish:
    """The wish that a card was asked for with: the text of the message that it replies to."""
    asked = message.reply_to_message if isinstance(message, Message) else None
    if asked is None or not asked.text:
        return NOTHING_WISHED
    text = asked.text.partition(" ")[2] if asked.text.startswith("/") else asked.text
    wish = context.conversation.wish(text)
    return wish if isinstance(wish, Wish) else NOTHING_WISHED
