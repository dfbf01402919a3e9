"""Titles and wishes: plain messages, /recommend, /similar, /search and /rate."""

import re
from dataclasses import dataclass

from telegram import CallbackQuery, Update

from handlers import feedback, keyboards
from handlers.callbacks import STARS, buttons
from handlers.callbacks.buttons import Purpose
from handlers.cards import send_card
from handlers.context import Context
from handlers.i18n import Html
from handlers.replies import argument_of, message_of, person_id_of, say, show, toast
from handlers.steps import Step
from handlers.texts import cards, notices, onboarding, titles
from handlers.texts.notices import Odd
from handlers.unsupported import odd_text
from recsys.profile import LIKE
from recsys.text.titles import Ambiguous, Found, Match, Unknown
from recsys.text.wishes import Wish
from storage.records import Movie

MAX_NAMED = 5
"""The maximum number of titles that are read from one message."""

# The lookbehinds let a search begin only at the start of a run of spaces. Otherwise it would take quadratic time.
_BETWEEN_TITLES = re.compile(r"[,;\n]\s*|(?<!\s)[^\S\n]+and\s+")
_STARS_AT_END = re.compile(
    r"(?P<title>.+?)(?<![\s=:])[\s=:]+(?P<stars>[+-]?\d+(?:[.,]\d+)?)\s*(?P<unit>\N{BLACK STAR}|stars?)?", re.DOTALL
)


async def text(update: Update, context: Context) -> None:
    """Handle a message without a command: a thumb for a card, a wish, or titles that the person loves."""
    message, person_id = message_of(update), person_id_of(update)
    typed = (message.text or "").strip()
    stars = feedback.thumb_stars(typed)
    if stars is not None:
        if not await feedback.thumb_reply(update, context, stars):
            await say(context.bot, person_id, notices.odd(Odd.THUMB_WITHOUT_CARD))
        return
    kind = odd_text(message, typed)
    if kind is not None:
        await say(context.bot, person_id, notices.odd(kind))
        return
    await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    wish = context.conversation.parse_wish(typed)
    if isinstance(wish, Wish):
        await _send_wished_card(context, person_id, wish, message.message_id)
    else:
        await _rate_named_titles(context, person_id, typed)


async def recommend(update: Update, context: Context) -> None:
    """Handle /recommend with an optional wish or title."""
    message, person_id = message_of(update), person_id_of(update)
    await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    argument = argument_of(message)
    wish = context.conversation.parse_wish(argument) if argument else Wish()
    if isinstance(wish, Wish) and not wish.is_empty:
        await _send_wished_card(context, person_id, wish, message.message_id)
    elif not argument:
        await send_card(context, person_id)
    else:
        await _send_similar(context, person_id, argument)


async def similar(update: Update, context: Context) -> None:
    """Handle /similar TITLE."""
    person_id, title = person_id_of(update), argument_of(message_of(update))
    await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    if title:
        await _send_similar(context, person_id, title)
    else:
        await say(context.bot, person_id, titles.HOW_TO_FIND_SIMILAR())


async def search(update: Update, context: Context) -> None:
    """Handle /search WORDS."""
    person_id, words = person_id_of(update), argument_of(message_of(update))
    await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    if not words:
        await say(context.bot, person_id, titles.HOW_TO_SEARCH())
        return
    match = context.conversation.find_title(words)
    movies = _candidates(match)
    if isinstance(match, Unknown) and movies:
        await say(context.bot, person_id, titles.not_found(words, movies), keyboards.pick(movies, Purpose.SHOW))
    else:
        keyboard = keyboards.pick(movies, Purpose.SHOW) if movies else None
        await say(context.bot, person_id, titles.search_results(words, movies), keyboard)


async def rate(update: Update, context: Context) -> None:
    """Handle /rate TITLE 3.5. Without stars, ask for them."""
    person_id, argument = person_id_of(update), argument_of(message_of(update))
    await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    if not argument:
        await say(context.bot, person_id, titles.HOW_TO_RATE())
        return
    match = context.conversation.find_title(argument)
    parts = _STARS_AT_END.fullmatch(argument)
    if isinstance(match, Found) and (parts is None or context.conversation.is_exact_title(argument)):
        await _ask_stars(context, person_id, match.movie)
    elif parts is not None:
        title = parts["title"]
        await _rate(context, person_id, title, context.conversation.find_title(title), _number(parts))
    elif isinstance(match, Found):
        await _ask_stars(context, person_id, match.movie)
    else:
        await _offer(context, person_id, argument, match, Purpose.RATE)


async def title_picked(update: Update, context: Context, query: CallbackQuery, button: buttons.PickTitle) -> None:
    """Handle the choice of a movie: rate it, ask for stars, or recommend similar movies."""
    person_id = person_id_of(update)
    await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    movie = context.conversation.movie(button.movie_id)
    await toast(query)
    match button.purpose:
        case Purpose.LOVE:
            await context.conversation.rate(person_id, movie.movie_id, LIKE, "stars", context.update_id)
            await show(query, onboarding.named(movie), keyboards.undo(movie.movie_id))
        case Purpose.RATE if button.stars is not None:
            await context.conversation.rate(person_id, movie.movie_id, button.stars, "stars", context.update_id)
            await show(query, titles.rated(movie, button.stars))
        case Purpose.RATE | Purpose.SHOW:
            rated = movie.movie_id in await context.conversation.stars(person_id)
            keyboard = keyboards.stars(movie.movie_id, 0, rated=rated)
            await show(query, titles.how_many_stars(movie), keyboard)
        case Purpose.SIMILAR:
            await _send_similar_card(context, person_id, movie)


async def _send_wished_card(context: Context, person_id: int, wish: Wish, message_id: int) -> None:
    liked = [context.conversation.movie(movie_id) for movie_id in wish.like]
    await send_card(context, person_id, wish, head=cards.understood(wish, liked), reply_to=message_id)


async def _rate_named_titles(context: Context, person_id: int, message: str) -> None:
    """Rate the titles of a message: one title, or several separated by commas. A title without stars is rated LIKE."""
    named = [_NamedTitle.parse(context, message)]
    if not named[0].is_found:
        candidates = [_NamedTitle.parse(context, part) for part in _split_titles(message)[:MAX_NAMED]]
        # A sentence with commas in it is no list of titles, and gets a single answer.
        if any(title.is_found for title in candidates):
            named = candidates
    for position, title in enumerate(named):
        if title.stars is not None:
            await _rate(context, person_id, title.text, title.match, title.stars, position)
        elif isinstance(title.match, Found):
            movie = title.match.movie
            await context.conversation.rate(person_id, movie.movie_id, LIKE, "stars", context.update_id, position)
            await say(context.bot, person_id, onboarding.named(movie), keyboards.undo(movie.movie_id))
        else:
            await _offer(context, person_id, title.text, title.match, Purpose.LOVE)


def _split_titles(message: str) -> list[str]:
    return [stripped for part in _BETWEEN_TITLES.split(message) if (stripped := part.strip())]


@dataclass(frozen=True, slots=True)
class _NamedTitle:
    """A typed title with the stars behind it, as in "Alien 4.5" or "Alien 4 stars".

    "Toy Story 4" has no stars, because it may be a title itself.

    Attributes:
        text: the title as it was typed, without the stars.
        match: the movies that it may mean.
        stars: the stars, None if none were typed.
    """

    text: str
    match: Match
    stars: float | None = None

    @property
    def is_found(self) -> bool:
        return isinstance(self.match, Found)

    @classmethod
    def parse(cls, context: Context, text: str) -> "_NamedTitle":
        match, parts = context.conversation.find_title(text), _STARS_AT_END.fullmatch(text)
        if isinstance(match, Found) or parts is None or (parts["stars"].isdecimal() and not parts["unit"]):
            return cls(text, match)
        without_stars = context.conversation.find_title(parts["title"])
        if isinstance(without_stars, Unknown):
            return cls(text, match)
        return cls(parts["title"], without_stars, _number(parts))


def _number(parts: re.Match[str]) -> float:
    return float(parts["stars"].replace(",", "."))


async def _send_similar(context: Context, person_id: int, title: str) -> None:
    match = context.conversation.find_title(title)
    if isinstance(match, Found):
        await _send_similar_card(context, person_id, match.movie)
    else:
        await _offer(context, person_id, title, match, Purpose.SIMILAR)


async def _send_similar_card(context: Context, person_id: int, movie: Movie) -> None:
    await send_card(context, person_id, Wish(like=(movie.movie_id,)), head=titles.similar_to(movie))


async def _ask_stars(context: Context, person_id: int, movie: Movie) -> None:
    rated = movie.movie_id in await context.conversation.stars(person_id)
    keyboard = keyboards.stars(movie.movie_id, 0, rated=rated)
    await say(context.bot, person_id, titles.how_many_stars(movie), keyboard)


async def _rate(context: Context, person_id: int, title: str, match: Match, stars: float, position: int = 0) -> None:
    if stars not in STARS:
        await say(context.bot, person_id, titles.bad_stars(f"{stars:g}"))
    elif isinstance(match, Found):
        await context.conversation.rate(person_id, match.movie.movie_id, stars, "stars", context.update_id, position)
        await say(context.bot, person_id, titles.rated(match.movie, stars))
    else:
        await _offer(context, person_id, title, match, Purpose.RATE, stars)


async def _offer(
    context: Context, person_id: int, title: str, match: Match, purpose: Purpose, stars: float | None = None
) -> None:
    """Offer the movies that an ambiguous or unknown title may mean."""
    movies = _candidates(match)
    question: Html = titles.not_found(title, movies) if isinstance(match, Unknown) else titles.ambiguous(title)
    await say(context.bot, person_id, question, keyboards.pick(movies, purpose, stars) if movies else None)


def _candidates(result: Match) -> tuple[Movie, ...]:
    match result:
        case Found(movie):
            return (movie,)
        case Ambiguous(candidates):
            return candidates
        case Unknown(nearest):
            return nearest
