"""A bot in service: signatures, servers, Socket Mode, start and stop."""
