"""The demo of this bot: its people and channels in a local Slack, a guided tour, and a simulated AWS."""
