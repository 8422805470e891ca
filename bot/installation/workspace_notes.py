"""What an operator is told about single workspaces: sentences for /readyz, and lines for the command `workspaces`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.repository.installations import ON_PURPOSE, UNLISTED, Installation


def notes(
    known: Iterable[Installation],
    organizations: Iterable[Installation],
    problems: Mapping[str, list[str]],
    faults: Mapping[str, str],
    stranded: Mapping[str, int],
    install_url: str,
) -> list[str]:
    """A sentence for each thing that is wrong with one workspace, or with an organization that has installed the app.

    Args:
        problems: team ID -> what the workspace's own application says.
        faults: ID of a workspace or organization -> why it is not served.
        stranded: ID of a workspace that never installed the app -> number of its unsent messages.
    """
    found, live = [], 0
    for each in organizations:
        found += _of_organization(each, faults.get(each.team_id), install_url)
        live += each.tokens is not None
    for each in known:
        name = f"{each.team_name} ({each.team_id})"
        live += each.tokens is not None
        if each.ended_why == UNLISTED:
            found.append(f"{name} is not served: neither it nor its organization is in ECO_WORKSPACES.")
        elif each.tokens is None and each.organization is None and each.ended_why not in ON_PURPOSE:
            why = f"Slack refuses its token ({each.ended_why})"
            found.append(f"{name} is not served: {why}. Install the app there again: {install_url}")
        if each.team_id in faults:
            found.append(f"{name}: {faults[each.team_id]}")
        if each.tokens is not None and each.refresh_fault is not None:
            found.append(f"{name}: {refresh_sentence(each)} Install the app there again: {install_url}")
        found += [f"{name}: {problem}" for problem in problems.get(each.team_id, ())]
    found += [f"Messages of {team} are never sent: {count}. Install the app there." for team, count in stranded.items()]
    if not live:
        found.append(f"No workspace has installed the app. Open {install_url}")
    return found


def _of_organization(each: Installation, fault: str | None, install_url: str) -> list[str]:
    name, again = f"{each.team_name} ({each.team_id}), an organization", f"Install the app there again: {install_url}"
    found = [f"{name}: {fault}"] if fault else []
    if each.tokens is None and each.ended_why not in ON_PURPOSE:
        found.append(f"{name}: Slack refuses its token ({each.ended_why}); none of its workspaces is served. {again}")
    if each.tokens is not None and each.refresh_fault is not None:
        found.append(f"{name}: {refresh_sentence(each)} {again}")
    return found


def refresh_sentence(installation: Installation) -> str:
    """That the token could not be refreshed, and until when it is good."""
    tokens = installation.tokens
    ends = f" It ends on {tokens.expires_at:%Y-%m-%d %H:%M} UTC." if tokens and tokens.expires_at else ""
    return f"The token is not refreshed ({installation.refresh_fault}).{ends}"
