"""The pages of an installation as HTML: what the app asks for and why, what was done, and what went wrong."""

from __future__ import annotations

from html import escape

#: What each scope of manifest.yml is for, as people read it before they allow it.
SCOPES = {
    "channels:history": "Find out whether a message of mine arrived, after a call to Slack was cut off.",
    "channels:join": "Join the public channel that you choose for an enrollment.",
    "channels:read": "See which channels there are and who is in them, to show each enrollment to the right people.",
    "chat:write": "Post cards, reminders and answers.",
    "commands": "Answer /eco and the shortcuts.",
    "files:read": "Read the lists that you upload.",
    "files:write": "Post long tickets, exports and pictures as files.",
    "groups:history": "The same as for public channels, in private channels that you invite me to.",
    "groups:read": "See who is in those private channels.",
    "im:history": "Find out whether a direct message of mine arrived.",
    "im:write": "Write to you directly: tickets with addresses, and channels that I cannot post in.",
    "usergroups:read": "Know who is in the user groups that the operator made admins or starters.",
    "users:read": "Know names and time zones, and who is an admin or a guest.",
    "users:read.email": "Put the owner's address on tickets by email, so that support can answer.",
}

_STYLE = (
    "body{font:17px/1.5 system-ui,sans-serif;max-width:42em;margin:3em auto;padding:0 1em;color:#1d1c1d}"
    "a.go{display:inline-block;background:#1f5f4a;color:#fff;padding:.6em 1.2em;border-radius:4px;text-decoration:none}"
    "dt{font-family:ui-monospace,monospace;margin-top:.6em}dd{margin-left:1.5em}"
)


def offer(authorize_url: str) -> str:
    """What the app asks for, with the way to Slack's own page."""
    asked = "".join(f"<dt>{escape(scope)}</dt><dd>{escape(why)}</dd>" for scope, why in SCOPES.items())
    return _page(
        "Add Eco enrollment to Slack",
        "<p>I take your team through the Eco Reports enrollment of AWS management accounts: I ask for what each step "
        "needs, write the tickets, and remind you when a wait is over.</p>"
        f'<p><a class="go" href="{escape(authorize_url)}">Add to Slack</a></p>'
        "<p>Slack shows you its own page next, and asks for these permissions. I ask for no others.</p>"
        f"<dl>{asked}</dl>"
        "<p>I store what you enter into forms and the Slack IDs of the people who act. The token that Slack gives me "
        "is encrypted. I keep no messages of others. When you remove the app, the token is deleted at once; ask "
        "whoever runs me to delete the rest.</p>",
    )


def done(workspace: str, open_url: str) -> str:
    """The app is installed."""
    return _page(
        f"Eco enrollment is in {workspace}",
        "<p>Type <code>/eco</code> in any channel to begin.</p>"
        f'<p><a class="go" href="{escape(open_url)}">Open Slack</a></p>',
    )


def done_for_organization(organization: str, add_url: str) -> str:
    """The app is installed for a whole organization, and in none of its workspaces yet."""
    return _page(
        f"Eco enrollment is allowed in {organization}",
        "<p>One step is left: add me to the workspaces that shall use me. Each is served within a few seconds, with "
        "enrollments of its own that no other workspace sees.</p>"
        f'<p><a class="go" href="{escape(add_url)}">Choose workspaces</a></p>',
    )


def problem(title: str, sentence: str, again: str = "") -> str:
    """What went wrong, and where to begin again."""
    link = f'<p><a class="go" href="{escape(again)}">Start again</a></p>' if again else ""
    return _page(title, f"<p>{escape(sentence)}</p>{link}")


def _page(title: str, content: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{content}</body></html>\n"
    )
