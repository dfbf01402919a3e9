"""Typed texts: the reader finds what a text means in its situation, and each meaning gets its answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from telegram import Message, Update

from handlers import account, feedback, keyboards, lists, onboarding
from handlers.context import Context
from handlers.memory import history, undo
from handlers.replies import argument_of, message_of, person_id_of
from handlers.steps import Step
from handlers.texts import talk
from handlers.texts.notices import Odd
from handlers.typed import about, opinions, requests, wishes
from handlers.typed.message import Typed
from handlers.unsupported import odd_text, say_odd
from recsys.services.misunderstandings import Misunderstood
from recsys.text.meaning import (
    Answered,
    AskedAboutMovie,
    AskedForHelp,
    Foreign,
    HelpTopic,
    Meaning,
    Opinions,
    Preferred,
    Refined,
    Requested,
    SmallTalk,
    Unclear,
    Wished,
)
from recsys.text.wishes import Wish
from storage.records import Movie

_HELP: Mapping[HelpTopic, Callable[[Update, Context], Awaitable[None]]] = {
    HelpTopic.BOT: account.help_,
    HelpTopic.PRIVACY: account.privacy,
    HelpTopic.DELETION: account.forget,
    HelpTopic.EXPORT: account.export,
    HelpTopic.SETTINGS: account.settings,
    HelpTopic.PROFILE: account.profile,
    HelpTopic.RATINGS: lists.ratings,
    HelpTopic.WATCHLIST: lists.watchlist,
    HelpTopic.HISTORY: history.history,
    HelpTopic.UNDO: undo.undo_last,
    HelpTopic.CANCEL: account.cancel,
}


_ENDING_CHATS = frozenset({HelpTopic.DELETION, HelpTopic.RATINGS, HelpTopic.UNDO})
"""The topics whose answers stay the last message: they have what is waiting, or ask whether to delete everything."""


async def text(update: Update, context: Context) -> None:
    """Handle a message without a command."""
    message, person_id = message_of(update), person_id_of(update)
    if await context.conversation.get_person(person_id) is None:
        await onboarding.greet(context, person_id, is_text=True)
        return
    typed = (message.text or "").strip()
    stars = feedback.thumb_stars(typed)
    if stars is not None:
        if not await feedback.thumb_reply(update, context, stars):
            await say_odd(context, person_id, Odd.THUMB_WITHOUT_CARD)
        return
    kind = odd_text(message, typed)
    if kind is not None and not (kind is Odd.EMOJI and message.reply_to_message is not None):
        await say_odd(context, person_id, kind)
        return
    heard = await _typed(update, context, message, typed)
    if await context.conversation.has_changed_step(context.update_id):
        await onboarding.say_step(context, heard.person)
        return
    meaning = await context.conversation.read(typed, heard.situation)
    if heard.step is Step.READY and not _leaves_question_open(meaning):
        heard = replace(heard, person=await context.conversation.memory.close_question(heard.person))
    await _answer(heard, meaning)


async def recommend(update: Update, context: Context) -> None:
    """Handle /recommend with an optional wish or title. A title is one to resemble."""
    message = message_of(update)
    heard = await _typed(update, context, message, argument_of(message))
    if not heard.text:
        await requests.requested(context, heard.person_id, heard.wish, Requested())
        return
    meaning = await context.conversation.read(heard.text, heard.situation)
    if isinstance(meaning, Opinions | AskedAboutMovie) and (movie_ids := _movie_ids(meaning)):
        await wishes.send_wished(context, heard.person_id, Wish(like=movie_ids))
    else:
        await _answer(heard, meaning)


async def _typed(update: Update, context: Context, message: Message, typed: str) -> Typed:
    """Return a text with its situation. A person who is new is stored."""
    conversation, person_id = context.conversation, person_id_of(update)
    person = await conversation.get_or_create_person(person_id, Step.WELCOME)
    card = await _card_replied_to(context, person_id, message)
    return Typed(update, context, message, typed, person, card, await conversation.active_wish(person_id))


async def _card_replied_to(context: Context, person_id: int, message: Message) -> Movie | None:
    """Return the movie on the card that a message replies to; None if it replies to no card."""
    card = message.reply_to_message
    if card is None:
        return None
    # Telegram sends the card as it was when the person replied. The card may have been replaced since.
    on_screen = feedback.movie_on(context, card)
    if on_screen is not None and on_screen in context.conversation.state.movies:
        return context.conversation.movie(on_screen)
    return await context.conversation.movie_on_card(person_id, card.message_id)


def _movie_ids(meaning: Opinions | AskedAboutMovie) -> tuple[int, ...]:
    """Return the likeliest movie of each title."""
    if isinstance(meaning, AskedAboutMovie):
        return meaning.movie_ids[:1]
    return tuple(opinion.movie_ids[0] for opinion in meaning.opinions if opinion.movie_ids)


async def _answer(typed: Typed, meaning: Meaning) -> None:
    """Do what a text says, and answer it."""
    context, person_id = typed.context, typed.person_id
    match meaning:
        case Opinions():
            await opinions.store_or_ask(typed, meaning.opinions)
            if meaning.then is not None:
                await _answer(typed, meaning.then)
        case Answered():
            await onboarding.answer_typed(context, typed.person, meaning)
        case Wished():
            await wishes.send_wished(context, person_id, meaning.wish, cards=meaning.cards)
        case Refined():
            await wishes.refined(typed, meaning)
        case Preferred():
            await wishes.preferred(typed, meaning)
        case AskedAboutMovie():
            await about.asked(typed, meaning)
        case Requested():
            await requests.requested(context, person_id, typed.wish, meaning)
        case SmallTalk():
            await onboarding.say_in_step(context, typed.person, talk.SMALL_TALK[meaning.talk]())
        case AskedForHelp(HelpTopic.UNDO, is_order=False):
            await onboarding.say_in_step(context, typed.person, talk.HOW_TO_UNDO())
        case AskedForHelp(HelpTopic.PICKS):
            await wishes.back_to_picks(typed)
        case AskedForHelp(HelpTopic.BOT) if (about_card := await _about_last_card(typed)) is not None:
            await about.asked(typed, about_card)
        case AskedForHelp():
            await _HELP[meaning.topic](typed.update, context)
            # The question that waits for an answer would be above a long help text.
            if (typed.asked is not None or typed.step is Step.TITLES) and meaning.topic not in _ENDING_CHATS:
                await onboarding.say_step(context, typed.person)
        case Foreign():
            await context.count_misunderstood(Misunderstood.LANGUAGE)
            await onboarding.say_in_step(context, typed.person, talk.foreign(meaning.language))
        case Unclear():
            await _not_understood(typed, meaning)


async def _about_last_card(typed: Typed) -> AskedAboutMovie | None:
    """Return what a text asks about the card that was shown last; None if it is no question about a card.

    Without a card, "What is this about?" asks about the bot.
    """
    shown = await typed.context.conversation.shown_movies(typed.person_id)
    if not shown or typed.asked is not None:
        return None
    situation = replace(typed.situation, card=shown[-1].movie_id)
    meaning = await typed.context.conversation.read(typed.text, situation)
    return meaning if isinstance(meaning, AskedAboutMovie) else None


def _leaves_question_open(meaning: Meaning) -> bool:
    """Return whether a text changes nothing, so that the question that waits still does. An answer closes it itself."""
    is_about_question = meaning == AskedForHelp(HelpTopic.PRIVACY)
    return is_about_question or isinstance(meaning, Answered | SmallTalk | Foreign | Unclear)


def _kind(typed: Typed, meaning: Unclear) -> Misunderstood:
    """Return how a text was not understood."""
    if typed.asked is not None:
        return Misunderstood.ANSWER
    return Misunderstood.DENIAL if meaning.denied else Misunderstood.TEXT


async def _not_understood(typed: Typed, meaning: Unclear) -> None:
    """Say that a text was not understood, and what the person can do."""
    await typed.context.count_misunderstood(_kind(typed, meaning))
    if typed.asked is not None:
        await onboarding.say_in_step(typed.context, typed.person, talk.NO_ANSWER())
        return
    movies = [typed.context.conversation.movie(movie_id) for movie_id in meaning.movie_ids]
    answer = talk.DID_YOU_MEAN() if movies else talk.NOT_UNDERSTOOD()
    if meaning.many_seen:
        answer = talk.MANY_SEEN()
    if meaning.denied:
        answer = talk.denied(meaning.denied)
    await onboarding.say_in_step(typed.context, typed.person, answer, keyboards.ways_on(movies))
