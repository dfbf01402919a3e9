"""Feedback on cards: the buttons of a card, replies with a thumb, and reactions."""

from collections.abc import Sequence

from telegram import CallbackQuery, MaybeInaccessibleMessage, Message, ReactionType, ReactionTypeEmoji, Update

from handlers import keyboards
from handlers.callbacks import buttons
from handlers.callbacks.buttons import Action
from handlers.cards import replace_card, send_card
from handlers.context import Context
from handlers.onboarding import greet, say_notice
from handlers.replies import person_id_of, say, toast
from handlers.texts import cards, clusters, notices, titles, undo
from recsys.profile import DISLIKE, DISLIKED_TO, LIKE
from recsys.services.cards import OutdatedCard
from recsys.text.wishes import Wish
from storage.changes import Passed, RatingChange
from storage.records import MarkKind

_STARS = {Action.LIKE: LIKE, Action.DISLIKE: DISLIKE}
_MARKS: dict[Action, MarkKind] = {Action.SEEN: "seen", Action.LATER: "later"}
_PASSED: dict[Action, Passed] = {Action.NEXT: "next", Action.MORE_LIKE_THIS: "similar"}
_TOASTS = {
    Action.LIKE: cards.TOAST_LIKED,
    Action.DISLIKE: cards.TOAST_DISLIKED,
    Action.SEEN: cards.TOAST_SEEN,
    Action.LATER: cards.TOAST_LATER,
}
_THUMBS = dict.fromkeys("👍❤🔥👏😍🥰💯", LIKE) | dict.fromkeys("👎💩🤮😢", DISLIKE)
"""The emoji that rate a card, as a reaction or a reply."""
_VARIANTS = {ord("\N{VARIATION SELECTOR-16}"): None} | dict.fromkeys(range(0x1F3FB, 0x1F400))
"""Characters that are removed before a thumb is recognised: the skin tones and the emoji variation selector."""


def thumb_stars(text: str) -> float | None:
    """Return the stars that a thumb or another rating emoji gives, in any skin tone; None for any other text."""
    return _THUMBS.get(text.strip().translate(_VARIANTS))


async def card_action(update: Update, context: Context, query: CallbackQuery, button: buttons.CardAction) -> None:
    """Handle a button of a card: store the feedback and put the next card in its place.

    If a card is tapped twice, the second tap finds another card in the message and stores nothing. If that card never
    got into the message, because the bot died or a call failed, the second tap puts it there.
    """
    person_id, message = person_id_of(update), query.message
    conversation = context.conversation
    if message is None:
        await _start_over(context, query, person_id)
        return
    more_like_this = button.action is Action.MORE_LIKE_THIS
    head = titles.similar_to(conversation.movie(button.movie_id)) if more_like_this else None
    stars, mark = _STARS.get(button.action), _MARKS.get(button.action)
    answer = await conversation.answer_card(
        person_id,
        message.message_id,
        button.movie_id,
        stars,
        mark,
        Wish(like=(button.movie_id,)) if more_like_this else None,
        context.update_id,
        adopt=_is_card_of(context, message, button.movie_id),
        passed=_PASSED.get(button.action),
    )
    if answer is None:
        await _start_over(context, query, person_id)
    elif isinstance(answer, OutdatedCard):
        await toast(query, cards.TOAST_MOVED_ON())
        if not answer.is_confirmed or _was_changed_back(message, answer):
            await replace_card(context, message, person_id, answer.card, answer.wish, head=head, undo=answer.change)
    else:
        is_same_movie = answer.card is not None and answer.card.movie.movie_id == button.movie_id
        label = cards.TOAST_THE_LAST if is_same_movie else _TOASTS.get(button.action)
        await toast(query, label() if label else None)
        if answer.is_far:
            head = clusters.FAR()
        await replace_card(context, message, person_id, answer.card, answer.wish, head=head, undo=answer.change)
        if answer.stuck is not None:
            await say(context.bot, person_id, clusters.ASK(), keyboards.clusters(answer.stuck.clusters))


async def thumb_reply(update: Update, context: Context, stars: float) -> bool:
    """Rate the movie of the card that a message replies to. Return False if it replies to no card of the person."""
    message, person_id = update.effective_message, person_id_of(update)
    card = message.reply_to_message if message else None
    if card is None:
        return False
    # Telegram sends the card as it was when the person replied. The card may have been replaced since.
    change = await context.conversation.rate_card(
        person_id, card.message_id, stars, "reply", movie_on(context, card), context.update_id
    )
    if change is not None:
        await _send_card_after(context, person_id, change)
    return change is not None


async def reaction(update: Update, context: Context) -> None:
    """Handle a thumb as a reaction to a card, and the removal of a thumb.

    Other reactions, and reactions to other messages, are ignored. If another emoji replaces a thumb, the thumb is
    removed.
    """
    change = update.message_reaction
    # Message ids are unique within a chat only, and cards are sent to private chats only.
    if change is None or change.user is None or change.chat.id != change.user.id:
        return
    person_id, message_id, update_id = change.user.id, change.message_id, context.update_id
    before, after = _stars_of(change.old_reaction), _stars_of(change.new_reaction)
    if before == after:
        return
    if after is not None:
        rated = await context.conversation.rate_card(person_id, message_id, after, "reaction", update_id=update_id)
        if rated is not None:
            await _send_card_after(context, person_id, rated)
        elif await context.conversation.get_person(person_id) is None:
            # Nothing is stored: the message with the reaction may say that everything was deleted.
            await say_notice(context, person_id)
        return
    movie = await context.conversation.movie_on_card(person_id, message_id)
    if movie is None:
        return
    undone = await context.conversation.take_back_reaction(person_id, movie.movie_id, update_id)
    if undone is not None:
        await _say_undone(context, person_id, undone)


def _stars_of(reactions: Sequence[ReactionType]) -> float | None:
    """Return the stars of the latest thumb among a person's reactions to one message; None if there is no thumb."""
    thumbs = [thumb_stars(emoji.emoji) for emoji in reactions if isinstance(emoji, ReactionTypeEmoji)]
    return next((stars for stars in reversed(thumbs) if stars is not None), None)


def _was_changed_back(message: MaybeInaccessibleMessage, outdated: OutdatedCard) -> bool:
    """Return whether a message shows another movie again, because a call that had timed out was executed later."""
    if not isinstance(message, Message) or keyboards.movie_on(message.reply_markup) == outdated.card.movie.movie_id:
        return False
    return (message.edit_date or message.date) > outdated.chosen_at


async def _start_over(context: Context, query: CallbackQuery, person_id: int) -> None:
    """Send a new card if the tapped message is no known card. Somebody whose data was deleted gets the greeting."""
    is_known = await context.conversation.get_person(person_id) is not None
    await toast(query, notices.STALE_BUTTON())
    if is_known:
        await send_card(context, person_id)
    else:
        await greet(context, person_id)


async def _say_undone(context: Context, person_id: int, change: RatingChange) -> None:
    await say(context.bot, person_id, undo.rating(context.conversation.movie(change.movie_id), change.after))


async def _send_card_after(context: Context, person_id: int, change: RatingChange) -> None:
    """Send the next card if a rating changed. If several cards in a row did not please, offer clusters of movies."""
    if change.before != change.after:
        await send_card(context, person_id)
        if change.after is not None and change.after <= DISLIKED_TO:
            stuck = await context.conversation.memory.find_stuck(person_id)
            if stuck is not None:
                await say(context.bot, person_id, clusters.ASK(), keyboards.clusters(stuck.clusters))


def _is_card_of(context: Context, message: MaybeInaccessibleMessage, movie_id: int) -> bool:
    """Return whether a tapped message certainly is a card of this movie.

    If a message is old, Telegram does not send its keyboard, and the tapped button is the only evidence.
    """
    # python-telegram-bot parses an inaccessible message as a Message.
    is_accessible = isinstance(message, Message) and message.is_accessible
    return not is_accessible or movie_on(context, message) == movie_id


def movie_on(context: Context, message: MaybeInaccessibleMessage) -> int | None:
    """Return the movie id of a card, read from its buttons; None if the message is no card of the bot."""
    if not isinstance(message, Message) or message.from_user is None or message.from_user.id != context.bot.id:
        return None
    return keyboards.movie_on(message.reply_markup)
