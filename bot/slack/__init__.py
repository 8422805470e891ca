"""The Slack Web API: its client (the gateway), its errors, and the directory of people and channels."""
