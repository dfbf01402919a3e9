"""Long-running processes.

- `run`: the bot, by polling or by webhook.
- `supervisor`, `supervised`: several processes of a bot with a webhook, and what each of them does for it.
- `sockets`: sockets at LISTEN, of one process or of several.
- `demo`: the bot with a chat page in the browser.
- `http_server`: the webhook, and the endpoints for operators.
"""
