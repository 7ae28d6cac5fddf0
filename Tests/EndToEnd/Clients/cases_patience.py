# Deadlines that take their time: the hello, and a connection that asks for nothing.

import time

from conformance import seen


waiting = []


def silent_socket(bench):
    # The other case's wait begins here too.
    waiting.append(bench.ship.tcp())
    peer = bench.peer(join=False)
    began = time.monotonic()
    result = seen(peer.refusal(limit=60))
    assert time.monotonic() - began > 5, "closed too early"
    return result


def silent_tcp(bench):
    with waiting.pop() as s:
        s.settimeout(90)
        assert s.recv(1) == b"", "said something"
    return dict(reject=None, code=None)


CASES = [("no hello", silent_socket), ("connection that asks for nothing", silent_tcp)]
