"""What `make release` does: checks, tests, the wheel, and what is known of the packages that it runs on."""
