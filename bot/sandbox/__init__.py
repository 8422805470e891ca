"""A local Slack on loopback, with people in it, for tests and the demo; imports nothing of the bot."""

from bot.sandbox.channels import Channel
from bot.sandbox.clock import Clock, TimeMachine
from bot.sandbox.errors import NotPossible
from bot.sandbox.facade import Sandbox
from bot.sandbox.faults import Fault
from bot.sandbox.people import Person
from bot.sandbox.recorder import Call, Delivery
from bot.sandbox.snapshots import File, Message, View

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
