"""Files of people, for moving them between installations.

- `lines`: the format of the lines. `files`: reading and writing such files, compressed or not.
- `exporting`, `importing`: from the database to a file, and back.
"""
