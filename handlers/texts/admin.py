"""Texts for admins: jobs and their progress, announcements, statistics, health, and the admins' command menu."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.i18n import MAX_CAPTION, Html, Label, Text, clipped, fitted, gettext, html, joined, ngettext
from handlers.texts import names
from recsys.services.administration import Audience, Health, Overview
from recsys.services.misunderstandings import Misunderstood
from recsys.services.probes import ProbeResult
from storage.records import DeliveryStatus, Job, JobStatus, Release

COMMANDS: Mapping[str, Label] = {
    "announce": Label("admins: write to everybody who wants messages"),
    "refresh": Label("admins: metadata, details, vectors, model or rollback"),
    "stats": Label("admins: how many people, ratings and thumbs"),
    "health": Label("admins: whether everything works"),
}
"""The commands that only admins have, in the order of the menu."""

HOW_TO_ANNOUNCE = Text("Write the text after the command, as it should look: <code>/announce There is news.</code>")
HOW_TO_REFRESH = Text(
    "<code>/refresh metadata</code> writes the catalogue in front of the database again,\n"
    "<code>/refresh details</code> reads posters, plots, people and where to watch from TMDB,\n"
    "<code>/refresh vectors</code> publishes the movies of the present model again,\n"
    "<code>/refresh model</code> trains a new one, which goes live if it is no worse;\n"
    "<code>/refresh model notify</code> tells those who want messages afterwards,\n"
    "<code>/refresh rollback</code> goes back to the last model that learned from nobody who has left."
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

DRAFT_GONE = Text("This announcement was not sent, and is deleted by now.")

TOAST_GONE = Label("That one is under way, done, thrown away or too old.")
TOAST_CANCELLING = Label("It ends as soon as it can.")

CHART_PEOPLE = Label("new people a day")
CHART_RATINGS = Label("ratings a day")

_JOBS = {
    "announcement": Label("Announcement"),
    "metadata": Label("Refresh of the metadata"),
    "details": Label("Refresh of the details"),
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
_SET_ASIDE = Label("set aside: Telegram takes messages to them later")
_MISUNDERSTOOD: Mapping[str, Label] = {
    Misunderstood.TEXT: Label("unclear texts"),
    Misunderstood.TITLE: Label("titles"),
    Misunderstood.DENIAL: Label("denials"),
    Misunderstood.ANSWER: Label("answers to questions"),
    Misunderstood.LANGUAGE: Label("other languages"),
    Misunderstood.DETAIL: Label("wishes without details"),
    Misunderstood.MESSAGE: Label("other messages"),
    Misunderstood.COMMAND: Label("commands"),
}
_RESULT_LETTERS = 500
_TOP_TITLE_LETTERS = 60


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The deliveries of an announcement.

    Attributes:
        counts: the number of deliveries by status.
        set_aside: how many recipients wait because Telegram's flood control limits messages to their chats.
        paused_until: when deliveries go on, if Telegram's flood control limits the bot; otherwise None.
    """

    counts: Mapping[DeliveryStatus, int]
    set_aside: int = 0
    paused_until: datetime | None = None


def announcement(text: str) -> Html:
    """Return an announcement as people get it.

    Args:
        text: the announcement in Telegram's HTML.
    """
    return joined("\n\n", [Html(text), FOOTER()])


def audience(recipients: int) -> Html:
    """Return the number of recipients, below the preview of an announcement."""
    if recipients == 0:
        return html(gettext("Nobody would get this. Announcements go to those who switched messages on."))
    return html(
        ngettext("{n} person would get this.", "{n} people would get this.", recipients),
        n=f"{recipients:,}",
    )


def starting(recipients: int) -> Html:
    """Return the message that an announcement is being sent."""
    return html(ngettext("Sending to {n} person.", "Sending to {n} people.", recipients), n=f"{recipients:,}")


def send_button(recipients: int) -> str:
    """Return the label of the button that sends an announcement."""
    return ngettext("Send to {n} person", "Send to {n} people", recipients).format(n=f"{recipients:,}")


def audience_button(audience: Audience, *, chosen: bool) -> str:
    """Return the label of an audience, with a mark if it is chosen."""
    return f"• {AUDIENCES[audience]()}" if chosen else AUDIENCES[audience]()


def job(job: Job, deliveries: Deliveries | None = None) -> Html:
    """Return the progress or the outcome of a job.

    Args:
        job: the job.
        deliveries: the deliveries, if the job is an announcement.
    """
    head = html(
        gettext("<b>{what} {number}</b>: {status}"),
        what=_JOBS[job.kind](),
        number=job.job_id,
        status=_STATUSES[job.status](),
    )
    lines: list[object] = [head]
    if deliveries is not None:
        lines += _deliveries(deliveries, is_open=job.is_open)
    elif job.is_open and job.stage:
        lines.append(html("{stage}, {share}", stage=job.stage, share=f"{job.share:.0%}"))
    if job.result:
        lines.append(clipped(job.result, _RESULT_LETTERS))
    return joined("\n", lines)


def movies_written(count: int) -> str:
    """Return the result of a refresh of the metadata."""
    return ngettext("{n} movie written.", "{n} movies written.", count).format(n=f"{count:,}")


def details_read(asked: int, found: int) -> str:
    """Return the result of a refresh of the details."""
    text = ngettext("{n} movie asked about, {found} found.", "{n} movies asked about, {found} found.", asked)
    return text.format(n=f"{asked:,}", found=f"{found:,}")


def how_to_refresh(words: str) -> Html:
    """Return what /refresh takes.

    Args:
        words: the words behind the command, which are none of its arguments; empty if there are none.
    """
    if not words:
        return HOW_TO_REFRESH()
    unknown = html(gettext("I don't know “{words}”, so nothing was refreshed."), words=names.quoted(words))
    return joined("\n\n", [unknown, HOW_TO_REFRESH()])


def live(release: Release, skipped: int = 0, *, is_new: bool = True, was_live: bool = False) -> str:
    """Return the message that a release is served.

    Args:
        release: the active release.
        skipped: the number of releases that a rollback passed over, because they learned from somebody who has left.
        is_new: whether the release was trained just now. If not, nothing that a training needs has changed since.
        was_live: whether the release was active before.
    """
    if not is_new:
        template = (
            gettext("Nothing was trained: no data has changed since release {version}, which stays live.")
            if was_live
            else gettext("Nothing was trained: no data has changed since release {version}, which is live now.")
        )
        return template.format(version=release.version)
    message = gettext("Release {version} is live.").format(version=release.version)
    if not skipped:
        return message
    reason = ngettext(
        "{n} release after it learned from somebody who has left, and was skipped.",
        "{n} releases after it learned from somebody who has left, and were skipped.",
        skipped,
    )
    return f"{message} {reason.format(n=skipped)}"


def requested(requested_job: Job, *, is_new: bool) -> Html:
    """Return the progress of a job that an admin asks for, with a line if it is open since an earlier request."""
    head = Html() if is_new else html(gettext("One at a time; this one was asked for before:"))
    return joined("\n", [head, job(requested_job)])


def stats(overview: Overview) -> Html:
    """Return the usage statistics, the caption of the chart."""
    statistics = overview.statistics
    week = statistics.days[-7:]
    share = gettext("none shown yet") if statistics.thumb_share is None else f"{statistics.thumb_share:.1%}"
    active = [
        html(ngettext("{people} in {days} day", "{people} in {days} days", days), people=f"{people:,}", days=days)
        for days, people in statistics.active.items()
    ]
    top = [
        html("{title} ({people})", title=clipped(liked.label, _TOP_TITLE_LETTERS), people=f"{liked.people:,}")
        for liked in statistics.top_titles
    ]
    misunderstood = [
        html("{kind} {n}", kind=_MISUNDERSTOOD[kind]() if kind in _MISUNDERSTOOD else kind, n=f"{messages:,}")
        for kind, messages in statistics.misunderstood.items()
    ]
    lines = [
        html("<b>{head}</b>", head=gettext("Statistics")),
        html(
            gettext("People: {people}, new in 7 days: {new}, want messages: {reachable}"),
            people=f"{statistics.people:,}",
            new=f"{sum(day.people for day in week):,}",
            reachable=f"{statistics.reachable:,}",
        ),
        html(gettext("Active: {people}"), people=joined(", ", active)) if active else Html(),
        html(
            gettext("Ratings: {ratings}, new in 7 days: {new}"),
            ratings=f"{statistics.ratings:,}",
            new=f"{sum(day.ratings for day in week):,}",
        ),
        html(
            gettext("Movies on cards: {shown}, of them with a thumb up: {share}"),
            shown=f"{statistics.shown:,}",
            share=share,
        ),
        html(
            gettext("Thumbs on cards: {up} up, {down} down"),
            up=f"{statistics.thumbs_up:,}",
            down=f"{statistics.thumbs_down:,}",
        ),
        html(gettext("Most liked: {titles}"), titles=joined(", ", top)) if top else Html(),
        html(
            gettext("Not understood in {days} days: {kinds}"),
            days=len(statistics.days),
            kinds=joined(", ", misunderstood) if misunderstood else gettext("nothing"),
        ),
        _release(overview.release, overview.left),
    ]
    return fitted(joined("\n", lines), MAX_CAPTION)


def health(health: Health) -> Html:
    """Return the state of each part of the bot, the release, and the last jobs."""
    probes = [_probe(probe) for probe in health.probes]
    jobs = [
        html(
            gettext("{what} {number}: {status}"),
            what=_JOBS[job.kind](),
            number=job.job_id,
            status=_STATUSES[job.status](),
        )
        for job in health.jobs
    ]
    release = _release(health.release, health.left)
    return joined("\n", [html("<b>{head}</b>", head=gettext("Health")), *probes, release, *jobs])


def health_without_database(probes: Sequence[ProbeResult]) -> Html:
    """Return the state of each part of the bot, for a command that the database did not take."""
    rest = html(gettext("The database did not take this command. The whole answer follows when it does."))
    return joined("\n", [html("<b>{head}</b>", head=gettext("Health")), *map(_probe, probes), rest])


def _probe(probe: ProbeResult) -> Html:
    if probe.problem:
        return html("❌ {name}: {problem}", name=probe.name, problem=clipped(probe.problem, _RESULT_LETTERS))
    return html("✅ {name}: {took} ms", name=probe.name, took=f"{probe.took_ms:.0f}")


def _release(release: Release | None, left: int) -> Html:
    """Return a line about the active release, and one about the people in it who have left, if there are any."""
    if release is None:
        return html(gettext("Model: none, so people get the popular list"))
    day = f"{release.created_at:%Y-%m-%d}"
    if release.validation_ndcg is None:
        line = html(gettext("Model: {version} of {day}"), version=release.version, day=day)
    else:
        ndcg = f"{release.validation_ndcg:.3f}"
        line = html(gettext("Model: {version} of {day}, NDCG@10 {ndcg}"), version=release.version, day=day, ndcg=ndcg)
    if not left:
        return line
    waiting = ngettext(
        "It learned from {n} person who has left; /refresh model leaves them out",
        "It learned from {n} people who have left; /refresh model leaves them out",
        left,
    )
    return joined("\n", [line, html(waiting, n=f"{left:,}")])


def _deliveries(deliveries: Deliveries, *, is_open: bool) -> list[Html]:
    counts = deliveries.counts
    total = sum(counts.values())
    ended = total - counts["waiting"] - counts["sending"]
    lines = []
    if is_open:
        lines.append(html(gettext("{ended} of {total} people"), ended=f"{ended:,}", total=f"{total:,}"))
    for status, label in _OUTCOMES.items():
        if counts[status] and not (is_open and status == "waiting"):
            lines.append(html("{n} {label}", n=f"{counts[status]:,}", label=label()))
    if is_open and deliveries.set_aside:
        lines.append(html("{n} {label}", n=f"{deliveries.set_aside:,}", label=_SET_ASIDE()))
    if is_open and deliveries.paused_until is not None:
        until = f"{deliveries.paused_until:%H:%M:%S}"
        lines.append(html(gettext("Telegram limits the bot: sending goes on at {until} UTC"), until=until))
    return lines
