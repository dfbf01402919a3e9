"""Questions about a movie: what it is about, who made it, why it was recommended, and whether it is any good."""

from collections.abc import Sequence

from handlers import keyboards
from handlers.callbacks.buttons import Purpose
from handlers.cards import reason_of, send_chosen, wish_of
from handlers.onboarding import say_in_step
from handlers.texts import opinions, talk
from handlers.typed.message import Typed
from recsys.text.meaning import AskedAboutMovie, Topic
from storage.records import Movie

MAX_CANDIDATES = 8
"""A question "which one?" offers at most this many movies."""


async def asked(typed: Typed, question: AskedAboutMovie) -> None:
    """Answer a question about a movie from the catalogue."""
    context, person, conversation = typed.context, typed.person, typed.context.conversation
    movie_ids = question.movie_ids or ((typed.card.movie_id,) if typed.card is not None else ())
    if question.shown is not None and (listed := await conversation.memory.last_list(person.person_id)):
        movie_ids = (in_list(listed, question.shown).movie_id,)
    if not movie_ids:
        movie_ids = tuple(movie.movie_id for movie in (await conversation.shown_movies(person.person_id))[-1:])
    if len(movie_ids) > 1:
        movies = [conversation.movie(movie_id) for movie_id in movie_ids[:MAX_CANDIDATES]]
        await say_in_step(context, person, opinions.which(typed.text), keyboards.pick(movies, Purpose.CARD))
        return
    card = await conversation.card_of(person.person_id, movie_ids[0]) if movie_ids else None
    if card is None:
        await say_in_step(context, person, talk.NO_CARD())
        return
    match question.topic:
        case Topic.OPINION:
            await send_chosen(context, person.person_id, card, await wish_of(context, person.person_id, card.movie))
            return
        case Topic.PLOT:
            text = talk.plot(card.movie)
        case Topic.PEOPLE:
            text = talk.people(card.movie)
        case Topic.REASON:
            text = talk.reason(card.movie, reason_of(card))
    await say_in_step(context, person, text, keyboards.pick([card.movie], Purpose.CARD))


def in_list(movies: Sequence[Movie], place: int) -> Movie:
    """Return the movie of a list at a place, counted from 1; the last one for -1, or if the list is shorter."""
    return movies[-1] if place < 0 else movies[min(place, len(movies)) - 1]
