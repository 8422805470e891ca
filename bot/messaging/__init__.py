"""Everything the bot says: words, cards, the Web API, and the delivery of what is owed."""
