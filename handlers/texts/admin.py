"""What admins read: jobs and how far they are, announcements before and after, statistics, health, and their menu."""

from collections.abc import Mapping

from handlers.i18n import Html, Label, Text, clipped, gettext, html, joined, ngettext
from recsys.services.administration import Audience, Health, Overview
from recsys.services.probes import ProbeResult
from storage.records import DeliveryStatus, Job, JobStatus, Release

COMMANDS: Mapping[str, Label] = {
    "announce": Label("admins: write to everybody who wants messages"),
    "refresh": Label("admins: metadata, vectors, model or rollback"),
    "stats": Label("admins: how many people, ratings and thumbs"),
    "health": Label("admins: whether everything works"),
}
"""What admins have in addition to everybody's commands."""

HOW_TO_ANNOUNCE = Text("Write the text behind the command, as it shall look: <code>/announce There is news.</code>")
HOW_TO_REFRESH = Text(
    "<code>/refresh metadata</code> writes the catalogue in front of the database again,\n"
    "<code>/refresh vectors</code> publishes the movies of the present model again,\n"
    "<code>/refresh model</code> trains a new one, which goes live if it is no worse;\n"
    "<code>/refresh model notify</code> tells those who want messages afterwards,\n"
    "<code>/refresh rollback</code> goes back to the model before."
)
TOO_LONG = Text("That is too long for one message. 4,000 characters are what an announcement can have.")
NO_WORKER = Text("No worker is there at the moment. It begins as soon as <code>reelmate worker</code> is started.")
NO_RELEASE = Text("There is no model to go back from.")
FOOTER = Text("<i>You get this because messages are on in /settings, which also switches them off.</i>")
FRESH_PICKS = Text(
    "There are fresh picks for you. Here is the first; /settings switches such messages off, and /recommend has more."
)

AUDIENCES = {
    Audience.EVERYBODY: Label("All"),
    Audience.MONTH: Label("Active in 30 days"),
    Audience.WEEK: Label("Active in 7 days"),
}
THROW_AWAY = Label("Throw it away")
CANCEL = Label("Cancel")

PUBLISHED_SOON = Label("The running bots publish them within seconds.")

TOAST_GONE = Label("That one is under way, done or thrown away already.")
TOAST_CANCELLING = Label("It ends as soon as it can.")

CHART_PEOPLE = Label("new people a day")
CHART_RATINGS = Label("ratings a day")

_JOBS = {
    "announcement": Label("Announcement"),
    "metadata": Label("Refresh of the metadata"),
    "vectors": Label("Refresh of the vectors"),
    "model": Label("Refresh of the model"),
    "rollback": Label("Return to the model before"),
}
_STATUSES: Mapping[JobStatus, Label] = {
    "draft": Label("not sent"),
    "waiting": Label("waiting for a worker"),
    "running": Label("under way"),
    "done": Label("done"),
    "failed": Label("failed"),
    "cancelled": Label("cancelled"),
}
_OUTCOMES: Mapping[DeliveryStatus, Label] = {
    "sent": Label("sent"),
    "blocked": Label("have blocked the bot"),
    "failed": Label("refused by Telegram"),
    "uncertain": Label("uncertain: sent or not, and not sent again"),
    "declined": Label("do not want it any more"),
    "waiting": Label("not sent"),
}
_RESULT_LETTERS = 500


def announcement(text: str) -> Html:
    """An announcement as people get it.

    Args:
        text: Telegram's HTML.
    """
    return joined("\n\n", [Html(text), FOOTER()])


def audience(recipients: int) -> Html:
    """Below the preview: how many would get it."""
    if recipients == 0:
        return html(gettext("Nobody would get this. Announcements go to those who switched messages on."))
    return html(
        ngettext("{n} person would get this.", "{n} people would get this.", recipients),
        n=f"{recipients:,}",
    )


def starting(recipients: int) -> Html:
    """An announcement is confirmed."""
    return html(ngettext("Sending to {n} person.", "Sending to {n} people.", recipients), n=f"{recipients:,}")


def send_button(recipients: int) -> str:
    """Confirms an announcement."""
    return ngettext("Send to {n} person", "Send to {n} people", recipients).format(n=f"{recipients:,}")


def audience_button(which: Audience, *, chosen: bool) -> str:
    """One of the audiences, marked where it is the one that is chosen."""
    return f"• {AUDIENCES[which]()}" if chosen else AUDIENCES[which]()


def job(one: Job, counts: Mapping[DeliveryStatus, int] | None = None) -> Html:
    """How far a job is, or how it ended.

    Args:
        one: the job.
        counts: of an announcement: how many deliveries have come to what.
    """
    head = html(
        gettext("<b>{what} {number}</b>: {status}"),
        what=_JOBS[one.kind](),
        number=one.job_id,
        status=_STATUSES[one.status](),
    )
    lines: list[object] = [head]
    if counts is not None:
        lines += _delivered(counts, is_open=one.is_open)
    elif one.is_open and one.stage:
        lines.append(html("{stage}, {share}", stage=one.stage, share=f"{one.share:.0%}"))
    if one.result:
        lines.append(clipped(one.result, _RESULT_LETTERS))
    return joined("\n", lines)


def movies_written(count: int) -> str:
    """A refresh of the metadata is done."""
    return ngettext("{n} movie written.", "{n} movies written.", count).format(n=f"{count:,}")


def live(release: Release) -> str:
    """Another model is served."""
    return gettext("Release {version} is live.").format(version=release.version)


def busy(one: Job) -> Html:
    """Another refresh was asked for before."""
    return joined("\n", [html(gettext("One at a time; this one was asked for before:")), job(one)])


def stats(overview: Overview) -> Html:
    """How the bot is used, above or below its chart."""
    found = overview.statistics
    week = found.days[-7:]
    share = gettext("none shown yet") if found.thumb_share is None else f"{found.thumb_share:.1%}"
    lines = [
        html("<b>{head}</b>", head=gettext("Statistics")),
        html(
            gettext("People: {people}, new in 7 days: {new}, want messages: {reachable}"),
            people=f"{found.people:,}",
            new=f"{sum(day.people for day in week):,}",
            reachable=f"{found.reachable:,}",
        ),
        html(
            gettext("Ratings: {ratings}, new in 7 days: {new}"),
            ratings=f"{found.ratings:,}",
            new=f"{sum(day.ratings for day in week):,}",
        ),
        html(
            gettext("Movies on cards: {shown}, of them with a thumb up: {share}"), shown=f"{found.shown:,}", share=share
        ),
        _release(overview.release),
    ]
    return joined("\n", lines)


def health(found: Health) -> Html:
    """Whether everything works, and what was done last."""
    parts = [_part(one) for one in found.probes]
    jobs = [
        html(
            gettext("{what} {number}: {status}"),
            what=_JOBS[one.kind](),
            number=one.job_id,
            status=_STATUSES[one.status](),
        )
        for one in found.jobs
    ]
    return joined("\n", [html("<b>{head}</b>", head=gettext("Health")), *parts, _release(found.release), *jobs])


def _part(one: ProbeResult) -> Html:
    if one.problem:
        return html("❌ {name}: {problem}", name=one.name, problem=clipped(one.problem, _RESULT_LETTERS))
    return html("✅ {name}: {took} ms", name=one.name, took=f"{one.took_ms:.0f}")


def _release(one: Release | None) -> Html:
    if one is None:
        return html(gettext("Model: none, so people get the popular list"))
    day = f"{one.created_at:%Y-%m-%d}"
    if one.validation_ndcg is None:
        return html(gettext("Model: {version} of {day}"), version=one.version, day=day)
    ndcg = f"{one.validation_ndcg:.3f}"
    return html(gettext("Model: {version} of {day}, NDCG@10 {ndcg}"), version=one.version, day=day, ndcg=ndcg)


def _delivered(counts: Mapping[DeliveryStatus, int], *, is_open: bool) -> list[Html]:
    total = sum(counts.values())
    ended = total - counts["waiting"] - counts["sending"]
    lines = []
    if is_open:
        lines.append(html(gettext("{ended} of {total} people"), ended=f"{ended:,}", total=f"{total:,}"))
    for status, what in _OUTCOMES.items():
        if counts[status] and not (is_open and status == "waiting"):
            lines.append(html("{n} {what}", n=f"{counts[status]:,}", what=what()))
    return lines
