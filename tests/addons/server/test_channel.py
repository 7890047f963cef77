"""What supervisor and generation say to each other, and what each makes of nonsense."""

import json
import os
import socket
import threading
from collections.abc import Iterator

import pytest

from addons.server.channel import VARIABLE, Inherited, describe, inherit, receive
from policy.errors import Away, ConfigurationError, SluicegateError


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    supervisors, generations = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    supervisors.setblocking(False)
    yield supervisors, generations
    supervisors.close()
    generations.close()


type Ends = tuple[socket.socket, socket.socket]


def inherited(end: socket.socket, sockets: dict[str, socket.socket] | None = None) -> Inherited:
    return Inherited(end, 3, os.getppid(), sockets or {})


def listener() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def test_what_is_ready_sends_its_sockets_along(ends: Ends) -> None:
    bound = listener()
    generation = inherited(ends[1])
    assert generation.take("listen a", lambda: bound) is bound
    generation.ready({"workers": 2}, drain_seconds=30)
    message = receive(ends[0])
    assert message is not None
    assert (message.say, message.content["gateway"]) == ("ready", {"workers": 2})
    assert message.content["drain_seconds"] == 30
    (sent,) = message.sockets.values()
    assert list(message.sockets) == ["listen a"]
    assert sent.getsockname() == bound.getsockname()
    assert not sent.get_inheritable()
    sent.close()
    bound.close()


def test_a_socket_that_was_inherited_is_gone_on_with_and_the_others_are_closed(ends: Ends) -> None:
    here, elsewhere, fresh = listener(), listener(), listener()
    generation = inherited(ends[1], {"listen a": here, "listen b": elsewhere})
    assert not generation.first
    assert generation.take("listen a", lambda: pytest.fail("bound anew")) is here
    assert generation.take("listen c", lambda: fresh) is fresh
    generation.let_go()
    assert elsewhere.fileno() == -1
    generation.leave([fresh])
    assert here.fileno() == -1, "a child has only its own"
    assert fresh.fileno() >= 0
    fresh.close()


def test_two_listeners_at_port_0_are_two_sockets_also_the_next_time(ends: Ends) -> None:
    one, two = listener(), listener()
    generation = inherited(ends[1])
    made = iter([one, two])
    assert [generation.take("listen x:0", lambda: next(made)) for _ in range(2)] == [one, two]
    generation.ready({}, 1)
    message = receive(ends[0])
    assert message is not None
    following = inherited(ends[1], dict(message.sockets))
    taken = [following.take("listen x:0", lambda: pytest.fail("bound anew")) for _ in range(2)]
    assert [each.getsockname() for each in taken] == [one.getsockname(), two.getsockname()]
    for each in (one, two, *taken):
        each.close()


@pytest.mark.parametrize(
    ("error", "why", "code"),
    [
        pytest.param(ConfigurationError("x: wrong"), "x: wrong", 7, id="a-setting"),
        pytest.param(FileNotFoundError(2, "No such file", "/x"), "/x: No such file", 4, id="a-file"),
    ],
)
def test_why_it_cannot_is_told_and_the_error_goes_on(
    ends: Ends, error: Exception, why: str, code: int
) -> None:
    def seven(_error: SluicegateError) -> int:
        return 7

    with pytest.raises(type(error)), inherited(ends[1]).telling(seven):
        raise error
    message = receive(ends[0])
    assert message is not None
    assert (message.content["why"], message.content["code"]) == (why, code)


@pytest.mark.parametrize(
    "data", [b"not json", b"[]", b"{}", b'{"say": "ready", "sockets": ["one"]}', b"\xff"]
)
def test_what_is_no_message_is_refused(ends: Ends, data: bytes) -> None:
    ends[1].send(data)
    with pytest.raises(ValueError, match="not a message"):
        receive(ends[0])
    with pytest.raises(BlockingIOError):
        receive(ends[0])
    ends[1].close()
    assert receive(ends[0]) is None


def test_a_field_that_nobody_knows_is_left_alone(ends: Ends) -> None:
    ends[1].send(json.dumps({"say": "beat", "gateway": {}, "mood": "good"}).encode())
    message = receive(ends[0])
    assert message is not None
    assert message.say == "beat"


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        pytest.param(b'{"why": ""}', "", id="go-on"),
        pytest.param(b'{"why": "another gateway"}', "another gateway", id="no"),
        pytest.param(None, "the supervisor is gone", id="nobody-answers"),
    ],
)
def test_it_goes_on_only_where_the_state_folder_is_its_gateways(
    ends: Ends, answer: bytes | None, refused: str
) -> None:
    def supervise() -> None:
        if answer is None:
            ends[0].shutdown(socket.SHUT_RDWR)
        else:
            ends[0].send(answer)

    threading.Timer(0.05, supervise).start()
    if refused:
        with pytest.raises(Away, match=refused):
            inherited(ends[1]).claim()
    else:
        inherited(ends[1]).claim()
        message = receive(ends[0])
        assert message is not None
        assert message.say == "valid"


def test_a_generation_finds_what_it_is_given_in_its_environment(ends: Ends) -> None:
    bound = listener()
    theirs, copy = ends[1].dup(), bound.dup()
    environ = {VARIABLE: describe(9, theirs, {"listen a": copy})}
    theirs.detach()
    copy.detach()
    found = inherit(environ)
    assert environ == {}, "and nobody after it"
    assert found is not None
    assert (found.number, found.first, found.supervised) == (9, False, True)
    taken = found.take("listen a", lambda: pytest.fail("bound anew"))
    assert taken.getsockname() == bound.getsockname()
    assert inherit({}) is None
    found.leave()
    bound.close()


def test_a_supervisor_that_does_not_listen_holds_nobody_up(ends: Ends) -> None:
    generation = inherited(ends[1])
    for _ in range(2000):
        generation.beat({"workers": 1})
