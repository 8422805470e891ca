"""The language of messages: which one is spoken now, its words, and its days and numbers."""
