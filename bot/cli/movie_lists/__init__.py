"""What `reelmate recommend` and `reelmate similar` do and print.

- `recommended`: movies for a person. `similar`: movies like another one.
- `inputs`: the values of options.
"""
