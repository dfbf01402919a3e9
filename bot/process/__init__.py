"""Long-running processes: the bot, the demo, and their HTTP server."""
