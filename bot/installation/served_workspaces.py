"""Which workspaces there are to serve, and by which installation: their own, or that of their organization."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from bot.repository.installations import UNLISTED, WITHDRAWN, Installation
from bot.repository.workspace_grants import Grant
from bot.workspace import Identity

#: Whether a workspace may use the bot, by its ID and that of its organization.
Admits = Callable[[str, str | None], bool]


def workspaces_of(stored: Iterable[Installation], grants: Iterable[Grant], admits: Admits) -> list[Installation]:
    """An installation for each workspace, also for those that have ended.

    A workspace goes on with an installation of its own while that has a token: its cards were posted by that bot, which
    is in its private channels. Else it works by the installation of its organization, with that one's token.
    """
    everything = list(stored)
    found = {each.team_id: each for each in everything if not each.is_organization}
    organizations = {each.team_id: each for each in everything if each.is_organization}
    for grant in grants:
        own, organization = found.get(grant.team_id), organizations.get(grant.organization)
        if organization is None or (own is not None and own.tokens is not None):
            continue
        covered = _covered(grant, organization, is_admitted=admits(grant.team_id, grant.organization))
        if covered.tokens is not None or own is None:
            found[grant.team_id] = covered
    return sorted(found.values(), key=lambda each: (each.team_name, each.team_id))


def _covered(grant: Grant, organization: Installation, *, is_admitted: bool) -> Installation:
    same = replace(
        organization,
        team_id=grant.team_id,
        team_name=grant.team_name,
        enterprise_id=grant.organization,
        organization=grant.organization,
        installed_at=grant.granted_at,
        refresh_fault=None,  # told once, of the organization
    )
    if grant.ended_at is not None:
        return replace(same, tokens=None, ended_at=grant.ended_at, ended_why=WITHDRAWN)
    if organization.tokens is not None and not is_admitted:
        return replace(same, tokens=None, ended_at=grant.granted_at, ended_why=UNLISTED)
    return same


def identity_of_installation(installation: Installation) -> Identity:
    """Who the bot is in a workspace, by the workspace's installation."""
    return Identity(
        installation.team_id,
        installation.team_name,
        installation.enterprise_id,
        installation.bot_user_id,
        installation.bot_id,
        installation.url,
        by_organization=installation.organization is not None,
    )
