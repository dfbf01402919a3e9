"""Cards: the next movie, sent anew or put in the place of the one before."""

from telegram import InlineKeyboardMarkup, InputMediaPhoto, MaybeInaccessibleMessage, Message
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest

from handlers import keyboards
from handlers.context import Context, CardSender
from handlers.i18n import Html, joined
from handlers.replies import acting, drop_keyboard, is_not_editable, is_same, remove, say
from handlers.texts import cards, notices
from recsys.services.conversation import NOTHING_WISHED, Card
from recsys.serving.explain import PopularWithPeers
from recsys.text.wishes import Wish

SLOW_S = 0.5
"""A card that takes longer to choose, as the first ones after a start may, is announced by "typing"."""


async def send_card(
    context: Context,
    person_id: int,
    wish: Wish = NOTHING_WISHED,
    *,
    head: Html | None = None,
    reply_to: int | None = None,
) -> None:
    """Send the next card, or say that nothing is left.

    Args:
        context: chooses it and sends it.
        person_id: to whom.
        wish: what it must fulfil.
        head: above the card.
        reply_to: the message with the wish; ⏭ on the card finds it there again.
    """
    async with acting(context.bot, person_id, ChatAction.TYPING, SLOW_S):
        found = await context.conversation.next_cards(person_id, wish)
    if not found:
        await say(context.bot, person_id, joined("\n\n", [head or Html(), _nothing(wish)]))
        return
    card = found[0]
    text = joined("\n\n", [head or Html(), _caption(card)])
    await _send(context, person_id, card, text, keyboards.card(card.movie), reply_to)


async def send_card_unasked(speaker: CardSender, person_id: int, head: Html) -> bool:
    """Send the next card to somebody who did not ask just now; False where nothing is left, and nothing was sent.

    Args:
        speaker: chooses it and sends it.
        person_id: to whom.
        head: above the card.
    """
    found = await speaker.conversation.next_cards(person_id)
    if found:
        text = joined("\n\n", [head, _caption(found[0])])
        await _send(speaker, person_id, found[0], text, keyboards.card(found[0].movie))
    return bool(found)


async def turn_card(
    context: Context,
    message: MaybeInaccessibleMessage,
    person_id: int,
    card: Card | None,
    wish: Wish,
    *,
    head: Html | None,
    undo: int | None,
) -> None:
    """Put the next card in the place of the one that this message shows, or below where it cannot be changed.

    The message counts as showing it already: a reply to it must never rate the card of before.

    Args:
        context: sends it.
        message: with the card before.
        person_id: to whom.
        card: the next one, None where nothing is left.
        wish: what it was to fulfil.
        head: above the card.
        undo: the movie whose thumb led here, to be taken back by a button.
    """
    if card is None:
        if isinstance(message, Message):
            await drop_keyboard(message)
        await say(context.bot, person_id, _nothing(wish))
        return
    text = joined("\n\n", [head or Html(), _caption(card)])
    keyboard = keyboards.card(card.movie, undo)
    if isinstance(message, Message):
        if await _put(context, message, card, text, keyboard):
            return
        await remove(message)
    await _send(context, person_id, card, text, keyboard)


async def _put(context: Context, message: Message, card: Card, text: Html, keyboard: InlineKeyboardMarkup) -> bool:
    """Put a card into a message; False where it cannot be: a photo never becomes a text."""
    url = card.movie.poster_url
    photo = await context.posters.to_send(url)
    try:
        if url and photo:
            media = InputMediaPhoto(photo, caption=text, parse_mode=ParseMode.HTML)
            changed = await message.edit_media(media, reply_markup=keyboard)
            if isinstance(changed, Message):
                await context.posters.sent(url, changed)
        elif message.text is not None:
            await message.edit_text(text, parse_mode=ParseMode.HTML, reply_markup=keyboard)
        else:
            return False
    except BadRequest as error:
        if is_same(error):
            return True
        if is_not_editable(error) or not (url and photo):
            return False
        await context.posters.failed(url)
        return await _put(context, message, card, text, keyboard)
    return True


async def _send(
    context: CardSender,
    person_id: int,
    card: Card,
    text: Html,
    keyboard: InlineKeyboardMarkup,
    reply_to: int | None = None,
) -> None:
    url = card.movie.poster_url
    photo = await context.posters.to_send(url)
    sent = None
    if url and photo:
        try:
            sent = await context.bot.send_photo(
                person_id,
                photo,
                caption=text,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard,
                reply_to_message_id=reply_to,
                allow_sending_without_reply=True,
            )
        except BadRequest:  # A poster that is gone from the web must not keep the movie from anybody.
            await context.posters.failed(url)
        else:
            await context.posters.sent(url, sent)
    if sent is None:
        sent = await context.bot.send_message(
            person_id,
            text,
            parse_mode=ParseMode.HTML,
            reply_markup=keyboard,
            reply_to_message_id=reply_to,
            allow_sending_without_reply=True,
        )
    await context.conversation.remember_card(person_id, sent.message_id, card.movie.movie_id)


def _caption(card: Card) -> Html:
    if card.because is not None:
        reason = (cards.because_asked if card.is_asked_for else cards.because_liked)(card.because)
    elif isinstance(card.reason, PopularWithPeers):
        reason = cards.LIKED_BY_PEERS()
    else:
        reason = cards.LIKED_BY_MANY()
    return cards.caption(card.movie, reason, notices.POPULAR_FOR_NOW() if card.model_missing else None)


def _nothing(wish: Wish) -> Html:
    return cards.NOTHING_LEFT() if wish.is_empty else cards.NOTHING_FITS()
