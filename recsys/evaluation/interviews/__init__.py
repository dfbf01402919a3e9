"""Simulated interviews by pages of titles: the simulation, the baseline policies and the report."""
