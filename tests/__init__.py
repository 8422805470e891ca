"""The tests, named as behaviors."""
