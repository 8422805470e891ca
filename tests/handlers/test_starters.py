"""Who may start enrollments and send tickets by email (ECO_STARTERS), who is an admin, who may be named in a form."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.localslack import Person, SeedPerson
from tests.support.bot_world import World, running
from tests.support.mail_services import ON
from tests.support.outsiders import APP, GONE, NOBODY, OUTSIDERS, add
from tests.support.steps import StepKey
from tests.support.walkthrough import reach, told

EACH_OUTSIDER = pytest.mark.parametrize("seed", OUTSIDERS, ids=lambda seed: seed.name)
PRIVATE = "eco-private"
FIELDS = {"account_id": "123456789012", "account_name": "Production"}


def may_start(world: World, person: Person) -> bool:
    """Whether the start form opens for somebody."""
    delivery = person.command("/eco", "enroll", channel=world.channel.name)
    answered = world.slack.wait_for(lambda: delivery.ephemerals or person.view, what="an answer")
    opened = person.view is not None and person.view.title == "Start an enrollment"
    assert opened or "You may not start an enrollment here." in answered[-1].text
    person.close_all()
    return opened


@EACH_OUTSIDER
def test_guests_and_partners_start_nothing(sqlite_url: str, seed: SeedPerson) -> None:
    """Whatever ECO_STARTERS and ECO_ADMINS say; they are told whom to ask."""
    with running(sqlite_url) as world:
        outsider = add(world, seed, world.channel.name)
        assert not may_start(world, outsider)
        said = told(world, outsider, outsider.command("/eco", "enroll", channel=world.channel.name))
        assert f"Ask <@{world.chi.id}> to do it for you." in said
    with running(sqlite_url, ECO_STARTERS=outsider.id, ECO_ADMINS=outsider.id) as world:
        assert not may_start(world, add(world, seed, world.channel.name))


def test_a_form_that_was_opened_while_allowed_starts_nothing(sqlite_url: str) -> None:
    """Who is no starter any more when the form comes in is refused."""
    with running(sqlite_url, ECO_STARTERS="S0ECOADMIN", ECO_ADMINS="U0BEN00001") as world:
        world.chi.command("/eco", "enroll", channel=world.channel.name)
        world.chi.wait_view("Start an enrollment")
        world.slack.people.set_group("S0ECOADMIN", "ben")
        world.clock.jump(timedelta(seconds=61))

        world.fill(world.chi, "Start an enrollment", **FIELDS, owner="chi")

        assert [] == world.enrollments()


@pytest.mark.parametrize(
    ("starters", "expected"),
    [
        ("members", {"ana", "ben", "chi", "dev", "eve"}),
        ("admins", {"chi"}),
        ("U0DEV00001", {"dev", "chi"}),
        ("S0ECOADMIN U0ANA00001", {"ana", "chi"}),
    ],
)
def test_eco_starters_says_who_may_start(sqlite_url: str, starters: str, expected: set[str]) -> None:
    """Every full member, admins, or these people and groups; an admin always."""
    with running(sqlite_url, ECO_STARTERS=starters) as world:
        people = (world.ana, world.ben, world.chi, world.dev, world.eve)
        assert expected == {person.name for person in people if may_start(world, person)}


def test_a_guest_who_collaborates_sends_no_ticket_by_email(sqlite_url: str) -> None:
    """They may change the enrollment; what goes out in the company's name is for starters."""
    with running(sqlite_url, **ON) as world:
        guest = add(world, OUTSIDERS[0], world.channel.name)
        reach(world, StepKey.ENABLE_SUBSETS, collaborators=[guest.id])

        said = told(world, guest, world.click(guest, "Send by email", StepKey.ENABLE_SUBSETS))

        assert "You may not send tickets by email here." in said


def test_admins_of_the_workspace_are_admins_where_eco_admins_is_empty(sqlite_url: str) -> None:
    """Chi is one in Slack; once she is not, she loses the right within a minute."""
    with running(sqlite_url, ECO_ADMINS="") as world:
        world.start()
        world.chi.click(world.card(), "Edit")
        world.chi.wait_view("Edit")
        world.chi.close_all()
        world.slack.people.set_admin("chi", False)
        world.clock.jump(timedelta(seconds=61))

        assert "may change this enrollment" in told(world, world.chi, world.chi.click(world.card(), "Edit"))


def test_who_left_the_admins_group_loses_the_right_within_a_minute(sqlite_url: str) -> None:
    """The group's members are asked again after a minute."""
    with running(sqlite_url, ECO_ADMINS="S0ECOADMIN") as world:
        world.start()
        world.chi.click(world.card(), "Edit")
        world.chi.wait_view("Edit")
        world.chi.close_all()
        world.slack.people.set_group("S0ECOADMIN")
        world.clock.jump(timedelta(seconds=61))

        assert "may change this enrollment" in told(world, world.chi, world.chi.click(world.card(), "Edit"))


@pytest.mark.parametrize(
    ("seed", "reason"),
    [(APP, "helper is an app."), (GONE, "gone's account is deactivated."), (None, f"{NOBODY} is not in this Slack.")],
)
@pytest.mark.parametrize("field", ["owner", "collaborators"])
def test_owners_and_collaborators_are_living_people(
    sqlite_url: str, seed: SeedPerson | None, reason: str, field: str
) -> None:
    """An app, somebody deactivated and an unknown ID are refused at their field, in the start form and in Edit."""
    with running(sqlite_url) as world:
        user = world.slack.people.add(seed) if seed else NOBODY
        chosen = {field: user if field == "owner" else [user]}
        world.ana.command("/eco", "enroll", channel=world.channel.name)
        world.ana.wait_view("Start an enrollment")
        with_unknown(world, {**FIELDS, "owner": world.ana.id} | chosen)

        assert {field: f"{reason} Choose people who can answer."} == world.ana.submit().response["errors"]

        world.ana.close_all()
        world.start()
        world.ana.click(world.card(), "Edit")
        world.ana.wait_view("Edit")
        with_unknown(world, chosen)
        assert {field: f"{reason} Choose people who can answer."} == world.ana.submit().response["errors"]


def with_unknown(world: World, values: dict[str, object]) -> None:
    """Fill Ana's form; an ID that the picker does not offer is put where Slack would send it."""
    view = world.slack.core.workspace.stack(world.ana.id)[-1]
    for name, value in values.items():
        if name not in ("owner", "collaborators"):
            world.ana.fill({name: value})
            continue
        state = next(iter(view.values[name].values()))
        state["selected_user" if name == "owner" else "selected_users"] = value


def test_a_private_channel_is_for_its_members(sqlite_url: str) -> None:
    """Dev is not in it and is refused at the field; a public channel need not have him."""
    with running(sqlite_url) as world:
        world.slack.channel(world.channel.name).remove_member(world.dev)
        world.dev.command("/eco", "enroll", channel="finops")
        world.dev.wait_view("Start an enrollment")
        world.dev.fill({**FIELDS, "owner": "dev"})
        view = world.slack.core.workspace.stack(world.dev.id)[-1]
        next(iter(view.values["channel_id"].values()))["selected_conversation"] = world.slack.channel(PRIVATE).id

        errors = world.dev.submit().response["errors"]
        assert "You are not in this private channel." in errors["channel_id"]

        world.dev.fill({"channel_id": world.channel.name})
        assert world.dev.submit().response in (None, "", {})


@pytest.mark.parametrize("flag", ["is_ext_shared", "is_pending_ext_shared", "is_org_shared"])
def test_a_channel_that_is_shared_with_another_company_is_confirmed(sqlite_url: str, flag: str) -> None:
    """Also together with another warning; within the organization nothing is asked."""
    with running(sqlite_url) as world:
        setattr(world.slack.core.workspace.conversations[world.slack.channel("finops").id], flag, True)
        world.start()
        world.ana.command("/eco", "enroll", channel="finops")
        typed = {"account_id": "999988887777", "account_name": "Second", "spot_org_id": "606079874885", "owner": "ana"}
        world.fill(world.ana, "Start an enrollment", **typed)

        view = world.ana.wait_view("Start an enrollment")
        shared = "is shared with another company" in view.shown
        assert shared is (flag != "is_org_shared")
        assert "Production" in view.shown
        assert world.ana.submit().response in (None, "", {})
        assert 2 == len(world.enrollments())
