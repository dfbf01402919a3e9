"""Remove accents from texts."""

import unicodedata


def without_accents(text: str) -> str:
    """Return a text without accents and other combining marks; compatibility characters become plain ones.

    Each character is decomposed by itself, because decomposing a text sorts its combining marks, and that takes
    quadratic time.
    """
    if text.isascii():
        return text
    decomposed = "".join(unicodedata.normalize("NFKD", character) for character in text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))
