"""What people do in Slack and what they get for it: the real bot behind real requests in a local Slack."""
