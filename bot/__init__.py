"""The Eco enrollment bot: Eco Reports enrollment of AWS management accounts, followed in Slack."""

__version__ = "0.2.0"
