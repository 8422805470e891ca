"""What the tests stand on: a real PostgreSQL, the imports of the code, a run in which nothing is skipped."""
