"""Interviews by pages of titles: the simulation, the baselines and the report."""
