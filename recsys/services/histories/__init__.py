"""Histories of people: files of other services become ratings, marks and the watchlist here.

- `importing`: the use cases. `matching`: from a row to a movie of the catalogue. `process`: reading files of strangers.
- `loose_titles`: titles that services write differently. `loose_words`: their words, numbers and abbreviations.
- `exporting`: the file that Letterboxd imports.
"""
