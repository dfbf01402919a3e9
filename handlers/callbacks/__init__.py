"""What a button says when it is tapped: typed values <-> Telegram's callback data of at most 64 bytes.

    AgeChosen(Step.AGE, group=2)  <->  "1ag:age:2"

The data is the version of this format, a short code for the class, and its fields. It never holds a person: who
tapped is what Telegram says, so no crafted data reaches another person's ratings. A toggle carries what it sets and not
that it switches, so that the same tap twice, or two replicas at once, end at the same state.

- `buttons` are the classes, `fields` the ranges of what is in them
- `codec` gives each class its code, and packs and unpacks
"""

from handlers.callbacks.buttons import (
    Action,
    AgeChosen,
    AnnounceAudience,
    AnnounceSend,
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
)
from handlers.callbacks.codec import (
    CODES,
    MAX_BYTES,
    VERSION,
    Callback,
    Malformed,
    Stale,
    pack,
    unpack,
)
from handlers.callbacks.fields import STARS

__all__ = [
    "CODES",
    "MAX_BYTES",
    "STARS",
    "VERSION",
    "Action",
    "AgeChosen",
    "AnnounceAudience",
    "AnnounceSend",
    "Callback",
    "CancelJob",
    "CardAction",
    "ForgetCancel",
    "ForgetConfirm",
    "GenderChosen",
    "Malformed",
    "MoreTitles",
    "OccupationChosen",
    "OccupationPage",
    "OnboardingNav",
    "PickTitle",
    "ProfileEdit",
    "Purpose",
    "RatingEdit",
    "RatingsPage",
    "RemoveRating",
    "SetStars",
    "Setting",
    "SettingToggle",
    "Stale",
    "Thumb",
    "TitlesDone",
    "ToggleTitle",
    "Undo",
    "WatchlistPage",
    "WatchlistRemove",
    "pack",
    "unpack",
]
