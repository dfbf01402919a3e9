"""Wishes: from what a person writes to filters ("90s comedy, no horror") and to movies to resemble ("like Alien").

- `parser`: `parse_detailed_wish`, which reads what the bot was asked for, and `parse_wish`, which also tells a wish
  from a title, for the evaluation.
- `reader`: the grammar of genres and likes; it reads a text phrase by phrase. `periods` reads years.
- `people`: the grammar of names.
- `topics`: the grammar of subjects and moods.
- `asides`: the grammar of numbers of movies, of what is tolerated, and of exceptions. `counts` reads the numbers.
- `details`: the grammar of themes, running times and children's ages. `lengths` reads running times and ages, and
  `content` what should not happen.
- `refining`: changes of a wish.
- `words`, `themes`: the vocabulary.
"""

from recsys.text.wishes.parser import DetailedWish, NotAWish, Wish, parse_detailed_wish, parse_wish
from recsys.text.wishes.themes import says_popularity

__all__ = ["DetailedWish", "NotAWish", "Wish", "parse_detailed_wish", "parse_wish", "says_popularity"]
