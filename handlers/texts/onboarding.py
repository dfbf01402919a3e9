"""Texts of the first visit: the greeting, the three questions about the person, and the titles page."""

from collections.abc import Sequence

from handlers.callbacks.buttons import Thumb
from handlers.i18n import Html, Label, Text, gettext, html, joined, ngettext
from handlers.steps import Question, Reason, Step
from handlers.texts import names
from storage.records import Movie

GREETING = Text(
    "Hi, I'm Reelmate. Tell me a few movies you love, and I'll find your next one.\n\n"
    "I keep your answers and ratings to choose movies for you, and train nothing on them unless you allow it in "
    "/settings. You can see all of it with /export and delete all of it with /forget, any time."
)
SEND_AGAIN = Text("I have not read your message yet. Send it again, and I will answer it.")
WELCOME_BACK = Text("Welcome back. Let's go on where we were.")
WELCOME_READY = Text("Welcome back. Here is a movie for you; /help says what else I can do.")

BEGIN = Label("Let's start")
SKIP_QUESTIONS = Label("Skip the questions")
SKIP = Label("Skip")
BACK = Label("« Back")
RATHER_NOT_SAY = Label("Rather not say")
NEXT_PAGE = Label("More »")
MORE_TITLES = Label("More titles")
DONE = Label("Done")

_QUESTIONS: dict[Question, Text] = {
    Step.AGE: Text("How old are you? It helps with the first picks, and you can change or skip it."),
    Step.GENDER: Text("Are you a woman or a man? You can change or skip this too."),
    Step.OCCUPATION: Text("What do you do? You can change or skip this too."),
}

TITLES = Text(
    "Now type a movie or two you love, or tap the ones you know.\n\n"
    "One tap is 👍, a second one 👎, a third 😐, and a fourth takes it back. Leave what you haven't seen."
)
NO_MORE_TITLES = Text("Those were all the titles I wanted to ask about. Type any movie you love, or tap Done.")

_REFUSED = {
    Reason.NOT_ASKED: Label("That belongs to another question. Here is where we are."),
    Reason.NOT_OFFERED: Label("I don't know that answer. Please tap one of the buttons."),
}


def question(step: Question, number: int, total: int) -> Html:
    """Return a question about the person.

    Args:
        step: the step that asks it.
        number: the number of the question, from 1.
        total: the number of questions.
    """
    return html(
        gettext("<i>{number} of {total}</i>\n{question}"), number=number, total=total, question=_QUESTIONS[step]()
    )


def changed_question(step: Question) -> Html:
    """Return a question about the person, as it is asked again from the profile."""
    return _QUESTIONS[step]()


def answered(count: int) -> str:
    """Return the toast after a tap on a title.

    Args:
        count: the number of ratings so far.
    """
    if count == 0:
        return gettext("Taken back.")
    return ngettext("{n} answer so far.", "{n} answers so far.", count).format(n=count)


def title_button(movie: Movie, thumb: Thumb) -> str:
    """Return the label of a title on the titles page, with its thumb."""
    marks = {Thumb.UP: "👍 ", Thumb.DOWN: "👎 ", Thumb.SO_SO: "😐 ", Thumb.OFF: ""}
    return marks[thumb] + names.button(movie)


def preview(movies: Sequence[Movie]) -> Html:
    """Return the sentence that names the current recommendations."""
    listed = joined(", ", [names.title(movie) for movie in movies])
    return html(gettext("So far I would show you {titles}."), titles=listed)


def named(movie: Movie) -> Html:
    """Return the confirmation that a typed title was rated as loved."""
    return html(
        gettext("👍 {title}, noted. A movie you name yourself tells me more than any I could ask about. Another one?"),
        title=names.title(movie),
    )


def finished(count: int) -> Html:
    """Return the message at the end of the interview.

    Args:
        count: the number of ratings.
    """
    if count == 0:
        return html(gettext("All set. I'll begin with what many people like; each thumb makes it more yours."))
    return html(
        ngettext(
            "All set. {n} answer is a start; each thumb makes the picks better.",
            "All set. {n} answers are a start; each thumb makes the picks better.",
            count,
        ),
        n=count,
    )


def refused(reason: Reason) -> str:
    """Return the toast for an answer that was refused."""
    return _REFUSED[reason]()
