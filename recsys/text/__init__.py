"""Text understanding: from what people type to what they mean.

- `titles`: title search.
- `wishes`: parse wishes such as "90s comedy, no horror" into filters.
"""
