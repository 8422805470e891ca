"""Tests of the local Slack: that it does what Slack does, as far as a bot can tell."""
