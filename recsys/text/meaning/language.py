"""What the texts of a language say: lists of words, and templates of sentences, read from a file of the language.

`languages/en.toml` explains the templates. A template becomes a regular expression over canonical texts, in which every
word and every sign is followed by a space, and titles, stars, numbers and emoji are single signs.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

TITLE, STARS, NUMBER, UP, SOSO, DOWN, SEEN_SIGN = (chr(0xE000 + number) for number in range(7))
"""Signs of canonical texts. They lie in Unicode's private area, so that no text contains them as words."""

_SIGNS = {"STARS": STARS, "NUMBER": NUMBER, "UP": UP, "SOSO": SOSO, "DOWN": DOWN, "SEENSIGN": SEEN_SIGN}
_PATTERNS = {
    "TITLE": f"{TITLE} ",
    "TITLES": f"{TITLE} (?:(?:, and |, |and |or |nor ){TITLE} ){{0,30}}",
    "ANDTITLES": f"{TITLE} (?:(?:, {TITLE} ){{0,30}}(?:, )?(?:and|or|nor) {TITLE} )?",
    "ANY": r"(?:\S+ ){1,12}",
    "WORD": r"(?:[^\W\d_]+ )",
}
_PIECE = re.compile(r"[A-Z][A-Z_]*\*?|[^\s\[\]()|A-Z]+|[\[\]()|]")
_ENGLISH_FILES = ("en.toml", "en_words.txt", "people.txt")
_LOOSE = (
    *("loose", "card_hint", "about_title", "reason", "ended", "like_it", "all_seen"),
    *("rejected", "removed", "tolerated", "fan", "no_fan", "rejecting"),
    *("complaining", "complaint_end", "others_taste", "others_habit", "dismissed", "similar"),
    *("sarcasm", "card_sarcasm", "ack_next"),
)
"""Sections whose words may also stand in titles and in wishes."""

_MAX_REPEATED = 4
"""A list with an asterisk matches at most so often, so that no text takes long."""


class Templates:
    """Sentences that mean the same.

    Attributes:
        effect: what they mean, as the file says it.
    """

    def __init__(self, effect: Mapping[str, Any], expression: Callable[[], str]) -> None:
        """Keep the sentences.

        Args:
            effect: see the attributes.
            expression: returns the regular expression that matches them.
        """
        self.effect = effect
        self._expression = expression

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches the sentences. It is compiled when it is first needed: all patterns of a language take 2 s."""
        return re.compile(self._expression())


class Language:
    """The words and templates of a language.

    Attributes:
        words: every word of the classes and of what is said about titles.
        common_words: frequent words of the language.
        people: names of well known directors and actors. They are understood even if no movie has details.
        emoji: emoji -> its sign; emoji without a meaning have an empty sign.
        idioms: words of an idiom -> the small talk that it is, a value of `Talk`.
    """

    def __init__(self, source: Mapping[str, Any], common_words: frozenset[str], people: Sequence[str]) -> None:
        self._source = source
        self._word_lists: dict[str, frozenset[str]] = {}
        self._phrase_lists: dict[str, frozenset[str]] = {}
        self._contractions: Mapping[str, str] = source["contractions"]
        self._classes = {
            name: _alternatives(map(self.expand, phrases(listed)))
            for name, listed in (source["classes"] | source["groups"]).items()
        }
        self.emoji = {
            emoji: sign
            for name, sign in (("up", UP), ("soso", SOSO), ("down", DOWN), ("seen", SEEN_SIGN), ("neutral", ""))
            for emoji in source["emoji"][name].split()
        }
        self._templates = {
            name: tuple(self._section(section) for section in sections)
            for name, sections in source.items()
            if isinstance(sections, list)
        }
        listed = " ".join(source["classes"].values()).replace(",", " ").split()
        self.words = (
            frozenset(self.expand(" ".join(listed)).split()) | set(self._contractions) | self._literals("opinions")
        )

        self.common_words = common_words
        self.people = people
        self.idioms: Mapping[tuple[str, ...], str] = {
            tuple(self.expand(idiom).split()): talk
            for talk, listed in source["idioms"].items()
            for idiom in phrases(listed)
        }
        self._spellings: Mapping[str, str] = source["spellings"]
        self._spelled = re.compile(
            r"(?<![\w'-])(?:" + "|".join(re.escape(word) for word in self._spellings) + r")(?![\w'-])", re.IGNORECASE
        )

    @cached_property
    def known_words(self) -> frozenset[str]:
        """The words of `words` and of talk, and those of all templates that match whole texts."""
        literals = (self._literals(name) for name in self._templates if name not in _LOOSE)
        return self.words.union(self.word_list("talk"), *literals)

    @cached_property
    def weak_words(self) -> frozenset[str]:
        """Words of which a title may consist by chance: those of what is said about titles, and those of talk."""
        return self.words | self.word_list("talk")

    def prepare(self) -> None:
        """Collect the known words and compile all patterns now, so that the first texts need not wait for them."""
        _ = self.known_words
        for templates in chain.from_iterable(self._templates.values()):
            _ = templates.pattern

    def match(
        self, name: str, canonical: str, is_allowed: Callable[[Mapping[str, Any]], bool] = lambda _: True
    ) -> Mapping[str, Any] | None:
        """Return the effect of the first templates of a section that match a whole text; None if none does.

        Args:
            name: of the section.
            canonical: the text, as `canonical_text` returns it.
            is_allowed: whether an effect is possible; other templates are not tried.
        """
        return next(
            (
                templates.effect
                for templates in self._templates[name]
                if is_allowed(templates.effect) and templates.pattern.fullmatch(canonical)
            ),
            None,
        )

    def match_start(self, name: str, canonical: str) -> tuple[Mapping[str, Any], int] | None:
        """Return (effect, number of words) of the longest templates of a section that match the beginning of a text.

        Args:
            name: of the section.
            canonical: the text, as `canonical_text` returns it.

        Returns:
            None if no template matches.
        """
        found = [(templates, templates.pattern.match(canonical)) for templates in self._templates[name]]
        lengths = [(templates.effect, match[0].count(" ")) for templates, match in found if match]
        return max(lengths, key=itemgetter(1), default=None)

    def spell(self, text: str) -> str:
        """Return a text with the spellings of chats written in full: "sth" becomes "something"."""
        return self._spelled.sub(self._spell_word, text)

    def _spell_word(self, match: re.Match[str]) -> str:
        """Return a word in full; a single capital is no spelling: "rated R"."""
        return match[0] if match[0].isupper() and len(match[0]) == 1 else self._spellings[match[0].casefold()]

    def expand(self, phrase: str) -> str:
        """Return a phrase with every contraction written in full: "dont" becomes "do not"."""
        return " ".join(self._contractions.get(word, word) for word in phrase.split())

    def phrase_list(self, name: str) -> frozenset[str]:
        """Return the phrases of a list, with single spaces between words."""
        if name not in self._phrase_lists:
            self._phrase_lists[name] = frozenset(map(self.expand, phrases(self._source["lists"][name])))
        return self._phrase_lists[name]

    def word_list(self, name: str) -> frozenset[str]:
        """Return the words of a list without commas."""
        if name not in self._word_lists:
            self._word_lists[name] = frozenset(self._source["lists"][name].split())
        return self._word_lists[name]

    def table(self, name: str) -> Mapping[str, Any]:
        """Return a table of the file."""
        table: Mapping[str, Any] = self._source[name]
        return table

    def _literals(self, name: str) -> frozenset[str]:
        """Return the words of the templates of a section, outside the lists."""
        written = " ".join(template for section in self._source[name] for template in section["templates"])
        return frozenset(self.expand(" ".join(word for word in _PIECE.findall(written) if word.islower())).split())

    def _section(self, section: Mapping[str, Any]) -> Templates:
        effect = {key: value for key, value in section.items() if key != "templates"}
        return Templates(effect, partial(self._expression, section))

    def _expression(self, section: Mapping[str, Any]) -> str:
        prefix, suffix = section.get("before", ""), section.get("after", "")
        joined = "|".join(self._compile(template) for template in section["templates"])
        return f"{self._compile(prefix)}(?:{joined}){self._compile(suffix)}"

    def _compile(self, template: str) -> str:
        """Return the regular expression of a template."""
        return "".join(self._compile_piece(piece) for piece in _PIECE.findall(template))

    def _compile_piece(self, piece: str) -> str:
        name, repeated = piece.removesuffix("*"), piece.endswith("*")
        if piece in "[(":
            return "(?:"
        if piece == "]":
            return ")?"
        if piece in ")|":
            return piece
        if name == "RATING":
            return f"(?:{NUMBER} |" + "|".join(f"{word} " for word in self._source["numbers"]) + ")"
        if name in _PATTERNS:
            return _PATTERNS[name]
        if name in _SIGNS or name in self._classes:
            pattern = f"{_SIGNS[name]} " if name in _SIGNS else self._classes[name]
            return f"(?:{pattern}){{0,{_MAX_REPEATED}}}" if repeated else pattern
        if name.isupper():
            raise ValueError(f"no list is called {name}")
        return re.escape(self.expand(piece)).replace(r"\ ", " ") + " "


def phrases(listed: str) -> list[str]:
    """Return the phrases of a list that is separated by commas."""
    return [" ".join(phrase.split()) for phrase in listed.split(",") if phrase.strip()]


def _alternatives(listed: Iterable[str]) -> str:
    ordered = sorted(set(listed), key=lambda phrase: (-len(phrase), phrase))
    return (
        "(?:"
        + "|".join(re.escape(phrase).replace(r"\ ", " ") + " " for phrase in ordered).replace("TITLE", TITLE)
        + ")"
    )


@lru_cache(maxsize=1)
def english() -> Language:
    """Return the words and templates of English texts."""
    folder = Path(__file__).parent / "languages"
    source, words, people = ((folder / name).read_text(encoding="utf-8") for name in _ENGLISH_FILES)
    return Language(tomllib.loads(source), frozenset(words.split()), people.splitlines())
