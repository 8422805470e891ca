"""This product in the local Slack: its people, a guided tour, a simulated AWS, for `make demo`."""
