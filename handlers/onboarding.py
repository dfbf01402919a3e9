"""The first visit: /start, the questions about the person, and the titles page of the interview."""

from collections.abc import Mapping

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
    open_question,
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

_MOVES: Mapping[object, Move] = {
    meaning.Move.BEGIN: Move.BEGIN,
    meaning.Move.SKIP: Move.SKIP,
    meaning.Move.BACK: Move.BACK,
}
"""The moves between the steps of the onboarding that typed answers ask for."""

AnswerButton = buttons.OnboardingNav | buttons.AgeChosen | buttons.GenderChosen | buttons.OccupationChosen


async def start(update: Update, context: Context) -> None:
    """Handle /start: greet a new person, or continue at the step where the person stopped."""
    person_id = person_id_of(update)
    if await context.conversation.get_person(person_id) is None:
        await greet(context, person_id)
        return
    person = await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    step = Step(person.step)
    if step is Step.WELCOME:
        await say(context.bot, person.person_id, onboarding.GREETING(), keyboards.greeting())
    elif step is Step.READY:
        await send_card(context, person.person_id, head=onboarding.WELCOME_READY())
    else:
        await say(context.bot, person.person_id, onboarding.WELCOME_BACK())
        await say_step(context, person)


async def greet(context: Context, person_id: int, *, is_text: bool = False) -> None:
    """Greet a person who is not stored. The notice on data comes before anything about them is stored.

    Args:
        context: the handler's context.
        person_id: the recipient.
        is_text: whether they sent a text, which is not read before the notice.
    """
    await say_notice(context, person_id, is_text=is_text)
    await context.conversation.get_or_create_person(person_id, Step.WELCOME)


async def say_notice(context: Context, person_id: int, *, is_text: bool = False) -> None:
    """Send the greeting with the notice on data, and store nothing; see `greet`."""
    text = joined("\n\n", [onboarding.GREETING(), onboarding.SEND_AGAIN() if is_text else Html()])
    await say(context.bot, person_id, text, keyboards.greeting())


async def answered(update: Update, context: Context, query: CallbackQuery, button: AnswerButton) -> None:
    """Handle a button of the greeting or of a question: store the answer and ask the next question."""
    person_id = person_id_of(update)
    person = await context.conversation.get_person(person_id)
    if person is None and button.step is Step.WELCOME:
        # The button is below the notice on data.
        person = await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    if person is None:
        await toast(query)
        await greet(context, person_id)
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
    """Handle a typed answer to the question that waits: store it, and ask the next question or show the profile."""
    step = Step(person.step)
    if step is Step.TITLES and answer.value is meaning.Move.DONE:
        await _finish(context, person)
        return
    if step is Step.TITLES and answer.value is meaning.Move.MORE:
        await _say_more_titles(context, person)
        return
    result = advance(step, _typed_answer(answer))
    if isinstance(result, Invalid):
        await say(context.bot, person.person_id, Html(onboarding.refused(result.reason)))
        return
    await context.conversation.change_step(person.person_id, step, result.step, result.changes, context.update_id)
    person = await context.conversation.get_person(person.person_id) or person
    text, keyboard = await step_message(context, person)
    is_profile = step is Step.READY and result.changes
    head = Html(account.TOAST_CHANGED()) if is_profile else Html()
    await say(context.bot, person.person_id, joined("\n\n", [head, text]), keyboard)


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
    if open_question(person) is not None:
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
    if button.step is Step.READY:
        await context.conversation.memory.open_question(person.person_id, Step.OCCUPATION, context.update_id)
    text = _question(Step.OCCUPATION, button.step)
    await show(query, text, keyboards.question(Step.OCCUPATION, button.step, button.page))


async def profile_edit(update: Update, context: Context, query: CallbackQuery, button: buttons.ProfileEdit) -> None:
    """Ask a question again, from the profile."""
    person = await context.conversation.get_or_create_person(person_id_of(update), Step.WELCOME)
    await toast(query)
    if Step(person.step) is Step.READY:
        await context.conversation.memory.open_question(person.person_id, button.question, context.update_id)
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
    if step is not Step.READY:
        await _send_first_card(context, person)


async def _finish(context: Context, person: Person) -> None:
    """Finish the interview as the button does, for a person who types that they are done."""
    answers = len(await context.conversation.stars(person.person_id))
    await say(context.bot, person.person_id, onboarding.finished(answers))
    await _send_first_card(context, person)


async def _send_first_card(context: Context, person: Person) -> None:
    """Send the first card and end the onboarding."""
    await send_card(context, person.person_id)
    # The step is stored last: if sending fails, the redelivered update still finds the person at TITLES.
    await context.conversation.change_step(person.person_id, Step.TITLES, Step.READY, {}, context.update_id)


async def _say_more_titles(context: Context, person: Person) -> None:
    """Send another titles page. Before the first rating, the page above is certain, and its titles count as unseen."""
    conversation = context.conversation
    page = [] if await conversation.stars(person.person_id) else await conversation.titles_page(person.person_id)
    movies = await conversation.titles_page(person.person_id, [movie.movie_id for movie in page])
    text = await _titles_text(context, person) if movies else onboarding.NO_MORE_TITLES()
    await say(context.bot, person.person_id, text, keyboards.titles_page(movies, 0, {}))


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
    if value in _MOVES:
        return _MOVES[value]
    is_said = not isinstance(value, meaning.Move)
    match question:
        case meaning.Question.AGE:
            return ChoseAge(age_group(int(value)) if is_said else None)
        case meaning.Question.GENDER:
            return ChoseGender(next((gender for gender in GENDERS if gender == value), None))
        case meaning.Question.OCCUPATION:
            return ChoseOccupation(int(value) if is_said else None)
        case meaning.Question.GREETING | meaning.Question.TITLES:
            return Move.START


async def _show_step(context: Context, query: CallbackQuery, person: Person) -> None:
    await show(query, *await step_message(context, person))


async def step_message(context: Context, person: Person) -> tuple[Html, InlineKeyboardMarkup]:
    """Return the text and the keyboard of the step at which a person is, or of the question that was opened again."""
    step, asked = Step(person.step), open_question(person)
    if asked is not None:
        return _question(asked, step), keyboards.question(asked, step)
    if step is Step.WELCOME:
        return onboarding.GREETING(), keyboards.greeting()
    if step is Step.TITLES:
        movies = await context.conversation.titles_page(person.person_id)
        return await _titles_text(context, person), keyboards.titles_page(movies, 0, {})
    return await profile_message(context, person)


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
