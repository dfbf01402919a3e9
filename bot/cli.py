"""The command line: a command reads its options, makes one call and shows the result.

Heavy libraries are imported inside the commands: `reelmate --help` answers at once, and the environment of the
numerical libraries, which they read only once, is set before.
"""

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bot import inputs
from bot import reporting as render
from bot.options import (
    AnewOption,
    DataOption,
    DetailsOption,
    EpochsOption,
    JsonOption,
    LogLevel,
    LogLevelOption,
    Objective,
    ObjectiveOption,
    PlotOption,
    SeedOption,
    SkipOption,
    StarterOption,
)
from bot.reporting import note, stage_progress
from bot.runtime import FAILED, begin_without_garbage, one_line_errors, serve_with_one_thread, tell_mkl_of_avx2

if TYPE_CHECKING:
    from bot.settings import Settings

app = typer.Typer(
    name="reelmate",
    help="Learns a person's taste from a dozen answers and finds their next movie.",
    epilog="First steps: reelmate prepare; then reelmate recommend --rate 'Toy Story (1995)=5'.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command line: the entry point of `reelmate` and of `python -m bot`."""
    tell_mkl_of_avx2()
    # Paddle turns every library's chatter on; what a person should know is shown by the commands themselves.
    logging.disable(logging.INFO)
    app()


@app.command("import", epilog="Example: reelmate import --data ml-1m --details movies_extrainfos.dat")
def import_(
    data: DataOption = None,
    starter: StarterOption = False,
    details: DetailsOption = None,
    skip_bad_rows: SkipOption = False,
    as_json: JsonOption = False,
) -> None:
    """Read a data set, keep a copy for training, and fill the catalogue.

    Without --data or --starter MovieLens 1M is downloaded; where that fails, the starter set is used.
    """
    with one_line_errors():
        source = inputs.Source(data, starter, details, skip_bad_rows)
        settings = _settings()
        from bot.releases import pipeline

        with stage_progress() as progress:
            dataset = pipeline.read_source(source, settings, progress, note)
            asyncio.run(pipeline.import_dataset(dataset, settings, progress))
        render.show({"dataset": pipeline.dataset_summary(dataset)}, as_json)


@app.command(epilog="Example: reelmate train --data ml-1m --out my-release --seed 1")
def train(
    data: DataOption = None,
    starter: StarterOption = False,
    details: DetailsOption = None,
    skip_bad_rows: SkipOption = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FOLDER", help="The release folder to write.", show_default="one in MODELS_URL"),
    ] = None,
    seed: SeedOption = 0,
    epochs: EpochsOption = None,
    objective: ObjectiveOption = Objective.SOFTMAX,
    anew: AnewOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train the towers and write one release folder.

    Without --data or --starter on what `reelmate import` read last.
    """
    with one_line_errors():
        source = inputs.Source(data, starter, details, skip_bad_rows)
        settings = _settings()
        from bot.releases import pipeline

        with stage_progress() as progress:
            dataset = pipeline.read_or_load(source, settings, progress, note)
            options = pipeline.training_options(seed, epochs, objective.value)
            release = pipeline.train(dataset, settings, options, out, progress, note, anew=anew)
        render.show({"release": pipeline.release_summary(release)}, as_json)


@app.command(epilog="Example: reelmate index my-release")
def index(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[FOLDER]", help="A release folder.", show_default="the newest in MODELS_URL"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Publish a release's movie vectors and make it the one that is served."""
    with one_line_errors():
        serve_with_one_thread()
        settings = _settings()
        from bot.releases import pipeline

        with stage_progress() as progress:
            release = pipeline.find_release(folder, settings)
            asyncio.run(pipeline.index_release(release, settings, progress))
        render.show({"release": pipeline.release_summary(release)}, as_json)


@app.command(epilog="Example: reelmate prepare --data ml-1m --details movies_extrainfos.dat")
def prepare(
    data: DataOption = None,
    starter: StarterOption = False,
    details: DetailsOption = None,
    skip_bad_rows: SkipOption = False,
    seed: SeedOption = 0,
    epochs: EpochsOption = None,
    anew: AnewOption = False,
    as_json: JsonOption = False,
) -> None:
    """Import, train and index in one go: afterwards `reelmate recommend` works.

    Without --data or --starter MovieLens 1M is downloaded; where that fails, the starter set is used.
    """
    with one_line_errors():
        source = inputs.Source(data, starter, details, skip_bad_rows)
        settings = _settings()
        from bot.releases import pipeline

        with stage_progress() as progress:
            options = pipeline.training_options(seed, epochs)
            document = pipeline.prepare(source, settings, options, progress, note, anew=anew)
        render.show(document, as_json)


@app.command(epilog="Example: reelmate demo --data ml-1m")
def demo(
    data: DataOption = None,
    starter: StarterOption = False,
    details: DetailsOption = None,
    skip_bad_rows: SkipOption = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Of the page; 0 takes a free one.")] = 8000,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address and open nothing.")] = False,
) -> None:
    """Try the bot in a chat page in your browser: no account, no token, and the page is for this machine alone.

    A data set that is named is prepared. Without one, what was prepared last is used; where nothing was, MovieLens 1M
    is downloaded and prepared, or else the starter set.
    """
    with one_line_errors():
        source = inputs.Source(data, starter, details, skip_bad_rows)
        settings = _settings()
        from bot.process import demo as chat

        chat.check(settings, port)
        if source != inputs.Source() or not asyncio.run(chat.is_prepared(settings)):
            from bot.releases import pipeline

            with stage_progress() as progress:
                pipeline.prepare(source, settings, pipeline.training_options(), progress, note)
        asyncio.run(chat.demo(settings, port, open_browser=not no_browser))


@app.command(
    epilog="Example: reelmate recommend --gender F --age 28 --occupation programmer "
    "--rate 'Toy Story (1995)=5' --rate 'Alien=2' --rate 2858=4"
)
def recommend(
    gender: Annotated[str | None, typer.Option("--gender", metavar="F|M")] = None,
    age: Annotated[str | None, typer.Option("--age", metavar="YEARS", help="13 to 120.")] = None,
    occupation: Annotated[
        str | None, typer.Option("--occupation", metavar="CODE|WORD", help='0 to 20, or a word such as "engineer".')
    ] = None,
    rate: Annotated[
        list[str] | None,
        typer.Option(
            "--rate", metavar="TITLE=STARS", help="A title or movie id and 1 to 5 stars; may be given many times."
        ),
    ] = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=100, help="How many movies.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Find movies for a person; everything about them is optional."""
    with one_line_errors():
        person = inputs.person(gender, age, occupation)
        serve_with_one_thread()
        settings = _settings()
        from bot import picks

        found = asyncio.run(picks.recommend(settings, person, rate or [], count))
        if as_json:
            render.show(found.to_dict(), as_json)
        else:
            render.print_picks(found)


@app.command(epilog="Example: reelmate evaluate --data ml-1m --seeds 3 --plot newcomers.png")
def evaluate(
    data: DataOption = None,
    starter: StarterOption = False,
    details: DetailsOption = None,
    lists: Annotated[bool, typer.Option("--lists", help="Measure how varied and how popular lists are.")] = False,
    wishes: Annotated[bool, typer.Option("--wishes", help="Measure whether wishes in words are obeyed.")] = False,
    reasons: Annotated[bool, typer.Option("--reasons", help="Measure whether reasons and thumbs hold.")] = False,
    new_titles: Annotated[bool, typer.Option("--new-titles", help="Measure titles kept from the training.")] = False,
    interview: Annotated[bool, typer.Option("--interview", help="Measure what pages of titles tell.")] = False,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many splits, each with a model of its own.")] = 1,
    epochs: EpochsOption = None,
    plot: PlotOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure how well newcomers are served after 0 to 20 answers, next to other models, or one thing more closely.

    Without --data or --starter on what `reelmate import` read last.
    """
    with one_line_errors():
        inputs.check_evaluation(plot)
        flags = {"lists": lists, "wishes": wishes, "reasons": reasons, "new-titles": new_titles, "interview": interview}
        name = inputs.one_topic(flags)
        source = inputs.Source(data, starter, details)
        settings = _settings()
        from bot import evaluation
        from bot.releases import pipeline

        topic = evaluation.TOPICS[name]
        if plot is not None and topic.draw is None:
            raise inputs.BadInput(f"--plot: there is no picture of --{name}")
        with stage_progress() as progress:
            dataset = pipeline.read_or_load(source, settings, progress, note)
            options = pipeline.training_options(0, epochs)
            report = topic.report(evaluation.study(dataset, seeds, options, settings, progress))
        if plot is not None and topic.draw is not None:
            topic.draw(report, plot)
        if as_json:
            render.show(report.to_dict(), as_json)
        else:
            topic.show(report)


@app.command(epilog="Example: reelmate refresh model; and if people like it less: reelmate refresh --rollback")
def refresh(
    what: Annotated[
        Literal["metadata", "vectors", "model"] | None, typer.Argument(help="What is to be refreshed.")
    ] = None,
    rollback: Annotated[bool, typer.Option("--rollback", help="Serve the model again that was before.")] = False,
    data: DataOption = None,
    starter: StarterOption = False,
    details: DetailsOption = None,
    skip_bad_rows: SkipOption = False,
    force: Annotated[bool, typer.Option("--force", help="Let a model go live that is worse than the active.")] = False,
    seed: SeedOption = 0,
    epochs: EpochsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a running bot something new, without a restart: bots notice within seconds.

    A model is trained on what was imported last (or on --data) and on the ratings of people who agreed to it.
    """
    with one_line_errors():
        if (what is None) != rollback:
            raise inputs.BadInput("refresh: expected one of metadata, vectors and model, or --rollback")
        source = inputs.Source(data, starter, details, skip_bad_rows)
        settings = _settings()
        serve_with_one_thread()
        from bot import refresh_command
        from bot.releases import pipeline

        thing = what or "rollback"
        refresh_command.check(thing, source, force=force)
        with stage_progress() as progress:
            options = pipeline.training_options(seed, epochs)
            report = refresh_command.refresh(thing, source, settings, options, progress, note, force=force)
        if as_json:
            render.show({"ok": report.ok, "result": report.line, **report.details}, as_json)
        elif report.ok:
            typer.echo(report.line)
        else:
            note(f"reelmate: {report.line}")
    if not report.ok:
        raise typer.Exit(FAILED)


@app.command()
def run(
    log_level: LogLevelOption = LogLevel.INFO,
) -> None:
    """Run the bot until it is stopped: by polling, or by webhook where WEBHOOK_URL is set."""
    with one_line_errors():
        serve_with_one_thread()
        begin_without_garbage()
        settings = _settings()
        _ = settings.token  # Before the long imports: without one there is an explanation.
        from bot.process import run as process

        asyncio.run(process.run(settings, log_level.value))


@app.command()
def worker(
    log_level: LogLevelOption = LogLevel.INFO,
) -> None:
    """Do what admins ask for, refreshes and announcements, until stopped; a bot that polls does it too."""
    with one_line_errors():
        serve_with_one_thread()
        settings = _settings()
        _ = settings.token
        from bot.jobs import worker as process

        asyncio.run(process.run(settings, log_level.value))


@app.command(epilog="Example: reelmate announce 'There are 300 new movies.' --active-days 30")
def announce(
    text: Annotated[str, typer.Argument(help="What is announced, as plain text.")],
    active_days: Annotated[
        int | None,
        typer.Option(
            "--active-days",
            min=1,
            metavar="N",
            help="Only to people who did something in so many days.",
            show_default="all",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write to everybody who switched messages on; `reelmate worker`, or a bot that polls, sends it."""

    def confirm(recipients: int) -> bool:
        return yes or typer.confirm(f"Send this to {recipients} people?", err=True)

    with one_line_errors():
        settings = _settings()
        from bot import announce_command

        sent = asyncio.run(announce_command.announce(settings, text, active_days, confirm))
        document = {"job": sent.job_id if sent else None, "recipients": sent.recipients if sent else 0}
        render.show({"announcement": document}, as_json)


@app.command()
def migrate(as_json: JsonOption = False) -> None:
    """Bring the database to the newest revision; `import` and `prepare` do it by themselves."""
    with one_line_errors():
        settings = _settings()
        from storage.migrations import migrate as migrate_database

        asyncio.run(migrate_database(settings.database_url.get_secret_value()))
        render.show({"database": "up to date"}, as_json)


@app.command()
def check(as_json: JsonOption = False) -> None:
    """Say for every setting and service whether it works, and what to do where it does not."""
    with one_line_errors():
        serve_with_one_thread()
        settings = _settings()
        from bot import health

        findings = asyncio.run(health.check(settings))
        ok = all(finding.ok for finding in findings)
        if as_json:
            render.show({"ok": ok, "checks": [finding.to_dict() for finding in findings]}, as_json)
        else:
            render.print_findings(findings)
    if not ok:
        raise typer.Exit(FAILED)


def _settings() -> "Settings":
    from bot.settings import load_settings

    return load_settings()
