"""Callback data: the round trip, the limit of 64 bytes, and data that no button of the bot has."""

from dataclasses import fields
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.callbacks import CODES, CallbackData, Malformed, Stale, codec, pack, unpack
from handlers.callbacks.buttons import (
    Action,
    AgeChosen,
    AnnounceSend,
    CardAction,
    ForgetConfirm,
    GenderChosen,
    OnboardingNav,
    PickTitle,
    Purpose,
    RatingsPage,
    SearchPage,
    SetStars,
    Setting,
    SettingToggle,
    ShowDetails,
    Thumb,
    ToggleTitle,
)
from handlers.callbacks.fields import UpTo, Within
from handlers.routes import BUTTONS
from handlers.steps import Move, Step
from recsys.services.administration import Audience


def field_values(annotation: Any) -> st.SearchStrategy[Any]:
    """All values of a field with this annotation."""
    if get_origin(annotation) in (Union, UnionType):
        return st.one_of(*map(field_values, get_args(annotation)))
    if annotation is NoneType:
        return st.none()
    if get_origin(annotation) is Annotated:
        _, allowed = get_args(annotation)
        if isinstance(allowed, Within):
            return st.integers(allowed.lowest, allowed.highest)
        if isinstance(allowed, UpTo):
            words = st.text(st.characters(codec="utf-8")).map(lambda text: " ".join(text.replace(":", " ").split()))
            return words.filter(lambda text: 0 < len(text.encode()) <= allowed.longest)
        return st.sampled_from(allowed)
    return st.from_type(annotation)


def values_of(kind: type[CallbackData]) -> st.SearchStrategy[CallbackData]:
    """All values of a button class, over the whole range of its fields."""
    return st.builds(kind, **{field.name: field_values(field.type) for field in fields(kind)})


@pytest.mark.parametrize("kind", CODES.values(), ids=lambda kind: kind.__name__)
@settings(deadline=None)
@given(data=st.data())
def test_what_is_packed_comes_back(kind: type[CallbackData], data: st.DataObject) -> None:
    """Every value of every class survives the round trip, in at most 64 bytes."""
    value = data.draw(values_of(kind))
    packed = pack(value)
    assert unpack(packed) == value
    assert type(unpack(packed)) is kind
    assert len(packed.encode()) <= 64


def test_every_button_has_a_handler() -> None:
    """A button class that is missing in the routes would raise when it is tapped."""
    assert set(BUTTONS) == set(CODES.values())


@pytest.mark.parametrize("code", ["on", "x", "XY", "abc"])
def test_a_code_that_is_taken_or_malformed_is_refused(code: str) -> None:
    """Two classes with one code would read each other's data."""
    with pytest.raises(ValueError, match="a code of two letters that is not taken"):
        type("Another", (CallbackData,), {}, code=code)
    assert CODES["on"] is OnboardingNav


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (OnboardingNav(Step.TITLES, Move.BACK), "1on:titles:back"),
        (AgeChosen(Step.AGE, 2), "1ag:age:2"),
        (GenderChosen(Step.READY, None), "1ge:ready:"),
        (ToggleTitle(2858, 0, Thumb.DOWN), "1tt:2858:0:down"),
        (CardAction(1, Action.MORE_LIKE_THIS), "1ca:1:more"),
        (PickTitle(7, Purpose.RATE, 3.5), "1pt:7:rate:3.5"),
        (PickTitle(7, Purpose.ASK), "1pt:7:ask:"),
        (SetStars(9, 4.0, 2), "1rs:9:4:2"),
        (SettingToggle(Setting.CONSENT, False), "1se:consent:off"),
        (ForgetConfirm(), "1fy"),
        (ShowDetails(30), "1in:30"),
        (SearchPage("al pacino", 2), "1sp:al pacino:2"),
        (SearchPage("чужой", 0), "1sp:чужой:0"),
        (AnnounceSend(12, Audience.WEEK), "1as:12:7"),
    ],
)
def test_the_data_of_buttons_that_people_have_on_their_screens(value: CallbackData, data: str) -> None:
    """This data changes only together with VERSION, so that an old button never means something else."""
    assert pack(value) == data
    assert unpack(data) == value


@pytest.mark.parametrize(("data", "version"), [("2ca:1:like", 2), ("9zz", 9), ("12xx:whatever", 12)])
def test_a_button_of_another_version_is_stale(data: str, version: int) -> None:
    """Well-formed data of another version comes from an older or a newer bot."""
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
        "1sp::0",
        "1sp: a:0",
        "1sp:a  b:0",
        "1sp:a:b:0",
        "1sp:\ud800:0",
        "1sp:" + "x" * 49 + ":0",
        "like_42",
        "1ca:" + "1" * 100,
    ],
)
def test_data_that_no_button_has_is_malformed(data: str) -> None:
    """Crafted or damaged data is malformed."""
    assert unpack(data) == Malformed()


@given(st.text())
def test_no_text_raises(data: str) -> None:
    """Any text is unpacked to a value, and a button packs to that same text again."""
    value = unpack(data)
    if not isinstance(value, Stale | Malformed):
        assert pack(value) == data


@given(st.from_regex(r"1[a-z]{2}(:[a-z0-9.\-]{0,8}){0,4}", fullmatch=True))
def test_no_well_formed_text_raises(data: str) -> None:
    """The same holds for text that looks like callback data."""
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
        SearchPage("", 0),
        SearchPage("a:b", 0),
        SearchPage("\ud800", 0),
        SearchPage("я" * 25, 0),
        AgeChosen("nowhere", 1),  # type: ignore[arg-type]  # a mistake in our own code
        CardAction(None, Action.LIKE),  # type: ignore[arg-type]  # the same
    ],
)
def test_a_field_out_of_its_range_is_refused(value: CallbackData) -> None:
    """A mistake in our own code is found when the button is made, not when it is tapped."""
    with pytest.raises(ValueError, match=r"\w"):
        pack(value)


def test_data_that_telegram_would_refuse_is_refused_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of the Bot API is checked in bytes before the button is sent."""
    monkeypatch.setattr(codec, "MAX_BYTES", 10)
    assert pack(ForgetConfirm()) == "1fy"
    with pytest.raises(ValueError, match="at most 10 bytes, not 15"):
        pack(OnboardingNav(Step.TITLES, Move.BACK))


def test_taps_cycle_through_the_thumbs() -> None:
    """Repeated taps set a title to liked, disliked, so-so and off."""
    shown = [Thumb.OFF]
    for _ in range(4):
        shown.append(shown[-1].next)
    assert shown[1:] == [Thumb.UP, Thumb.DOWN, Thumb.SO_SO, Thumb.OFF]
