"""Wishes: setting and changing the active wish, lasting preferences, and the buttons that remove their conditions."""

from dataclasses import replace

from telegram import CallbackQuery, Message, Update

from handlers import keyboards
from handlers.account import profile_message
from handlers.callbacks import buttons
from handlers.cards import replace_card, send_card
from handlers.context import Context
from handlers.i18n import Html
from handlers.onboarding import say_in_step
from handlers.replies import person_id_of, show, toast
from handlers.steps import Step
from handlers.texts import talk, wishes
from handlers.typed import keyboards as ways
from handlers.typed.about import in_list
from handlers.typed.message import Typed
from handlers.typed.requests import send_list, send_surprise
from handlers.wish_parts import key_of, wish_parts, without_part
from recsys.services.cards import NOTHING_WISHED, OutdatedCard
from recsys.services.conditions import with_preferences
from recsys.services.misunderstandings import Misunderstood
from recsys.text.meaning import Preferred, Refined
from recsys.text.wishes import Wish
from recsys.text.wishes.refining import refine
from storage.records import Movie


async def send_wished(
    context: Context, person_id: int, wish: Wish, head: Html | None = None, *, cards: int = 1
) -> None:
    """Make a wish the active one and send its first card, or several movies.

    Args:
        context: the handler's context.
        person_id: who wishes.
        wish: the wish. Without a condition, it ends the active one.
        head: a text above the card; None for how the wish was understood.
        cards: how many movies the person asks for.
    """
    wish = context.conversation.state.conditions.one_of_each_series(wish)
    conditions = _conditions(wish)
    if context.conversation.not_known(wish) or wish.unknown_titles or wish.leftover:
        await context.count_misunderstood(Misunderstood.DETAIL)
    await context.conversation.set_wish(person_id, conditions, context.update_id)
    await _send(context, person_id, conditions, head or understood(context, wish), cards)


async def refined(typed: Typed, change: Refined) -> None:
    """Change the active wish as a text says, and send the next card of it."""
    conversation, before = typed.context.conversation, typed.wish or NOTHING_WISHED
    shown = await _shown(typed, before)
    wish = conversation.state.conditions.one_of_each_series(refine(before, change.wish))
    not_possible = list(change.not_possible)
    last = shown[-1] if shown else None
    if change.direction is not None:
        if last is not None and last.year is not None:
            is_newer = change.direction == "newer"
            wish = replace(
                wish,
                year_from=last.year + 1 if is_newer else None,
                year_to=None if is_newer else last.year - 1,
            )
        else:
            not_possible.append(typed.text)
    if change.like_shown is not None and shown:
        listed = await conversation.memory.last_list(typed.person_id) if change.like_shown > 0 else []
        resembled = in_list(listed or shown, change.like_shown)
        wish = replace(wish, like=(resembled.movie_id,))
    conditions = _conditions(wish)
    if conditions != _conditions(before):
        await conversation.set_wish(typed.person_id, conditions, typed.context.update_id)
    is_changed = wish != before or not_possible
    head = understood(typed.context, wish, tuple(not_possible)) if is_changed else None
    await _send(typed.context, typed.person_id, conditions, head, change.cards)


async def back_to_picks(typed: Typed) -> None:
    """End the active wish, as the button does, and send a card of the person's own picks."""
    await typed.context.conversation.set_wish(typed.person_id, None, typed.context.update_id)
    await send_card(typed.context, typed.person_id, NOTHING_WISHED, head=Html(wishes.TOAST_WISH_ENDED()))


async def preferred(typed: Typed, meaning: Preferred) -> None:
    """Store what a person never wants to see, and say how to take it back, and which exception is not kept."""
    wish = meaning.wish
    conversation, movie_of = typed.context.conversation, typed.context.conversation.movie
    one_of_each_series = conversation.state.conditions.one_of_each_series
    parts = wish_parts(one_of_each_series(wish), movie_of)
    if not parts:
        await say_in_step(typed.context, typed.person, wishes.NOT_UNDERSTOOD_BAN())
        return
    before = await conversation.preferences(typed.person_id)
    after = one_of_each_series(with_preferences(before, wish))
    await conversation.set_preferences(typed.person_id, after, typed.context.update_id)
    text = wishes.preferred([part.label for part in parts], conversation.not_known(wish), meaning.excepted)
    await say_in_step(typed.context, typed.person, text, keyboards.preferences(parts))


def understood(context: Context, wish: Wish, not_possible: tuple[str, ...] = ()) -> Html:
    """Return how a wish was understood and what could not be considered."""
    movie_of, not_known = context.conversation.movie, context.conversation.not_known(wish)
    liked, unliked = map(movie_of, wish.like), map(movie_of, wish.unlike)
    return wishes.understood(wish, [*liked], [*unliked], (*not_known, *not_possible))


async def condition_dropped(
    update: Update, context: Context, query: CallbackQuery, button: buttons.DropCondition
) -> None:
    """Remove a condition from the active wish, and put the next card in the place of the card."""
    person_id = person_id_of(update)
    before = await context.conversation.active_wish(person_id) or NOTHING_WISHED
    wish = _conditions(without_part(before, button.key, context.conversation.movie))
    await toast(query, wishes.TOAST_PART_GONE())
    await _replace_wish(context, query, person_id, wish)


async def wish_ended(update: Update, context: Context, query: CallbackQuery, _button: buttons.EndWish) -> None:
    """End the active wish, and put the next card in the place of the card."""
    await toast(query, wishes.TOAST_WISH_ENDED())
    await _replace_wish(context, query, person_id_of(update), None)


async def preference_dropped(
    update: Update, context: Context, query: CallbackQuery, button: buttons.DropPreference
) -> None:
    """Remove a lasting preference, and show the profile with those that are left."""
    person_id, conversation = person_id_of(update), context.conversation
    person = await conversation.get_or_create_person(person_id, Step.WELCOME)
    before = await conversation.preferences(person_id)
    after = without_part(before, button.key, conversation.movie)
    if after != before:
        await conversation.set_preferences(person_id, after, context.update_id)
    await toast(query, wishes.TOAST_ALLOWED())
    await show(query, *await profile_message(context, person))


async def way_taken(update: Update, context: Context, query: CallbackQuery, button: buttons.WayOn) -> None:
    """Take one of the ways on: a surprise, a genre, a decade, or a movie that the person loved."""
    person_id, conversation = person_id_of(update), context.conversation
    await conversation.get_or_create_person(person_id, Step.WELCOME)
    await toast(query)
    match button.way:
        case buttons.Way.SURPRISE:
            await send_surprise(context, person_id, NOTHING_WISHED)
        case buttons.Way.GENRE:
            await show(query, wishes.GENRES(), ways.genres(sorted(conversation.state.genres)))
        case buttons.Way.DECADE:
            await show(query, wishes.DECADES(), ways.decades(conversation.state.decades))
        case buttons.Way.LOVED:
            await show(query, talk.TYPE_A_LOVED_MOVIE())


async def genre_chosen(update: Update, context: Context, query: CallbackQuery, button: buttons.WishGenre) -> None:
    """Wish for a genre."""
    person_id = person_id_of(update)
    await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    await toast(query)
    genres = tuple(genre for genre in context.conversation.state.genres if key_of(genre) == button.key)
    await send_wished(context, person_id, Wish(genres_any=genres))


async def decade_chosen(update: Update, context: Context, query: CallbackQuery, button: buttons.WishDecade) -> None:
    """Wish for movies of a decade."""
    person_id = person_id_of(update)
    await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    await toast(query)
    await send_wished(context, person_id, Wish(year_from=button.year, year_to=button.year + 9))


async def _replace_wish(context: Context, query: CallbackQuery, person_id: int, wish: Wish | None) -> None:
    """Set the active wish and replace the tapped card by the next one."""
    conversation, message = context.conversation, query.message
    await conversation.get_or_create_person(person_id, Step.WELCOME)
    await conversation.set_wish(person_id, wish, context.update_id)
    head = understood(context, wish) if wish is not None else None
    movie_id = keyboards.movie_on(message.reply_markup) if isinstance(message, Message) else None
    answer = None
    if message is not None and movie_id is not None:
        answer = await conversation.answer_card(
            person_id, message.message_id, movie_id, wish=wish or NOTHING_WISHED, update_id=context.update_id
        )
    if message is None or answer is None or isinstance(answer, OutdatedCard):
        await send_card(context, person_id, wish or NOTHING_WISHED, head=head)
    else:
        await replace_card(context, message, person_id, answer.card, wish or NOTHING_WISHED, head=head, undo=None)


async def _send(context: Context, person_id: int, conditions: Wish | None, head: Html | None, cards: int) -> None:
    """Send the next card of a wish, or several movies in one message."""
    if cards > 1:
        await send_list(context, person_id, conditions or NOTHING_WISHED, cards, head)
    else:
        await send_card(context, person_id, conditions or NOTHING_WISHED, head=head)


def _conditions(wish: Wish) -> Wish | None:
    """Return a wish without the words that were not understood; None if it has no condition."""
    conditions = replace(wish, unknown_titles=(), leftover=())
    return None if conditions == NOTHING_WISHED else conditions


async def _shown(typed: Typed, wish: Wish) -> list[Movie]:
    """Return the movies that a change of the wish may refer to: the last cards that fit it, the latest at the end."""
    shown = [movie for movie in await typed.context.conversation.shown_movies(typed.person_id) if movie != typed.card]
    fitting = [movie for movie in shown if wish.filter.matches(movie)] or shown
    return [*fitting, typed.card] if typed.card is not None else fitting
