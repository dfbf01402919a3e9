"""Processes and wiring: settings, the command line, and what opens the services. Nothing imports this package."""
