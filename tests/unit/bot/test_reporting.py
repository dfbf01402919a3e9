"""Progress and summaries on the command line."""

import logging
import sys

import pytest

from bot import reporting
from storage.errors import Unavailable


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


@pytest.mark.parametrize(("error", "lines"), [(Unavailable("it is away"), 2), (ZeroDivisionError("a defect"), 5)])
def test_an_error_of_a_service_is_logged_without_a_traceback(error: Exception, lines: int) -> None:
    """Any other error is a defect of the program and keeps its traceback."""
    try:
        raise error
    except type(error):
        record = logging.LogRecord("bot", logging.ERROR, "", 0, "a release cannot be served", (), sys.exc_info())
    shown = reporting.BriefErrors().format(record).splitlines()
    assert (shown[0], str(error) in shown[-1]) == ("a release cannot be served", True)
    assert len(shown) == lines
