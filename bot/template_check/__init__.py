"""Tries an operator's templates: renders what the bot says of made-up enrollments, and names every fault."""
