"""Tickets by email: the form, the sending, its outcomes, and processes that die meanwhile."""
