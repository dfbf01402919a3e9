"""Benchmarks of many people: a million people with 20 million ratings in PostgreSQL.

`benchmarks/million_people.py` measures the database work of a turn.

- `filling`: a server for large databases, and databases full of generated people.
- `plans`: the statements that run in a database, and how it executes them.
- `commands`: what commands, admins and the bot cost on a full database.
- `moving`: export and import of people.
"""
