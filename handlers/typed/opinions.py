"""Opinions about titles: what is certain is stored and confirmed, and about everything else the bot asks."""

from collections.abc import Sequence

from telegram import CallbackQuery, InlineKeyboardMarkup, Update

from handlers import keyboards
from handlers.callbacks import STARS, buttons
from handlers.callbacks.buttons import Purpose, Verdict
from handlers.cards import send_card
from handlers.context import Context
from handlers.i18n import Html
from handlers.onboarding import say_in_step, with_step
from handlers.replies import person_id_of, show, toast
from handlers.steps import Step
from handlers.texts import notices, onboarding, opinions, titles
from handlers.typed.message import Typed
from handlers.typed.wishes import send_wished
from recsys.profile import DISLIKE, LIKE
from recsys.services.misunderstandings import Misunderstood
from recsys.text.meaning import Opinion
from recsys.text.wishes import Wish
from storage.changes import RatingChange
from storage.records import MarkKind, Movie, Person

MAX_ASKED = 3
"""The bot asks about at most this many titles of one message."""

MAX_CANDIDATES = 8
"""A question "which one?" offers at most this many movies."""

_AFTER_SEEN = (Verdict.LOVE, Verdict.DISLIKE)


async def store_or_ask(typed: Typed, stated: Sequence[Opinion]) -> None:
    """Store the opinions that are certain and ask about the others."""
    certain = [opinion for opinion in stated if _is_storable(opinion)]
    if typed.card is not None and len(certain) == 1 and not certain[0].text:
        await _store_about_card(typed, typed.card, certain[0])
        return
    if certain:
        await _store(typed, certain)
    uncertain = [opinion for opinion in stated if not _is_storable(opinion)]
    known = [opinion for opinion in uncertain if opinion.movie_ids]
    for opinion in known[:MAX_ASKED]:
        await _ask_about(typed, opinion)
    if len(known) > MAX_ASKED:
        await _offer_others(typed, known[MAX_ASKED:])
    if unknown := [opinion.text for opinion in uncertain if not opinion.movie_ids]:
        await typed.context.count_misunderstood(Misunderstood.TITLE)
        await say_in_step(typed.context, typed.person, titles.none_found(unknown))


async def _offer_others(typed: Typed, said: Sequence[Opinion]) -> None:
    """Offer the other titles of a message as buttons, because the bot asks about few at once."""
    movies = [typed.context.conversation.movie(opinion.movie_ids[0]) for opinion in said[:MAX_CANDIDATES]]
    await say_in_step(typed.context, typed.person, opinions.AND_THESE(), keyboards.pick(movies, Purpose.ASK))


async def ask(context: Context, person: Person, movie: Movie, stars: float | None = None) -> None:
    """Ask what a person thinks of a movie, with buttons that say what each answer stores."""
    await say_in_step(context, person, opinions.ask(movie), keyboards.verdicts(movie.movie_id, stars=stars))


async def verdict_given(update: Update, context: Context, query: CallbackQuery, button: buttons.GiveVerdict) -> None:
    """Store what the button says, and nothing else."""
    person_id, conversation = person_id_of(update), context.conversation
    person = await conversation.get_or_create_person(person_id, Step.WELCOME)
    movie, movie_id = conversation.movie(button.movie_id), button.movie_id
    if movie_id not in conversation.state.movies:
        await toast(query, notices.STALE_BUTTON())
        return
    await toast(query)
    match button.verdict:
        case Verdict.LOVE | Verdict.DISLIKE:
            stars = LIKE if button.verdict is Verdict.LOVE else DISLIKE
            change = await conversation.rate(person_id, movie_id, stars, "stars", context.update_id)
            keyboard = keyboards.undo(change.number if change else None)
            await show(query, *await with_step(context, person, _rated(movie, stars), keyboard))
        case Verdict.SEEN:
            await conversation.mark(person_id, movie_id, "seen", context.update_id)
            seen = keyboards.verdicts(movie_id, _AFTER_SEEN)
            await show(query, *await with_step(context, person, opinions.seen(movie), seen))
        case Verdict.WISH:
            await send_wished(context, person_id, Wish(like=(movie_id,)))


def _is_storable(opinion: Opinion) -> bool:
    has_stars = opinion.stars in STARS or (opinion.stars is None and opinion.is_seen is not None)
    return opinion.is_certain and len(opinion.movie_ids) == 1 and has_stars


async def _store_about_card(typed: Typed, movie: Movie, opinion: Opinion) -> None:
    """Store an opinion about the card that a text replies to, and send the next card with the confirmation."""
    context, person_id = typed.context, typed.person_id
    card = typed.message.reply_to_message
    if opinion.stars is not None and card is not None:
        await context.conversation.rate_card(
            person_id, card.message_id, opinion.stars, "reply", movie.movie_id, context.update_id
        )
        head = _rated(movie, opinion.stars)
    else:
        kind: MarkKind = "seen" if opinion.is_seen else "unseen"
        await context.conversation.mark(person_id, movie.movie_id, kind, context.update_id)
        head = opinions.seen(movie) if opinion.is_seen else opinions.unseen(movie)
    await send_card(context, person_id, head=head)


async def _store(typed: Typed, certain: Sequence[Opinion]) -> None:
    """Store opinions and confirm them in one message."""
    conversation, person_id, update_id = typed.context.conversation, typed.person_id, typed.context.update_id
    change = None
    for position, opinion in enumerate(certain):
        movie_id = opinion.movie_ids[0]
        if opinion.stars is not None:
            change = await conversation.rate(person_id, movie_id, opinion.stars, "stars", update_id, position)
        else:
            kind: MarkKind = "seen" if opinion.is_seen else "unseen"
            await conversation.mark(person_id, movie_id, kind, update_id, position)
    await say_in_step(typed.context, typed.person, *_confirmation(typed.context, certain, change))


def _confirmation(
    context: Context, certain: Sequence[Opinion], change: RatingChange | None
) -> tuple[Html, InlineKeyboardMarkup | None]:
    """Return the text and the keyboard that confirm stored opinions.

    Args:
        context: the handler's context.
        certain: the opinions.
        change: the last change of a rating; None for none.
    """
    movies = [context.conversation.movie(opinion.movie_ids[0]) for opinion in certain]
    if len(certain) > 1:
        confirmed = [(movie, opinion.stars, opinion.is_seen) for movie, opinion in zip(movies, certain, strict=True)]
        rated = [movie for movie, opinion in zip(movies, certain, strict=True) if opinion.stars is not None]
        return opinions.noted(confirmed), keyboards.rated(rated)
    movie, opinion = movies[0], certain[0]
    if opinion.stars is not None:
        return _rated(movie, opinion.stars), keyboards.undo(change.number if change else None)
    if opinion.is_seen:
        return opinions.seen(movie), keyboards.verdicts(movie.movie_id, _AFTER_SEEN)
    return opinions.unseen(movie), keyboards.verdicts(movie.movie_id, (Verdict.WISH,))


def _rated(movie: Movie, stars: float) -> Html:
    if stars == LIKE:
        return onboarding.named(movie)
    return opinions.disliked(movie) if stars == DISLIKE else titles.rated(movie, stars)


async def _ask_about(typed: Typed, opinion: Opinion) -> None:
    """Ask what an uncertain opinion means. Nothing is stored."""
    context, person = typed.context, typed.person
    movies = [context.conversation.movie(movie_id) for movie_id in opinion.movie_ids[:MAX_CANDIDATES]]
    if len(movies) == 1:
        has_other_stars = opinion.stars in STARS and opinion.stars not in (LIKE, DISLIKE)
        await ask(context, person, movies[0], opinion.stars if has_other_stars else None)
    else:
        await say_in_step(context, person, opinions.which(opinion.text), keyboards.pick(movies, Purpose.ASK))
