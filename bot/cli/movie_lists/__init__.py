"""The lists that `reelmate recommend` and `reelmate similar` print.

- `recommended`: movies for a person. `similar`: movies like another one.
- `inputs`: the values of options.
"""
