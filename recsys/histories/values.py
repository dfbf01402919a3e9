"""The values in the cells of histories: years, ratings, times and ids."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from html import unescape
from itertools import pairwise

_YEAR = re.compile(r"(?:1[89]|20|21)\d\d")
_TITLE_AND_YEAR = re.compile(r"(.*\S)\s*\(((?:1[89]|20|21)\d\d)\)")
_IMDB_ID = re.compile(r"(?:^|/|\b)tt0*(\d{1,10})\b")
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")
_OF = re.compile(r"\s*(?:/|out of|of)\s*\d+$")
_NOTHING = frozenset(("", "-", "n/a", "na", "nan", "null", "none", r"\n", "not rated", "unrated"))
_NUMBERS = re.compile(r"\d+")
_MAX_ID_DIGITS = 15
_DATE_ORDERS = ((2, 0, 1), (2, 1, 0), (0, 1, 2))
"""The positions of year, month and day: 3/1/2024, 1/3/2024 and 2024-03-01."""

_LATEST_TIMESTAMP = 4_102_444_800
"""Unix time of the year 2100, in seconds; a larger number is in milliseconds."""


def title_of(text: str) -> str:
    """Return a title on one line, without HTML entities."""
    return " ".join(unescape(text).split())


def title_and_year(text: str) -> tuple[str, int | None]:
    """Split the year off a title: "Heat (1995)" becomes ("Heat", 1995)."""
    title = title_of(text)
    match = _TITLE_AND_YEAR.fullmatch(title)
    return (title, None) if match is None else (match[1], int(match[2]))


def year_of(text: str) -> int | None:
    """Return the year of a cell such as "1995", "1995.0", "1995-12-15" or "2013-2023"; None if it has none."""
    match = _YEAR.search(text)
    return None if match is None else int(match[0])


def rating_of(text: str) -> float | None:
    """Return the number of a rating such as "4.5", "4,5", "8/10" or "★★★½"; None if the cell has none."""
    text = _OF.sub("", text.strip().casefold())
    if text in _NOTHING:
        return None
    stars = text.count("★") + 0.5 * text.count("½")
    if stars:
        return stars
    match = _NUMBER.fullmatch(text)
    return None if match is None else float(match[0].replace(",", "."))


def imdb_id_of(text: str) -> str | None:
    """Return the id of an IMDb id, address or bare number as IMDb writes it, with at least 7 digits; None for none."""
    text = text.strip()
    match = _IMDB_ID.search(text)
    digits = match[1] if match is not None else text.removesuffix(".0").lstrip("0")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > _MAX_ID_DIGITS:
        return None
    return f"tt{digits.zfill(7)}"


def number_of(text: str) -> int | None:
    """Return a positive id; None if the cell has none."""
    text = text.strip().removesuffix(".0")
    if not text.isascii() or not text.isdecimal() or len(text) > _MAX_ID_DIGITS:
        return None
    return int(text) or None


def time_of(text: str) -> str | None:
    """Return a date or a time as ISO 8601, UTC; None if the cell has none that can be read without its neighbours.

    ISO 8601, Unix time and "Sat Dec 31 00:00:00 2016" are read.
    """
    text = text.strip()
    if text.replace(".", "", 1).isdecimal() and len(text) >= len("100000000"):
        seconds = float(text)
        seconds = seconds / 1_000 if seconds > _LATEST_TIMESTAMP else seconds
        return _iso(datetime.fromtimestamp(seconds, UTC)) if seconds <= _LATEST_TIMESTAMP else None
    try:
        return _iso(datetime.fromisoformat(text))
    except ValueError:
        pass
    try:
        return _iso(datetime.strptime(text, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC))
    except ValueError:
        return None


def times_of(cells: Sequence[str]) -> list[str | None]:
    """Return the dates of a column that is written the way of some country, as ISO 8601.

    "3/1/24" is in March or in January. The order of day and month is that which reads the most cells without a date in
    the future. Of several such orders it is the one in which the column turns least often between down and up, because
    services sort their files, and then the one with the shortest time between the first and the last date.
    """
    read = [time_of(cell) for cell in cells]
    if all(time is not None or not cell.strip() for time, cell in zip(read, cells, strict=True)):
        return read
    numbers = [[int(digits) for digits in _NUMBERS.findall(cell)[:3]] for cell in cells]
    readings = [[_date(parts, order) for parts in numbers] for order in _DATE_ORDERS]
    best = max(readings, key=_plausibility)
    return [time or (None if day is None else day.isoformat()) for time, day in zip(read, best, strict=True)]


def _date(parts: list[int], order: tuple[int, int, int]) -> date | None:
    if len(parts) != len(order):
        return None
    year, month, day = (parts[place] for place in order)
    try:
        read = date(year + 2_000 if year < 100 else year, month, day)
    except ValueError:
        return None
    return read if read <= datetime.now(UTC).date() + timedelta(days=1) else None


def _plausibility(dates: list[date | None]) -> tuple[int, int, int]:
    """Return a key that is larger the more plausible the dates of a column are."""
    days = [day for day in dates if day is not None]
    if not days:
        return 0, 0, 0
    rises = sum(later > earlier for earlier, later in pairwise(days))
    falls = sum(later < earlier for earlier, later in pairwise(days))
    return len(days), -min(rises, falls), -(max(days) - min(days)).days


def _iso(time: datetime) -> str:
    if time.tzinfo is not None:
        time = time.astimezone(UTC)
    is_date = (time.hour, time.minute, time.second) == (0, 0, 0)
    return time.date().isoformat() if is_date else time.replace(tzinfo=None, microsecond=0).isoformat()
