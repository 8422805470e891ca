"""The outbox: messages that are owed to Slack and to Amazon SES, who sends them, and when."""
