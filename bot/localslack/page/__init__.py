"""The page: the local Slack in a browser, served on loopback from this package."""
