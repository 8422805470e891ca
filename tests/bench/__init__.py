"""Benchmarks: what `make bench` runs and prints."""
