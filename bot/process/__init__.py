"""Processes from start to end: the bot, the demo, the HTTP server."""
