"""The API, as other programs use it."""
