"""The chart of /stats."""

import asyncio
import io
import threading
from collections.abc import Sequence
from datetime import timedelta

from storage.statistics import DailyCounts

_DRAWING = threading.Lock()
"""Serialises drawing, because Matplotlib's font code is not thread-safe."""

_COLORS = ("tab:blue", "tab:orange")


async def draw_days(days: Sequence[DailyCounts], people: str, ratings: str) -> bytes:
    """Draw two bar charts over the same days and return them as a PNG.

    Args:
        days: the counts per day, oldest first, without gaps.
        people: the title of the chart of new people.
        ratings: the title of the chart of ratings.
    """
    return await asyncio.to_thread(_draw, days, people, ratings)


def _draw(days: Sequence[DailyCounts], people: str, ratings: str) -> bytes:
    # Importing Matplotlib takes a second, and only /stats needs it.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine
    from matplotlib.ticker import MaxNLocator

    with _DRAWING:
        figure = Figure(figsize=(6.4, 4.8), dpi=150, layout=ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.15))
        canvas = FigureCanvasAgg(figure)
        above, below = figure.subplots(2, 1, sharex=True)
        dates = [day.date for day in days]
        counts = [day.people for day in days], [day.ratings for day in days]
        for axes, heights, title, color in zip((above, below), counts, (people, ratings), _COLORS, strict=True):
            axes.bar(dates, heights, color=color)
            axes.set_title(title, loc="left")
            axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
            # If all counts are 0, Matplotlib would label the axis in thousandths.
            axes.set_ylim(0, 1.05 * max(1, *heights))
            axes.grid(axis="y", color="0.9")
            axes.set_axisbelow(True)
            axes.spines[["top", "right"]].set_visible(False)
        below.set_xlim(dates[0] - timedelta(days=1), dates[-1] + timedelta(days=1))
        locator = AutoDateLocator(maxticks=8)  # type: ignore[no-untyped-call]  # Matplotlib ships it without annotations
        below.xaxis.set_major_locator(locator)
        formatter = ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]  # same
        below.xaxis.set_major_formatter(formatter)
        png = io.BytesIO()
        canvas.print_png(png)  # type: ignore[no-untyped-call]  # same
    return png.getvalue()
