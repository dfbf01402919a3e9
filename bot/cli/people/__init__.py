"""The commands that move people between installations.

- `export`: `reelmate export-people`. `import_`: `reelmate import-people`.
"""
