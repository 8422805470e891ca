"""Serves the bot: HTTP server, Socket Mode connection, request signatures, graceful start and stop."""

from bot.serving.service import Application, Serving, run

__all__ = ["Application", "Serving", "run"]
