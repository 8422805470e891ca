"""The procedure and its rules: standard library only, no clock, no network, no database."""
