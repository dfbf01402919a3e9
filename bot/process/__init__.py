"""Long-running processes.

- `run`: the bot, by polling or by webhook.
- `demo`: the bot with a chat page in the browser.
- `http_server`: the webhook, and the endpoints for operators.
"""
