"""Inline keyboards: rows of buttons, each with typed callback data."""

from collections.abc import Callable, Mapping, Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from handlers.callbacks import (
    STARS,
    Action,
    AgeChosen,
    AnnounceAudience,
    AnnounceSend,
    Callback,
    CancelJob,
    CardAction,
    ForgetCancel,
    ForgetConfirm,
    GenderChosen,
    MoreTitles,
    OccupationChosen,
    OccupationPage,
    OnboardingNav,
    PickTitle,
    ProfileEdit,
    Purpose,
    RatingEdit,
    RatingsPage,
    RemoveRating,
    SetStars,
    Setting,
    SettingToggle,
    Thumb,
    TitlesDone,
    ToggleTitle,
    Undo,
    WatchlistPage,
    WatchlistRemove,
    pack,
    unpack,
)
from handlers.steps import QUESTIONS, Move, Question, Step
from handlers.texts import account, admin, cards, lists, names, onboarding
from recsys.profile import GENDERS
from recsys.services.administration import Audience
from storage.records import Movie, Person

OCCUPATIONS_PER_PAGE = 8
LIST_PAGE = 8
"""Ratings, or movies for later, on one page."""

Row = list[InlineKeyboardButton]


def button(label: str, says: Callback) -> InlineKeyboardButton:
    """A button that says this when it is tapped."""
    return InlineKeyboardButton(label, callback_data=pack(says))


def greeting() -> InlineKeyboardMarkup:
    """Under the greeting."""
    return InlineKeyboardMarkup.from_column(
        [
            button(onboarding.BEGIN(), OnboardingNav(Step.WELCOME, Move.BEGIN)),
            button(onboarding.SKIP_QUESTIONS(), OnboardingNav(Step.WELCOME, Move.SKIP)),
        ]
    )


def question(asked: Question, at: Step, page: int = 0) -> InlineKeyboardMarkup:
    """The answers to a question about the person.

    Args:
        asked: which question.
        at: where the person stands: the question itself, or READY when it is asked again.
        page: of the occupations.
    """
    silent: Callback
    if asked is Step.AGE:
        choices = [button(label(), AgeChosen(at, group)) for group, label in enumerate(names.AGE_GROUPS)]
        rows, silent = _in_rows(choices, 3), AgeChosen(at, None)
    elif asked is Step.GENDER:
        rows = [[button(names.GENDERS[gender](), GenderChosen(at, gender)) for gender in GENDERS]]
        silent = GenderChosen(at, None)
    else:
        first = page * OCCUPATIONS_PER_PAGE
        shown = list(enumerate(names.OCCUPATIONS))[first : first + OCCUPATIONS_PER_PAGE]
        rows = _in_rows([button(label(), OccupationChosen(at, code)) for code, label in shown], 2)
        turn = _turning(
            page,
            first + OCCUPATIONS_PER_PAGE < len(names.OCCUPATIONS),
            (onboarding.PREVIOUS_PAGE(), onboarding.NEXT_PAGE()),
            lambda to: OccupationPage(at, to),
        )
        rows += [turn] if turn else []
        silent = OccupationChosen(at, None)
    rows.append([button(onboarding.RATHER_NOT_SAY(), silent)])
    back = button(onboarding.BACK(), OnboardingNav(at, Move.BACK))
    rows.append([back] if at is Step.READY else [back, button(onboarding.SKIP(), OnboardingNav(at, Move.SKIP))])
    return InlineKeyboardMarkup(rows)


def titles_page(movies: Sequence[Movie], page: int, thumbs: Mapping[int, Thumb]) -> InlineKeyboardMarkup:
    """Titles as toggles, and the way on.

    Args:
        movies: on this page.
        page: its number.
        thumbs: what is set; what is not in it is off.
    """
    rows = []
    for movie in movies:
        thumb = thumbs.get(movie.movie_id, Thumb.OFF)
        rows.append([button(onboarding.title_button(movie, thumb), ToggleTitle(movie.movie_id, page, thumb.next))])
    on = [button(onboarding.MORE_TITLES(), MoreTitles(page))] if movies else []
    return InlineKeyboardMarkup([*rows, [*on, button(onboarding.DONE(), TitlesDone(page))]])


def titles_on(markup: InlineKeyboardMarkup | None) -> list[int]:
    """The movie ids of a titles page, as its own buttons say."""
    said = [unpack(str(one.callback_data)) for row in (markup.inline_keyboard if markup else ()) for one in row]
    return [one.movie_id for one in said if isinstance(one, ToggleTitle)]


def card(movie: Movie, undo: int | None = None) -> InlineKeyboardMarkup:
    """Under a card.

    Args:
        movie: the one shown.
        undo: the movie whose thumb can be taken back.
    """

    def act(label: str, action: Action) -> InlineKeyboardButton:
        return button(label, CardAction(movie.movie_id, action))

    rows = [
        [
            act(cards.LIKE(), Action.LIKE),
            act(cards.DISLIKE(), Action.DISLIKE),
            act(cards.SEEN(), Action.SEEN),
            act(cards.LATER(), Action.LATER),
        ],
        [act(cards.MORE_LIKE_THIS(), Action.MORE_LIKE_THIS), act(cards.NEXT(), Action.NEXT)],
    ]
    if undo is not None:
        rows.append([button(cards.UNDO(), Undo(undo))])
    return InlineKeyboardMarkup(rows)


def pick(movies: Sequence[Movie], purpose: Purpose, stars: float | None = None) -> InlineKeyboardMarkup:
    """Movies that a typed title may mean."""
    return InlineKeyboardMarkup.from_column(
        [button(names.button(movie), PickTitle(movie.movie_id, purpose, stars)) for movie in movies]
    )


def undo(movie_id: int) -> InlineKeyboardMarkup:
    """Takes the rating of a movie back."""
    return InlineKeyboardMarkup.from_button(button(cards.UNDO(), Undo(movie_id)))


def ratings(movies: Sequence[Movie], page: int, total: int) -> InlineKeyboardMarkup:
    """A page of ratings, each to be opened."""
    rows = [
        [button(lists.rating_button(place, movie), RatingEdit(movie.movie_id, page))]
        for place, movie in enumerate(movies, start=page * LIST_PAGE + 1)
    ]
    return _list(rows, page, total, RatingsPage)


def stars(movie_id: int, page: int, *, rated: bool) -> InlineKeyboardMarkup:
    """How many stars; where the movie has some already, they can be removed."""
    rows = _in_rows([button(names.stars(value), SetStars(movie_id, value, page)) for value in STARS], 3)
    if rated:
        rows.append([button(lists.REMOVE_RATING(), RemoveRating(movie_id, page))])
    return InlineKeyboardMarkup([*rows, [button(lists.BACK(), RatingsPage(page))]])


def watchlist(movies: Sequence[Movie], page: int, total: int) -> InlineKeyboardMarkup:
    """A page of what is kept for later, each to be opened or removed."""
    rows = [
        [
            button(names.button(movie), PickTitle(movie.movie_id, Purpose.SHOW)),
            button(lists.REMOVE(), WatchlistRemove(movie.movie_id, page)),
        ]
        for movie in movies
    ]
    return _list(rows, page, total, WatchlistPage)


def profile() -> InlineKeyboardMarkup:
    """What can be changed of a profile."""
    return InlineKeyboardMarkup.from_column([button(account.EDIT[one](), ProfileEdit(one)) for one in QUESTIONS])


def settings(person: Person) -> InlineKeyboardMarkup:
    """The two settings, each as it is; a tap switches it."""
    consent = account.CONSENT_ON if person.consent else account.CONSENT_OFF
    notify = account.NOTIFY_ON if person.notify else account.NOTIFY_OFF
    return InlineKeyboardMarkup.from_column(
        [
            button(consent(), SettingToggle(Setting.CONSENT, not person.consent)),
            button(notify(), SettingToggle(Setting.NOTIFY, not person.notify)),
        ]
    )


def forget() -> InlineKeyboardMarkup:
    """Really?"""
    return InlineKeyboardMarkup.from_column(
        [button(account.FORGET_CONFIRM(), ForgetConfirm()), button(account.FORGET_CANCEL(), ForgetCancel())]
    )


def announcement(job_id: int, audience: Audience, recipients: int) -> InlineKeyboardMarkup:
    """Under the preview of an announcement: to whom, and whether at all."""
    audiences = [
        button(admin.audience_button(one, chosen=one is audience), AnnounceAudience(job_id, one)) for one in Audience
    ]
    send = [[button(admin.send_button(recipients), AnnounceSend(job_id, audience))]] if recipients else []
    return InlineKeyboardMarkup([audiences, *send, [button(admin.THROW_AWAY(), CancelJob(job_id))]])


def cancel_job(job_id: int) -> InlineKeyboardMarkup:
    """Under a job that is not done."""
    return InlineKeyboardMarkup.from_button(button(admin.CANCEL(), CancelJob(job_id)))


def _list(rows: list[Row], page: int, total: int, to: type[RatingsPage] | type[WatchlistPage]) -> InlineKeyboardMarkup:
    turn = _turning(page, (page + 1) * LIST_PAGE < total, (lists.PREVIOUS_PAGE(), lists.NEXT_PAGE()), to)
    return InlineKeyboardMarkup([*rows, turn] if turn else rows)


def _turning(page: int, more: bool, labels: tuple[str, str], to: Callable[[int], Callback]) -> Row:
    row = [button(labels[0], to(page - 1))] if page > 0 else []
    return [*row, button(labels[1], to(page + 1))] if more else row


def _in_rows(buttons: list[InlineKeyboardButton], width: int) -> list[Row]:
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]
