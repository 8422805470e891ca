"""The settings, read from the environment and validated once at the start."""

from bot.settings.environment import SETTINGS, Setting, Settings, SettingsInvalid, load

__all__ = ["SETTINGS", "Setting", "Settings", "SettingsInvalid", "load"]
