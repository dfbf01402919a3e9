"""The values in the cells of histories: years, ratings, times and ids."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from html import unescape
from itertools import pairwise

_YEAR = re.compile(r"(?:1[89]|20|21)\d\d")
_TITLE_AND_YEAR = re.compile(r"(.*\S)\s*\(((?:1[89]|20|21)\d\d)\)")
_IMDB_ID = re.compile(r"(?:^|/|\b)tt0*(\d{1,10})\b")
_RATING = re.compile(
    r"([-+]?\d+(?:[.,]\d+)?)\s?([¼½¾])?\s?(?:[★⭐]|stars?|points?)?"
    r"(?:\s*(?:/|out of|of)\s*(\d+)\s?(?:[★⭐]|stars?|points?)?|\s?(%))?"
)
_STARS = re.compile(r"([★⭐*]*)([¼½¾])?☆*")
_FRACTIONS = {"¼": 0.25, "½": 0.5, "¾": 0.75}
_EMOJI_VARIANT = "\N{VARIATION SELECTOR-16}"
_NUMBERS = re.compile(r"\d+")
_MAX_ID_DIGITS = 15
_DATE_ORDERS = ((2, 0, 1), (2, 1, 0), (0, 1, 2))
"""The positions of year, month and day: 3/1/2024, 1/3/2024 and 2024-03-01."""

_FIRST_BUDDHIST_YEAR = 2_500
"""A larger year is one of the Buddhist calendar, which Thailand uses. It is 543 years ahead."""

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
    """Return the number of a rating such as "4.5", "4,5", "4½", "8/10" or "★★★½"; None if the cell has none."""
    return rating_and_highest_of(text)[0]


def rating_and_highest_of(text: str) -> tuple[float | None, float | None]:
    """Return the number of a rating, and the highest rating if the cell says it: "8/10" is (8, 10), "85%" (85, 100)."""
    text = text.strip().casefold().replace(_EMOJI_VARIANT, "")
    match = _RATING.fullmatch(text)
    if match is not None:
        number, fraction, highest, percent = match.groups()
        rating = float(number.replace(",", ".")) + _FRACTIONS.get(fraction or "", 0.0)
        return rating, 100.0 if percent else float(highest or 0) or None
    stars = _STARS.fullmatch(text)
    if stars is None or not (stars[1] or stars[2]):
        return None, None
    return len(stars[1]) + _FRACTIONS.get(stars[2] or "", 0.0), None


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
    except (ValueError, OverflowError):
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
    if year < 100:
        year += 2_000
    elif year > _FIRST_BUDDHIST_YEAR:
        year -= 543
    try:
        read = date(year, month, day)
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
