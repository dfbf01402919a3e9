"""The index of pairs of letters leaves out no text that is near enough."""

import numpy as np
import pytest
from rapidfuzz.distance import OSA

from recsys.text.bigrams import BigramIndex

LETTERS = list("abc 01")


def random_texts(rng: np.random.Generator, count: int) -> list[str]:
    """Return different texts of few letters, so that many are alike and pairs repeat."""
    return list({"".join(rng.choice(LETTERS, rng.integers(1, 12))) for _ in range(count)})


def misspelled(text: str, errors: int, rng: np.random.Generator) -> str:
    """Return a text with so many typing errors of all kinds."""
    for _ in range(errors):
        place = int(rng.integers(len(text))) if text else 0
        letter, before, after = str(rng.choice(LETTERS)), text[:place], text[place:]
        kinds = (
            before + letter + after,
            before + after[1:],
            before + letter + after[1:],
            before + after[1::-1] + after[2:],
        )
        text = kinds[int(rng.integers(len(kinds)))]
    return text


@pytest.mark.parametrize("errors", [1, 2, 3])
def test_every_text_within_the_errors_is_found(errors: int) -> None:
    """This is compared with a look at every text, for texts that are in the index, misspelled ones and others."""
    rng = np.random.default_rng(errors)
    texts = random_texts(rng, 400)
    index = BigramIndex(texts)
    asked = [
        *texts[:50],
        *(misspelled(text, errors, rng) for text in texts[:40]),
        *random_texts(rng, 50),
        "",
        "é\ud800",
    ]
    for text in asked:
        near = {other for other in texts if OSA.distance(text, other) <= errors}
        assert near <= set(index.within(text, errors))


def test_most_texts_are_not_looked_at() -> None:
    """Of words that have little in common, few can be a misspelled one."""
    words = [f"{first}{second}ord{third}" for first in "abcdefgh" for second in "stuvwxyz" for third in "klmnopqr"]
    found = BigramIndex(words).within("asordk", 1)
    assert "asordk" in found
    assert len(found) < len(words) / 4


def test_the_most_alike_texts_come_in_the_order_of_the_index() -> None:
    """There are always as many as wanted, if there are so many texts."""
    index = BigramIndex(["heat", "the heat", "alien", "heathers", "xyz"])
    assert index.most_alike("heat", 3) == ["heat", "the heat", "heathers"]
    assert len(index.most_alike("!?", 2)) == 2
    assert index.most_alike("heat", 9) == ["heat", "the heat", "alien", "heathers", "xyz"]


def test_an_empty_index_finds_nothing() -> None:
    """A catalogue may be empty, and no title may have parts."""
    index = BigramIndex([])
    assert index.within("alien", 1) == index.most_alike("alien", 3) == []
