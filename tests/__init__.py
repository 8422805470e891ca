"""The tests, named as behaviours."""
