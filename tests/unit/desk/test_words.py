from services.desk.domain.life_cycle import Refusal
from services.desk.entrypoints.words import REFUSALS
from shared.events import Kind, Urgency
from shared.events.names import KINDS, URGENCIES


def test_forms_offer_every_kind_and_urgency_an_event_can_carry() -> None:
    assert list(KINDS) == [kind.value for kind in Kind]
    assert list(URGENCIES) == [urgency.value for urgency in Urgency]


def test_every_refusal_says_what_to_do_in_both_languages() -> None:
    assert set(REFUSALS) == set(Refusal)
    assert all(vi and en and vi != en for vi, en in REFUSALS.values())
