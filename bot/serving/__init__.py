"""A bot in service: the HTTP server, Socket Mode, signatures, and an orderly start and stop."""

from bot.serving.service import Application, Serving, run

__all__ = ["Application", "Serving", "run"]
