"""Progress and summaries on the command line."""

import pytest

from bot import reporting


def test_progress_without_a_terminal_is_one_line_at_each_end_of_a_stage(capsys: pytest.CaptureFixture[str]) -> None:
    """The lines go to standard error, and standard output stays empty."""
    with reporting.stage_progress() as progress:
        for share in (0.0, 0.4, 1.0, 1.0):
            progress("ratings", share)
    printed = capsys.readouterr()
    assert printed.out == ""
    begin, end = printed.err.splitlines()
    assert begin == "ratings ..."
    assert end.startswith("ratings: done in ")


def test_a_summary_has_a_line_for_each_value(capsys: pytest.CaptureFixture[str]) -> None:
    """Underscores become blanks, and square brackets are not markup."""
    reporting.print_summary(
        {"dataset": {"name": "[mine]", "skipped_rows": 0, "starter": False}, "database": "up to date"}
    )
    assert capsys.readouterr().out.splitlines() == [
        "dataset:",
        "  name            [mine]",
        "  skipped rows    0",
        "  starter         no",
        "database: up to date",
    ]


def test_without_a_terminal_a_long_stage_has_a_line_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    """Between the lines of its begin and its end, a stage shows its share once a minute."""
    now = 0.0
    progress = reporting._PlainProgress(lambda: now)
    for second in range(200):
        now = float(second)
        progress("training", second / 200)
    progress("training", 1.0)
    progress("training", 1.0)
    assert capsys.readouterr().err.splitlines() == [
        "training ...",
        "training: 30% after 60 s",
        "training: 60% after 120 s",
        "training: 90% after 180 s",
        "training: done in 199.0 s",
    ]
