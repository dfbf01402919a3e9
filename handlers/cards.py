"""Cards: the next movie, sent anew or put in the place of the one before."""

from telegram import Bot, InputMediaPhoto, Message
from telegram.constants import ParseMode
from telegram.error import BadRequest

from handlers import keyboards
from handlers.i18n import Html, joined
from handlers.replies import drop_keyboard, say
from handlers.texts import cards, notices
from recsys.conversation import NOTHING_WISHED, Card, Conversation
from recsys.explain import PopularWithPeers
from recsys.wish import Wish


async def send_card(
    conversation: Conversation,
    bot: Bot,
    person_id: int,
    wish: Wish = NOTHING_WISHED,
    *,
    head: Html | None = None,
    reply_to: int | None = None,
) -> None:
    """Send the next card, or say that nothing is left.

    Args:
        conversation: chooses it.
        bot: sends it.
        person_id: to whom.
        wish: what it must fulfil.
        head: above the card.
        reply_to: the message with the wish; ⏭ on the card finds it there again.
    """
    found = await conversation.next_cards(person_id, wish)
    if not found:
        await say(bot, person_id, joined("\n\n", [head or Html(), _nothing(wish)]))
        return
    card = found[0]
    text = joined("\n\n", [head or Html(), _caption(card)])
    sent = await _send(bot, person_id, card, text, reply_to=reply_to)
    await conversation.remember_card(person_id, sent.message_id, card.movie.movie_id)


async def turn_card(
    conversation: Conversation, message: Message, person_id: int, wish: Wish, *, head: Html | None, undo: int | None
) -> None:
    """Put the next card in the place of the one that this message shows.

    Args:
        conversation: chooses it.
        message: with the card before.
        person_id: to whom.
        wish: what it must fulfil.
        head: above the card.
        undo: the movie whose thumb led here, to be taken back by a button.
    """
    found = await conversation.next_cards(person_id, wish)
    if not found:
        await drop_keyboard(message)
        await say(message.get_bot(), person_id, _nothing(wish))
        return
    card = found[0]
    text = joined("\n\n", [head or Html(), _caption(card)])
    keyboard = keyboards.card(card.movie, undo)
    # The note comes first: a reply to the new card must never rate the old one.
    if message.photo and card.movie.poster_url:
        await conversation.remember_card(person_id, message.message_id, card.movie.movie_id)
        media = InputMediaPhoto(card.movie.poster_url, caption=text, parse_mode=ParseMode.HTML)
        await message.edit_media(media, reply_markup=keyboard)
    elif message.text is not None and not card.movie.poster_url:
        await conversation.remember_card(person_id, message.message_id, card.movie.movie_id)
        await message.edit_text(text, parse_mode=ParseMode.HTML, reply_markup=keyboard)
    else:  # A photo cannot become a text.
        await drop_keyboard(message)
        sent = await _send(message.get_bot(), person_id, card, text, undo=undo)
        await conversation.remember_card(person_id, sent.message_id, card.movie.movie_id)


async def _send(
    bot: Bot, person_id: int, card: Card, text: Html, *, undo: int | None = None, reply_to: int | None = None
) -> Message:
    keyboard = keyboards.card(card.movie, undo)
    if card.movie.poster_url:
        try:
            return await bot.send_photo(
                person_id,
                card.movie.poster_url,
                caption=text,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard,
                reply_to_message_id=reply_to,
                allow_sending_without_reply=True,
            )
        except BadRequest:  # A poster that is gone from the web must not keep the movie from anybody.
            pass
    return await bot.send_message(
        person_id,
        text,
        parse_mode=ParseMode.HTML,
        reply_markup=keyboard,
        reply_to_message_id=reply_to,
        allow_sending_without_reply=True,
    )


def _caption(card: Card) -> Html:
    if card.because is not None:
        reason = cards.because_liked(card.because)
    elif isinstance(card.reason, PopularWithPeers):
        reason = cards.LIKED_BY_PEERS()
    else:
        reason = cards.LIKED_BY_MANY()
    return cards.caption(card.movie, reason, notices.POPULAR_FOR_NOW() if card.model_missing else None)


def _nothing(wish: Wish) -> Html:
    return cards.NOTHING_LEFT() if wish.is_empty else cards.NOTHING_FITS()
