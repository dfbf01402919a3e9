"""The picture of /stats."""

import asyncio
import io
import threading
from collections.abc import Sequence

from storage.records import Day

_DRAWING = threading.Lock()
"""Matplotlib's fonts are not made for several threads."""


async def draw_days(days: Sequence[Day], people: str, ratings: str) -> bytes:
    """Draw two bar charts over the same days: a PNG.

    Args:
        days: one after the other.
        people: what the first one shows.
        ratings: what the second one shows.
    """
    return await asyncio.to_thread(_draw, days, people, ratings)


def _draw(days: Sequence[Day], people: str, ratings: str) -> bytes:
    # It takes a second to import, and only admins ever see it.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    with _DRAWING:
        figure = Figure(figsize=(8, 5), layout="constrained")
        canvas = FigureCanvasAgg(figure)
        above, below = figure.subplots(2, 1, sharex=True)
        dates = [day.date for day in days]
        above.bar(dates, [day.people for day in days], color="tab:blue")
        above.set_title(people)
        below.bar(dates, [day.ratings for day in days], color="tab:orange")
        below.set_title(ratings)
        for axes in (above, below):
            axes.yaxis.set_major_locator(MaxNLocator(integer=True))
            axes.set_ylim(bottom=0)
            axes.spines[["top", "right"]].set_visible(False)
        locator = AutoDateLocator()  # type: ignore[no-untyped-call]  # matplotlib's own
        below.xaxis.set_major_locator(locator)
        below.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]  # the same
        picture = io.BytesIO()
        canvas.print_png(picture)  # type: ignore[no-untyped-call]  # the same
    return picture.getvalue()
