"""The first visit: /start, the questions about the person, and the titles to tap."""

from telegram import CallbackQuery, InlineKeyboardMarkup, Message, Update

from handlers import keyboards
from handlers.callbacks import (
    AgeChosen,
    GenderChosen,
    MoreTitles,
    OccupationChosen,
    OccupationPage,
    OnboardingNav,
    ProfileEdit,
    Thumb,
    TitlesDone,
    ToggleTitle,
)
from handlers.cards import send_card
from handlers.context import Context
from handlers.i18n import Html, joined
from handlers.replies import person_id, say, show, toast
from handlers.steps import (
    QUESTIONS,
    Answer,
    ChoseAge,
    ChoseGender,
    ChoseOccupation,
    Invalid,
    Question,
    Step,
    advance,
)
from handlers.texts import account, notices, onboarding
from recsys.profile import DISLIKE, LIKE, SO_SO, tapped
from storage.records import Movie, Person

_STARS = {Thumb.UP: LIKE, Thumb.DOWN: DISLIKE, Thumb.SO_SO: SO_SO, Thumb.OFF: None}
_THUMB_OF = {stars: thumb for thumb, stars in _STARS.items()}
PREVIEWED = 3
"""How many titles of the picks so far stand under the titles page."""


async def start(update: Update, context: Context) -> None:
    """/start: greet whoever is new; the others go on where they were."""
    person = await context.conversation.arrive(person_id(update), Step.WELCOME)
    step = Step(person.step)
    if step is Step.WELCOME:
        await say(context.bot, person.person_id, onboarding.GREETING(), keyboards.greeting())
    elif step is Step.READY:
        await send_card(context, person.person_id, head=onboarding.WELCOME_READY())
    else:
        await say(context.bot, person.person_id, onboarding.WELCOME_BACK())
        text, keyboard = await _at(context, person, step)
        await say(context.bot, person.person_id, text, keyboard)


async def answered(
    update: Update,
    context: Context,
    query: CallbackQuery,
    said: OnboardingNav | AgeChosen | GenderChosen | OccupationChosen,
) -> None:
    """A button of the greeting or of a question."""
    person = await context.conversation.person(person_id(update))
    if person is None:
        await toast(query)
        await start(update, context)
        return
    step = Step(person.step)
    if said.step is not step:
        await toast(query, notices.STALE_BUTTON())
        await _show_step(context, query, person, step)
        return
    result = advance(step, _answer(said))
    if isinstance(result, Invalid):
        await toast(query, onboarding.refused(result.reason))
        return
    moved = await context.conversation.move(person.person_id, step, result.step, result.changes)
    person = await context.conversation.person(person.person_id) or person
    if not moved:
        await toast(query, notices.STALE_BUTTON())
    elif step is Step.READY:
        await toast(query, account.TOAST_CHANGED() if result.changes else None)
    else:
        await toast(query)
    await _show_step(context, query, person, Step(person.step))


async def turned_occupations(update: Update, context: Context, query: CallbackQuery, said: OccupationPage) -> None:
    """Another page of the occupations."""
    person = await context.conversation.person(person_id(update))
    if person is None or Step(person.step) is not said.step:
        await toast(query, notices.STALE_BUTTON())
        return
    await toast(query)
    text = _question(Step.OCCUPATION, said.step)
    await show(query, text, keyboards.question(Step.OCCUPATION, said.step, said.page))


async def edited(update: Update, context: Context, query: CallbackQuery, said: ProfileEdit) -> None:
    """A question again, out of the profile."""
    person = await context.conversation.arrive(person_id(update), Step.WELCOME)
    await toast(query)
    if Step(person.step) is Step.READY:
        await show(query, _question(said.question, Step.READY), keyboards.question(said.question, Step.READY))
    else:
        await _show_step(context, query, person, Step(person.step))


async def toggled(update: Update, context: Context, query: CallbackQuery, said: ToggleTitle) -> None:
    """A title on the page was tapped: its thumb is what the button says, however often it is tapped."""
    person = await context.conversation.arrive(person_id(update), Step.WELCOME)
    await context.conversation.rate(person.person_id, said.movie_id, _STARS[said.thumb], "onboarding")
    stars = await context.conversation.stars(person.person_id)
    await toast(query, onboarding.answered(len(stars)))
    markup = query.message.reply_markup if isinstance(query.message, Message) else None
    shown = keyboards.titles_on(markup)
    if not shown:
        shown = [movie.movie_id for movie in await context.conversation.titles_page(person.person_id)]
    await show(query, await _titles_text(context, person), _page(context, shown, said.page, stars))


async def more_titles(update: Update, context: Context, query: CallbackQuery, said: MoreTitles) -> None:
    """A page is finished: what was left untouched is not seen."""
    person = await context.conversation.arrive(person_id(update), Step.WELCOME)
    await toast(query)
    before = keyboards.titles_on(query.message.reply_markup if isinstance(query.message, Message) else None)
    movies = await context.conversation.titles_page(person.person_id, before)
    text = await _titles_text(context, person) if movies else onboarding.NO_MORE_TITLES()
    await show(query, text, keyboards.titles_page(movies, said.page + 1, {}))


async def titles_done(update: Update, context: Context, query: CallbackQuery, said: TitlesDone) -> None:  # noqa: ARG001  (every button has its value)
    """Enough titles: the first card, and a second tap brings no second one."""
    person = await context.conversation.arrive(person_id(update), Step.WELCOME)
    step = Step(person.step)
    if step not in (Step.TITLES, Step.READY):
        await toast(query, notices.STALE_BUTTON())
        await _show_step(context, query, person, step)
        return
    shown = keyboards.titles_on(query.message.reply_markup if isinstance(query.message, Message) else None)
    await context.conversation.finish_titles(person.person_id, shown)
    await toast(query, notices.STALE_BUTTON() if step is Step.READY else None)
    await show(query, onboarding.finished(len(await context.conversation.stars(person.person_id))))
    if step is Step.READY:
        return
    await send_card(context, person.person_id)
    # Last: where something fails before, Telegram's repetition finds the person here still.
    await context.conversation.move(person.person_id, Step.TITLES, Step.READY, {})


def _answer(said: OnboardingNav | AgeChosen | GenderChosen | OccupationChosen) -> Answer:
    match said:
        case OnboardingNav():
            return said.move
        case AgeChosen():
            return ChoseAge(said.group)
        case GenderChosen():
            return ChoseGender(said.gender)
        case OccupationChosen():
            return ChoseOccupation(said.occupation)


async def _show_step(context: Context, query: CallbackQuery, person: Person, step: Step) -> None:
    text, keyboard = await _at(context, person, step)
    await show(query, text, keyboard)


async def _at(context: Context, person: Person, step: Step) -> tuple[Html, InlineKeyboardMarkup]:
    """What is asked at a step, and its buttons."""
    match step:
        case Step.WELCOME:
            return onboarding.GREETING(), keyboards.greeting()
        case Step.TITLES:
            movies = await context.conversation.titles_page(person.person_id)
            return await _titles_text(context, person), keyboards.titles_page(movies, 0, {})
        case Step.READY:
            stars, kept = await context.conversation.counts(person.person_id)
            return account.profile(person, stars, kept), keyboards.profile()
        case _:
            return _question(step, step), keyboards.question(step, step)


def _question(asked: Question, at: Step) -> Html:
    if at is Step.READY:
        return onboarding.changed_question(asked)
    return onboarding.question(asked, QUESTIONS.index(asked) + 1, len(QUESTIONS))


async def _titles_text(context: Context, person: Person) -> Html:
    """The invitation, and once there is an answer, what it leads to: the picks so far."""
    picks = await context.conversation.preview(person.person_id, PREVIEWED)
    return joined("\n\n", [onboarding.TITLES(), onboarding.preview(picks) if picks else Html()])


def _page(context: Context, shown: list[int], page: int, stars: dict[int, float]) -> InlineKeyboardMarkup:
    movies: list[Movie] = [context.conversation.movie(movie_id) for movie_id in shown]
    thumbs = {movie_id: _THUMB_OF[float(tapped(given))] for movie_id, given in stars.items()}
    return keyboards.titles_page(movies, page, thumbs)
