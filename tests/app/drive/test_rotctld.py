"""The client of rotctld, against hamlib's own daemon and against liars."""

import socket
import threading

import pytest

from app.drive.rotctld import RotatorError, Rotctld, parse_address
from tests.app.drive.rotators import find_free_port, running_rotctld, wait_for


def test_the_dummy_of_hamlib_goes_where_it_is_sent_and_stops():
    with running_rotctld() as port:
        rotator = Rotctld("127.0.0.1", port)
        limits = rotator.read_limits()
        rotator.point(-12.0, 6.0)
        wait_for(lambda: rotator.read_position() == (-12.0, 6.0), "the dummy to arrive")
        rotator.point(100.0, 6.0)
        rotator.stop()
        stopped_at = rotator.read_position()
        rotator.close()

    assert (limits.min_azimuth_deg, limits.max_azimuth_deg) == (-270.0, 270.0)
    assert stopped_at[0] < 50.0


def test_what_the_rotator_refuses_is_an_error_with_its_code():
    with running_rotctld() as port:
        rotator = Rotctld("127.0.0.1", port)

        with pytest.raises(RotatorError, match=r"refused 'P 300\.000 6\.000' \(code -1\)"):
            rotator.point(300.0, 6.0)
        rotator.close()


def answer_once(reply):
    """Run a server that answers the first command with given bytes and closes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        client, _ = listener.accept()
        with client, listener:
            client.recv(100)
            client.sendall(reply)

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"get_pos:\nAzimuth: 1.0\n",
        b"get_pos:\nAzimuth: 1.0\nRPRT 0\n",
        b"get_pos:\nAzimuth: x\nElevation: 2\nRPRT 0\n",
        b"\xff\xfe\x00\nRPRT 0\n",
        b"RPRT\n",
        b"a" * 70_000,
    ],
)
def test_nonsense_is_a_rotator_error(reply):
    rotator = Rotctld("127.0.0.1", answer_once(reply), timeout_s=5.0)

    with pytest.raises(RotatorError):
        rotator.read_position()
    rotator.close()


def test_a_connection_is_made_again_after_a_loss():
    port = find_free_port()
    rotator = Rotctld("127.0.0.1", port, timeout_s=5.0)
    with running_rotctld(port):
        rotator.read_position()
    with pytest.raises(RotatorError):
        rotator.read_position()

    with running_rotctld(port):
        assert rotator.read_position() == (0.0, 0.0)
    rotator.close()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("localhost:4533", ("localhost", 4533)),
        ("rotator", ("rotator", 4533)),
        ("[::1]:99", ("::1", 99)),
        ("[::1]", ("::1", 4533)),
    ],
)
def test_addresses_are_read(text, address):
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", ":4533", "host:0", "host:70000", "host:x"])
def test_a_wrong_address_says_how_to_write_one(text):
    with pytest.raises(ValueError, match="localhost:4533"):
        parse_address(text)
