"""A report as a picture: quality against the number of answers or of titles, one labelled line per model."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from recsys.evaluation.interviews.report import OURS, PARTS, PEERS, InterviewReport
from recsys.evaluation.interviews.simulation import SHOWN_COUNTS
from recsys.evaluation.newcomers import Report

OURS_COLOUR, LABEL_COLOUR = "#c8102e", "#333333"
PEER_COLOURS = ("#4e79a7", "#2f8f89", "#59a14f", "#9c755f", "#b07aa1", "#7f7f7f", "#b8860b", "#d37295")
INCHES = (9.0, 5.4)
DOTS_PER_INCH = 150
LABEL_GAP = 0.045
"""Least distance of two labels, as a share of the height of the plot."""


def plot(report: Report, path: Path) -> None:
    """Write a PNG of mean NDCG@10 against the number of answers, our model in front.

    Args:
        report: any report; the numbers of answers stand at even distances.
        path: where the picture goes; an older one is replaced only by a whole new one.

    Raises:
        OSError: the picture cannot be written.
    """
    lines = {model: [report.mean(model, answers).ndcg for answers in report.answer_counts] for model in report.models}
    title = f"{report.dataset}: how good the top 10 is for people never seen before ({_splits(report.seeds)})"
    _draw(lines, report.ours, report.parts, report.answer_counts, "movies a newcomer has rated", title, path)


def plot_interviews(report: InterviewReport, path: Path) -> None:
    """Write a PNG of mean NDCG@10 against the number of titles shown, our way of asking in front.

    Args:
        report: any report.
        path: where the picture goes; an older one is replaced only by a whole new one.

    Raises:
        OSError: the picture cannot be written.
    """
    lines = {way: report.ndcg(way) for way in (*PEERS, *PARTS, OURS)}
    title = f"{report.dataset}: what pages of titles tell about people never seen before ({_splits(report.seeds)})"
    _draw(lines, OURS, PARTS, SHOWN_COUNTS, "titles a newcomer was shown", title, path)


def _splits(seeds: Sequence[int]) -> str:
    return f"mean of {len(seeds)} splits" if len(seeds) > 1 else "one split"


def _draw(
    lines: Mapping[str, Sequence[float]],
    ours: str | None,
    parts: Sequence[str],
    counts: Sequence[int],
    across: str,
    title: str,
    path: Path,
) -> None:
    """One line for each name, with its last figure beside it; parts of ours in our colour, dashed."""
    figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained")
    axes = figure.add_subplot()
    places = range(len(counts))
    ends = {name: figures[-1] for name, figures in lines.items()}
    peers = [name for name in lines if name != ours and name not in parts]
    colours = dict.fromkeys(lines, OURS_COLOUR)
    colours |= {name: PEER_COLOURS[place % len(PEER_COLOURS)] for place, name in enumerate(peers)}
    for name, figures in lines.items():
        is_ours = name == ours
        axes.plot(
            places,
            figures,
            color=colours[name],
            linewidth=3.2 if is_ours else 1.5,
            linestyle="--" if name in parts else "-",
            marker="o",
            markersize=7 if is_ours else 4,
            zorder=3 if is_ours else 2,
        )
    bottom, top = axes.get_ylim()
    for name, height in _spread(ends, (top - bottom) * LABEL_GAP).items():
        axes.annotate(
            f"{name}  {ends[name]:.3f}",
            xy=(places[-1], ends[name]),
            xytext=(places[-1] + 0.15, height),
            color=colours[name],
            weight="bold" if name == ours else "normal",
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colours[name], "linewidth": 0.6, "shrinkA": 0, "shrinkB": 4},
        )
    axes.set_xticks(places, [str(count) for count in counts])
    axes.set_xlim(-0.2, places[-1] + 0.1)
    axes.set_xlabel(across, color=LABEL_COLOUR)
    axes.set_ylabel("NDCG@10", color=LABEL_COLOUR)
    axes.set_title(title, fontsize=11, loc="left", pad=18)
    axes.grid(axis="y", color="#dddddd", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    part = path.with_name(f".{path.name}.part")
    figure.savefig(part, format="png")
    part.replace(path)


def _spread(heights: dict[str, float], gap: float) -> dict[str, float]:
    """Heights moved apart to at least `gap`, in the same order and around the same middles."""
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
