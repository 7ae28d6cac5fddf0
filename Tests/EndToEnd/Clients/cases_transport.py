# Below the messages: addresses, bytes that are no HTTP, sockets that end half way or never read,
# more connections than there may be.

import json, os, socket, struct

from websockets.exceptions import ConnectionClosed

from cases_frames import presence
from conformance import seen
from wire import Peer, envelope, frame, hello, read_frame, read_head, until, upgrade_request

CASES = []
CONNECTIONS_MAX = 40
MEBIBYTE = 1 << 20


def case(name):
    def add(body):
        CASES.append((name, body))
        return body
    return add


def request(name, method, path, headers={}):
    def body(bench):
        status, text = bench.ship.http(method, path.replace("ROOM", bench.room), headers)
        answer = json.loads(text) if text.startswith("{") else {}
        return dict(status=status, reject=answer.get("class"), code=None, detail=text[:200])
    CASES.append((name, body))


def upgrade(name, path, more=""):
    def body(bench):
        with bench.ship.tcp() as s:
            s.sendall(upgrade_request(path.replace("ROOM", bench.room), more))
            answer = s.makefile("rb")
            status = int(answer.readline().split()[1])
            while answer.readline().strip():
                pass
            text = answer.read().decode()
        reject = json.loads(text).get("class") if text.startswith("{") else None
        return dict(status=status, reject=reject, code=None, detail=text[:200])
    CASES.append((name, body))


def garbage(name, data):
    """Bytes that are no request: the connection is closed, whatever is said before."""
    def body(bench):
        with bench.ship.tcp() as s:
            try:
                s.sendall(data)
                said = b""
                while more := s.recv(65536):
                    said += more
            except ConnectionError:
                said = b""
        assert not said.startswith(b"HTTP/1.1 2"), said
        return dict(reject=None, code=None, detail=said[:100].decode("latin-1"))
    CASES.append((name, body))


request("health", "GET", "/health")
request("health with POST", "POST", "/health")
request("nothing at this address", "GET", "/nothing")
request("WebSocket address over plain HTTP", "GET", "/ws/ROOM")
upgrade("upgrade of a room that is not registered", "/ws/nobody")
upgrade("upgrade without a room", "/ws/")
upgrade("upgrade below a room", "/ws/ROOM/more")
upgrade("upgrade of another address", "/health")
upgrade("upgrade with a body", "/ws/ROOM", "Content-Length: 5\r\n")
garbage("bytes that are no HTTP", os.urandom(2000) + b"\r\n\r\n")
garbage("a TLS greeting", bytes.fromhex("16030100a5010000a10303") + os.urandom(160))
garbage("a header of 1 MiB", b"GET / HTTP/1.1\r\nA: " + b"a" * MEBIBYTE + b"\r\n\r\n")
garbage("a request line without an end", b"G" * MEBIBYTE)
garbage("two lengths", b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nabc")


@case("half-closed TCP")
def half_closed(bench):
    sock, _ = bench.ship.upgraded(bench.room)
    device = bench.device()
    token = bench.ship.token(device, bench.room)["token"]
    text = envelope("hello", **hello(device, bench.room, token))
    sock.sendall(frame(1, text.encode()))
    assert json.loads(read_frame(sock)[1])["type"] == "welcome"
    sock.shutdown(socket.SHUT_WR)
    try:
        while True:
            read_frame(sock)
    except (EOFError, ConnectionError):
        pass
    until("the session to end", lambda: bench.ship.metric('peers_total{room="foreign"}') == 0)
    return dict(reject=None, code=None)


@case("TCP reset in the middle of a frame")
def reset(bench):
    sock, _ = bench.ship.upgraded(bench.room)
    sock.sendall(frame(1, b"x" * 1000)[:500])
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    return dict(reject=None, code=None)


@case("client that stops reading")
def stalled(bench):
    # The stalled socket has the smallest buffer there is; what others say of themselves piles up.
    sock, _ = bench.ship.upgraded(bench.room, receive_buffer=1024)
    device = bench.device()
    token = bench.ship.token(device, bench.room)["token"]
    sock.sendall(frame(1, envelope("hello", **hello(device, bench.room, token)).encode()))
    assert json.loads(read_frame(sock)[1])["type"] == "welcome"
    gone = lambda: (bench.ship.metric("broadcast_lagged_total")
                    + bench.ship.metric("ws_send_timeout_total"))
    before, memory = gone(), bench.ship.resident()
    name = "n" * 3500
    for _ in range(40):
        talker = bench.peer()
        try:
            for _ in range(150):
                talker.socket.send(presence(talker, function=name))
            # The answer comes after everything before it was relayed.
            talker.send("ping", value=1)
            talker.wait("pong", limit=60)
        except ConnectionClosed:
            pass
        talker.close()
        if gone() > before:
            break
    until("the stalled peer to be given up", lambda: gone() > before, limit=40)
    grown = bench.ship.resident() - memory
    assert grown < 64 * MEBIBYTE, "memory grew by %d bytes" % grown
    sock.close()
    return dict(reject=None, code=None, detail="memory grew by %d kB" % (grown >> 10))


@case("200 connections over the cap")
def over(bench):
    taken, refused, classes = [], 0, set()
    for _ in range(CONNECTIONS_MAX + 200):
        sock, head = bench.ship.upgraded(bench.room)
        if " 101 " in head.splitlines()[0]:
            taken.append(sock)
            continue
        assert " 503 " in head.splitlines()[0], head
        classes.add(json.loads(sock.makefile().read())["class"])
        refused += 1
        sock.close()
    for sock in taken:
        sock.close()
    assert refused >= 200 and len(taken) <= CONNECTIONS_MAX, (refused, len(taken))
    def again():
        sock, head = bench.ship.upgraded(bench.room)
        sock.close()
        return " 101 " in head.splitlines()[0]
    until("room for another connection", again)
    assert len(classes) == 1, classes
    return dict(status=503, reject=classes.pop(), code=None)
