"""`reelmate check`."""

import asyncio
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from bot.cli.exit_status import FAILED, one_line_errors
from bot.cli.options import JsonOption
from bot.reporting import print_result, result_console
from bot.runtime import serve_with_one_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.health import Finding

EXAMPLE = "reelmate check"

_LABELS = {"ok": ("ok    ", "green"), "unset": ("--    ", "dim"), "wrong": ("wrong ", "red")}


def command(as_json: JsonOption = False) -> None:
    """Report for every setting and service whether it works, and what to do if not.

    Optional settings that are not set do not count as a failure.
    """
    with one_line_errors():
        serve_with_one_thread()
        from bot import health
        from bot.settings import load_settings

        findings = asyncio.run(health.check(load_settings()))
        ok = all(finding.status is not health.Status.WRONG for finding in findings)
        if as_json:
            print_result({"ok": ok, "checks": [finding.to_dict() for finding in findings]}, as_json)
        else:
            _print_findings(findings)
    if not ok:
        raise typer.Exit(FAILED)


def _print_findings(findings: "Sequence[Finding]") -> None:
    """Print one line for each setting: its status, its value, the detail, and the remedy if there is one."""
    console = result_console()
    for finding in findings:
        shown = "  ".join(filter(None, (finding.value, finding.detail)))
        remedy = f": {finding.remedy}" if finding.remedy else ""
        line = Text.assemble(_LABELS[finding.status], f"{finding.setting:<14} {shown}{remedy}")
        console.print(line, soft_wrap=True)
