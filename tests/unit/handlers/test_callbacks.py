"""Callback data: what is packed comes back, fits into 64 bytes, and whatever else comes is told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.callbacks import (
    CODES,
    STARS,
    Action,
    AgeChosen,
    AnnounceSend,
    Callback,
    CardAction,
    ForgetConfirm,
    GenderChosen,
    Malformed,
    OnboardingNav,
    PickTitle,
    Purpose,
    RatingsPage,
    SetStars,
    Setting,
    SettingToggle,
    Stale,
    Thumb,
    ToggleTitle,
    codec,
    pack,
    unpack,
)
from handlers.steps import QUESTIONS, Move, Step
from recsys.services.administration import Audience

FIELDS: dict[str, st.SearchStrategy[object]] = {
    "movie_id": st.integers(1, 2**63 - 1),
    "job_id": st.integers(1, 2**63 - 1),
    "audience": st.sampled_from(Audience),
    "page": st.integers(0, 999_999),
    "group": st.none() | st.integers(0, 99),
    "occupation": st.none() | st.integers(0, 99),
    "gender": st.sampled_from([None, "F", "M"]),
    "step": st.sampled_from(Step),
    "move": st.sampled_from(Move),
    "question": st.sampled_from(QUESTIONS),
    "thumb": st.sampled_from(Thumb),
    "action": st.sampled_from(Action),
    "purpose": st.sampled_from(Purpose),
    "setting": st.sampled_from(Setting),
    "on": st.booleans(),
}
ALL_STARS = st.sampled_from(STARS)


def values_of(kind: type[Callback]) -> st.SearchStrategy[Callback]:
    """All values of a class, over the whole range of its fields."""
    stars = {PickTitle: st.none() | ALL_STARS, SetStars: ALL_STARS}
    named = {name: stars[kind] if name == "stars" else FIELDS[name] for name in kind.__dataclass_fields__}
    return st.builds(kind, **named)


@pytest.mark.parametrize("kind", CODES.values(), ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_what_is_packed_comes_back(kind: type[Callback], data: st.DataObject) -> None:
    """Every value of every class survives the round trip, in at most 64 bytes and without a colon too many."""
    value = data.draw(values_of(kind))
    packed = pack(value)
    assert unpack(packed) == value
    assert type(unpack(packed)) is kind
    assert len(packed.encode()) <= 64


def test_every_class_of_callbacks_has_a_code() -> None:
    """A class that was forgotten in the table would be a button that cannot be made."""
    assert set(CODES.values()) == set(Callback.__args__)


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (OnboardingNav(Step.TITLES, Move.BACK), "1on:titles:back"),
        (AgeChosen(Step.AGE, 2), "1ag:age:2"),
        (GenderChosen(Step.READY, None), "1ge:ready:"),
        (ToggleTitle(2858, 0, Thumb.DOWN), "1tt:2858:0:down"),
        (CardAction(1, Action.MORE_LIKE_THIS), "1ca:1:more"),
        (PickTitle(7, Purpose.RATE, 3.5), "1pt:7:rate:3.5"),
        (PickTitle(7, Purpose.LOVE), "1pt:7:love:"),
        (SetStars(9, 4.0, 2), "1rs:9:4:2"),
        (SettingToggle(Setting.CONSENT, False), "1se:consent:off"),
        (ForgetConfirm(), "1fy"),
        (AnnounceSend(12, Audience.WEEK), "1as:12:7"),
    ],
)
def test_the_data_of_buttons_that_people_have_on_their_screens(value: Callback, data: str) -> None:
    """These stay as they are, or VERSION goes up: old buttons must never come to mean something else."""
    assert pack(value) == data
    assert unpack(data) == value


@pytest.mark.parametrize(("data", "version"), [("2ca:1:like", 2), ("9zz", 9), ("12xx:whatever", 12)])
def test_a_button_of_another_version_is_stale(data: str, version: int) -> None:
    """Data in the form of ours with another version is from before an update, or from after it."""
    assert unpack(data) == Stale(version)


@pytest.mark.parametrize(
    "data",
    [
        "",
        ":",
        "1",
        "1ca",
        "1ca:1",
        "1ca:1:like:",
        "1ca:0:like",
        "1ca:-5:like",
        "1ca:01:like",
        "1ca:+1:like",
        "1ca:1_0:like",
        "1ca: 1:like",
        "1ca:\N{ARABIC-INDIC DIGIT ONE}:like",
        "1ca:9223372036854775808:like",
        "1ca:1:destroy",
        "1ca::like",
        "1zz:1",
        "01ca:1:like",
        "1fy:",
        "1rs:9:5.5:0",
        "1rs:9:4.0:0",
        "1rs:9::0",
        "1pe:titles",
        "like_42",
        "1ca:" + "1" * 100,
    ],
)
def test_data_that_no_button_of_ours_says(data: str) -> None:
    """Crafted or damaged data is malformed, whatever is wrong with it."""
    assert unpack(data) == Malformed()


@given(st.text())
def test_no_text_raises(data: str) -> None:
    """Any text at all is a value, and what is understood is written just so."""
    value = unpack(data)
    if not isinstance(value, Stale | Malformed):
        assert pack(value) == data


@given(st.from_regex(r"1[a-z]{2}(:[a-z0-9.\-]{0,8}){0,4}", fullmatch=True))
def test_no_text_in_the_form_of_ours_raises(data: str) -> None:
    """Nor does what looks like our own data."""
    value = unpack(data)
    if not isinstance(value, Stale | Malformed):
        assert pack(value) == data


@pytest.mark.parametrize(
    "value",
    [
        CardAction(0, Action.LIKE),
        CardAction(2**63, Action.LIKE),
        CardAction(True, Action.LIKE),
        RatingsPage(-1),
        SetStars(1, 0.5, 0),
        SetStars(1, 3.3, 0),
        AgeChosen("nowhere", 1),  # type: ignore[arg-type]  # what a mistake of ours would be
        CardAction(None, Action.LIKE),  # type: ignore[arg-type]  # the same
    ],
)
def test_a_field_out_of_its_range_is_refused(value: Callback) -> None:
    """A mistake of ours is found where the button is made, not where it is tapped."""
    with pytest.raises(ValueError, match=r"\w"):
        pack(value)


def test_data_that_telegram_would_refuse_is_refused_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Telegram's limit is checked in bytes before the button is sent."""
    monkeypatch.setattr(codec, "MAX_BYTES", 10)
    assert pack(ForgetConfirm()) == "1fy"
    with pytest.raises(ValueError, match="at most 10 bytes, not 15"):
        pack(OnboardingNav(Step.TITLES, Move.BACK))


def test_a_thumb_goes_up_down_between_and_off() -> None:
    """Tapped again and again, a title is liked, disliked, neither of them, and left alone."""
    shown = [Thumb.OFF]
    for _ in range(4):
        shown.append(shown[-1].next)
    assert shown[1:] == [Thumb.UP, Thumb.DOWN, Thumb.SO_SO, Thumb.OFF]
