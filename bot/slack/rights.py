"""Rights in one workspace: who may start enrollments, who may be named in a form, which channel somebody may choose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from bot.domain.access import Actor, Starters
from bot.domain.sentences import Row, sentence
from bot.slack.directory import Directory

_NO_MEMBER = sentence(
    "You are not in this private channel. Choose one that you are in, or ask somebody there to invite you."
)
_CANNOT_SEE = sentence("You are not in this channel. Choose one that you are in.")
_SHARED = "{channel} is shared with another company. Its people can read the card and everything I post there."


@dataclass(frozen=True, slots=True)
class Rights:
    """Answers from the directory; where Slack does not tell, the answer is no."""

    directory: Directory
    starters: Starters

    def may_start(self, user: str) -> bool:
        """Whether somebody may start enrollments and send tickets: a full member whom ECO_STARTERS names, or an admin.

        Guests and people of another workspace never may, even if ECO_STARTERS or ECO_ADMINS names them.
        """
        if not self.directory.is_full_member(user):
            return False
        ids = self.starters.ids
        return ids is None or self.directory.is_among(user, ids) or self.directory.is_admin(user)

    def starter(self, user: str) -> bool | None:
        """`may_start` for work in the background, which can wait: None where Slack does not tell who somebody is."""
        person = self.directory.person_now(user)
        return None if person is not None and not person.teams else self.may_start(user)

    def actor(self, user: str) -> Actor:
        """Somebody with the rights that they have now."""
        return Actor(user, self.directory.is_admin(user), partial(self.directory.sees_channel, user))

    def join_for(self, user: str, channel_id: str) -> str | None:
        """Join a channel that somebody has chosen; a sentence that says why that cannot be, else None."""
        return self.directory.join_channel(channel_id) or self.why_not_channel(user, channel_id)

    def why_no_person(self, users: Iterable[str]) -> str | None:
        """Why somebody among these cannot be an owner or collaborator: a sentence that names them; None if all can."""
        reasons = self.who_cannot_answer(users)
        return Row([reasons, sentence("Choose people who can answer.")]) if reasons else None

    def who_cannot_answer(self, users: Iterable[str]) -> str:
        """A sentence for each of these who is no person in this Slack, or not any more; "" if all of them are."""
        reasons = []
        for user in dict.fromkeys(users):
            person = self.directory.person_now(user)
            if person is None:
                reasons.append(sentence("{person} is not in this Slack.", person=user))
            elif person.is_app:
                reasons.append(sentence("{person} is an app.", person=person.name))
            elif person.deactivated:
                reasons.append(sentence("{person}'s account is deactivated.", person=person.name))
        return Row(reasons)

    def why_not_full_member(self, user: str) -> str | None:
        """Why somebody cannot take over or stand in for others: only full members can; None if they can."""
        person = self.directory.person_now(user)
        reason = self.why_no_person([user])
        if reason is None and person is not None and not person.is_full_member(self.directory.team_id):
            if not person.teams:
                return sentence("Slack does not tell me who this is right now. Try again in a minute.")
            guest, other = "{person} is a guest here.", "{person} is not a full member of this Slack."
            who = sentence(guest if person.is_guest else other, person=person.name)
            return Row([who, sentence("Choose a full member.")])
        return reason

    def why_not_channel(self, user: str, channel_id: str) -> str | None:
        """Why somebody cannot choose a channel: they are not in it, and it is not one that they can see anyway.

        A full member can see every public channel; in a private one, and for guests in any, they have to be a member.
        """
        if user in self.directory.channel_members(channel_id) or self.directory.sees_channel(user, channel_id):
            return None
        return _NO_MEMBER if self.directory.channel_now(channel_id).get("is_private") else _CANNOT_SEE

    def channel_warnings(self, channel_id: str) -> list[str]:
        """What to confirm about a channel: that people of another company read it, or soon will."""
        channel = self.directory.channel_now(channel_id)
        if channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"):
            return [sentence(_SHARED, channel=self.directory.channel_label(channel_id))]
        return []
