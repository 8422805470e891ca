"""The demo: the local Slack with this product in it."""
