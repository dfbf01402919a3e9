"""Decisions and mathematics: who gets which movie, and why. No Telegram and no database driver."""
