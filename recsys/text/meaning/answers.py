"""Reads the answers to the questions of the onboarding: age, gender, occupation, or none."""

import re
from collections.abc import Mapping

from rapidfuzz.distance import OSA

from recsys.profile import MAX_AGE, MIN_AGE, OCCUPATIONS
from recsys.text.meaning.language import Language, phrases
from recsys.text.meaning.values import Answered, Move, Question
from recsys.text.wishes.words import normalize

MAX_ANSWER_WORDS = 12
"""A text with more words is no answer to a question."""

_LONGEST_JOB = 5
_SHORTEST_JOB = 4
_NO_JOB = "nothing"
_WORD = re.compile(r"[\w'`\N{RIGHT SINGLE QUOTATION MARK}]+")
_DECADE = re.compile(r"([1-9])0s")
_NUMBER = re.compile(r"\d{1,3}(?:yo|yrs|y|s|ish|m|f)?")
_YEAR = re.compile(r"((?:19|20)\d\d)(?:er)?")
_SHORT_YEAR, _APOSTROPHE_YEAR = re.compile(r"(\d\d)"), re.compile(r"(?<!\w)['`\N{RIGHT SINGLE QUOTATION MARK}]\d\d\b")
_BIRTH_DECADE = re.compile(r"(?:19|20)?(\d0)s")
_DIGIT = re.compile(r"\d")
_NO_AGE = re.compile(r"(?:^|\s)-\s*\d|\d[.,]\d")
_SIGNS = "\N{MAN}\N{WOMAN}\N{MALE SIGN}\N{FEMALE SIGN}"


def read_move(canonical: str, question: Question, language: Language) -> Answered | None:
    """Return the `Move` that a text means as an answer to a question; None if it means none."""
    sections = {Question.GREETING: "greeting_move", Question.TITLES: "titles_move"}
    effect = language.match(sections.get(question, "move"), canonical)
    return None if effect is None else Answered(question, Move(effect["move"]))


def read_answer(text: str, question: Question, language: Language, this_year: int | None = None) -> Answered | None:
    """Return the answer to a question; None if the text is none.

    Every word must be a part of the answer or a filler, except for an occupation, which a person may describe.

    Args:
        text: what the person wrote.
        question: the question.
        language: of the text.
        this_year: the year in which it was written; None if it is not known, so that a year of birth is no age.
    """
    words = [normalize(word) for word in _WORD.findall(text)] or [sign for sign in text if sign in _SIGNS]
    if not 0 < len(words) <= MAX_ANSWER_WORDS:
        return None
    if question is Question.AGE:
        born = None if this_year is None else _birth_year(text, words, this_year, language)
        if born is not None and this_year is not None:
            words = [str(this_year - born)]
        before = words[: words.index("but")] if "but" in words else words
        # "I'm 27 but feel 80."
        age = None if _NO_AGE.search(text) else _age(words, language) or _age(before, language)
        return None if age is None or not MIN_AGE <= age <= MAX_AGE else Answered(question, age)
    if question is Question.GENDER:
        return _gender(words, language)
    occupation = _occupation(words, language)
    return None if occupation is None else Answered(question, occupation)


def is_occupation(text: str, language: Language) -> bool:
    """Return whether a text is the name of an occupation, and nothing else: "soldier" is no title then."""
    fillers = language.word_list("answer_fillers")
    words = [word for found in _WORD.findall(text) if (word := normalize(found)) not in fillers]
    return " ".join(words) in _jobs(language)


def is_like_occupation(text: str, language: Language) -> bool:
    """Return whether a text is short and has a word that ends as the names of occupations do: "beekeeper"."""
    words = [normalize(word) for word in _WORD.findall(text)]
    endings = tuple(language.word_list("occupation_endings"))
    return len(words) <= _LONGEST_JOB and any(
        len(word) > _SHORTEST_JOB and word.endswith(endings) and word not in language.known_words for word in words
    )


def _birth_year(text: str, words: list[str], this_year: int, language: Language) -> int | None:
    """Return the year of birth that a text says: "born 1990", "'88", "a child of the 80s"; None if it says none."""
    birth_words, fillers = language.word_list("birth_words"), language.word_list("answer_fillers")
    says_birth = "born" in words or "birth" in words or "b" in words
    is_child = says_birth or not {"child", "kid", "baby"}.isdisjoint(words)
    decades, tens, units = (language.table(name) for name in ("decades", "tens", "numbers"))
    years: list[int] = []
    for position, word in enumerate(words):
        before = words[position - 1] if position else ""
        if match := _YEAR.fullmatch(word):
            years.append(int(match[1]))
        elif (match := _SHORT_YEAR.fullmatch(word)) and (says_birth or _APOSTROPHE_YEAR.search(text)):
            years.append(_full_year(int(match[1]), this_year))
        elif (match := _BIRTH_DECADE.fullmatch(word)) and is_child:
            years.append(_full_year(int(match[1]), this_year) + _PARTS.get(before, _PARTS["mid"]))
        elif word in decades and is_child and word != "teens":
            years.append(1900 + int(decades[word]) // 10 * 10 + _PARTS.get(before, _PARTS["mid"]))
        elif word in tens and before == "nineteen" and tens[word] % 10 == 0:
            years.append(1900 + int(tens[word]))
        elif word in units and isinstance(units[word], int) and years and before in tens:
            years[-1] += units[word]
        elif word != "nineteen" and word not in birth_words and word not in fillers and word not in _PARTS:
            return None
    is_ago = "ago" in words
    return years[0] if len(years) == 1 and not is_ago and years[0] <= this_year else None


def _full_year(digits: int, this_year: int) -> int:
    """Return the last year that ends with two digits."""
    return this_year - (this_year - digits) % 100


def _age(words: list[str], language: Language) -> int | None:
    """Return the age that words say; the lowest of a range."""
    ages, decades, tens, units = (language.table(name) for name in ("ages", "decades", "tens", "numbers"))
    fillers = language.word_list("answer_fillers") | _AGE_FILLERS
    of_ages = {word for name in ages for word in name.split()}
    text = f" {' '.join(words)} "
    named = next((name for name in ages if f" {name} " in text), None)
    values: list[int] = []
    for position, word in enumerate(words):
        previous = words[position - 1] if position else ""
        if word in tens:
            values.append(int(tens[word]))
        elif word in units and isinstance(units[word], int) and (previous in tens or word not in fillers):
            if previous in tens and tens[previous] >= min(decades.values()) - 5 and values:
                values[-1] += units[word]
            else:
                values.append(units[word])
        elif match := _DECADE.fullmatch(word):
            values.append(int(match[1]) * 10 + _PARTS.get(previous, 5))
        elif _NUMBER.fullmatch(word):
            values.append(int(re.sub(r"\D", "", word)))
        elif word in decades:
            values.append(int(decades[word]) - 5 + _PARTS.get(previous, 5))
        elif word not in fillers and word not in _PARTS and word not in of_ages:
            return None
    if named is not None and (not values or _DIGIT.search(named)):
        # "Under 18" has a number, and in "pensioner, 71" the number says more.
        return int(ages[named])
    return values[0] if values else None


_PARTS = {"early": 2, "mid": 5, "middle": 5, "late": 8}
_AGE_FILLERS = frozenset(
    (
        "or",
        "more",
        "older",
        "plus",
        "over",
        "above",
        "than",
        "between",
        "group",
        "till",
        "until",
        "up",
        "only",
        "in",
        "ago",
        "born",
    )
)


def _gender(words: list[str], language: Language) -> Answered | None:
    table = language.table("gender")
    fillers = language.word_list("answer_fillers") | {"or"}
    if not language.word_list("not_gender").isdisjoint(words):
        return Answered(Question.GENDER, Move.NOT_SAID)
    genders = set()
    for word in words:
        gender = next((name for name, listed in table.items() if word in listed.split()), None)
        gender = gender or _misspelled_gender(word, table, fillers)
        if gender:
            genders.add(gender)
        elif word not in fillers and not word.isdecimal():
            return None
    return Answered(Question.GENDER, genders.pop()) if len(genders) == 1 else None


def _misspelled_gender(word: str, table: Mapping[str, str], fillers: frozenset[str]) -> str | None:
    if len(word) < 4 or word in fillers:
        return None
    close = {
        name
        for name, listed in table.items()
        for known in listed.split()
        if len(known) >= 4 and OSA.distance(word, known) <= 1
    }
    return close.pop() if len(close) == 1 else None


def _occupation(words: list[str], language: Language) -> int | None:
    """Return the code of the first occupation that words name; the longest phrase wins."""
    jobs = _jobs(language)
    if _NO_JOB in words and (after := [word for word in words if word != _NO_JOB]) != words:
        # "Nothing yet, still in school."
        named = _occupation(after, language)
        if named is not None:
            return named
    for start in range(len(words)):
        for end in range(min(len(words), start + _LONGEST_JOB), start, -1):
            code = jobs.get(" ".join(words[start:end]))
            if code is not None and _is_whole(words, start, end, jobs):
                return code
    for word in words:
        close = {
            code for job, code in jobs.items() if len(job) >= 6 and " " not in job and OSA.distance(word, job) <= 1
        }
        if len(close) == 1:
            return close.pop()
    return None


def _is_whole(words: list[str], start: int, end: int, jobs: dict[str, int]) -> bool:
    """Return whether no job of at least as many words overlaps the end of this one: a school teacher is no pupil."""
    for first in range(start + 1, end):
        for last in range(min(len(words), first + _LONGEST_JOB), end, -1):
            if last - first >= end - start and " ".join(words[first:last]) in jobs:
                return False
    return True


def _jobs(language: Language) -> dict[str, int]:
    table = language.table("occupations")
    jobs: dict[str, int] = {}
    for name, listed in table.items():
        for job in phrases(listed):
            jobs.setdefault(job, OCCUPATIONS.index(name))
    return jobs
