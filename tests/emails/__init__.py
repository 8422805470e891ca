"""Tickets by email: the form, the sending, what becomes of it, and processes that die meanwhile."""
