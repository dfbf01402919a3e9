"""Titles and wishes: what people type, /recommend, /similar, /search and /rate."""

import re
from dataclasses import dataclass

from telegram import CallbackQuery, Update

from handlers import feedback, keyboards
from handlers.callbacks import STARS, PickTitle, Purpose
from handlers.cards import send_card
from handlers.context import Context
from handlers.i18n import Html
from handlers.replies import message_of, person_id, say, show, toast
from handlers.steps import Step
from handlers.texts import cards, notices, onboarding, titles
from handlers.texts.notices import Odd
from handlers.unsupported import odd_text
from recsys.profile import LIKE
from recsys.text.titles import Ambiguous, Found, Match, Unknown
from recsys.text.wishes import Wish
from storage.records import Movie

MAX_NAMED = 5
"""Titles that are taken out of one message."""

_BETWEEN_TITLES = re.compile(r"\s*[,;\n]\s*|\s+and\s+")
_STARS_AT_END = re.compile(
    r"(?P<title>.+?)[\s=:]+(?P<stars>[+-]?\d+(?:[.,]\d+)?)\s*(?P<unit>\N{BLACK STAR}|stars?)?", re.DOTALL
)


async def text(update: Update, context: Context) -> None:
    """A message without a command: a thumb for a card, a wish, or titles that the person loves."""
    message, who = message_of(update), person_id(update)
    said = (message.text or "").strip()
    stars = feedback.thumb(said)
    if stars is not None:
        if not await feedback.replied(update, context, stars):
            await say(context.bot, who, notices.odd(Odd.THUMB_WITHOUT_CARD))
        return
    kind = odd_text(message, said)
    if kind is not None:
        await say(context.bot, who, notices.odd(kind))
        return
    await context.conversation.arrive(who, Step.WELCOME)
    wish = context.conversation.wish(said)
    if isinstance(wish, Wish):
        await _grant(context, who, wish, message.message_id)
    else:
        await _love(context, who, said)


async def recommend(update: Update, context: Context) -> None:
    """/recommend, and a wish if there is one."""
    message, who = message_of(update), person_id(update)
    await context.conversation.arrive(who, Step.WELCOME)
    said = _argument(update)
    wish = context.conversation.wish(said) if said else Wish()
    if isinstance(wish, Wish) and not wish.is_empty:
        await _grant(context, who, wish, message.message_id)
    elif not said:
        await send_card(context, who)
    else:
        await _show_similar(context, who, said)


async def similar(update: Update, context: Context) -> None:
    """/similar TITLE."""
    who, said = person_id(update), _argument(update)
    await context.conversation.arrive(who, Step.WELCOME)
    if said:
        await _show_similar(context, who, said)
    else:
        await say(context.bot, who, titles.HOW_TO_FIND_SIMILAR())


async def search(update: Update, context: Context) -> None:
    """/search WORDS."""
    who, said = person_id(update), _argument(update)
    await context.conversation.arrive(who, Step.WELCOME)
    if not said:
        await say(context.bot, who, titles.HOW_TO_SEARCH())
        return
    found = context.conversation.find(said)
    movies = _candidates(found)
    if isinstance(found, Unknown) and movies:
        await say(context.bot, who, titles.not_found(said, movies), keyboards.pick(movies, Purpose.SHOW))
    else:
        keyboard = keyboards.pick(movies, Purpose.SHOW) if movies else None
        await say(context.bot, who, titles.search_results(said, movies), keyboard)


async def rate(update: Update, context: Context) -> None:
    """/rate TITLE 3.5; without stars they are asked for."""
    who, said = person_id(update), _argument(update)
    await context.conversation.arrive(who, Step.WELCOME)
    if not said:
        await say(context.bot, who, titles.HOW_TO_RATE())
        return
    whole = context.conversation.find(said)
    parts = _STARS_AT_END.fullmatch(said)
    if isinstance(whole, Found) and (parts is None or context.conversation.is_title(said)):
        await _ask_stars(context, who, whole.movie)
        return
    if parts is not None:
        await _rate(context, who, parts["title"], context.conversation.find(parts["title"]), _number(parts))
    elif isinstance(whole, Found):
        await _ask_stars(context, who, whole.movie)
    else:
        await _offer(context, who, said, whole, Purpose.RATE)


async def picked(update: Update, context: Context, query: CallbackQuery, said: PickTitle) -> None:
    """One of the movies that a typed title may mean."""
    who = person_id(update)
    await context.conversation.arrive(who, Step.WELCOME)
    movie = context.conversation.movie(said.movie_id)
    await toast(query)
    match said.purpose:
        case Purpose.LOVE:
            await context.conversation.rate(who, movie.movie_id, LIKE, "stars")
            await show(query, onboarding.named(movie), keyboards.undo(movie.movie_id))
        case Purpose.RATE if said.stars is not None:
            await context.conversation.rate(who, movie.movie_id, said.stars, "stars")
            await show(query, titles.rated(movie, said.stars))
        case Purpose.RATE | Purpose.SHOW:
            rated = movie.movie_id in await context.conversation.stars(who)
            keyboard = keyboards.stars(movie.movie_id, 0, rated=rated)
            await show(query, titles.how_many_stars(movie), keyboard)
        case Purpose.SIMILAR:
            await _similar_card(context, who, movie)


async def _grant(context: Context, who: int, wish: Wish, message_id: int) -> None:
    liked = [context.conversation.movie(movie_id) for movie_id in wish.like]
    head = cards.understood(wish, liked)
    await send_card(context, who, wish, head=head, reply_to=message_id)


async def _love(context: Context, who: int, said: str) -> None:
    """One title, or several with commas between them, each taken as one that the person loves if it has no stars."""
    named = [_Named.of(context, said)]
    if not named[0].is_clear:
        parts = [part for part in _BETWEEN_TITLES.split(said) if part][:MAX_NAMED]
        read = [_Named.of(context, part) for part in parts]
        # A sentence with commas in it is not a list of titles, and gets one answer.
        if any(one.is_clear for one in read):
            named = read
    for one in named:
        if one.stars is not None:
            await _rate(context, who, one.title, one.found, one.stars)
        elif isinstance(one.found, Found):
            await context.conversation.rate(who, one.found.movie.movie_id, LIKE, "stars")
            await say(context.bot, who, onboarding.named(one.found.movie), keyboards.undo(one.found.movie.movie_id))
        else:
            await _offer(context, who, one.title, one.found, Purpose.LOVE)


@dataclass(frozen=True, slots=True)
class _Named:
    """A typed title, what it means, and the stars behind it: "Alien 4.5" or "Alien 4 stars".

    "Toy Story 4" has none: it may be a title itself.
    """

    title: str
    found: Match
    stars: float | None = None

    @property
    def is_clear(self) -> bool:
        return isinstance(self.found, Found)

    @classmethod
    def of(cls, context: Context, said: str) -> "_Named":
        found, parts = context.conversation.find(said), _STARS_AT_END.fullmatch(said)
        if isinstance(found, Found) or parts is None or (parts["stars"].isdecimal() and not parts["unit"]):
            return cls(said, found)
        rated = context.conversation.find(parts["title"])
        return cls(said, found) if isinstance(rated, Unknown) else cls(parts["title"], rated, _number(parts))


def _number(parts: re.Match[str]) -> float:
    return float(parts["stars"].replace(",", "."))


async def _show_similar(context: Context, who: int, title: str) -> None:
    found = context.conversation.find(title)
    if isinstance(found, Found):
        await _similar_card(context, who, found.movie)
    else:
        await _offer(context, who, title, found, Purpose.SIMILAR)


async def _similar_card(context: Context, who: int, movie: Movie) -> None:
    wish, head = Wish(like=(movie.movie_id,)), titles.similar_to(movie)
    await send_card(context, who, wish, head=head)


async def _ask_stars(context: Context, who: int, movie: Movie) -> None:
    rated = movie.movie_id in await context.conversation.stars(who)
    await say(context.bot, who, titles.how_many_stars(movie), keyboards.stars(movie.movie_id, 0, rated=rated))


async def _rate(context: Context, who: int, title: str, found: Match, stars: float) -> None:
    if stars not in STARS:
        await say(context.bot, who, titles.bad_stars(f"{stars:g}"))
    elif isinstance(found, Found):
        await context.conversation.rate(who, found.movie.movie_id, stars, "stars")
        await say(context.bot, who, titles.rated(found.movie, stars))
    else:
        await _offer(context, who, title, found, Purpose.RATE, stars)


async def _offer(
    context: Context, who: int, title: str, found: Match, purpose: Purpose, stars: float | None = None
) -> None:
    """What was typed fits several movies, or none."""
    movies = _candidates(found)
    asked: Html = titles.not_found(title, movies) if isinstance(found, Unknown) else titles.ambiguous(title)
    await say(context.bot, who, asked, keyboards.pick(movies, purpose, stars) if movies else None)


def _candidates(found: Match) -> tuple[Movie, ...]:
    match found:
        case Found(movie):
            return (movie,)
        case Ambiguous(candidates):
            return candidates
        case Unknown(nearest):
            return nearest


def _argument(update: Update) -> str:
    """What stands behind the command."""
    return (message_of(update).text or "").partition(" ")[2].strip()
