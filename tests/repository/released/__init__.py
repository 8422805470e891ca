"""Databases as released versions wrote them, and how they are loaded and read."""
