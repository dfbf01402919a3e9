"""The first visit: /start, the questions about the person, and the titles page of the interview."""

from telegram import CallbackQuery, InlineKeyboardMarkup, Message, Update

from handlers import keyboards
from handlers.account import profile_message
from handlers.callbacks import buttons
from handlers.callbacks.buttons import Thumb
from handlers.cards import send_card
from handlers.context import Context
from handlers.i18n import Html, joined
from handlers.replies import person_id_of, say, show, toast
from handlers.steps import (
    QUESTIONS,
    Answer,
    ChoseAge,
    ChoseGender,
    ChoseOccupation,
    Invalid,
    Move,
    Question,
    Step,
    advance,
)
from handlers.texts import account, notices, onboarding
from recsys.profile import DISLIKE, GENDERS, LIKE, SO_SO, age_group, round_to_thumb
from recsys.text import meaning
from recsys.text.meaning import Answered
from storage.records import Movie, Person

PREVIEWED = 3
"""The number of recommended titles named on the titles page."""

_STARS = {Thumb.UP: LIKE, Thumb.DOWN: DISLIKE, Thumb.SO_SO: SO_SO, Thumb.OFF: None}
_THUMB_OF = {stars: thumb for thumb, stars in _STARS.items()}

AnswerButton = buttons.OnboardingNav | buttons.AgeChosen | buttons.GenderChosen | buttons.OccupationChosen


async def start(update: Update, context: Context) -> None:
    """Handle /start: greet a new person, or continue at the step where the person stopped."""
    person = await context.conversation.get_or_create_person(person_id_of(update), Step.WELCOME)
    step = Step(person.step)
    if step is Step.WELCOME:
        await say(context.bot, person.person_id, onboarding.GREETING(), keyboards.greeting())
    elif step is Step.READY:
        await send_card(context, person.person_id, head=onboarding.WELCOME_READY())
    else:
        await say(context.bot, person.person_id, onboarding.WELCOME_BACK())
        await say_step(context, person)


async def greet(context: Context, person_id: int) -> None:
    """Greet a person who is not stored. The notice on data comes before anything about them is stored."""
    await say(context.bot, person_id, onboarding.GREETING(), keyboards.greeting())
    await context.conversation.get_or_create_person(person_id, Step.WELCOME)


async def answered(update: Update, context: Context, query: CallbackQuery, button: AnswerButton) -> None:
    """Handle a button of the greeting or of a question: store the answer and ask the next question."""
    person = await context.conversation.get_person(person_id_of(update))
    if person is None:
        await toast(query)
        await start(update, context)
        return
    step = Step(person.step)
    if button.step is not step:
        is_repeated = await context.conversation.has_changed_step(context.update_id)
        await toast(query, None if is_repeated else notices.STALE_BUTTON())
        await _show_step(context, query, person)
        return
    result = advance(step, _answer(button))
    if isinstance(result, Invalid):
        await toast(query, onboarding.refused(result.reason))
        return
    moved = await context.conversation.change_step(
        person.person_id, step, result.step, result.changes, context.update_id
    )
    person = await context.conversation.get_person(person.person_id) or person
    if not moved:
        await toast(query, notices.STALE_BUTTON())
    elif step is Step.READY:
        await toast(query, account.TOAST_CHANGED() if result.changes else None)
    else:
        await toast(query)
    await _show_step(context, query, person)


async def answer_typed(context: Context, person: Person, answer: Answered) -> None:
    """Handle a typed answer to the question that waits: store it and ask the next question."""
    step = Step(person.step)
    result = advance(step, _typed_answer(answer))
    if isinstance(result, Invalid):
        await say(context.bot, person.person_id, Html(onboarding.refused(result.reason)))
        return
    await context.conversation.change_step(person.person_id, step, result.step, result.changes, context.update_id)
    await say_step(context, await context.conversation.get_person(person.person_id) or person)


async def say_step(context: Context, person: Person) -> None:
    """Send the message of the step at which a person is."""
    await say(context.bot, person.person_id, *await step_message(context, person))


async def say_in_step(
    context: Context, person: Person, text: Html, keyboard: InlineKeyboardMarkup | None = None
) -> None:
    """Send an answer to a person, with what the person's step waits for below; see `with_step`."""
    await say(context.bot, person.person_id, *await with_step(context, person, text, keyboard))


async def with_step(
    context: Context, person: Person, text: Html, keyboard: InlineKeyboardMarkup | None = None
) -> tuple[Html, InlineKeyboardMarkup | None]:
    """Return an answer with what the person's step waits for below it, so that nobody has to scroll up to go on.

    At a question, that is the question with its answers. At the titles, it is what would be recommended now, and the
    buttons that lead to more titles and to the end.
    """
    step = Step(person.step)
    if step in QUESTIONS:
        question, answers = await step_message(context, person)
        return joined("\n\n", [text, question]), keyboards.stacked(keyboard, answers)
    if step is Step.TITLES:
        picks = await context.conversation.preview(person.person_id, PREVIEWED)
        preview = onboarding.preview(picks) if picks else Html()
        return joined("\n\n", [text, preview]), keyboards.stacked(keyboard, keyboards.titles_end())
    return text, keyboard


async def occupation_page(
    update: Update, context: Context, query: CallbackQuery, button: buttons.OccupationPage
) -> None:
    """Show another page of the occupations."""
    person = await context.conversation.get_person(person_id_of(update))
    if person is None or Step(person.step) is not button.step:
        await toast(query, notices.STALE_BUTTON())
        return
    await toast(query)
    text = _question(Step.OCCUPATION, button.step)
    await show(query, text, keyboards.question(Step.OCCUPATION, button.step, button.page))


async def profile_edit(update: Update, context: Context, query: CallbackQuery, button: buttons.ProfileEdit) -> None:
    """Ask a question again, from the profile."""
    person = await context.conversation.get_or_create_person(person_id_of(update), Step.WELCOME)
    await toast(query)
    if Step(person.step) is Step.READY:
        await show(query, _question(button.question, Step.READY), keyboards.question(button.question, Step.READY))
    else:
        await _show_step(context, query, person)


async def title_toggled(update: Update, context: Context, query: CallbackQuery, button: buttons.ToggleTitle) -> None:
    """Set the answer for a title of the titles page."""
    person = await context.conversation.get_or_create_person(person_id_of(update), Step.WELCOME)
    rating = _STARS[button.thumb]
    await context.conversation.rate(person.person_id, button.movie_id, rating, "onboarding", context.update_id)
    stars = await context.conversation.stars(person.person_id)
    await toast(query, onboarding.answered(len(stars)))
    movie_ids = _titles_shown(query)
    if not movie_ids:
        movie_ids = [movie.movie_id for movie in await context.conversation.titles_page(person.person_id)]
    await show(query, await _titles_text(context, person), _titles_keyboard(context, movie_ids, button.page, stars))


async def more_titles(update: Update, context: Context, query: CallbackQuery, button: buttons.MoreTitles) -> None:
    """Show the next titles page. Titles that were left untouched are stored as unseen."""
    person = await context.conversation.get_or_create_person(person_id_of(update), Step.WELCOME)
    await toast(query)
    movies = await context.conversation.titles_page(person.person_id, _titles_shown(query))
    text = await _titles_text(context, person) if movies else onboarding.NO_MORE_TITLES()
    await show(query, text, keyboards.titles_page(movies, button.page + 1, {}))


async def titles_done(update: Update, context: Context, query: CallbackQuery, _button: buttons.TitlesDone) -> None:
    """Finish the interview and send the first card. A second tap sends no second card."""
    person = await context.conversation.get_or_create_person(person_id_of(update), Step.WELCOME)
    step = Step(person.step)
    if step not in (Step.TITLES, Step.READY):
        await toast(query, notices.STALE_BUTTON())
        await _show_step(context, query, person)
        return
    await context.conversation.finish_titles(person.person_id, _titles_shown(query))
    is_late = step is Step.READY and not await context.conversation.has_changed_step(context.update_id)
    await toast(query, notices.STALE_BUTTON() if is_late else None)
    await show(query, onboarding.finished(len(await context.conversation.stars(person.person_id))))
    if step is Step.READY:
        return
    await send_card(context, person.person_id)
    # The step is stored last: if anything above fails, the redelivered update still finds the person at TITLES.
    await context.conversation.change_step(person.person_id, Step.TITLES, Step.READY, {}, context.update_id)


def _answer(button: AnswerButton) -> Answer:
    match button:
        case buttons.OnboardingNav():
            return button.move
        case buttons.AgeChosen():
            return ChoseAge(button.group)
        case buttons.GenderChosen():
            return ChoseGender(button.gender)
        case buttons.OccupationChosen():
            return ChoseOccupation(button.occupation)


def _typed_answer(answered: Answered) -> Answer:
    """Return a typed answer as the buttons give it."""
    value, question = answered.value, answered.question
    if value is meaning.Move.SKIP:
        return Move.SKIP
    if value is meaning.Move.BACK:
        return Move.BACK
    is_said = not isinstance(value, meaning.Move)
    match question:
        case meaning.Question.AGE:
            return ChoseAge(age_group(int(value)) if is_said else None)
        case meaning.Question.GENDER:
            return ChoseGender(next((gender for gender in GENDERS if gender == value), None))
        case meaning.Question.OCCUPATION:
            return ChoseOccupation(int(value) if is_said else None)


async def _show_step(context: Context, query: CallbackQuery, person: Person) -> None:
    await show(query, *await step_message(context, person))


async def step_message(context: Context, person: Person) -> tuple[Html, InlineKeyboardMarkup]:
    """Return the text and the keyboard of the step at which a person is."""
    step = Step(person.step)
    match step:
        case Step.WELCOME:
            return onboarding.GREETING(), keyboards.greeting()
        case Step.TITLES:
            movies = await context.conversation.titles_page(person.person_id)
            return await _titles_text(context, person), keyboards.titles_page(movies, 0, {})
        case Step.READY:
            return await profile_message(context, person)
        case _:
            return _question(step, step), keyboards.question(step, step)


def _question(asked: Question, step: Step) -> Html:
    if step is Step.READY:
        return onboarding.changed_question(asked)
    return onboarding.question(asked, QUESTIONS.index(asked) + 1, len(QUESTIONS))


def _titles_shown(query: CallbackQuery) -> list[int]:
    """Return the movie ids of the titles page whose button was tapped; empty if Telegram did not send the message."""
    return keyboards.titles_on(query.message.reply_markup if isinstance(query.message, Message) else None)


async def _titles_text(context: Context, person: Person) -> Html:
    """Return the text of the titles page: the instructions and, after the first answer, the current recommendations."""
    picks = await context.conversation.preview(person.person_id, PREVIEWED)
    return joined("\n\n", [onboarding.TITLES(), onboarding.preview(picks) if picks else Html()])


def _titles_keyboard(
    context: Context, movie_ids: list[int], page: int, stars: dict[int, float]
) -> InlineKeyboardMarkup:
    movies: list[Movie] = [context.conversation.movie(movie_id) for movie_id in movie_ids]
    thumbs = {movie_id: _THUMB_OF[float(round_to_thumb(rating))] for movie_id, rating in stars.items()}
    return keyboards.titles_page(movies, page, thumbs)
