"""What people's buttons say: one class a button."""

from dataclasses import dataclass
from enum import StrEnum

from handlers.callbacks.fields import Choice, JobId, MovieId, Page, Stars
from handlers.steps import Move, Question, Step
from recsys.profile import Gender
from recsys.services.administration import Audience


class Thumb(StrEnum):
    """What a title on the titles page is set to."""

    UP = "up"
    DOWN = "down"
    SO_SO = "soso"
    OFF = "off"

    @property
    def next(self) -> "Thumb":
        """What the next tap sets: up, then down, then neither of them, then off."""
        order = list(Thumb)
        return order[(order.index(self) + 1) % len(order)]


class Action(StrEnum):
    """The buttons of a card."""

    LIKE = "like"
    DISLIKE = "dislike"
    SEEN = "seen"
    LATER = "later"
    MORE_LIKE_THIS = "more"
    NEXT = "next"


class Purpose(StrEnum):
    """What a typed title was meant for.

    Attributes:
        LOVE: it was named as one that the person loves.
        RATE: to be rated, with the stars that were typed.
        SIMILAR: more like it.
        SHOW: its card.
    """

    LOVE = "love"
    RATE = "rate"
    SIMILAR = "similar"
    SHOW = "show"


class Setting(StrEnum):
    """What /settings switches on and off."""

    CONSENT = "consent"
    NOTIFY = "notify"


@dataclass(frozen=True, slots=True)
class OnboardingNav:
    """Begin, skip, back, done or start again, at the step whose question the button belongs to."""

    step: Step
    move: Move


@dataclass(frozen=True, slots=True)
class AgeChosen:
    """An age group at a step; None is "rather not say"."""

    step: Step
    group: Choice | None


@dataclass(frozen=True, slots=True)
class GenderChosen:
    """A gender at a step; None is "rather not say"."""

    step: Step
    gender: Gender | None


@dataclass(frozen=True, slots=True)
class OccupationChosen:
    """An occupation at a step; None is "rather not say"."""

    step: Step
    occupation: Choice | None


@dataclass(frozen=True, slots=True)
class OccupationPage:
    """Another page of the occupations, at a step."""

    step: Step
    page: Page


@dataclass(frozen=True, slots=True)
class ProfileEdit:
    """A question of the onboarding, asked again out of the profile."""

    question: Question


@dataclass(frozen=True, slots=True)
class ToggleTitle:
    """A title on a page of the titles to tap is set to a thumb."""

    movie_id: MovieId
    page: Page
    thumb: Thumb


@dataclass(frozen=True, slots=True)
class MoreTitles:
    """A page of titles is finished, and another one wanted."""

    page: Page


@dataclass(frozen=True, slots=True)
class TitlesDone:
    """A page of titles is finished, and no other one wanted."""

    page: Page


@dataclass(frozen=True, slots=True)
class CardAction:
    """A button of the card that shows this movie."""

    movie_id: MovieId
    action: Action


@dataclass(frozen=True, slots=True)
class PickTitle:
    """One of the movies that a typed title may mean, or one of a list.

    Attributes:
        stars: those that were typed, for RATE; None asks for them.
    """

    movie_id: MovieId
    purpose: Purpose
    stars: Stars | None = None


@dataclass(frozen=True, slots=True)
class RatingsPage:
    """A page of the person's ratings."""

    page: Page


@dataclass(frozen=True, slots=True)
class RatingEdit:
    """A rating is to be changed; `page` of the ratings is where to go back to."""

    movie_id: MovieId
    page: Page


@dataclass(frozen=True, slots=True)
class SetStars:
    """A rating gets these stars; `page` of the ratings is where to go back to."""

    movie_id: MovieId
    stars: Stars
    page: Page


@dataclass(frozen=True, slots=True)
class RemoveRating:
    """A rating is taken away; `page` of the ratings is where to go back to."""

    movie_id: MovieId
    page: Page


@dataclass(frozen=True, slots=True)
class WatchlistPage:
    """A page of what is kept for later."""

    page: Page


@dataclass(frozen=True, slots=True)
class WatchlistRemove:
    """A movie is no longer kept for later; `page` of the watchlist is where to go back to."""

    movie_id: MovieId
    page: Page


@dataclass(frozen=True, slots=True)
class Undo:
    """The last change is taken back, if it is of this movie: a second tap must not take back another one."""

    movie_id: MovieId


@dataclass(frozen=True, slots=True)
class SettingToggle:
    """A setting is switched to this."""

    setting: Setting
    on: bool


@dataclass(frozen=True, slots=True)
class ForgetConfirm:
    """Delete everything, really."""


@dataclass(frozen=True, slots=True)
class ForgetCancel:
    """Delete nothing."""


@dataclass(frozen=True, slots=True)
class AnnounceAudience:
    """An announcement that is not sent yet shall go to these."""

    job_id: JobId
    audience: Audience


@dataclass(frozen=True, slots=True)
class AnnounceSend:
    """An announcement is sent to these."""

    job_id: JobId
    audience: Audience


@dataclass(frozen=True, slots=True)
class CancelJob:
    """A job ends, or an announcement is thrown away."""

    job_id: JobId
