"""What `reelmate refresh model` prints about its outcome."""

from datetime import UTC, datetime

import pytest

from bot.cli.refresh import _report
from bot.releases.activation import Live, Refused
from storage.records import Release

RELEASE = Release("abc", "file:///abc", datetime(2026, 1, 2, tzinfo=UTC))
SOON = "; the bot that holds the index publishes it within seconds"


@pytest.mark.parametrize(
    ("outcome", "line", "is_trained"),
    [
        (Live(RELEASE), "release abc is active", True),
        (Live(RELEASE, published=False), f"release abc is active{SOON}", True),
        (
            Live(RELEASE, is_new=False, was_live=True),
            "nothing was trained: no data has changed since release abc, which is active",
            False,
        ),
        (
            Live(RELEASE, published=False, is_new=False),
            f"nothing was trained: no data has changed since release abc, which is active{SOON}",
            False,
        ),
    ],
)
def test_a_model_is_called_new_only_if_it_was_trained(outcome: Live, line: str, is_trained: bool) -> None:
    """The line for people and the document for programs say whether something was trained."""
    report = _report(outcome)
    assert (report.ok, report.line, report.details["trained"]) == (True, line, is_trained)


def test_a_refusal_is_its_reason() -> None:
    """Nothing else is reported."""
    report = _report(Refused("there is no release from before abc"))
    assert (report.ok, report.line, report.details) == (False, "there is no release from before abc", {})
