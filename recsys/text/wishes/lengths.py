"""Reads running times and ages of children: "under two hours", "for my 6 year old"."""

import re
from functools import cache
from typing import NamedTuple

_NUMBERS = {
    word: number
    for number, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
        ],
        start=1,
    )
} | {"a": 1, "an": 1}
_COUNT = r"(?:\d{1,2}(?:[.,]\d)?|an?|one|two|three|four|five)"
_DURATION = (
    rf"(?:(?P<hours>{_COUNT})[\s-]*(?P<half>and[\s-]+(?:(?:a|one)[\s-]+)?half\s*)?(?:hours?|hrs?|h)(?![a-z])"
    r"(?:\s*(?:and\s+)?(?P<half_after>(?:a\s+)?half)|\s*(?:and\s+)?(?P<rest>\d{1,2})(?:\s*(?:minutes|minute|mins|min|m)\b)?(?!\d))?"
    r"|(?P<half_hour>half\s+an\s+hour)"
    r"|(?P<minutes>\d{2,3})[\s-]*(?:minutes|minute|mins|min|m)\b)"
)
_AT_MOST = (
    r"(?:(?:no|not|nothing|never)\s+(?:longer|more|over)(?:\s+than)?|in\s+under|under|less\s+than|fewer\s+than|below|"
    r"shorter\s+than|max(?:imum)?(?:\s+of)?|at\s+(?:the\s+)?most|up\s+to|within|not\s+exceeding|<=?)"
)
_AT_LEAST = (
    r"(?:(?:no|not|nothing)\s+(?:shorter|less)\s+than|over|more\s+than|longer\s+than|at\s+least|min(?:imum)?(?:\s+of)?|"
    r"above|exceeding|>=?)"
)
_AT_MOST_AFTER = r"(?:or\s+(?:less|shorter|under|so)|max(?:imum)?|at\s+(?:the\s+)?most|tops?|and\s+(?:under|below))"
_AT_LEAST_AFTER = r"(?:or\s+(?:more|longer|over)|min(?:imum)?\b|at\s+(?:the\s+)?least|and\s+(?:up|over|more)|plus|\+)"
_LENGTH = (
    rf"(?:(?P<most>{_AT_MOST})|(?P<least>{_AT_LEAST}))?\s*(?:(?:of|about|around)\s+)?{_DURATION}"
    rf"(?:\s*(?:long|in\s+length))?(?:\s*(?:(?P<most_after>{_AT_MOST_AFTER})|(?P<least_after>{_AT_LEAST_AFTER})))?"
)
_BETWEEN = (
    r"(?:between\s+)?(?P<first>\d{2,3})\s*(?:min(?:ute)?s?\s*)?(?:-|\u2013|to|and)\s*(?P<last>\d{2,3})\s*"
    r"(?:minutes|minute|mins|min)\b"
)
_SHORT = (
    r"(?:(?:do\s+not|don['\u2019]?t)\s+(?:really\s+)?have\s+(?:(?:the|any|enough)\s+)?time\s+(?:today\s+|tonight\s+)?for\s+"
    r"(?:(?:a|an|any|something|anything)\s+)?(?:(?:too|so|very|that|really)\s+)*(?P<no_time>long)\b|"
    r"(?:not|no|nothing|isn'?t|aren'?t)\s+(?:(?:too|so|very|that|overly|really)\s+)*(?P<not_long>long)\b|"
    r"(?P<short>short(?:er)?(?:\s+ones?)?|quick)(?=\s*(?:$|[,.!?;]|movies?|films?|flicks?|one|ones|watch|stuff|please|"
    r"pls|because|cause|cos|since|before|tonight|today|i\b|im\b|we\b|comed|thriller|drama|horror|western|and|but|enough|for)))"
)
_SIGNS = re.compile(r"[\s-]")
_AGE = (
    r"(?:1[0-7]|[2-9]|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    r"seventeen)"
)
_YEARS_OLD = (
    rf"(?P<age>{_AGE})(?:\s*(?:,|and|&|or|-|to)\s*{_AGE})*[\s-]*"
    r"(?:years?[\s-]*olds?|yrs?[\s-]*olds?|y\.?/?o\.?s?\b|year\b)"
)
_CHILD = (
    r"(?:kids?|child(?:ren)?|sons?|daughters?|nephews?|nieces?|grandson|granddaughter|grandkids?|grandchild(?:ren)?|boys?|girls?|"
    r"teens?|teenagers?|youngest|oldest|little\s+(?:one|ones|boy|girl|brother|sister)|twins|kiddos?|toddler)"
)
_AGED = (
    rf"(?P<child>{_CHILD})\s*(?:(?:who|that)\s+(?:is|are)\s+|(?:is|are|'s|s)\s+|,?\s*(?:and\s+)?(?:she|he|they|who)(?:\s+is|\s+are|['\u2019]?s|['\u2019]?re)\s+|,\s*)?(?:aged?\s+|ages\s+|of\s+(?:age\s+)?|\(\s*|only\s+|just\s+)?"
    rf"(?:aged?\s+)?(?P<age>{_AGE})(?:\s*(?:,|and|&|or|-|to)\s*{_AGE})*\b(?!\s*(?:min|hour|h\b|star|movies|films|/))(?:\s*(?:years?\s+olds?|yo|years?)\b)?\)?"
)
_ONLY_AGED = rf"(?:aged?|ages)\s+(?P<age>{_AGE})(?:\s*(?:,|and|&|or|-|to)\s*{_AGE})*\b"
_SEVERAL_AGES = rf"{_AGE}(?:\s*(?:,|and|&|or|-|to)\s*{_AGE})*"
_AFTER_AGE = r"\b(?!\s*(?:min|hour|h\b|star|movies|films|/|%|out\s+of|points|of\s+(?:these|those|them)))"
_PRONOUN = r"(?:she|he|they|who|that|and|both|one|(?:the\s+)?others?|everyone|everybody|guests?|they\s+all)"
_IS_AGED = (
    r"(?:\s+(?:is|are|will\s+be|turns?|just\s+turned|turned|has\s+just\s+turned)|['\u2019]?s|['\u2019]re)\s+"
    r"(?:(?:only|just|about|around|nearly|almost|now|both|going\s+on|aged?|turning)\s+)*"
)
_SIBLING = (
    r"(?:brothers?|sisters?|cousins?|godsons?|goddaughters?|pupils|students|class|stepson|stepdaughter|siblings?)"
)
_AGED_AFTER_PRONOUN = rf"{_PRONOUN}{_IS_AGED}(?P<age>{_SEVERAL_AGES}){_AFTER_AGE}"
"""An age that a pronoun has: "my daughter and me, she's 8"."""
_SIBLING_AGED = (
    rf"{_SIBLING}\s*(?:,?\s*(?:{_PRONOUN}|\b){_IS_AGED}|,?\s*aged?\s+|\(\s*)(?P<age>{_SEVERAL_AGES}){_AFTER_AGE}\)?"
)
"""An age of somebody who need not be a child: only a verb, a bracket or "aged" makes the number an age."""
_SINGLE_AGE = rf"(?<![^\W_]){_AGE}(?!\d)"
_YOUNG = r"(?:a\s+|my\s+|our\s+)?(?P<young>toddlers?|preschoolers?|pre-schoolers?|kindergart[a-z]+)\b"
_YOUNG_AGES = {"t": 3, "p": 4, "k": 5}
_CERTIFICATE = (
    r"(?:rated\s+|(?:a\s+)?certificate\s+)?(?P<certificate>pg[\s-]?13|pg|g|u|12a|r|(?<=a\s)12|(?<=a\s)15|(?<=d\s)12|(?<=d\s)15|(?<=e\s)15|(?<=e\s)12)"
    r"(?:[\s-]*(?:rat(?:ed|ing)|certificates?))?"
)
_CERTIFIED = (
    rf"(?:(?:nothing|no(?:\s+(?:movies|films))?|not|never)\s+(?:(?:rated|that\s+is)\s+)?"
    rf"(?:above|over|beyond|higher\s+than|past|more\s+than|worse\s+than)|max(?:imum)?|up\s+to|at\s+(?:the\s+)?most)\s+"
    rf"(?:an?\s+)?{_CERTIFICATE}\b"
)
_CERTIFIED_AFTER = (
    rf"{_CERTIFICATE}\s+(?:max(?:imum)?|at\s+(?:the\s+)?most|tops|(?:or|and)\s+(?:lower|below|under|less|milder))\b"
)
_RESTRICTED = (
    r"(?:no|not|nothing|without|never|(?:can['\u2019]?t|can\s*not|not\s+allowed\s+to)\s+(?:watch|see))\s+(?:any\s+)?(?:(?P<adult>18(?:\+|s)|18[\s-]rated|rated\s+18)|(?P<before>r|nc-?17|x)[\s-]*rated|rated\s+(?P<after>r|nc-?17|x))(?!\w)"
    r"(?:\s+(?:movies|films|stuff|ones))?"
)
_CERTIFICATE_AGES = {"g": 5, "u": 5, "pg": 8, "12": 12, "12a": 12, "pg13": 13, "15": 15, "r": 17}
_RESTRICTED_AGES = {"r": 16, "x": 17, "nc17": 17}
"""The age of a child for whom the certificate, or all but the restricted one, is suitable."""

SHORT_MINUTES, NOT_LONG_MINUTES = 90, 120
"""A short movie has at most 90 minutes, and one that is not too long at most two hours."""


class Length(NamedTuple):
    """A running time in a text.

    Attributes:
        minutes_from: at least so long; None if the text sets no such bound.
        minutes_to: at most so long; None if the text sets no such bound.
        end: the position after its last letter.
    """

    minutes_from: int | None
    minutes_to: int | None
    end: int


class ChildAge(NamedTuple):
    """The age of a child in a text.

    Attributes:
        years: the age of the youngest child that is named.
        end: the position after its last letter.
    """

    years: int
    end: int


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern that ignores case. Compiling all of them takes 20 ms, so a start does not wait for it."""
    return re.compile(pattern, re.IGNORECASE)


def length_at(text: str, start: int) -> Length | None:
    """Return the running time that a text names at a position; None if it names none."""
    between = _compiled(_BETWEEN).match(text, start)
    if between is not None:
        first, last = sorted((int(between["first"]), int(between["last"])))
        return Length(first, last, between.end())
    match = _compiled(_LENGTH).match(text, start)
    if match is None:
        short = _compiled(_SHORT).match(text, start)
        if short is None:
            return None
        return Length(None, NOT_LONG_MINUTES if short["not_long"] or short["no_time"] else SHORT_MINUTES, short.end())
    minutes = _minutes(match)
    is_lower = match["least"] or match["least_after"]
    return Length(minutes, None, match.end()) if is_lower else Length(None, minutes, match.end())


def child_age_at(text: str, start: int) -> ChildAge | None:
    """Return the age of a child that a text names at a position, or sets by a certificate; None for none."""
    for pattern in (_YEARS_OLD, _AGED, _ONLY_AGED, _SIBLING_AGED, _AGED_AFTER_PRONOUN):
        match = _compiled(pattern).match(text, start)
        if match is not None:
            ages = [_number(age) for age in _compiled(_SINGLE_AGE).findall(text[match.start("age") : match.end()])]
            return ChildAge(int(min(ages)), match.end())
    certified = _compiled(_CERTIFIED).match(text, start) or _compiled(_CERTIFIED_AFTER).match(text, start)
    if certified is not None:
        return ChildAge(_CERTIFICATE_AGES[_SIGNS.sub("", certified["certificate"].casefold())], certified.end())
    restricted = _compiled(_RESTRICTED).match(text, start)
    if restricted is not None:
        certificate = _SIGNS.sub("", (restricted["before"] or restricted["after"] or "nc17").casefold())
        return ChildAge(_RESTRICTED_AGES[certificate], restricted.end())
    young = _compiled(_YOUNG).match(text, start)
    return None if young is None else ChildAge(_YOUNG_AGES[young["young"][0].casefold()], young.end())


def _minutes(match: re.Match[str]) -> int:
    if match["half_hour"]:
        return 30
    if match["minutes"]:
        return int(match["minutes"])
    half = 0.5 if match["half"] or match["half_after"] else 0
    return round(60 * (_number(match["hours"]) + half)) + int(match["rest"] or 0)


def _number(written: str) -> float:
    value = _NUMBERS.get(written.casefold())
    return float(written.replace(",", ".")) if value is None else value
