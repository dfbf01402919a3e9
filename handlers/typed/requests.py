"""Requests for movies without a wish: one card, a list of movies, or a surprise."""

from handlers import keyboards
from handlers.callbacks.buttons import Purpose
from handlers.cards import say_nothing_left, send_card, send_chosen
from handlers.context import Context
from handlers.i18n import Html, joined
from handlers.replies import say
from handlers.texts import wishes
from handlers.wish_parts import wish_parts
from recsys.services.cards import NOTHING_WISHED
from recsys.services.conversation import MAX_CARDS
from recsys.text.meaning import Requested
from recsys.text.wishes import Wish


async def requested(context: Context, person_id: int, wish: Wish | None, request: Requested) -> None:
    """Answer a request for movies.

    Args:
        context: the handler's context.
        person_id: who asks.
        wish: the active wish, which the movies fulfil; None if there is none.
        request: what was asked for.
    """
    if request.is_surprise:
        await send_surprise(context, person_id, wish or NOTHING_WISHED)
    elif request.cards > 1:
        await send_list(context, person_id, wish or NOTHING_WISHED, request.cards)
    else:
        await send_card(context, person_id, wish or NOTHING_WISHED)


async def send_surprise(context: Context, person_id: int, wish: Wish) -> None:
    """Send a card from further away."""
    card = await context.conversation.surprise(person_id, wish, context.update_id)
    if card is None:
        await say_nothing_left(context, person_id, wish)
    else:
        await send_chosen(context, person_id, card, wish, head=wishes.HEAD_SURPRISE())


async def send_list(context: Context, person_id: int, wish: Wish, count: int, head: Html | None = None) -> None:
    """Send several movies in one message. Buttons open their cards, and remove conditions of the wish.

    Args:
        context: the handler's context.
        person_id: who asks.
        wish: the wish that the movies fulfil.
        count: how many movies.
        head: a text above the list; None for no other text than that of every list.
    """
    chosen = await context.conversation.next_cards(person_id, wish, min(count, MAX_CARDS))
    movies = [card.movie for card in chosen]
    if not movies:
        await say_nothing_left(context, person_id, wish)
        return
    note = wishes.at_most(MAX_CARDS) if count > MAX_CARDS else Html()
    head = joined("\n", [head or Html(), wishes.HEAD_PICKS(), note])
    await context.conversation.memory.remember_list(person_id, movies, context.update_id)
    conditions = keyboards.wish_conditions(wish_parts(wish, context.conversation.movie))
    keyboard = keyboards.stacked(keyboards.pick(movies, Purpose.CARD), conditions)
    await say(context.bot, person_id, wishes.picks(movies, head), keyboard)
    for movie in movies:
        await context.conversation.mark(person_id, movie.movie_id, "shown")
