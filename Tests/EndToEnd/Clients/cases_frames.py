# Frames after a good hello: what is not understood is refused and the socket stays; what breaks a
# limit or the framing ends it.

import json, os, socket

from websockets.exceptions import ConnectionClosed

from conformance import seen
from wire import change, envelope, frame, hello, read_frame

CASES = []
FRAME_BYTES = 1 << 20


def case(name):
    def add(body):
        CASES.append((name, body))
        return body
    return add


def refused(name, text):
    """A frame that is refused, after which the same socket still answers a ping."""
    def body(bench):
        peer = bench.peer()
        peer.socket.send(text(peer) if callable(text) else text, text=True)
        result = seen(peer.refusal())
        if result["code"] is None:
            alive(peer)
        return result
    CASES.append((name, body))


def alive(peer):
    peer.send("ping", value=77)
    answer = peer.wait("pong")
    assert answer["value"] == 77 if "value" in answer else answer["nonce"] == 77, answer


def presence(peer, **changed):
    fields = dict(device=peer.device.id.hex(), user=peer.device.user, branch="main",
                  state="editing", function="a::f", sentAt=0)
    fields.update(changed)
    return envelope("presence", 5, **fields)


refused("second hello", lambda p: envelope("hello", **hello(p.device, p.room, "x")))
refused("unknown type", envelope("pirouette"))
refused("text is no JSON", "{\"v\":1,")
refused("text is empty", "")
refused("text is a number", "12")
refused("JSON nested 100000 deep", "[" * 100_000)
refused("envelope without type", '{"v":1,"id":1}')
refused("version is text", '{"v":"1","type":"ping","id":1,"value":1}')
refused("id is negative", '{"v":1,"type":"ping","id":-1,"value":1}')
refused("id is 1e400", '{"v":1,"type":"ping","id":1e400,"value":1}')
refused("other version", envelope("ping", v=9, value=1))
refused("ping without number", envelope("ping"))
refused("ping with a text", envelope("ping", value="one"))
refused("pack without fields", envelope("pack"))
refused("pack of wrong shapes", envelope("pack", data=7, count="1", digest=None))
refused("text is no UTF-8", b'{"v":1,"type":"ping","id":1,"value":"\xff\xfe"}')
refused("acknowledges the future", envelope("pack-ack", value=2**63))
refused("presence of another device", lambda p: presence(p, device=bytes(32).hex()))
refused("presence in an unknown state", lambda p: presence(p, state="asleep"))
refused("presence with a name of 100 kB", lambda p: presence(p, function="f" * 100_000))
refused("presence with a time of text", lambda p: presence(p, sentAt="now"))


@case("binary after hello")
def binary(bench):
    peer = bench.peer()
    peer.socket.send(os.urandom(100))
    result = seen(peer.refusal())
    alive(peer)
    return result


@case("ping is answered")
def ping(bench):
    peer = bench.peer()
    for nonce in (0, 2**64 - 1):
        peer.send("ping", value=nonce)
        answer = peer.wait("pong")
        assert answer["nonce"] == nonce and answer["serverTime"] > 0, answer
    return dict(reject=None, code=None)


@case("ping of the WebSocket is answered")
def websocket_ping(bench):
    peer = bench.peer()
    assert peer.socket.ping(b"echo").wait(20), "no pong"
    return dict(reject=None, code=None)


@case("message in five fragments")
def fragments(bench):
    peer = bench.peer()
    text = envelope("ping", value=5)
    peer.socket.send(text[i:i + len(text) // 5 + 1] for i in range(0, len(text), len(text) // 5 + 1))
    assert peer.wait("pong")["nonce"] == 5
    return dict(reject=None, code=None)


def until_closed(bench, send):
    """Sends raw frames after a hello; the notice and code the server ends with."""
    peer = bench.peer()
    try:
        send(peer.socket.socket)
    except OSError:
        pass  # the server may have closed before it read everything
    return seen(peer.refusal())


@case("frame over the limit")
def huge(bench):
    return until_closed(bench, lambda s: s.sendall(frame(1, b" " * (FRAME_BYTES + 1))))


@case("frame that announces 2^62 bytes")
def announced(bench):
    head = bytes([0x81, 0xFF]) + (2**62).to_bytes(8, "big") + bytes(4)
    return until_closed(bench, lambda s: s.sendall(head))


@case("fragments over the limit")
def huge_fragments(bench):
    part = b" " * (FRAME_BYTES // 4)

    def send(s):
        s.sendall(frame(1, part, fin=False))
        for _ in range(5):
            s.sendall(frame(0, part, fin=False))
    return until_closed(bench, send)


@case("ten thousand fragments")
def many_fragments(bench):
    return until_closed(
        bench, lambda s: s.sendall(frame(1, b"[", fin=False) + frame(0, b"", fin=False) * 10_000))


@case("fragment without a beginning")
def orphan(bench):
    return until_closed(bench, lambda s: s.sendall(frame(0, b"x")))


@case("frame without a mask")
def unmasked(bench):
    return until_closed(
        bench, lambda s: s.sendall(frame(1, envelope("ping", value=1).encode(), masked=False)))


@case("reserved bits set")
def reserved(bench):
    return until_closed(bench, lambda s: s.sendall(frame(1, b"{}", rsv=4)))


@case("reserved opcode")
def opcode(bench):
    return until_closed(bench, lambda s: s.sendall(frame(3, b"{}")))


@case("control frame of 200 bytes")
def long_ping(bench):
    return until_closed(bench, lambda s: s.sendall(frame(9, b"p" * 200)))


@case("ping in fragments")
def broken_ping(bench):
    return until_closed(bench, lambda s: s.sendall(frame(9, b"p", fin=False)))


@case("bye")
def bye(bench):
    peer = bench.peer()
    peer.send("bye")
    return seen(peer.refusal())


@case("close frame is answered")
def closes(bench):
    sock, head = bench.ship.upgraded(bench.room)
    assert head.startswith("HTTP/1.1 101"), head
    sock.sendall(frame(8, (1000).to_bytes(2, "big")))
    opcode, data = read_frame(sock)
    assert opcode == 8, opcode
    return dict(reject=None, code=int.from_bytes(data[:2], "big"))


@case("presence flood")
def flood(bench):
    peer = bench.peer()
    text = presence(peer)
    try:
        for _ in range(20_000):
            peer.socket.send(text)
    except ConnectionClosed:
        pass
    return seen(peer.refusal())


@case("presence with impossible times")
def times(bench):
    watcher, peer = bench.peer(), bench.peer()
    for extreme in (2**63 - 1, -2**63):
        peer.socket.send(presence(peer, sentAt=extreme, editingSince=extreme))
        rows = watcher.wait("presence", also=lambda m: m["value"])["value"]
        assert rows[0]["presence"]["sentAt"] == extreme, rows
    return dict(reject=None, code=None)
