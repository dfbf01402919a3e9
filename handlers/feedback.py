"""Feedback on cards: the buttons of a card, replies with a thumb, reactions, and /undo."""

from telegram import CallbackQuery, MaybeInaccessibleMessage, Message, ReactionTypeEmoji, Update

from handlers.callbacks import buttons
from handlers.callbacks.buttons import Action
from handlers.cards import replace_card, send_card
from handlers.context import Context
from handlers.replies import person_id_of, say, toast
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
"""Characters that are removed before a thumb is recognised: the skin tones and the emoji variation selector."""


def thumb_stars(text: str) -> float | None:
    """Return the stars that a thumb emoji gives, in any skin tone; None if the text is no thumb."""
    return _THUMBS.get(text.strip().translate(_VARIANTS))


async def card_action(update: Update, context: Context, query: CallbackQuery, button: buttons.CardAction) -> None:
    """Handle a button of a card: store the feedback and put the next card in its place.

    If a card is tapped twice, the second tap finds another card in the message and changes nothing.
    """
    person_id, message = person_id_of(update), query.message
    conversation = context.conversation
    if message is None:
        await _start_over(context, query, person_id)
        return
    more_like_this = button.action is Action.MORE_LIKE_THIS
    wish = Wish(like=(button.movie_id,)) if more_like_this else _wish_of_card(context, message)
    stars, mark = _STARS.get(button.action), _MARKS.get(button.action)
    answer = await conversation.answer_card(
        person_id, message.message_id, button.movie_id, stars, mark, wish, context.update_id
    )
    if answer is None:
        await _start_over(context, query, person_id)
    elif isinstance(answer, OutdatedCard):
        await toast(query, cards.TOAST_MOVED_ON())
    else:
        is_same_movie = answer.card is not None and answer.card.movie.movie_id == button.movie_id
        label = cards.TOAST_THE_LAST if is_same_movie else _TOASTS.get(button.action)
        await toast(query, label() if label else None)
        head = titles.similar_to(conversation.movie(button.movie_id)) if more_like_this else None
        undo = button.movie_id if stars is not None else None
        await replace_card(context, message, person_id, answer.card, wish, head=head, undo=undo)


async def thumb_reply(update: Update, context: Context, stars: float) -> bool:
    """Rate the movie of the card that a message replies to. Return False if it replies to no card of the person."""
    message, person_id = update.effective_message, person_id_of(update)
    card = message.reply_to_message if message else None
    movie = await context.conversation.movie_on_card(person_id, card.message_id) if card else None
    if movie is None:
        return False
    await _rate(context, person_id, movie.movie_id, stars, "reply")
    return True


async def reaction(update: Update, context: Context) -> None:
    """Handle a thumb as a reaction to a card. Other reactions, and reactions to other messages, are ignored."""
    change = update.message_reaction
    # Message ids are unique within a chat only, and cards are sent to private chats only.
    if change is None or change.user is None or change.chat.id != change.user.id:
        return
    ratings = (thumb_stars(emoji.emoji) for emoji in change.new_reaction if isinstance(emoji, ReactionTypeEmoji))
    stars = next((rating for rating in ratings if rating is not None), None)
    movie = await context.conversation.movie_on_card(change.user.id, change.message_id) if stars is not None else None
    if stars is not None and movie is not None:
        await _rate(context, change.user.id, movie.movie_id, stars, "reaction")


async def undo(update: Update, context: Context) -> None:
    """Handle /undo: undo the last rating change."""
    person_id = person_id_of(update)
    change = await context.conversation.undo(person_id, update_id=context.update_id)
    if change is None:
        await say(context.bot, person_id, cards.NOTHING_TO_UNDO())
    else:
        await _say_undone(context, person_id, change)


async def undo_button(update: Update, context: Context, query: CallbackQuery, button: buttons.Undo) -> None:
    """Undo the last rating change if it concerns the movie of the button."""
    person_id = person_id_of(update)
    change = await context.conversation.undo(person_id, button.movie_id, context.update_id)
    await toast(query, None if change else cards.TOAST_ALREADY())
    if change is not None:
        await _say_undone(context, person_id, change)


async def _start_over(context: Context, query: CallbackQuery, person_id: int) -> None:
    """Send a new card if the tapped message is no known card, for instance because the person's data was deleted."""
    await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    await toast(query, notices.STALE_BUTTON())
    await send_card(context, person_id)


async def _say_undone(context: Context, person_id: int, change: RatingChange) -> None:
    await say(context.bot, person_id, cards.undone(context.conversation.movie(change.movie_id), change.after))


async def _rate(context: Context, person_id: int, movie_id: int, stars: float, source: RatingSource) -> None:
    """Rate a movie, and send the next card if the rating changed."""
    change = await context.conversation.rate(person_id, movie_id, stars, source, context.update_id)
    if change is not None and change.before != change.after:
        await send_card(context, person_id)


def _wish_of_card(context: Context, message: MaybeInaccessibleMessage) -> Wish:
    """Return the wish that a card fulfils, parsed from the message that the card replies to."""
    request = message.reply_to_message if isinstance(message, Message) else None
    if request is None or not request.text:
        return NOTHING_WISHED
    text = request.text.partition(" ")[2] if request.text.startswith("/") else request.text
    wish = context.conversation.parse_wish(text)
    return wish if isinstance(wish, Wish) else NOTHING_WISHED
