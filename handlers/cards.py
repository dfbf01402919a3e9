"""Cards: sending the next movie, or replacing a card by the next one in the same message."""

import logging
from typing import Any

from telegram import InlineKeyboardMarkup, InputMediaPhoto, MaybeInaccessibleMessage, Message
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from handlers import keyboards
from handlers.callbacks.buttons import Purpose
from handlers.context import CardSender, Context, current_attempt
from handlers.i18n import MAX_CAPTION, MAX_TEXT, Html, joined
from handlers.posters import PHOTO_TIMEOUT_S
from handlers.replies import acting, drop_keyboard, is_chat_refused, is_not_editable, is_same, remove, say
from handlers.texts import cards, notices, wishes
from handlers.wish_parts import wish_parts
from recsys.services.cards import NOTHING_WISHED, Card
from recsys.services.precomputing import PrecomputedCard
from recsys.serving.explain import PopularWithPeers, Resembles
from recsys.text.wishes import Wish
from storage.changes import ShownCard
from storage.records import Movie

SLOW_S = 0.5
"""The chat shows "typing" once choosing a card takes longer than this, as it may right after a start."""

MAX_REFUSED = 5
"""After Telegram has refused this many movies in a row, the last error is raised."""

_logger = logging.getLogger(__name__)


async def send_card(
    context: Context,
    person_id: int,
    wish: Wish | None = None,
    *,
    head: Html | None = None,
) -> None:
    """Send the next card, or a message that nothing is left. An update that comes again brings no second card.

    Args:
        context: the handler's context.
        person_id: the recipient.
        wish: the wish that the movie must fulfil. None for the active wish, if there is one.
        head: a text above the card.
    """
    if await context.conversation.has_sent_card(context.update_id):
        return
    if wish is None:
        wish = await context.conversation.active_wish(person_id) or NOTHING_WISHED
    async with acting(context.bot, person_id, ChatAction.TYPING, SLOW_S):
        next_cards = await context.conversation.next_cards(person_id, wish)
    update_id = context.update_id
    if not next_cards or not await _send(context, person_id, next_cards[0], wish, head, update_id=update_id):
        await say_nothing_left(context, person_id, wish, head)


async def send_chosen(
    context: Context, person_id: int, card: Card, wish: Wish = NOTHING_WISHED, *, head: Html | None = None
) -> None:
    """Send a card that was chosen already, or say that the person is too young for its movie.

    An update that comes again brings no second card.

    Args:
        context: the handler's context.
        person_id: the recipient.
        card: the card.
        wish: the wish that it fulfils.
        head: a text above the card.
    """
    if await context.conversation.has_sent_card(context.update_id):
        return
    if card.age_from is not None:
        keyboard = keyboards.pick([card.movie], Purpose.SIMILAR)
        await say(context.bot, person_id, cards.too_young(card.movie, card.age_from), keyboard)
    elif not await _send(context, person_id, card, wish, head, update_id=context.update_id):
        await say_nothing_left(context, person_id, wish)


async def wish_of(context: Context, person_id: int, movie: Movie) -> Wish:
    """Return the active wish if a movie that the person chose has its genres and years, else a wish for nothing."""
    wish = await context.conversation.active_wish(person_id)
    return wish if wish is not None and wish.filter.matches(movie) else NOTHING_WISHED


async def send_card_unasked(
    sender: CardSender, person_id: int, head: Html, precomputed: PrecomputedCard | None = None
) -> bool:
    """Send the next card without a request. Return False, and send nothing, if no movie is left.

    Args:
        sender: the services that sending a card requires.
        person_id: the recipient.
        head: a text above the card.
        precomputed: the card, if it was chosen earlier. It is sent unless the person has done something since.
    """
    next_cards = await sender.conversation.precomputing.next_cards(person_id, precomputed)
    return bool(next_cards) and await _send(sender, person_id, next_cards[0], NOTHING_WISHED, head)


async def replace_card(
    context: Context,
    message: MaybeInaccessibleMessage,
    person_id: int,
    card: Card | None,
    wish: Wish,
    *,
    head: Html | None,
    undo: int | None,
) -> None:
    """Replace the card of a message by the next card, or send a new message if the old one cannot be edited.

    The database holds the next card for this message already. That the previous card is gone is stored once the update
    is handled. Until then a reaction rates the previous movie, and a tap on the previous movie calls this function
    again. An update that comes again sends no second message.

    Args:
        context: the handler's context.
        message: the message with the previous card.
        person_id: the recipient.
        card: the next card. None if nothing is left.
        wish: the wish that the next movie had to fulfil.
        head: a text above the card.
        undo: the number of the change that the undo button takes back. None for no undo button.
    """
    if card is None:
        if isinstance(message, Message):
            await drop_keyboard(message)
        await say_nothing_left(context, person_id, wish)
        return
    conversation, update_id = context.conversation, context.update_id
    keyboard = keyboards.card(card.movie, undo, wish_parts(wish, conversation.movie))
    is_edited = isinstance(message, Message) and await _edit(context, message, card, head, keyboard)
    # The old message is removed last. If sending the new one fails, a tap on the old one tries again.
    if (
        not is_edited
        and not await conversation.has_sent_card(update_id)
        and not await _send(context, person_id, card, wish, head, undo=undo, update_id=update_id)
    ):
        await say_nothing_left(context, person_id, wish)
    if is_edited or not isinstance(message, Message) or await remove(message):
        current_attempt().shown = ShownCard(person_id, message.message_id, card.movie.movie_id)


async def _edit(
    context: Context, message: Message, card: Card, head: Html | None, keyboard: InlineKeyboardMarkup
) -> bool:
    """Edit a message to show a card. Return False if that is impossible: a photo cannot become a text."""
    url = card.movie.poster_url
    photo = await context.posters.to_send(url)
    try:
        if url and photo:
            media = InputMediaPhoto(photo, caption=_text(card, head, MAX_CAPTION), parse_mode=ParseMode.HTML)
            edited = await message.edit_media(media, reply_markup=keyboard, read_timeout=PHOTO_TIMEOUT_S)
            if isinstance(edited, Message):
                await context.posters.sent(url, edited)
        elif message.text is not None:
            text = _text(card, head, MAX_TEXT)
            await message.edit_text(text, parse_mode=ParseMode.HTML, reply_markup=keyboard)
        else:
            return False
    except BadRequest as error:
        if is_same(error):
            return True
        if is_not_editable(error) or not (url and photo):
            return False
        await context.posters.failed(url)
        return await _edit(context, message, card, head, keyboard)
    except (Forbidden, RetryAfter):
        raise
    except TelegramError as error:
        if not (url and photo):
            raise
        _rest(context, url, error)
        return await _edit(context, message, card, head, keyboard)
    return True


async def _send(
    sender: CardSender,
    person_id: int,
    card: Card,
    wish: Wish,
    head: Html | None,
    *,
    undo: int | None = None,
    update_id: int | None = None,
) -> bool:
    """Send a card. If Telegram refuses it, mark its movie as shown and send the next one instead.

    Args:
        sender: the services that sending a card requires.
        person_id: the recipient.
        card: the card.
        wish: the wish that the next movie must fulfil.
        head: a text above the card.
        undo: the number of the change that the undo button takes back.
        update_id: the update that the card answers. None if it answers none.

    Returns:
        False if Telegram refused every movie that is left.

    Raises:
        BadRequest: Telegram refuses the chat, or refused MAX_REFUSED movies.
    """
    refused: set[int] = set()
    while True:
        try:
            keyboard = keyboards.card(card.movie, undo, wish_parts(wish, sender.conversation.movie))
            message = await _send_once(sender, person_id, card, head, keyboard)
        except BadRequest as error:
            if is_chat_refused(error):
                raise
            movie_id = card.movie.movie_id
            refused.add(movie_id)
            _logger.warning("Telegram refused a movie", extra={"movie_id": movie_id}, exc_info=error)
            await sender.conversation.skip_refused(person_id, movie_id)
            if len(refused) == MAX_REFUSED:
                raise
            # If all movies were shown before, one that was just refused may be chosen again.
            next_cards = await sender.conversation.next_cards(person_id, wish, len(refused) + 1)
            others = [other for other in next_cards if other.movie.movie_id not in refused]
            if not others:
                return False
            card = others[0]
        else:
            await sender.conversation.record_card(person_id, message.message_id, card.movie.movie_id, update_id)
            return True


async def _send_once(
    sender: CardSender,
    person_id: int,
    card: Card,
    head: Html | None,
    keyboard: InlineKeyboardMarkup,
) -> Message:
    """Send a card, without its poster if Telegram cannot load the poster.

    If a call with a poster gets no answer in time, the photo may have been sent or not. A person who waits for the card
    gets a text then, and nobody gets an unasked card twice.

    Raises:
        BadRequest: Telegram refuses the card without a poster, too.
        TelegramError: the call failed in another way.
    """
    url = card.movie.poster_url
    photo = await sender.posters.to_send(url)
    is_awaited, is_refused = isinstance(sender, Context), False
    timeout: dict[str, Any] = {"read_timeout": PHOTO_TIMEOUT_S} if is_awaited else {}
    if url and photo:
        try:
            message = await sender.bot.send_photo(
                person_id,
                photo,
                caption=_text(card, head, MAX_CAPTION),
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard,
                **timeout,
            )
        except BadRequest as error:
            if is_chat_refused(error):
                raise
            is_refused = True
        except (Forbidden, RetryAfter):
            raise
        except TelegramError as error:
            if not is_awaited:
                raise
            _rest(sender, url, error)
        else:
            await sender.posters.sent(url, message)
            return message
    message = await sender.bot.send_message(
        person_id,
        _text(card, head, MAX_TEXT),
        parse_mode=ParseMode.HTML,
        reply_markup=keyboard,
    )
    if url and is_refused:  # Only now it is certain that the poster was refused, and not the movie.
        await sender.posters.failed(url)
    return message


def _rest(sender: CardSender, url: str, error: TelegramError) -> None:
    sender.posters.rest(url)
    _logger.warning("a card is shown without its poster: %s", type(error).__name__)


def _text(card: Card, head: Html | None, units: int) -> Html:
    return cards.below(head, _caption(card), units)


def reason_of(card: Card) -> Html:
    """Return the reason on a card."""
    if isinstance(card.reason, Resembles) and card.because is not None:
        reason = card.reason
        return cards.resembles(card.because, reason.genres, reason.people, liked_together=reason.liked_together)
    if card.because is not None:
        return cards.because_liked(card.because)
    return (cards.LIKED_BY_PEERS if isinstance(card.reason, PopularWithPeers) else cards.LIKED_BY_MANY)()


def _caption(card: Card) -> Html:
    notes = [
        notices.POPULAR_FOR_NOW() if card.model_missing else Html(),
        cards.AGE_UNKNOWN() if card.is_age_unknown else Html(),
    ]
    return cards.caption(card.movie, reason_of(card), joined("\n", notes) or None, card.first_part)


async def say_nothing_left(context: Context, person_id: int, wish: Wish, head: Html | None = None) -> None:
    """Say that no movie is left. The conditions of the wish are below, so that the chat does not end there."""
    conversation = context.conversation
    text = cards.NOTHING_LEFT() if wish == NOTHING_WISHED else cards.NOTHING_FITS()
    always = [part.label for part in wish_parts(await conversation.preferences(person_id), conversation.movie)]
    keyboard = keyboards.wish_conditions(wish_parts(wish, conversation.movie))
    await say(context.bot, person_id, joined("\n\n", [head or Html(), text, wishes.preferences_hold(always)]), keyboard)
