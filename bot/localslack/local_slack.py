"""The synchronous, thread-safe interface of the local Slack: start it, wait for things, read them, stop it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

from . import state_dump
from .app_installs import AppInstalls
from .app_manifest import AppManifest
from .channel_actions import ChannelActions
from .channel_client import Channel, member_id
from .core import Core
from .event_loop import LoopThread
from .fault_injection import FaultBook
from .file_sharing import FileSharing
from .modal_actions import ModalActions
from .oauth import OAuthApp
from .page.page_routes import PageRoutes
from .page.page_state import PageState
from .payloads import event
from .people_admin import PeopleAdmin
from .person_client import Person
from .posting_pace import Pace
from .recorder import Call, Delivery
from .server import Server
from .socket_network import SocketNetwork
from .time_machine import Clock
from .transcript import transcript
from .workflows import Workflows
from .workspace_file import WorkspaceFile
from .workspace_model import Json
from .workspace_seed import SAMPLE_WORKSPACE, WorkspaceSeed

T = TypeVar("T")


class LocalSlack:
    """A local Slack. Make one with `LocalSlack.start`, best in a `with` statement."""

    def __init__(self, core: Core, page: PageState | None = None) -> None:
        self.core = core
        self.page = page
        self._loop = LoopThread()
        self.people = PeopleAdmin(core, self._loop)
        self._server = Server(core, self._loop.read)
        #: The network below Socket Mode, to break it.
        self.network = SocketNetwork(self._loop, self._server.sockets)
        #: Workflow Builder, which runs custom steps of the app.
        self.workflows = Workflows(core, self._loop, self._server.sender)
        #: The app in this workspace: allow its installation, remove it.
        self.installs = AppInstalls(core, self._loop, self._server.sender)
        self._channel_actions = ChannelActions(core, self._server.sender)
        self._modal_actions = ModalActions(core, self._server.sender, self._channel_actions)
        self._file_sharing = FileSharing(core, self._server.sender, self._channel_actions)
        self._file: WorkspaceFile | None = None
        core.workspace.on_change(self._loop.changed)
        if page is not None:
            actions = (self._channel_actions, self._modal_actions, self._file_sharing)
            self._server.extend = PageRoutes(core, page, *actions).add_to

    @classmethod
    def start(  # noqa: PLR0913  # each option has a default and is named
        cls,
        clock: Clock,
        *,
        manifest: Mapping[str, Any] | Path | None = None,
        workspace: WorkspaceSeed = SAMPLE_WORKSPACE,
        port: int = 0,
        pace: bool = True,
        ack_limit: float = 3.0,
        page: PageState | None = None,
        file: WorkspaceFile | None = None,
        app: OAuthApp | None = None,
    ) -> Self:
        """Start a workspace on loopback.

        Args:
            manifest: the app's, as a mapping or a JSON file; without one it may do everything.
            workspace: the people and channels to begin with.
            port: of the page and the Web API; 0 takes a free one.
            pace: whether a channel takes about one message a second, as in Slack.
            ack_limit: how many seconds the app has to acknowledge.
            page: shows the workspace in a browser.
            file: where the workspace comes from and is written to.
            app: the app that this workspace shares with others.

        Raises:
            ManifestInvalid: the manifest does not have the form of Slack's.
            OSError: the port is taken.
        """
        core = Core(
            clock, AppManifest.read(manifest), workspace, Pace() if pace else None, ack_limit, oauth=app or OAuthApp()
        )
        if file is not None:
            file.restore(core, page)
        slack = cls(core, page)
        slack._file = file
        slack._loop.start()
        try:
            slack._loop.run(slack._server.start(port))
            if file is not None:
                file.follow(core, page, slack._loop.soon)
        except BaseException:
            slack.stop()
            raise
        return slack

    def stop(self) -> None:
        """Close every connection and end the thread; what was recorded stays readable."""
        if self._loop.running:
            self._loop.run(self._server.stop())
            self._loop.end()
            if self._file is not None:
                self._file.save(self.core, self.page)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """The address, such as http://127.0.0.1:40123."""
        return self.core.base_url

    @property
    def api_url(self) -> str:
        """The base_url for a Slack client."""
        return self.core.base_url + "/api/"

    @property
    def bot_token(self) -> str:
        """The xoxb- token."""
        return self.core.bot_token

    @property
    def app_token(self) -> str:
        """The xapp- token of Socket Mode."""
        return self.core.app_token

    @property
    def signing_secret(self) -> str:
        """The secret that signs deliveries over HTTP."""
        return self.core.signing_secret

    @property
    def team_id(self) -> str:
        """The id of the workspace."""
        return self.core.workspace.team_id

    @property
    def bot_user_id(self) -> str:
        """The bot as a user."""
        return self.core.bot_user_id

    @property
    def bot_id(self) -> str:
        """The bot as a bot (B…)."""
        return self.core.bot_id

    @property
    def app_id(self) -> str:
        """The id of the app."""
        return self.core.app_id

    @property
    def faults(self) -> FaultBook:
        """The faults to come; add to it to see how the bot behaves."""
        return self.core.faults

    @property
    def calls(self) -> list[Call]:
        """Every call of the Web API so far."""
        return self._loop.read(lambda: list(self.core.recorder.calls))

    def calls_of(self, method: str) -> list[Call]:
        """The calls of one method so far."""
        return [call for call in self.calls if call.method == method]

    @property
    def deliveries(self) -> list[Delivery]:
        """Every delivery to the bot so far."""
        return self._loop.read(lambda: list(self.core.recorder.deliveries))

    @property
    def socket_connections(self) -> int:
        """The number of Socket Mode connections that the bot holds."""
        return self._loop.read(lambda: self._server.sockets.connections)

    def connect_http(self, url: str | None) -> None:
        """Deliver by signed HTTP to `url` from now on; None goes back to Socket Mode."""
        self._loop.read(lambda: setattr(self._server.sender, "url", url))

    def refresh_sockets(self) -> None:
        """Ask Socket Mode connections to come back, as Slack does every few hours."""
        self._loop.run(self._server.sockets.refresh())

    def channel(self, reference: str) -> Channel:
        """A channel by name, #name or id."""
        found = self._loop.read(lambda: self.core.workspace.conversation(reference))
        if found is None:
            raise KeyError(f"no channel {reference!r}")
        return Channel(self.core, self._loop, found)

    def person(self, reference: str) -> Person:
        """A person by name or id."""
        found = self._loop.read(lambda: self.core.workspace.user(reference))
        if found is None:
            raise KeyError(f"no person {reference!r}")
        actions = (self._channel_actions, self._modal_actions, self._file_sharing)
        return Person(self.core, self._loop, found, *actions)

    def deactivate(self, user: Person | str, deactivated: bool = True) -> None:
        """Deactivate a member of the workspace (or take one back)."""
        self._loop.read(lambda: self._set_deleted(member_id(self.core, user), deactivated))

    def delete_message(self, channel: str, ts: str) -> None:
        """Delete any message, as an admin would."""

        def delete() -> None:
            found = self.core.workspace.conversation(channel)
            message = self.core.workspace.message(found.id, ts) if found else None
            if message is None:
                raise KeyError(f"no message {ts} in {channel}")
            self.core.workspace.delete_message(message)

        self._loop.read(delete)

    def redeliver(self, delivery: Delivery, retry_num: int = 1, retry_reason: str = "http_timeout") -> Delivery:
        """Send the same payload again, marked as a retry."""
        sender = self._server.sender
        return self._loop.run(
            sender.deliver(delivery.kind, delivery.payload, retry_num=retry_num, retry_reason=retry_reason)
        )

    def send_event(self, event_: Json) -> Delivery:
        """Deliver any event of the Events API."""

        async def send() -> Delivery:
            return await self._server.sender.deliver("event_callback", event(self.core, event_))

        return self._loop.run(send())

    def read_everything(self) -> None:
        """Mark every message on the page as read by everybody."""
        page, workspace = self.page, self.core.workspace
        if page is None:
            return

        def read() -> None:
            newest = {channel: max(found, key=float) for channel, found in workspace.messages.items() if found}
            for user in workspace.users:
                for channel, ts in newest.items():
                    page.has_read(user, channel, ts)
            workspace.changed()

        self._loop.read(read)

    def crashed(self, source: str, message: str, traceback: str) -> None:
        """Show an exception of the bot on the page; may be called from any thread."""
        page = self.page
        if page is None:
            return

        def show() -> None:
            page.crashed(source, message, traceback)
            self.core.workspace.changed()

        self._loop.soon(show)

    def wait_for(self, predicate: Callable[[], T | None], timeout: float = 30.0, what: str = "it") -> T:
        """The first true answer of `predicate`, which is asked after each change of state.

        Raises AssertionError with `what` and all that stands in the channels when time runs out.
        """
        answer = self._loop.wait_for(predicate, timeout)
        if answer is None:
            raise AssertionError(f"waited {timeout:g} s for {what}; what there is:\n{self.dump()}")
        return answer

    def transcript(self, channel: Channel | str) -> str:
        """A channel with its threads as readable text, for a terminal."""
        reference = channel if isinstance(channel, str) else channel.id
        return self._loop.read(lambda: transcript(self.core, reference))

    def dump(self) -> str:
        """Everything that was said, and the last calls and deliveries, for a failed test."""

        return self._loop.read(lambda: state_dump.dump(self.core))

    def snapshot(self) -> Json:
        """The whole state as JSON-ready data, for a page or a file."""
        return self._loop.read(lambda: state_dump.snapshot(self.core))

    def _set_deleted(self, user_id: str, deleted: bool) -> None:
        self.core.workspace.users[user_id].deleted = deleted
        self.core.workspace.changed()
