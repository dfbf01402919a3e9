"""Wishes: from what a person writes to filters ("90s comedy, no horror") and to movies to resemble ("like Alien").

- `parser`: `parse_wish`, the rules that tell a wish from a title.
- `reader`: the grammar; it reads a text phrase by phrase.
- `words`: the vocabulary.
"""

from recsys.text.wishes.parser import NotAWish, Wish, parse_wish

__all__ = ["NotAWish", "Wish", "parse_wish"]
