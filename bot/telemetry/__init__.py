"""Logging without secrets, and metrics."""
