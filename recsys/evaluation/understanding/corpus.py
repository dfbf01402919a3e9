"""The corpus: texts of a chat, each with the meanings that are right.

A line of a part is a JSON object with these keys:

- "text": what a person writes.
- "kind": the kind of text, by which the figures are grouped.
- "at", optional: the situation. {"question": "age" | "gender" | "occupation"} waits for an answer, {"card": LABEL} is
  the movie on the card that the text replies to, {"wish": TEXT} is the active wish.
- "means": the meaning, or a list of meanings that are all right, the best one first.

Movies are named by their label, such as "Alien (1979)". These are the meanings:

- {"rate": {LABEL: STARS}, "seen": [LABEL], "unseen": [LABEL], "ask": [LABEL]}, with any of the keys: what is stored
  without a question, and the movies about which the bot asks.
- {"wish": CONDITIONS}, and {"prefer": CONDITIONS} for a lasting preference. The conditions are what the text says:
  "genres" (any of them), "all_genres", "not" (genres), "from" and "to" (years), "like" and "unlike" (labels), "people",
  "people_not", "themes", "themes_not", "minutes_from", "minutes_to", "child" (an age in years), and "cards" (how
  many movies).
- {"refine": CONDITIONS}, where the conditions may also have "newer", "older" and "another" (true), "like_shown" (the
  number of a card, -1 for the last one) and "not_possible" (words).
- {"answer": {"age": 30}}, where [25, 34] accepts any age in between, {"answer": {"gender": "F" | "M"}},
  {"answer": {"occupation": NAME}}, {"answer": "skip" | "back" | "not said"}.
- {"about": {"movie": LABEL, "topic": "opinion" | "plot" | "people" | "reason"}}; null is the movie on the card.
- {"request": {"cards": 5, "surprise": true}}, where both keys are optional.
- {"talk": NAME} with a value of `Talk`, {"help": NAME} with a value of `HelpTopic`.
- {"foreign": CODE} with an ISO 639-1 code, or "" where the language cannot be known.
- {"unclear": true}, and {"unclear": {"denied": true}} where the bot has to say that it did not understand a denial.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal, get_args

from recsys.text.meaning.values import Question

Part = Literal["held_out", "seen", "added"]
PARTS: tuple[Part, ...] = get_args(Part)
"""The parts of the corpus, in the order in which they are reported."""

Described = Mapping[str, Any]
"""A meaning in the format of the corpus."""

STORED = ("rate", "seen", "unseen")
"""Keys of a meaning whose movies are stored without a question."""


@dataclass(frozen=True, slots=True)
class CorpusText:
    """A text with its meaning.

    Attributes:
        text: what the person writes.
        kind: the kind of text.
        means: the right meanings, the best one first.
        question: the question that waits for an answer; None if there is none.
        card: label of the movie on the card that the text replies to; None if it replies to no card.
        wish: the text of the active wish; None if there is none.
    """

    text: str
    kind: str
    means: tuple[Described, ...]
    question: Question | None = None
    card: str | None = None
    wish: str | None = None

    @property
    def labels(self) -> frozenset[str]:
        """The labels of all movies that the situation and the meanings name."""
        named = {label for meaning in self.means for label in _labels(meaning)}
        return frozenset(named if self.card is None else named | {self.card})


def read_corpus(part: Part) -> tuple[CorpusText, ...]:
    """Read a part of the corpus."""
    lines = (resources.files(__package__) / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(_text(json.loads(line)) for line in lines)


def _text(row: Mapping[str, Any]) -> CorpusText:
    situation, means = row.get("at", {}), row["means"]
    return CorpusText(
        row["text"],
        row["kind"],
        tuple(means) if isinstance(means, list) else (means,),
        Question(situation["question"]) if "question" in situation else None,
        situation.get("card"),
        situation.get("wish"),
    )


def _labels(meaning: Described) -> Iterator[str]:
    for key in (*STORED, "ask"):
        yield from meaning.get(key, ())
    for key in ("wish", "refine", "prefer"):
        conditions = meaning.get(key, {})
        yield from (*conditions.get("like", ()), *conditions.get("unlike", ()))
    movie = meaning.get("about", {}).get("movie")
    if movie is not None:
        yield movie
