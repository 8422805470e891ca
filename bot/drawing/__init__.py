"""Draws pictures in processes of their own, so that the libraries for it never stand in the bot's memory."""
