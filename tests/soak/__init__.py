"""`make soak`: eight weeks of the bot's life in well under an hour, with faults of Slack and `kill -9`."""
