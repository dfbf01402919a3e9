"""Netflix: the viewing history of a profile, and the files of the package that the law entitles people to.

    NetflixViewingHistory.csv   Title,Date
    ViewingActivity.csv         Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,...
    Ratings.csv                 Profile Name,Title Name,Rating Type,Star Value,Thumbs Value,Event Utc Ts,...

A viewing says that a film was seen, not that it was liked. Thumbs: 1 is down, 2 is up, 3 is two thumbs up.
The package has the rows of every profile of the account. Each profile is one person.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from recsys.histories.rows import Part, Row, Source
from recsys.histories.tables import Table
from recsys.histories.values import rating_of, time_of, times_of, title_of

SCALE = (1.0, 5.0)
"""The stars of before 2017. Thumbs have no scale."""

_PROFILE = "profilename"

_NUMBERED_SEASON = (
    # English, German, French, Spanish and Portuguese, Italian, Dutch, Polish and Turkish, Croatian, Swedish, Danish,
    # Norwegian, Finnish, Czech and Slovak, Hungarian, Romanian, Russian and Ukrainian, Greek, Indonesian, Vietnamese.
    r"season|series|staffel|saison|temporada|stagione|seizoen|sezon|sezona|säsong|sæson|sesong|kausi|série|řada|séria"
    r"|évad|sezonul|сезон|κύκλος|σεζόν|musim|mùa|phần"
    # Arabic, Hebrew, Hindi, Thai, and the parts of a series.
    r"|الموسم|الجزء|עונה|सीज़न|ซีซั่น|ซีซัน"
    r"|part|book|volume|vol|chapter|teil|partie|parte|livre|buch|collection|libro"
)
_SEASON = re.compile(
    rf"\b(?:{_NUMBERED_SEASON})\.?\s*(?:\d+|[ivx]+|one|two|three|four|five)\b"
    r"|\b\d+\.\s*(?:staffel|évad|série|řada|séria|kausi|sezon|sezona|säsong)\b"
    # Japanese, Chinese, Korean.
    r"|(?:シーズン|パート|시즌|파트)\s*\d+|第\s*[\d一二三四五六七八九十]+\s*[季部]"
    r"|\b(?:limited series|s[eé]rie limit(?:ada|ata|ée)|mini[- ]?ss?[eé]rie[sn]?|miniserial|mini dizi|мини-?сериал)\b"
    r"|リミテッド・?シリーズ|限定剧|迷你[剧劇]|리미티드 시리즈|미니시리즈|مسلسل قصير|מיני[- ]סדרה",
    re.IGNORECASE,
)
_EPISODE = re.compile(
    r"\b(?:episode|épisode|episodio|episódio|aflevering|folge|odcinek|bölüm|avsnitt|afsnit|jakso|díl|epizód|epizoda"
    r"|серия|эпизод|επεισόδιο|tập|פרק|الحلقة|ตอนที่)\s*\d+|第\s*\d+\s*[話话集]|エピソード\s*\d+|\d+\s*화\b",
    re.IGNORECASE,
)
_SEPARATOR = re.compile("\\s*:\\s+|\\s*\N{FULLWIDTH COLON}\\s*")
_OF_FILMS = re.compile(
    r"\b(?:part|book|vol|volume|chapter|teil|partie|parte|livre|buch|collection|libro|phần|الجزء)\b|パート|파트|第.*部",
    re.IGNORECASE,
)
_EPISODES_OF_A_SHOW = 3
"""A name before a colon with at least this many different continuations of two parts is that of a show."""


@dataclass(slots=True)
class _Profile:
    """The rows of a profile. `withdrawn` has the time at which the thumb of a title was taken back."""

    rows: list[Row] = field(default_factory=list)
    left_out: int = 0
    withdrawn: dict[str, str] = field(default_factory=dict)

    def valid_rows(self) -> tuple[Row, ...]:
        """Return the rows that were not taken back."""
        return tuple(row for row in self.rows if (row.at or "") >= self.withdrawn.get(row.title, ""))


def is_header(columns: Mapping[str, int]) -> bool:
    """Return whether these are the columns of one of Netflix's files."""
    is_history = columns.keys() == {"title", "date"}
    is_activity = {"profilename", "starttime", "title"} <= columns.keys()
    return is_history or is_activity or {"titlename", "thumbsvalue"} <= columns.keys()


def read(table: Table) -> list[Part]:
    """Read viewings or thumbs, one part per profile."""
    return _thumbs(table) if table.has("titlename") else _viewings(table)


def _viewings(table: Table) -> list[Part]:
    titles = [title_of(cell) for cell in table.cells("title")]
    trailers = table.cells("supplementalvideotype")
    dates = times_of(table.cells("date", "starttime"))
    shows = _shows(titles)
    profiles: defaultdict[str, _Profile] = defaultdict(_Profile)
    for name, title, trailer, date in zip(table.cells(_PROFILE), titles, trailers, dates, strict=True):
        profile = profiles[name]
        if trailer or _is_episode(title, shows):
            profile.left_out += 1
        elif title:
            profile.rows.append(Row("seen", title, at=date))
    return [
        Part(Source.NETFLIX, tuple(profile.rows), profile.left_out, profile=name) for name, profile in profiles.items()
    ]


def _thumbs(table: Table) -> list[Part]:
    profiles: defaultdict[str, _Profile] = defaultdict(_Profile)
    for name, cell, kind, stars, thumbs, date in zip(
        table.cells(_PROFILE),
        table.cells("titlename"),
        table.cells("titletype"),
        table.cells("starvalue"),
        table.cells("thumbsvalue"),
        table.cells("eventutcts"),
        strict=True,
    ):
        title, thumb, rating = title_of(cell), rating_of(thumbs), rating_of(stars)
        profile = profiles[name]
        if kind.casefold() in ("show", "series", "episode", "season") or _is_episode(title, frozenset()):
            profile.left_out += 1
        elif title and thumb:
            profile.rows.append(Row("rated", title, thumb=thumb > 1, at=time_of(date)))
        elif title and rating:
            profile.rows.append(Row("rated", title, rating=rating, at=time_of(date)))
        elif title and thumb == 0:
            # A thumb that was taken back is a row of its own.
            profile.withdrawn[title] = max(profile.withdrawn.get(title, ""), time_of(date) or "")
    return [
        Part(Source.NETFLIX, profile.valid_rows(), profile.left_out, SCALE, name) for name, profile in profiles.items()
    ]


def _is_episode(title: str, shows: frozenset[str]) -> bool:
    """Return whether a title names a season or an episode: "Show: Season 1: Pilot". "Kill Bill: Vol. 1" is a film."""
    first, *others = _SEPARATOR.split(title)
    if not others:
        return False
    middle = others[:-1] or others
    is_season = any(_SEASON.search(part) for part in middle) and (len(others) > 1 or _is_of_seasons(others[0]))
    return is_season or bool(_EPISODE.search(others[-1])) or first in shows


def _is_of_seasons(part: str) -> bool:
    """Return whether a last part can only be that of a series. Films have parts, volumes, chapters and books, too."""
    return not _OF_FILMS.search(part)


def _shows(titles: list[str]) -> frozenset[str]:
    """Return the names before a colon that only a show can have: they have many continuations with a colon."""
    split = {title: _SEPARATOR.split(title) for title in set(titles)}
    counts = Counter(parts[0] for parts in split.values() if len(parts) > 2)
    return frozenset(name for name, count in counts.items() if count >= _EPISODES_OF_A_SHOW)
