"""What the bot says: within Slack's limits, escaped, and complete in words alone."""
