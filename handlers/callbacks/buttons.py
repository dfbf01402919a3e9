"""The button classes: the typed values that buttons carry as callback data."""

from enum import StrEnum

from handlers.callbacks.codec import CallbackData
from handlers.callbacks.fields import (
    ChangeNumber,
    Choice,
    ImportNumber,
    JobId,
    Key,
    MovieId,
    Page,
    Stars,
    Words,
    Year,
)
from handlers.steps import Move, Question, Step
from recsys.profile import Gender
from recsys.services.administration import Audience
from recsys.services.preferences import Preference
from storage.records import Popularity


class Thumb(StrEnum):
    """The answer that is set for a title on the titles page."""

    UP = "up"
    DOWN = "down"
    SO_SO = "soso"
    OFF = "off"

    @property
    def next(self) -> "Thumb":
        """The answer that the next tap sets, in the order up, down, so-so, off."""
        order = list(Thumb)
        return order[(order.index(self) + 1) % len(order)]


class Action(StrEnum):
    """The actions that a card offers."""

    LIKE = "like"
    DISLIKE = "dislike"
    SEEN = "seen"
    LATER = "later"
    MORE_LIKE_THIS = "more"
    NEXT = "next"


class Purpose(StrEnum):
    """The action that follows once a typed title is resolved to a movie.

    Attributes:
        ASK: ask what the person thinks of the movie.
        CARD: show the card of the movie.
        RATE: rate the movie with the typed stars, or ask for stars if none were typed.
        SIMILAR: recommend similar movies.
        SHOW: the same as CARD, on buttons of earlier versions of the bot.
    """

    ASK = "ask"
    CARD = "card"
    RATE = "rate"
    SIMILAR = "similar"
    SHOW = "show"


class Verdict(StrEnum):
    """The answers to the question what a person thinks of a movie that they named.

    Attributes:
        LOVE: rate the movie as liked.
        DISLIKE: rate the movie as disliked.
        SEEN: mark the movie as seen.
        WISH: store no opinion, and recommend movies like this one.
    """

    LOVE = "love"
    DISLIKE = "dislike"
    SEEN = "seen"
    WISH = "wish"


class Way(StrEnum):
    """The ways on that are offered when a text was not understood."""

    SURPRISE = "surprise"
    GENRE = "genre"
    DECADE = "decade"
    LOVED = "loved"


class Setting(StrEnum):
    """The settings that /settings switches on and off."""

    CONSENT = "consent"
    NOTIFY = "notify"


class OnboardingNav(CallbackData, code="on"):
    """Begin, skip, go back, finish or start again, from the given step."""

    step: Step
    move: Move


class AgeChosen(CallbackData, code="ag"):
    """Answer the question about age at the given step. A group of None means "rather not say"."""

    step: Step
    group: Choice | None


class GenderChosen(CallbackData, code="ge"):
    """Answer the question about gender at the given step. A gender of None means "rather not say"."""

    step: Step
    gender: Gender | None


class OccupationChosen(CallbackData, code="oc"):
    """Answer the question about occupation at the given step. An occupation of None means "rather not say"."""

    step: Step
    occupation: Choice | None


class OccupationPage(CallbackData, code="op"):
    """Show a page of the occupations at the given step."""

    step: Step
    page: Page


class ProfileEdit(CallbackData, code="pe"):
    """Ask an onboarding question again, from the profile."""

    question: Question


class ToggleTitle(CallbackData, code="tt"):
    """Set the answer for a title on the titles page."""

    movie_id: MovieId
    page: Page
    thumb: Thumb


class MoreTitles(CallbackData, code="tm"):
    """Finish a page of titles and show the next page."""

    page: Page


class TitlesDone(CallbackData, code="td"):
    """Finish a page of titles and the interview."""

    page: Page


class CardAction(CallbackData, code="ca"):
    """Perform an action on the card that shows the movie."""

    movie_id: MovieId
    action: Action


class PickTitle(CallbackData, code="pt"):
    """Choose one of the movies that a typed title matched, or a movie of a list.

    Attributes:
        movie_id: the chosen movie.
        purpose: the action that follows.
        stars: the typed stars for `Purpose.RATE`. None asks for them.
    """

    movie_id: MovieId
    purpose: Purpose
    stars: Stars | None = None


class ShowDetails(CallbackData, code="in"):
    """Show everything that is known of the movie of a card."""

    movie_id: MovieId


class SearchPage(CallbackData, code="sp"):
    """Show a page of what /search found for these words."""

    words: Words
    page: Page


class GiveVerdict(CallbackData, code="gv"):
    """Say what the person thinks of a movie that they named."""

    movie_id: MovieId
    verdict: Verdict


class WayOn(CallbackData, code="wo"):
    """Continue after a text that was not understood, in one of the ways that `ways_on` offers."""

    way: Way


class WishGenre(CallbackData, code="wg"):
    """Wish for the genre with this key."""

    key: Key


class WishDecade(CallbackData, code="wd"):
    """Wish for movies of a decade, which begins with this year."""

    year: Year


class ChooseCluster(CallbackData, code="cc"):
    """Wish for movies of the cluster that has this movie."""

    movie_id: MovieId


class DropCondition(CallbackData, code="dc"):
    """Remove a condition from the active wish."""

    key: Key


class EndWish(CallbackData, code="ew"):
    """End the active wish."""


class DropPreference(CallbackData, code="dp"):
    """Remove a lasting preference."""

    key: Key


class PreferenceMenu(CallbackData, code="pm"):
    """Show the lasting preferences of a kind; None shows the profile."""

    kind: Preference | None


class SetPreference(CallbackData, code="pr"):
    """Switch a lasting preference of a kind, the one with this key, to the given state."""

    kind: Preference
    key: Key
    on: bool


class RatingsPage(CallbackData, code="rp"):
    """Show a page of the person's ratings."""

    page: Page


class RatingEdit(CallbackData, code="re"):
    """Open a rating to change it. The back button returns to `page` of the ratings."""

    movie_id: MovieId
    page: Page


class SetStars(CallbackData, code="rs"):
    """Rate the movie with these stars. `page` is the page of the ratings that the button came from."""

    movie_id: MovieId
    stars: Stars
    page: Page


class RemoveRating(CallbackData, code="rr"):
    """Remove the rating of the movie and show `page` of the ratings."""

    movie_id: MovieId
    page: Page


class WatchlistPage(CallbackData, code="wp"):
    """Show a page of the watchlist."""

    page: Page


class WatchlistRemove(CallbackData, code="wr"):
    """Remove the movie from the watchlist and show `page` of the watchlist."""

    movie_id: MovieId
    page: Page


class Tonight(CallbackData, code="to"):
    """Show the card of the movie of the watchlist that the person will like best."""


class HistoryPage(CallbackData, code="hp"):
    """Show a page of the movies that the person was shown."""

    page: Page


class UndoChange(CallbackData, code="uc"):
    """Undo one change, so that a second tap does not undo another one. Earlier versions used the code "un"."""

    number: ChangeNumber


class ImportHistory(CallbackData, code="ih"):
    """Import a file that was read."""

    number: ImportNumber


class ImportProfile(CallbackData, code="ip"):
    """Import one of the profiles of a file that was read, and none of the others."""

    number: ImportNumber
    profile: Choice


class DropImport(CallbackData, code="di"):
    """Import nothing of a file that was read."""

    number: ImportNumber


class SettingToggle(CallbackData, code="se"):
    """Set a setting to the given state."""

    setting: Setting
    on: bool


class ChoosePopularity(CallbackData, code="hk"):
    """Choose how well known the recommended movies are."""

    popularity: Popularity


class ForgetConfirm(CallbackData, code="fy"):
    """Confirm that all data of the person is to be deleted."""


class ForgetCancel(CallbackData, code="fn"):
    """Keep the data."""


class AnnounceAudience(CallbackData, code="aa"):
    """Choose the audience of an announcement that is not sent yet."""

    job_id: JobId
    audience: Audience


class AnnounceSend(CallbackData, code="as"):
    """Send an announcement to the audience."""

    job_id: JobId
    audience: Audience


class CancelJob(CallbackData, code="cj"):
    """Cancel a job, or discard the draft of an announcement."""

    job_id: JobId
