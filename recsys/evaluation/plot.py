"""Plots of reports: NDCG@10 by the number of answers or of shown titles, with one labelled line per model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recsys.evaluation.interviews.report import ABLATIONS, BASELINES, InterviewReport
from recsys.evaluation.interviews.simulation import SHOWN_COUNTS
from recsys.evaluation.newcomers import OURS, NewcomersReport

OURS_COLOUR, LABEL_COLOUR = "#c8102e", "#333333"
BASELINE_COLOURS = ("#4e79a7", "#2f8f89", "#59a14f", "#9c755f", "#b07aa1", "#7f7f7f", "#b8860b", "#d37295")
INCHES = (9.0, 5.4)
DOTS_PER_INCH = 150
LABEL_GAP = 0.045
"""Least vertical distance between two labels, as a share of the plot's height."""


@dataclass(frozen=True, slots=True)
class _Chart:
    """A line chart of NDCG@10.

    Attributes:
        title: title above the plot.
        x_label: label of the x axis.
        counts: values of the x axis, drawn at even distances.
        lines: name -> NDCG@10 for each of `counts`.
        ours: name of our model's line.
        ablations: names of our model's ablations, drawn dashed in its colour.
    """

    title: str
    x_label: str
    counts: Sequence[int]
    lines: Mapping[str, Sequence[float]]
    ours: str | None
    ablations: Sequence[str]

    def colours(self) -> dict[str, str]:
        """Return name -> colour."""
        baselines = [name for name in self.lines if name != self.ours and name not in self.ablations]
        colours = dict.fromkeys(self.lines, OURS_COLOUR)
        return colours | {name: BASELINE_COLOURS[place % len(BASELINE_COLOURS)] for place, name in enumerate(baselines)}


def plot(report: NewcomersReport, path: Path) -> None:
    """Write a PNG of mean NDCG@10 by the number of answers.

    Args:
        report: the report to plot.
        path: the file to write; an existing file is replaced only when the new one is complete.

    Raises:
        OSError: the file cannot be written.
    """
    chart = _Chart(
        title=f"{report.dataset}: how good the top 10 is for people never seen before ({_splits(report.seeds)})",
        x_label="movies a newcomer has rated",
        counts=report.answer_counts,
        lines={
            model: [report.mean(model, answers).ndcg for answers in report.answer_counts] for model in report.models
        },
        ours=report.ours,
        ablations=report.ablations,
    )
    _draw(chart, path)


def plot_interviews(report: InterviewReport, path: Path) -> None:
    """Write a PNG of mean NDCG@10 by the number of shown titles.

    Args:
        report: the report to plot.
        path: the file to write; an existing file is replaced only when the new one is complete.

    Raises:
        OSError: the file cannot be written.
    """
    chart = _Chart(
        title=f"{report.dataset}: what pages of titles reveal about people never seen before ({_splits(report.seeds)})",
        x_label="titles a newcomer was shown",
        counts=SHOWN_COUNTS,
        lines={strategy: report.ndcg(strategy) for strategy in (*BASELINES, *ABLATIONS, OURS)},
        ours=OURS,
        ablations=ABLATIONS,
    )
    _draw(chart, path)


def _splits(seeds: Sequence[int]) -> str:
    return f"mean of {len(seeds)} splits" if len(seeds) > 1 else "one split"


def _draw(chart: _Chart, path: Path) -> None:
    figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained")
    axes = figure.add_subplot()
    _draw_lines(axes, chart)
    _label_lines(axes, chart)
    places = range(len(chart.counts))
    axes.set_xticks(places, [str(count) for count in chart.counts])
    axes.set_xlim(-0.2, places[-1] + 0.1)
    axes.set_xlabel(chart.x_label, color=LABEL_COLOUR)
    axes.set_ylabel("NDCG@10", color=LABEL_COLOUR)
    axes.set_title(chart.title, fontsize=11, loc="left", pad=18)
    axes.grid(axis="y", color="#dddddd", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    unfinished = path.with_name(f".{path.name}.part")
    figure.savefig(unfinished, format="png")
    unfinished.replace(path)


def _draw_lines(axes: Axes, chart: _Chart) -> None:
    colours = chart.colours()
    for name, values in chart.lines.items():
        is_ours = name == chart.ours
        axes.plot(
            range(len(chart.counts)),
            values,
            color=colours[name],
            linewidth=3.2 if is_ours else 1.5,
            linestyle="--" if name in chart.ablations else "-",
            marker="o",
            markersize=7 if is_ours else 4,
            zorder=3 if is_ours else 2,
        )


def _label_lines(axes: Axes, chart: _Chart) -> None:
    """Write each line's name and last value beside its end."""
    colours = chart.colours()
    last_place = len(chart.counts) - 1
    ends = {name: values[-1] for name, values in chart.lines.items()}
    bottom, top = axes.get_ylim()
    for name, height in _spread(ends, (top - bottom) * LABEL_GAP).items():
        axes.annotate(
            f"{name}  {ends[name]:.3f}",
            xy=(last_place, ends[name]),
            xytext=(last_place + 0.15, height),
            color=colours[name],
            weight="bold" if name == chart.ours else "normal",
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colours[name], "linewidth": 0.6, "shrinkA": 0, "shrinkB": 4},
        )


def _spread(heights: dict[str, float], gap: float) -> dict[str, float]:
    """Move heights apart to a distance of at least `gap`, in the same order and around the same means."""
    groups: list[tuple[list[str], float]] = []
    for name in sorted(heights, key=lambda name: heights[name]):
        names, middle = [name], heights[name]
        while groups and groups[-1][1] + (len(groups[-1][0]) + len(names)) / 2 * gap > middle:
            lower, lower_middle = groups.pop()
            middle = (lower_middle * len(lower) + middle * len(names)) / (len(lower) + len(names))
            names = lower + names
        groups.append((names, middle))
    return {
        name: middle + (place - (len(names) - 1) / 2) * gap
        for names, middle in groups
        for place, name in enumerate(names)
    }
