"""Telegram translation: parse an update, make one service call, render the answer."""
