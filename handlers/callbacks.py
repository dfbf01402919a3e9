"""What a button says when it is tapped: typed values <-> Telegram's callback data of at most 64 bytes.

    AgeChosen(Step.AGE, group=2)  <->  "1ag:age:2"

The data is the version of this format, a short code for the class, and its fields. It never holds a person: who
tapped is what Telegram says, so no crafted data reaches another person's ratings. A toggle carries what it sets and not
that it switches, so that the same tap twice, or two replicas at once, end at the same state.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from handlers.steps import Move, Question, Step
from recsys.profile import Gender

VERSION = 1
"""Of this format; data of another one is Stale."""

MAX_BYTES = 64
"""What Telegram takes."""

STARS: tuple[float, ...] = tuple(half / 2 for half in range(2, 11))
"""What a rating button offers: 1 to 5 by halves."""


@dataclass(frozen=True, slots=True)
class _Within:
    lowest: int
    highest: int


MovieId = Annotated[int, _Within(1, 2**63 - 1)]
Page = Annotated[int, _Within(0, 999_999)]
"""From 0."""
Choice = Annotated[int, _Within(0, 99)]
"""A position in a list of choices; whether it is one that is offered is for `steps.advance` to say."""
Stars = Annotated[float, STARS]


class Thumb(StrEnum):
    """What a title on the titles page is set to."""

    UP = "up"
    DOWN = "down"
    OFF = "off"

    @property
    def next(self) -> "Thumb":
        """What the next tap sets: up, then down, then off."""
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


Callback = (
    OnboardingNav
    | AgeChosen
    | GenderChosen
    | OccupationChosen
    | OccupationPage
    | ProfileEdit
    | ToggleTitle
    | MoreTitles
    | TitlesDone
    | CardAction
    | PickTitle
    | RatingsPage
    | RatingEdit
    | SetStars
    | RemoveRating
    | WatchlistPage
    | WatchlistRemove
    | Undo
    | SettingToggle
    | ForgetConfirm
    | ForgetCancel
)

CODES: Mapping[str, type[Callback]] = {
    "on": OnboardingNav,
    "ag": AgeChosen,
    "ge": GenderChosen,
    "oc": OccupationChosen,
    "op": OccupationPage,
    "pe": ProfileEdit,
    "tt": ToggleTitle,
    "tm": MoreTitles,
    "td": TitlesDone,
    "ca": CardAction,
    "pt": PickTitle,
    "rp": RatingsPage,
    "re": RatingEdit,
    "rs": SetStars,
    "rr": RemoveRating,
    "wp": WatchlistPage,
    "wr": WatchlistRemove,
    "un": Undo,
    "se": SettingToggle,
    "fy": ForgetConfirm,
    "fn": ForgetCancel,
}
"""The code of each class; a code that was once sent is never given to another class under the same VERSION."""


@dataclass(frozen=True, slots=True)
class Stale:
    """A button from before an update of the bot.

    Attributes:
        version: of the format that it was made with.
    """

    version: int


@dataclass(frozen=True, slots=True)
class Malformed:
    """No button of ours says this."""


def pack(value: Callback) -> str:
    """The callback data of a button.

    Raises:
        ValueError: a field is out of its range, or the data is longer than 64 bytes.
    """
    fields = _FIELDS[type(value)]
    words = [codec.write(getattr(value, name)) for name, codec in fields.items()]
    data = ":".join([f"{VERSION}{_CODE_OF[type(value)]}", *words])
    if len(data.encode()) > MAX_BYTES:
        raise ValueError(f"callback data is at most {MAX_BYTES} bytes, not {len(data.encode())}: {data}")
    return data


def unpack(data: str) -> Callback | Stale | Malformed:
    """What a button says; data that no `pack` wrote is Malformed, and nothing raises."""
    head, *words = data.split(":")
    found = _HEAD.fullmatch(head)
    if found is None or len(data) > MAX_BYTES:
        return Malformed()
    if int(found[1]) != VERSION:
        return Stale(int(found[1]))
    kind = CODES.get(found[2])
    if kind is None or len(words) != len(_FIELDS[kind]):
        return Malformed()
    try:
        value = kind(*[codec.read(word) for codec, word in zip(_FIELDS[kind].values(), words, strict=True)])
        # A value has one spelling: neither "007" nor the digits of another script.
        return value if pack(value) == data else Malformed()
    except ValueError:
        return Malformed()


@dataclass(frozen=True, slots=True)
class _Number:
    """A whole number of a range; the empty word is None where that is allowed."""

    lowest: int
    highest: int
    optional: bool

    def write(self, value: object) -> str:
        if value is None and self.optional:
            return ""
        if type(value) is not int or not self.lowest <= value <= self.highest:
            raise ValueError(f"{value!r} is not a whole number from {self.lowest} to {self.highest}")
        return str(value)

    def read(self, word: str) -> Any:
        return None if self.optional and not word else int(word)


class _OneOf:
    """One of few values; the empty word is None where that is allowed."""

    def __init__(self, values: Iterable[object], optional: bool) -> None:
        self._words = {value: _word(value) for value in values}
        if optional:
            self._words[None] = ""
        self._values = {word: value for value, word in self._words.items()}

    def write(self, value: object) -> str:
        if value not in self._words:
            raise ValueError(f"{value!r} is none of {', '.join(map(str, self._words))}")
        return self._words[value]

    def read(self, word: str) -> Any:
        if word not in self._values:
            raise ValueError(f"{word!r} is no choice")
        return self._values[word]


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _codec(annotation: Any) -> _Number | _OneOf:
    """How a field with this annotation is written."""
    optional = get_origin(annotation) in (Union, UnionType)
    if optional:
        [annotation] = [one for one in get_args(annotation) if one is not NoneType]
    if annotation is bool:
        return _OneOf((False, True), optional)
    if get_origin(annotation) is Annotated:
        _, limits = get_args(annotation)
        return (
            _Number(limits.lowest, limits.highest, optional)
            if isinstance(limits, _Within)
            else _OneOf(limits, optional)
        )
    return _OneOf(get_args(annotation) if get_origin(annotation) is Literal else annotation, optional)


_HEAD = re.compile(r"([1-9][0-9]{0,3})([a-z]{2})")
_CODE_OF = {kind: code for code, kind in CODES.items()}
_FIELDS: Mapping[type, dict[str, _Number | _OneOf]] = {
    kind: {name: _codec(annotation) for name, annotation in get_type_hints(kind, include_extras=True).items()}
    for kind in CODES.values()
}
