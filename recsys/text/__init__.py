"""Text understanding: from what people type to what they mean.

- `titles`: title search. `title_keys`: the form in which titles are compared. `title_tables`: where they are looked up.
- `series`: which movies are parts of one series.
- `search`, `search_terms`: search in titles, names and plots.
- `wishes`: parse wishes such as "90s comedy, no horror" into filters.
- `meaning`: what a text means in the situation in which it was written.
- `details`: finds movies by people, by words of their descriptions, and by series.
- `accents`, `bigrams`, `scores`, `tables`: helpers of the above.
"""
