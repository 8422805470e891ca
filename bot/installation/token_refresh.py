"""Refreshes a token that expires, well before it does, by one process at a time."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.schedule import Clock
from bot.installation.install_flow import tokens_of
from bot.installation.token_keys import KeysDoNotFit, TokenKeys
from bot.repository import installations
from bot.repository.database import Database
from bot.repository.installations import AFTER_REFUSAL, CLAIM, Installation
from bot.slack.oauth_access import OAuthAccess
from bot.slack.slack_errors import RetryLater, SlackFault, UnknownOutcome

log = logging.getLogger(__name__)

#: How long before its end a token is refreshed: if it fails, people have that long to install the app again.
BEFORE_END = timedelta(hours=2)
#: What is stored where the keys of a process do not open the token.
_STRANGE = "keys_do_not_fit"


@dataclass(frozen=True, slots=True)
class TokenRefresh:
    """Refreshes the tokens of installations."""

    database: Database
    access: OAuthAccess
    keys: TokenKeys
    clock: Clock

    def refresh(self, installation: Installation) -> bool:
        """Refresh the token if it ends soon and no other process does it; whether a new one was stored."""
        tokens, now = installation.tokens, self.clock.now()
        if tokens is None or tokens.refresh is None or tokens.expires_at is None:
            return False
        if now < tokens.expires_at - BEFORE_END:
            return False
        team, version = installation.team_id, installation.version
        try:
            refresh_token = self.keys.decrypt(tokens.refresh)
        except KeysDoNotFit as fault:
            self._note_strange_key(installation, fault)
            return False
        with self.database.write() as connection:
            if not installations.claim_refresh(connection, team, version, now):
                return False
        try:
            new = tokens_of(self.access.refresh(refresh_token), self.keys, now)
        except SlackFault as fault:
            # After an unknown outcome the refresh token may be used up: the next try tells.
            unsure = isinstance(fault, RetryLater | UnknownOutcome)
            again = now + (CLAIM if unsure else AFTER_REFUSAL)
            log.log(
                logging.WARNING if unsure else logging.ERROR,
                "the token of %s (%s) is not refreshed: %s; it ends at %s",
                installation.team_name,
                team,
                fault,
                tokens.expires_at,
            )
            with self.database.write() as connection:
                installations.refresh_failed(connection, team, version, fault.code, again)
            return False
        with self.database.write() as connection:
            installations.refreshed(connection, team, version, new)
        log.info("the token of %s (%s) was refreshed", installation.team_name, team)
        return True

    def _note_strange_key(self, installation: Installation, fault: KeysDoNotFit) -> None:
        """Say it once, and claim nothing: another process may have the key."""
        if installation.refresh_fault == _STRANGE:
            return
        log.error("the token of %s (%s) is not refreshed: %s", installation.team_name, installation.team_id, fault)
        with self.database.write() as connection:
            installations.note_fault(connection, installation.team_id, installation.version, _STRANGE)
