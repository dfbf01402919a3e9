"""Text understanding: from what people type to what they mean.

- `titles`: title search. `series`: which movies are parts of one series.
- `search`, `search_terms`: search in titles, names and plots.
- `wishes`: parse wishes such as "90s comedy, no horror" into filters.
- `meaning`: what a text means in the situation in which it was written.
- `details`: finds movies by people, by words of their descriptions, and by series.
- `accents`, `bigrams`, `scores`: helpers of the above.
"""
