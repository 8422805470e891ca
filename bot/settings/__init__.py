"""The environment, read and checked once, every fault told at once."""

from bot.settings.environment import SETTINGS, Setting, Settings, SettingsInvalid, load

__all__ = ["SETTINGS", "Setting", "Settings", "SettingsInvalid", "load"]
