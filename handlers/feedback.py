"""What people think of a card: its buttons, a reply with a thumb, a reaction; and /undo."""

from telegram import CallbackQuery, MaybeInaccessibleMessage, Message, ReactionTypeEmoji, Update

from handlers.callbacks import Action, CardAction, Undo
from handlers.cards import send_card, turn_card
from handlers.context import Context
from handlers.replies import person_id, say, toast
from handlers.steps import Step
from handlers.texts import cards, notices, titles
from recsys.profile import DISLIKE, LIKE
from recsys.services.conversation import NOTHING_WISHED, OutdatedCard
from recsys.text.wishes import Wish
from storage.records import MarkKind, RatingChange, RatingSource

_STARS = {Action.LIKE: LIKE, Action.DISLIKE: DISLIKE}
_MARKS: dict[Action, MarkKind] = {Action.SEEN: "seen", Action.LATER: "later"}
_TOASTS = {
    Action.LIKE: cards.TOAST_LIKED,
    Action.DISLIKE: cards.TOAST_DISLIKED,
    Action.SEEN: cards.TOAST_SEEN,
    Action.LATER: cards.TOAST_LATER,
}
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
    if message is None:
        await _begin_anew(context, query, who)
        return
    is_like_this = said.action is Action.MORE_LIKE_THIS
    wish = Wish(like=(said.movie_id,)) if is_like_this else _wish_behind(context, message)
    stars, mark = _STARS.get(said.action), _MARKS.get(said.action)
    turned = await talk.answer_card(who, message.message_id, said.movie_id, stars, mark, wish)
    if turned is None:
        await _begin_anew(context, query, who)
    elif isinstance(turned, OutdatedCard):
        await toast(query, cards.TOAST_MOVED_ON())
    else:
        stays = turned.card is not None and turned.card.movie.movie_id == said.movie_id
        toasted = cards.TOAST_THE_LAST if stays else _TOASTS.get(said.action)
        await toast(query, toasted() if toasted else None)
        head = titles.similar_to(talk.movie(said.movie_id)) if is_like_this else None
        undo = said.movie_id if stars is not None else None
        await turn_card(context, message, who, turned.card, wish, head=head, undo=undo)


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


async def _begin_anew(context: Context, query: CallbackQuery, who: int) -> None:
    """The button is on no card: it may be that of somebody whose data was deleted since."""
    await context.conversation.arrive(who, Step.WELCOME)
    await toast(query, notices.STALE_BUTTON())
    await send_card(context, who)


async def _say_undone(context: Context, who: int, change: RatingChange) -> None:
    await say(context.bot, who, cards.undone(context.conversation.movie(change.movie_id), change.after))


async def _rate(context: Context, who: int, movie_id: int, stars: float, source: RatingSource) -> None:
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
