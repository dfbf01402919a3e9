"""Titles in commands and on buttons: /similar and /rate."""

import re

from telegram import CallbackQuery, Update

from handlers import keyboards
from handlers.callbacks import STARS, buttons
from handlers.callbacks.buttons import Purpose
from handlers.cards import send_chosen, wish_of
from handlers.context import Context
from handlers.feedback import thumb_stars
from handlers.i18n import Html
from handlers.onboarding import say_in_step, with_step
from handlers.replies import argument_of, message_of, person_id_of, say, show, toast
from handlers.steps import Step
from handlers.texts import notices, titles
from handlers.typed.opinions import ask
from handlers.typed.wishes import send_wished
from recsys.services.misunderstandings import Misunderstood
from recsys.text.titles import Ambiguous, Found, Match, Unknown
from recsys.text.wishes import Wish
from storage.records import Movie, Person

# The lookbehind lets a search begin only at the start of a run of spaces. Otherwise it would take quadratic time.
_STARS_AT_END = re.compile(
    r"(?P<title>.+?)(?<![\s=:])[\s=:]+(?P<stars>[+-]?\d+(?:[.,]\d+)?)\s*(?:\N{BLACK STAR}|stars?)?", re.DOTALL
)
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_WORDS = {"one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0}


async def similar(update: Update, context: Context) -> None:
    """Handle /similar TITLE: the title becomes the active wish."""
    title = argument_of(message_of(update))
    person = await context.conversation.get_or_create_person(person_id_of(update), Step.WELCOME)
    if not title:
        await say_in_step(context, person, titles.HOW_TO_FIND_SIMILAR())
        return
    match = await context.conversation.find_title(title)
    if isinstance(match, Found):
        await _send_similar_card(context, person.person_id, match.movie)
    else:
        await _offer(context, person, title, match, Purpose.SIMILAR)


async def rate(update: Update, context: Context) -> None:
    """Handle /rate TITLE 3.5. The stars may stand before the title, and be a word or a thumb. Without them, ask."""
    argument = argument_of(message_of(update))
    person = await context.conversation.get_or_create_person(person_id_of(update), Step.WELCOME)
    if not argument:
        await say_in_step(context, person, titles.HOW_TO_RATE())
        return
    match = await context.conversation.find_title(argument)
    parts = _title_and_stars(argument)
    is_title = context.conversation.is_exact_title(argument) and not _has_thumb(argument)
    if isinstance(match, Found) and (parts is None or is_title):
        await _ask_stars(context, person, match.movie)
    elif parts is not None:
        title, stars = parts
        await _rate(context, person, title, await context.conversation.find_title(title), stars)
    elif isinstance(match, Found):
        await _ask_stars(context, person, match.movie)
    else:
        await _offer(context, person, argument, match, Purpose.RATE)


async def title_picked(update: Update, context: Context, query: CallbackQuery, button: buttons.PickTitle) -> None:
    """Handle the choice of a movie: ask about it, show its card, rate it, or recommend similar movies."""
    person_id = person_id_of(update)
    person = await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    movie = context.conversation.movie(button.movie_id)
    await toast(query)
    match button.purpose:
        case Purpose.ASK:
            await ask(context, person, movie)
        case Purpose.CARD | Purpose.SHOW:
            card = await context.conversation.card_of(person_id, movie.movie_id)
            if card is None:
                await say(context.bot, person_id, Html(notices.STALE_BUTTON()))
            else:
                await send_chosen(context, person_id, card, await wish_of(context, person_id, movie))
        case Purpose.RATE if button.stars is not None:
            change = await context.conversation.rate(
                person_id, movie.movie_id, button.stars, "stars", context.update_id
            )
            keyboard = keyboards.undo(change.number if change else None)
            await show(query, *await with_step(context, person, titles.rated(movie, button.stars), keyboard))
        case Purpose.RATE:
            rated = movie.movie_id in await context.conversation.stars(person_id)
            keyboard = keyboards.stars(movie.movie_id, 0, rated=rated)
            await show(query, titles.how_many_stars(movie), keyboard)
        case Purpose.SIMILAR:
            await _send_similar_card(context, person_id, movie)


def _title_and_stars(argument: str) -> tuple[str, float] | None:
    """Return the title and the stars of a /rate command; None if it has no stars at either end."""
    at_end = _STARS_AT_END.fullmatch(argument)
    if at_end is not None:
        return at_end["title"], float(at_end["stars"].replace(",", "."))
    words = argument.split()
    for word, title in ((words[-1], words[:-1]), (words[0], words[1:])):
        stars = _stars_of(word)
        if stars is not None and title:
            return " ".join(title), stars
    return None


def _stars_of(word: str) -> float | None:
    """Return the stars that a word gives: a number, a number word or a thumb; None for any other word."""
    if _NUMBER.fullmatch(word):
        return float(word.replace(",", "."))
    return _WORDS.get(word.lower(), thumb_stars(word))


def _has_thumb(argument: str) -> bool:
    """Return whether a thumb stands at either end. Titles are compared without emoji."""
    words = argument.split()
    return any(thumb_stars(word) is not None for word in (words[0], words[-1]))


async def _send_similar_card(context: Context, person_id: int, movie: Movie) -> None:
    await send_wished(context, person_id, Wish(like=(movie.movie_id,)), titles.similar_to(movie))


async def _ask_stars(context: Context, person: Person, movie: Movie) -> None:
    rated = movie.movie_id in await context.conversation.stars(person.person_id)
    keyboard = keyboards.stars(movie.movie_id, 0, rated=rated)
    await say_in_step(context, person, titles.how_many_stars(movie), keyboard)


async def _rate(context: Context, person: Person, title: str, match: Match, stars: float) -> None:
    if stars not in STARS:
        await say_in_step(context, person, titles.bad_stars(f"{stars:g}"))
    elif isinstance(match, Found):
        change = await context.conversation.rate(
            person.person_id, match.movie.movie_id, stars, "stars", context.update_id
        )
        keyboard = keyboards.undo(change.number if change else None)
        await say_in_step(context, person, titles.rated(match.movie, stars), keyboard)
    else:
        await _offer(context, person, title, match, Purpose.RATE, stars)


async def _offer(
    context: Context, person: Person, title: str, match: Match, purpose: Purpose, stars: float | None = None
) -> None:
    """Offer the movies that an ambiguous or unknown title may mean."""
    if isinstance(match, Unknown):
        await context.count_misunderstood(Misunderstood.TITLE)
    movies = _candidates(match)
    question: Html = titles.not_found(title, movies) if isinstance(match, Unknown) else titles.ambiguous(title)
    await say_in_step(context, person, question, keyboards.pick(movies, purpose, stars) if movies else None)


def _candidates(result: Match) -> tuple[Movie, ...]:
    match result:
        case Found(movie):
            return (movie,)
        case Ambiguous(candidates):
            return candidates
        case Unknown(nearest):
            return nearest
