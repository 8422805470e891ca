"""Phrases of procedures in other languages: laid over, inherited by steps that are taken over, checked with places."""

from __future__ import annotations

import pytest

from bot.domain.phrases import phrases_of, read_pack, translate
from bot.domain.procedure import BUILT_IN, USUAL, known_steps
from bot.domain.procedure_file import FaultyProcedure
from bot.domain.step_spec import specs
from bot.language.spoken import speaking
from bot.presentation import texts
from tests.domain.building import blank

BY_KEY = {procedure.key: procedure for procedure in BUILT_IN}
#: Phrases that are the same in German.
SAME = {
    *("AWS", "Spot", "{}", "CloudFormation, us-east-1", "SpotEcoStack", "spotinst-cur-report", "spotinst_eco"),
    *("1234-5678-9012", "606079874885 : 123456789012, 210987654321"),
}


def faults(text: str) -> list[str]:
    """What is wrong with phrases of the usual procedure."""
    with pytest.raises(FaultyProcedure) as faulty:
        read_pack(text, "de/usual.toml", USUAL)
    return list(faulty.value.faults)


def test_a_procedure_is_told_in_the_language_that_is_spoken() -> None:
    """Its steps keep their keys, waits and links; what the domain reads is not translated."""
    enrollment = blank()
    english = enrollment.spec("sign_up")
    with speaking("de"):
        german = enrollment.spec("sign_up")
        assert "Bei Spot registrieren" == german.title == texts.title("sign_up") == known_steps()["sign_up"].title
        assert (english.key, english.requires, english.collects[0].key) == (
            german.key,
            german.requires,
            german.collects[0].key,
        )
        assert [address for _, address in english.links] == [address for _, address in german.links]
        assert "Sign up with Spot" == specs(enrollment.procedure)["sign_up"].title
        assert USUAL.reference == USUAL.told.reference
    assert english is enrollment.spec("sign_up")


@pytest.mark.parametrize("key", BY_KEY)
def test_every_phrase_of_our_procedures_has_german(key: str) -> None:
    """What a German enrollment shows is German throughout; names and examples of values are the same in English."""
    german = dict(phrases_of(BY_KEY[key].languages["de"]))
    left = [place for place, phrase in phrases_of(BY_KEY[key]) if german[place] == phrase and phrase not in SAME]

    assert [] == left


def test_a_step_that_is_taken_over_is_told_with_its_phrases() -> None:
    """Only what another procedure says itself has to be translated for it."""
    member = BY_KEY["aws-member-account"]
    with speaking("de"):
        assert "Bei Spot registrieren" == member.told.spec("sign_up").title
        assert "Sind Cost Analysis und das Dashboard da?" == member.told.spec("connect_account").confirm


def test_a_fault_names_its_place() -> None:
    """A phrase for nothing, one without its value, one that is no text, and what is no TOML at all."""
    assert [
        "de/usual.toml: steps.sign_up.titel: the procedure says nothing there. Did you mean “steps.sign_up.title”?"
    ] == (faults('[steps.sign_up]\ntitel = "x"'))
    assert ["de/usual.toml: steps.sign_up.confirm: the procedure says nothing there. Did you mean"] == [
        each.partition(" “")[0] for each in faults('[steps.sign_up]\nconfirm = "Fertig?"')
    ]
    [shared] = faults('[fields.ticket_number]\nnoum = "Nummer"')
    assert shared.endswith("Did you mean “fields.ticket_number.noun”?")
    braces = "de/usual.toml: fields.ticket_number.when_done: needs {} as often as the English phrase"
    assert [f"{braces}, where the value stands."] == faults('[fields.ticket_number]\nwhen_done = "Ticket"')
    assert ["de/usual.toml: title: must be text."] == faults("title = 3")
    [wrong] = faults("title =")
    assert wrong.startswith("de/usual.toml: is not TOML: ")
    [long] = faults(f'[steps.sign_up]\ntitle = "{"x" * 76}"')
    assert "de/usual.toml: step “sign_up”: “title” has 76 characters; 75 are shown at most." == long


def test_a_party_and_the_links_of_a_step_have_phrases() -> None:
    """A party by its key, the links of a step in their order."""
    text = 'title = "MSP"\n[parties.msp]\nname = "der Partner"\n[steps.agree_on_report]\nlinks = ["Kunden"]'

    assert {
        ("title",): "MSP",
        ("parties", "msp", "name"): "der Partner",
        ("steps", "agree_on_report", "links", "1"): "Kunden",
    } == read_pack(text, "de/msp.toml", BY_KEY["aws-msp-delivered"])


def test_phrases_of_a_field_of_several_steps_stand_once() -> None:
    """A step can have others."""
    text = '[fields.ticket_number]\nnoun = "Nummer"\n[steps.enable_subsets.fields.ticket_number]\nnoun = "Eigene"'
    pack = read_pack(text, "de/usual.toml", USUAL)
    before = dict(USUAL.languages)
    try:
        translate(USUAL, "xx", pack, {})
        told = USUAL.languages["xx"]
        nouns = {spec.key: each.noun for spec in told.steps for each in spec.collects if each.key == "ticket_number"}
    finally:
        USUAL.languages.clear()
        USUAL.languages.update(before)

    assert ("Eigene", "Nummer") == (nouns["enable_subsets"], nouns["associate_customers"])
