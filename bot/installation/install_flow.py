"""OAuth: offers the app to a workspace, and stores the installation that Slack sends back.

Whatever goes wrong has a page of its own and stores nothing. `state` keeps an installation to the browser that began it
(`oauth_state`), and the answer of Slack is looked at from all sides before its token is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

from slack_sdk.oauth import AuthorizeUrlGenerator

from bot.domain.schedule import Clock
from bot.installation import install_pages
from bot.installation.oauth_state import StateInvalid, States
from bot.installation.token_keys import TokenKeys
from bot.repository import idempotency_keys, installations
from bot.repository.database import Database
from bot.repository.installations import Installation, Tokens
from bot.serving.page_requests import INSTALL_PATH, REDIRECT_PATH, PageAnswer, PageRequest
from bot.slack.oauth_access import OAuthAccess
from bot.slack.slack_errors import RetryLater, SlackFault, UnknownOutcome
from bot.workspace import identity_of

log = logging.getLogger(__name__)

#: Slack's codes for a code that is not good any more.
_USED = frozenset({"code_already_used", "invalid_code"})
#: The idempotency key of a state belongs to no enrollment and to no workspace.
_NO_ENROLLMENT, _NO_WORKSPACE = 0, ""
_NOTHING = "Nothing was installed"
#: Where admins of an organization add an app to workspaces, by the IDs of both, as Slack documents it.
_ADD = "https://app.slack.com/manage/{}/integrations/profile/{}/workspaces/add"
_BEGUN_AT_SLACK = (
    "This installation was begun on Slack's own pages, and I can't tell by whom. Press Start again to begin it here."
)


class _Refused(Exception):
    """Nothing is installed; a page says why."""

    def __init__(self, status: int, sentence: str, title: str = _NOTHING) -> None:
        super().__init__(sentence)
        self.status, self.title = status, title


@dataclass(frozen=True, slots=True)
class InstallFlow:
    """The two pages of an installation.

    Attributes:
        scopes: what the app asks for, and needs all of.
        admits: whether a workspace may install the app, by its ID and that of its Enterprise organization.
        public_url: the address of the bot, without a slash at its end.
        installed: told that an installation was stored.
    """

    database: Database
    access: OAuthAccess
    keys: TokenKeys
    states: States
    clock: Clock
    scopes: Collection[str]
    admits: Callable[[str, str | None], bool]
    public_url: str
    installed: Callable[[], None]

    def answer(self, request: PageRequest) -> PageAnswer:
        """One of the pages."""
        if request.path == INSTALL_PATH:
            return self._offer()
        try:
            fields = parse_qs(request.query, max_num_fields=20)
        except ValueError:  # nobody's browser comes back from Slack with so many
            fields = {}
        given = {name: values[-1] for name, values in fields.items()}
        try:
            made = self._install(given, request.cookie)
        except _Refused as refused:
            page = install_pages.problem(refused.title, str(refused), f"{self.public_url}{INSTALL_PATH}")
            return PageAnswer(refused.status, page, {"Set-Cookie": self.states.no_cookie()})
        if made.is_organization:
            page = install_pages.done_for_organization(made.team_name, _ADD.format(made.team_id, made.app_id))
        else:
            slack = "https://slack.com/app_redirect?" + urlencode({"app": made.app_id, "team": made.team_id})
            page = install_pages.done(made.team_name, slack)
        return PageAnswer(200, page, {"Set-Cookie": self.states.no_cookie()})

    @property
    def _redirect_uri(self) -> str:
        return f"{self.public_url}{REDIRECT_PATH}"

    def _offer(self) -> PageAnswer:
        state = self.states.make(self.clock.now())
        url = AuthorizeUrlGenerator(
            client_id=self.access.client_id,
            scopes=sorted(self.scopes),
            redirect_uri=quote(self._redirect_uri, safe=""),
            authorization_url=self.access.authorize_url,
        ).generate(state)
        return PageAnswer(200, install_pages.offer(url), {"Set-Cookie": self.states.cookie(state)})

    def _install(self, given: dict[str, str], cookie: str) -> Installation:
        now = self.clock.now()
        try:
            name = self.states.name_of(given.get("state", ""), cookie, now)
        except StateInvalid:
            if given.get("code") and "state" not in given:
                raise _Refused(400, _BEGUN_AT_SLACK) from None
            raise _Refused(
                400, "This page is older than ten minutes, or the installation was begun in another browser or tab."
            ) from None
        if error := given.get("error"):
            if error == "access_denied":
                raise _Refused(200, "You chose not to allow it. I have stored nothing.")
            raise _Refused(400, f"Slack says: {error[:60]}.")
        if not (code := given.get("code")):
            raise _Refused(400, "Slack has sent no code.")
        with self.database.write() as connection:
            if not idempotency_keys.add(connection, _NO_WORKSPACE, f"install:{name}", _NO_ENROLLMENT, now):
                raise _Refused(400, "This page was opened before: each installation has a page of its own.")
        made = self._installation(self._exchanged(code), now)
        with self.database.write() as connection:
            installations.save(connection, made)
        log.info("the app was installed in %s (%s) by %s", made.team_name, made.team_id, made.installed_by)
        self.installed()
        return made

    def _exchanged(self, code: str) -> dict[str, Any]:
        try:
            return self.access.exchange(code, self._redirect_uri)
        except (RetryLater, UnknownOutcome) as fault:
            log.warning("an installation was not finished: %s", fault)
            raise _Refused(503, "Slack does not answer right now.") from fault
        except SlackFault as fault:
            if fault.code in _USED:
                raise _Refused(400, "This page was opened before, or is older than ten minutes.") from fault
            log.error("Slack refuses an installation: %s. Look at the client ID and secret.", fault.code)  # noqa: TRY400
            raise _Refused(500, f"Slack refuses my own settings ({fault.code}). Tell whoever runs me.") from fault

    def _installation(self, answer: dict[str, Any], now: datetime) -> Installation:
        """What Slack's answer says, once it is sure that it is of this app, for somebody who may have it."""
        whole = bool(answer.get("is_enterprise_install"))
        enterprise, place = answer.get("enterprise") or {}, answer.get("team") or {}
        if whole:
            place = enterprise
        token = str(answer.get("access_token") or "")
        lacking = sorted(set(self.scopes) - set(str(answer.get("scope") or "").split(",")))
        if answer.get("token_type") != "bot" or not token or not place.get("id"):
            raise _Refused(500, "Slack has sent no token of a bot. Tell whoever runs me.")
        if lacking:
            raise _Refused(500, f"Slack has left out {', '.join(lacking)}. Tell whoever runs me.")
        team = str(place["id"])
        if not self.admits(team, enterprise.get("id")):
            log.warning("an installation in %s is refused: it is not in ECO_WORKSPACES", team)
            kind = "organization" if whole else "workspace"
            raise _Refused(
                403,
                f"This {kind} ({team}) is not on the list of those that I serve. Ask whoever runs me to add it, and "
                f"remove the app from the {kind} again until then.",
            )
        try:
            identity = identity_of(self.access.identity(token))
        except SlackFault as fault:
            raise _Refused(503, f"Slack does not confirm the new token ({fault.code}).") from fault
        app = str(answer.get("app_id") or "")
        with self.database.read() as connection:
            mine = {i.app_id for i in installations.all_of(connection) if i.client_id == self.access.client_id}
        told = identity.enterprise_id or identity.team_id if whole else identity.team_id
        if told != team or identity.by_organization != whole or (mine and app not in mine):
            log.error("an installation of another app, %s, or place, %s, is refused", app, identity.team_id)
            raise _Refused(400, "Slack's answer is for another app.")
        return Installation(
            team,
            str(place.get("name") or team) if whole else identity.name,
            identity.url,
            identity.enterprise_id,
            app,
            self.access.client_id,
            identity.bot_user_id,
            identity.bot_id,
            str((answer.get("authed_user") or {}).get("id") or ""),
            now,
            tokens_of(answer, self.keys, now),
        )


def tokens_of(answer: dict[str, Any], keys: TokenKeys, now: datetime) -> Tokens:
    """The tokens of an answer of oauth.v2.access, as they are stored."""
    refresh, seconds = answer.get("refresh_token"), answer.get("expires_in")
    ends = now + timedelta(seconds=int(seconds)) if seconds else None
    return Tokens(keys.encrypt(str(answer["access_token"])), keys.encrypt(str(refresh)) if refresh else None, ends)
