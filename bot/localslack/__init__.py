"""A local Slack on loopback, with people in it, for tests and the demo; imports nothing of the bot."""

from bot.localslack.channel_client import Channel
from bot.localslack.fault_injection import Fault
from bot.localslack.local_errors import NotPossible
from bot.localslack.local_slack import Sandbox
from bot.localslack.person_client import Person
from bot.localslack.recorder import Call, Delivery
from bot.localslack.snapshots import File, Message, View
from bot.localslack.time_machine import Clock, TimeMachine

__all__ = [
    "Call",
    "Channel",
    "Clock",
    "Delivery",
    "Fault",
    "File",
    "Message",
    "NotPossible",
    "Person",
    "Sandbox",
    "TimeMachine",
    "View",
]
