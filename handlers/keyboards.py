"""Inline keyboards: rows of buttons, each with typed callback data."""

from collections.abc import Callable, Mapping, Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import KeyboardButtonStyle

from handlers.callbacks import MAX_PAGE, STARS, CallbackData, buttons, pack, unpack
from handlers.callbacks.buttons import Action, Purpose, Setting, Thumb, Verdict, Way
from handlers.i18n import clipped
from handlers.steps import QUESTIONS, Move, Question, Step
from handlers.texts import account, admin, cards, details, lists, names, onboarding, opinions, talk, wishes
from handlers.texts import clusters as cluster_texts
from handlers.texts import preferences as preference_texts
from handlers.wish_parts import WishPart
from recsys.profile import GENDERS
from recsys.services.administration import Audience
from recsys.serving.clusters import MovieCluster
from storage.records import Movie, Person

OCCUPATIONS_PER_PAGE = 8
_LAST_OCCUPATIONS = (len(names.OCCUPATIONS) - 1) // OCCUPATIONS_PER_PAGE
LIST_PAGE = 8
"""The number of entries on a page of the ratings or of the watchlist."""

MAX_WISH_PARTS = 8
"""The maximum number of conditions of a wish that a card offers to remove."""

MAX_CHOICES = 60
"""The maximum number of genres, decades or preferences on a keyboard. Telegram accepts 100 buttons."""

Row = list[InlineKeyboardButton]


def button(label: str, value: CallbackData, style: KeyboardButtonStyle | None = None) -> InlineKeyboardButton:
    """Return a button with this label and callback data. Clients that do not know styles show a plain button."""
    return InlineKeyboardButton(label, callback_data=pack(value), style=style)


def greeting() -> InlineKeyboardMarkup:
    """Return the keyboard of the greeting."""
    return InlineKeyboardMarkup.from_column(
        [
            button(onboarding.BEGIN(), buttons.OnboardingNav(Step.WELCOME, Move.BEGIN)),
            button(onboarding.SKIP_QUESTIONS(), buttons.OnboardingNav(Step.WELCOME, Move.SKIP)),
        ]
    )


def question(asked: Question, step: Step, page: int = 0) -> InlineKeyboardMarkup:
    """Return the answers to a question about the person.

    Args:
        asked: the question.
        step: the person's step: the question itself, or READY if it is asked again from the profile.
        page: the page of the occupations, from 0. A number beyond the last page shows the last page. From a later page,
            the back button leads to the page before.
    """
    rather_not_say: CallbackData
    back: CallbackData = buttons.OnboardingNav(step, Move.BACK)
    if asked is Step.AGE:
        choices = [button(label(), buttons.AgeChosen(step, group)) for group, label in enumerate(names.AGE_GROUPS)]
        rows, rather_not_say = in_rows(choices, 3), buttons.AgeChosen(step, None)
    elif asked is Step.GENDER:
        rows = [[button(names.GENDERS[gender](), buttons.GenderChosen(step, gender)) for gender in GENDERS]]
        rather_not_say = buttons.GenderChosen(step, None)
    else:
        page = min(page, _LAST_OCCUPATIONS)
        rows, rather_not_say = _occupations(step, page), buttons.OccupationChosen(step, None)
        back = buttons.OccupationPage(step, page - 1) if page > 0 else back
    # The profile removes an answer, and the onboarding leaves a question out. One button does it in each of them.
    if step is Step.READY:
        skip = button(onboarding.RATHER_NOT_SAY(), rather_not_say)
    else:
        skip = button(onboarding.SKIP(), buttons.OnboardingNav(step, Move.SKIP))
    return InlineKeyboardMarkup([*rows, [button(onboarding.BACK(), back), skip]])


def titles_page(movies: Sequence[Movie], page: int, thumbs: Mapping[int, Thumb]) -> InlineKeyboardMarkup:
    """Return a titles page: each title as a toggle, and the buttons for more titles and for the end.

    Args:
        movies: the movies of this page.
        page: the number of the page, from 0. A larger number than MAX_PAGE counts as MAX_PAGE.
        thumbs: the answers so far by movie id. A movie that is absent has none.
    """
    page = min(page, MAX_PAGE)
    rows = []
    for movie in movies:
        thumb = thumbs.get(movie.movie_id, Thumb.OFF)
        toggle = buttons.ToggleTitle(movie.movie_id, page, thumb.next)
        rows.append([button(onboarding.title_button(movie, thumb), toggle)])
    more = [button(onboarding.MORE_TITLES(), buttons.MoreTitles(page))] if movies else []
    return InlineKeyboardMarkup([*rows, [*more, button(onboarding.DONE(), buttons.TitlesDone(page))]])


def titles_end() -> InlineKeyboardMarkup:
    """Return the buttons for more titles and for the end of the interview."""
    more, done = buttons.MoreTitles(0), buttons.TitlesDone(0)
    return InlineKeyboardMarkup.from_row([button(onboarding.MORE_TITLES(), more), button(onboarding.DONE(), done)])


def stacked(*keyboards: InlineKeyboardMarkup | None) -> InlineKeyboardMarkup:
    """Return the rows of several keyboards, one keyboard below the other."""
    return InlineKeyboardMarkup([row for keyboard in keyboards if keyboard for row in keyboard.inline_keyboard])


def titles_on(markup: InlineKeyboardMarkup | None) -> list[int]:
    """Return the movie ids of a titles page, read from its buttons."""
    rows = markup.inline_keyboard if markup else ()
    values = [unpack(str(key.callback_data)) for row in rows for key in row]
    return [value.movie_id for value in values if isinstance(value, buttons.ToggleTitle)]


def card(movie: Movie, undo: int | None = None, wish: Sequence[WishPart] = ()) -> InlineKeyboardMarkup:
    """Return the keyboard of a card.

    Args:
        movie: the movie on the card. If it has details, a button shows them.
        undo: the number of the change that the undo button takes back. None for no undo button.
        wish: the conditions of the wish that the card fulfils. Each can be removed, and the wish can be ended.
    """

    def act(label: str, action: Action, style: KeyboardButtonStyle | None = None) -> InlineKeyboardButton:
        return button(label, buttons.CardAction(movie.movie_id, action), style)

    rows = [
        [
            act(cards.LIKE(), Action.LIKE, KeyboardButtonStyle.SUCCESS),
            act(cards.DISLIKE(), Action.DISLIKE, KeyboardButtonStyle.DANGER),
            act(cards.SEEN(), Action.SEEN),
            act(cards.LATER(), Action.LATER),
        ],
        [act(cards.MORE_LIKE_THIS(), Action.MORE_LIKE_THIS), act(cards.NEXT(), Action.NEXT)],
    ]
    more = [button(details.MORE(), buttons.ShowDetails(movie.movie_id))] if movie.has_details else []
    taking_back = [button(cards.UNDO(), buttons.UndoChange(undo))] if undo is not None else []
    if more or taking_back:
        rows.append([*more, *taking_back])
    return InlineKeyboardMarkup([*rows, *_wish_rows(wish)])


def wish_conditions(wish: Sequence[WishPart]) -> InlineKeyboardMarkup | None:
    """Return the conditions of a wish, each of which can be removed, and the end of it; None if it has none."""
    return InlineKeyboardMarkup(_wish_rows(wish)) if wish else None


def _wish_rows(wish: Sequence[WishPart]) -> list[Row]:
    keys = [button(wishes.drop(part.label), buttons.DropCondition(part.key)) for part in wish[:MAX_WISH_PARTS]]
    return in_rows([*keys, button(wishes.END_WISH(), buttons.EndWish())], 2) if wish else []


def movie_on(markup: InlineKeyboardMarkup | None) -> int | None:
    """Return the movie id of a card, read from its buttons; None if they are not those of a card."""
    rows = markup.inline_keyboard if markup else ()
    values = [unpack(str(key.callback_data)) for row in rows for key in row]
    return next((value.movie_id for value in values if isinstance(value, buttons.CardAction)), None)


def pick(movies: Sequence[Movie], purpose: Purpose, stars: float | None = None) -> InlineKeyboardMarkup:
    """Return one button per movie that a typed title may mean."""
    return InlineKeyboardMarkup.from_column(
        [button(names.button(movie), buttons.PickTitle(movie.movie_id, purpose, stars)) for movie in movies]
    )


def undo(number: int | None) -> InlineKeyboardMarkup | None:
    """Return a button that undoes a change; None if there is no change."""
    if number is None:
        return None
    return InlineKeyboardMarkup.from_button(button(cards.UNDO(), buttons.UndoChange(number)))


def verdicts(
    movie_id: int, verdicts: Sequence[Verdict] = tuple(Verdict), stars: float | None = None
) -> InlineKeyboardMarkup:
    """Return the answers to the question what a person thinks of a movie.

    Args:
        movie_id: the movie.
        verdicts: the answers to offer.
        stars: the stars that the person seems to give, which are offered too; None for none.
    """
    labels = {
        Verdict.LOVE: opinions.LOVE,
        Verdict.DISLIKE: opinions.DISLIKE_IT,
        Verdict.SEEN: opinions.SEEN,
        Verdict.WISH: opinions.WISH,
    }
    keys = [button(labels[verdict](), buttons.GiveVerdict(movie_id, verdict)) for verdict in verdicts]
    stars_row = [] if stars is None else [[button(names.stars(stars), buttons.SetStars(movie_id, stars, 0))]]
    return InlineKeyboardMarkup([*stars_row, *in_rows(keys, 2)])


def rated(movies: Sequence[Movie]) -> InlineKeyboardMarkup:
    """Return one button per movie that was rated just now; each opens the rating."""
    keys = [button(opinions.change(movie), buttons.RatingEdit(movie.movie_id, 0)) for movie in movies[:LIST_PAGE]]
    return InlineKeyboardMarkup.from_column(keys)


def ways_on(movies: Sequence[Movie] = ()) -> InlineKeyboardMarkup:
    """Return the buttons to continue with after a text that was not understood.

    Args:
        movies: movies that the text may mean; a tap asks what the person thinks of the movie.
    """
    picks = [
        [button(names.button(movie), buttons.PickTitle(movie.movie_id, Purpose.ASK))] for movie in movies[:LIST_PAGE]
    ]
    labels = {
        Way.SURPRISE: talk.SURPRISE,
        Way.GENRE: talk.BY_GENRE,
        Way.DECADE: talk.BY_DECADE,
        Way.LOVED: talk.LOVED,
    }
    return InlineKeyboardMarkup([*picks, *in_rows([button(labels[way](), buttons.WayOn(way)) for way in Way], 2)])


def clusters(clusters: Sequence[MovieCluster]) -> InlineKeyboardMarkup:
    """Return one button per cluster of movies; without clusters, the buttons of `ways_on`."""
    keys = [
        button(
            clipped(f"🧭 {cluster_texts.label(cluster)}", names.BUTTON_LETTERS),
            buttons.ChooseCluster(cluster.central_ids[0]),
        )
        for cluster in clusters
    ]
    return InlineKeyboardMarkup.from_column(keys) if keys else ways_on()


def preferences(parts: Sequence[WishPart]) -> InlineKeyboardMarkup:
    """Return one button per lasting preference, which removes it."""
    return InlineKeyboardMarkup(_preference_rows(parts))


def ratings(movies: Sequence[Movie], page: int, total: int) -> InlineKeyboardMarkup:
    """Return a page of ratings; each button opens a rating.

    Args:
        movies: the rated movies of this page.
        page: the number of the page, from 0.
        total: the number of ratings on all pages.
    """
    rows = [
        [button(lists.numbered(place, movie), buttons.RatingEdit(movie.movie_id, page))]
        for place, movie in enumerate(movies, start=page * LIST_PAGE + 1)
    ]
    return _list(rows, page, total, buttons.RatingsPage)


def stars(movie_id: int, page: int, *, rated: bool) -> InlineKeyboardMarkup:
    """Return one button per number of stars.

    Args:
        movie_id: the movie to rate.
        page: the page of the ratings that the back button returns to.
        rated: whether the movie has a rating, so that it can be removed.
    """
    rows = in_rows([button(names.stars(value), buttons.SetStars(movie_id, value, page)) for value in STARS], 3)
    if rated:
        rows.append([button(lists.REMOVE_RATING(), buttons.RemoveRating(movie_id, page))])
    return InlineKeyboardMarkup([*rows, [button(lists.BACK(), buttons.RatingsPage(page))]])


def watchlist(movies: Sequence[Movie], page: int, total: int) -> InlineKeyboardMarkup:
    """Return a page of the watchlist; each movie can be opened or removed, and a button chooses one.

    The buttons of a row have the same width. So those that remove movies, by their numbers, have rows of their own, and
    the titles have the whole width.

    Args:
        movies: the movies of this page.
        page: the number of the page, from 0.
        total: the number of movies on all pages.
    """
    numbered = list(enumerate(movies, start=page * LIST_PAGE + 1))
    opening = [
        [button(lists.numbered(place, movie), buttons.PickTitle(movie.movie_id, Purpose.CARD))]
        for place, movie in numbered
    ]
    removing = [button(lists.remove(place), buttons.WatchlistRemove(movie.movie_id, page)) for place, movie in numbered]
    keyboard = _list([*opening, *in_rows(removing, LIST_PAGE // 2)], page, total, buttons.WatchlistPage)
    tonight = button(lists.TONIGHT(), buttons.Tonight(), KeyboardButtonStyle.PRIMARY)
    return InlineKeyboardMarkup([*keyboard.inline_keyboard, [tonight]])


def profile(preferences: Sequence[WishPart] = ()) -> InlineKeyboardMarkup:
    """Return the questions of the profile, the menus of preferences, and one button to remove each preference."""
    questions = [[button(account.EDIT[asked](), buttons.ProfileEdit(asked))] for asked in QUESTIONS]
    kinds = [button(label(), buttons.PreferenceMenu(kind)) for kind, label in preference_texts.KINDS.items()]
    return InlineKeyboardMarkup([*questions, *in_rows(kinds, 3), *_preference_rows(preferences)])


def settings(person: Person) -> InlineKeyboardMarkup:
    """Return the settings in their present state; a tap switches a setting or chooses how well known the movies are."""
    consent = account.CONSENT_ON if person.consent else account.CONSENT_OFF
    notify = account.NOTIFY_ON if person.notify else account.NOTIFY_OFF
    popularity_row = [
        button(
            account.chosen(label(), is_chosen=popularity is person.popularity),
            buttons.ChoosePopularity(popularity),
        )
        for popularity, label in account.POPULARITY.items()
    ]
    return InlineKeyboardMarkup(
        [
            popularity_row,
            [button(consent(), buttons.SettingToggle(Setting.CONSENT, not person.consent))],
            [button(notify(), buttons.SettingToggle(Setting.NOTIFY, not person.notify))],
        ]
    )


def forget() -> InlineKeyboardMarkup:
    """Return the confirmation of /forget."""
    return InlineKeyboardMarkup.from_column(
        [
            button(account.FORGET_CONFIRM(), buttons.ForgetConfirm(), KeyboardButtonStyle.DANGER),
            button(account.FORGET_CANCEL(), buttons.ForgetCancel()),
        ]
    )


def announcement(job_id: int, chosen: Audience, recipients: int) -> InlineKeyboardMarkup:
    """Return the keyboard of an announcement's preview: the audiences, send, and discard.

    Args:
        job_id: the job that holds the draft.
        chosen: the chosen audience.
        recipients: the number of people in that audience. Without any there is no send button.
    """
    audiences = [
        button(admin.audience_button(audience, chosen=audience is chosen), buttons.AnnounceAudience(job_id, audience))
        for audience in Audience
    ]
    send = [[button(admin.send_button(recipients), buttons.AnnounceSend(job_id, chosen))]] if recipients else []
    return InlineKeyboardMarkup([audiences, *send, [button(admin.THROW_AWAY(), buttons.CancelJob(job_id))]])


def last_page(total: int, size: int = LIST_PAGE) -> int:
    """Return the number of the last page of a list, from 0. A list without entries has one page.

    Args:
        total: the number of entries on all pages.
        size: the number of entries on a page.
    """
    return max(0, total - 1) // size


def paged(
    rows: list[Row], page: int, has_next: bool, labels: tuple[str, str], to_page: Callable[[int], CallbackData]
) -> InlineKeyboardMarkup:
    """Return a page of a list with the buttons of the pages before and after it.

    Args:
        rows: the entries of the page.
        page: the number of the page, from 0.
        has_next: whether another page follows.
        labels: of the button for the page before, and of the one for the page after.
        to_page: returns the button that shows a page.
    """
    previous_label, next_label = labels
    paging = [button(previous_label, to_page(page - 1))] if page > 0 else []
    if has_next:
        paging.append(button(next_label, to_page(page + 1)))
    return InlineKeyboardMarkup([*rows, paging] if paging else rows)


def cancel_job(job_id: int) -> InlineKeyboardMarkup:
    """Return the cancel button of an open job."""
    return InlineKeyboardMarkup.from_button(button(admin.CANCEL(), buttons.CancelJob(job_id)))


def _preference_rows(parts: Sequence[WishPart]) -> list[Row]:
    return [[button(wishes.drop(part.label), buttons.DropPreference(part.key))] for part in parts[:MAX_CHOICES]]


def _occupations(step: Step, page: int) -> list[Row]:
    first = page * OCCUPATIONS_PER_PAGE
    shown = list(enumerate(names.OCCUPATIONS))[first : first + OCCUPATIONS_PER_PAGE]
    rows = in_rows([button(label(), buttons.OccupationChosen(step, code)) for code, label in shown], 2)
    more = button(onboarding.NEXT_PAGE(), buttons.OccupationPage(step, page + 1))
    return rows if page == _LAST_OCCUPATIONS else [*rows, [more]]


def _list(
    rows: list[Row], page: int, total: int, to_page: type[buttons.RatingsPage] | type[buttons.WatchlistPage]
) -> InlineKeyboardMarkup:
    labels = lists.PREVIOUS_PAGE(), lists.NEXT_PAGE()
    return paged(rows, page, (page + 1) * LIST_PAGE < total, labels, to_page)


def in_rows(keys: list[InlineKeyboardButton], width: int) -> list[Row]:
    """Return buttons in rows of a width."""
    return [keys[start : start + width] for start in range(0, len(keys), width)]
