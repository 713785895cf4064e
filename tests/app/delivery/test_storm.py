"""A small storm on every push; `make prove-webhooks` runs a large one.

Bite: a sender that settles as delivered whatever comes back, and a claim without a lease, are
planted below and both are caught.
"""

import pytest

from app.delivery.webhooks import Attempt, Sender
from tests.app.delivery import storm


def test_nothing_is_lost_or_told_twice_in_a_storm(database_url):
    faults = storm.run_storm(database_url, events=24, webhooks=3, kills=2, seed=3, limit_s=120.0)

    assert faults == []


class TrustfulSender(Sender):
    """A planted fault: every attempt counts as delivered."""

    def attempt(self, hook, event):
        super().attempt(hook, event)
        return Attempt(True, 200, "", answered=True)


def test_the_judge_sees_a_sender_that_believes_everything(quick_store):
    receiver = storm.Receiver("liar", faults=1.0, seed=1)
    service = storm.make_service(quick_store, receiver.host)
    made = service.add(
        f"http://{receiver.host}/hook", kinds=("contact",), stations=(), principal=storm.ME
    )
    receiver.book.secret = made.secret
    storm.write_events(str(quick_store._engine.url), 2, seed=1)
    service.sender.__class__ = TrustfulSender
    while service.sender.spread() or service.sender.send_one():
        pass

    faults = storm.judge({made.webhook_id: receiver}, quick_store.webhooks, 2, killed=0)

    assert faults == ["liar: 2 said, never answered"]
    receiver.shutdown()
    receiver.server_close()


@pytest.mark.parametrize("fault", storm.FAULTS)
def test_every_kind_of_bad_answer_is_no_delivery(quick_store, fault):
    receiver = storm.Receiver("liar", faults=1.0, seed=1)
    receiver.dice.choice = lambda _faults: fault
    service = storm.make_service(quick_store, receiver.host)
    made = service.add(f"http://{receiver.host}/hook", kinds=(), stations=(), principal=storm.ME)
    receiver.book.secret = made.secret

    outcome = service.test(made.webhook_id, principal=storm.ME)

    assert not outcome.delivered
    assert outcome.reason
    assert (receiver.book.stolen, receiver.book.forged) == (0, 0)
    receiver.shutdown()
    receiver.server_close()
