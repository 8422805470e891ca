"""A local Slack on loopback for any Bolt app: Web API, Socket Mode, signed HTTP, people who act, and a page."""

from .app_manifest import AppManifest, ManifestInvalid
from .channel_client import Channel
from .fault_injection import Fault
from .file_uploads import Upload
from .grid import Grid
from .local_errors import NotPossible
from .local_slack import LocalSlack
from .oauth import OAuthApp
from .page.page_state import PageState
from .person_client import Person
from .recorder import Call, Delivery
from .snapshots import File, Message, View
from .time_machine import Clock, TimeMachine
from .workspace_file import CannotRestore, WorkspaceFile
from .workspace_seed import SAMPLE_WORKSPACE, SeedChannel, SeedGroup, SeedPerson, WorkspaceSeed

__all__ = [
    "SAMPLE_WORKSPACE",
    "AppManifest",
    "Call",
    "CannotRestore",
    "Channel",
    "Clock",
    "Delivery",
    "Fault",
    "File",
    "Grid",
    "LocalSlack",
    "ManifestInvalid",
    "Message",
    "NotPossible",
    "OAuthApp",
    "PageState",
    "Person",
    "SeedChannel",
    "SeedGroup",
    "SeedPerson",
    "TimeMachine",
    "Upload",
    "View",
    "WorkspaceFile",
    "WorkspaceSeed",
]
