"""Texts for admins: jobs and their outcomes, and statistics."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from handlers.i18n import utf16_length
from handlers.texts import admin
from recsys.services.administration import ACTIVE_DAYS, Health, Overview
from recsys.services.misunderstandings import Misunderstood
from storage.records import DELIVERY_STATUSES, DeliveryStatus, Release
from storage.statistics import DailyCounts, LikedTitle, Statistics
from tests.unit.handlers.test_texts import NASTY, job, shown


@pytest.mark.parametrize(
    ("left", "line"),
    [
        (0, []),
        (1, ["It learned from 1 person who has left; /refresh model leaves them out"]),
        (1_234, ["It learned from 1,234 people who have left; /refresh model leaves them out"]),
    ],
)
def test_admins_see_how_many_people_a_refresh_would_leave_out(left: int, line: list[str]) -> None:
    """The line follows that of the model in /health."""
    release = Release("abc", "file:///abc", datetime(2026, 1, 2, tzinfo=UTC), 0.25)
    lines = shown(admin.health(Health((), release, (), left))).splitlines()
    assert lines == ["Health", "Model: abc of 2026-01-02, NDCG@10 0.250", *line]


def test_a_rollback_says_how_many_releases_it_skipped() -> None:
    """A rollback to the release before, and any other activation, skips none."""
    release = Release("abc", "file:///abc", datetime(2026, 1, 2, tzinfo=UTC))
    assert admin.live(release, 0) == "Release abc is live."
    skipped = "learned from somebody who has left, and w"
    assert admin.live(release, 1) == f"Release abc is live. 1 release after it {skipped}as skipped."
    assert admin.live(release, 2) == f"Release abc is live. 2 releases after it {skipped}ere skipped."


@pytest.mark.parametrize(("was_live", "what"), [(True, "stays live"), (False, "is live now")])
def test_a_release_that_was_not_trained_just_now_is_not_called_new(was_live: bool, what: str) -> None:
    """The message says that nothing was trained, and whether another model answers now."""
    release = Release("abc", "file:///abc", datetime(2026, 1, 2, tzinfo=UTC))
    expected = f"Nothing was trained: no data has changed since release abc, which {what}."
    assert admin.live(release, is_new=False, was_live=was_live) == expected


def test_the_statistics_fit_the_caption_of_the_chart() -> None:
    """Also with long titles, every kind of misunderstanding and large numbers."""
    many = Statistics(
        people=10**6,
        active=dict.fromkeys(ACTIVE_DAYS, 10**6),
        reachable=10**6,
        ratings=10**6,
        shown=10**6,
        thumbs_up=10**6,
        thumbs_down=10**6,
        top_titles=(LikedTitle(NASTY.label, 10**6),) * 5,
        misunderstood=dict.fromkeys(Misunderstood, 10**6),
        days=(DailyCounts(date(2026, 1, 1), 10**6, 10**6),) * 30,
    )
    release = Release("a" * 16, "file:///abc", datetime(2026, 1, 2, tzinfo=UTC), 0.25)
    assert utf16_length(shown(admin.stats(Overview(many, release, 10**6)))) <= 1024
    nothing = Statistics(0, {}, 0, 0, 0, 0, 0, (), {}, (DailyCounts(date(2026, 1, 1), 0, 0),))
    assert shown(admin.stats(Overview(nothing, None, 0))).splitlines()[-2:] == [
        "Not understood in 1 days: nothing",
        "Model: none, so people get the popular list",
    ]


def test_a_job_shows_its_progress_and_its_outcome() -> None:
    """A refresh shows its stage, an announcement its deliveries. Statuses without deliveries are left out."""
    assert shown(admin.job(job("training", "running"))) == "Refresh of the model 3: under way\ntraining, 50%\ntraining"
    nothing: dict[DeliveryStatus, int] = dict.fromkeys(DELIVERY_STATUSES, 0)
    announcement = replace(job("", "running"), kind="announcement")
    some = nothing | {"waiting": 1_000, "sending": 8, "sent": 990, "blocked": 2}
    assert shown(admin.job(announcement, admin.Deliveries(some))) == (
        "Announcement 3: under way\n992 of 2,000 people\n990 sent\n2 have blocked the bot"
    )
    limited = admin.Deliveries(some, 3, datetime(2026, 1, 1, 17, 4, 5, tzinfo=UTC))
    assert shown(admin.job(announcement, limited)).splitlines()[-2:] == [
        "3 set aside: Telegram takes messages to them later",
        "Telegram limits the bot: sending goes on at 17:04:05 UTC",
    ]
    ended = replace(announcement, status="cancelled")
    assert shown(admin.job(ended, replace(limited, counts=nothing | {"waiting": 5, "uncertain": 1}))) == (
        "Announcement 3: cancelled\n1 uncertain: sent or not, and not sent again\n5 not sent"
    )
