# Valid frames with random damage. Some of it is signed again after the damage, so that it gets past
# the signature and into the ledger. `AURA_SEED` repeats a run.

import base64, os, random

from websockets.exceptions import ConnectionClosed

from cases_frames import presence
from wire import change, encode_set, envelope, hello, pack

ROUNDS = 300
seed = int(os.environ.get("AURA_SEED") or random.SystemRandom().randrange(1 << 32))
chance = random.Random(seed)
NONSENSE = [b"null", b"-1", b"1e999", b"18446744073709551616", b"\"\"", b"[]", b"{}", b"true",
            b"\\u0000", b"\xff", b"0.5", b"-9223372036854775808"]


def damage(data, words=()):
    data = bytearray(data)
    for _ in range(chance.choice([1, 1, 1, 2, 5])):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice([1, 1, 2, 8, 40]))
        match chance.randrange(6):
            case 0: data[at:end] = b""
            case 1: data[at:at] = chance.randbytes(chance.choice([1, 4, 30]))
            case 2: data[at:end] = data[at:end] * 2
            case 3: data[at:end] = chance.choice(words) if words else chance.randbytes(end - at)
            case 4 if at < len(data): data[at] ^= 1 << chance.randrange(8)
            case _: data = data[:at] + data[end:] + data[at:end]
    return bytes(data)


def some_set(peer):
    changes = [change(chance.randbytes(16), b"def f():\n    return 1\n",
                      path=chance.choice(["pkg/a.py", "pkg/billing.py", "b.py"]))
               for _ in range(chance.choice([1, 1, 3]))]
    return encode_set(changes, peer.room, set_id=chance.randbytes(16)), len(changes)


def resigned(peer):
    payload, count = some_set(peer)
    return envelope("pack", **peer.device.pack(damage(payload), count)).encode()


def redigested(peer):
    payload, count = some_set(peer)
    data = base64.b64decode(peer.device.pack(payload, count)["data"])
    return envelope("pack", **pack(damage(data), count)).encode()


def text(peer):
    payload, count = some_set(peer)
    good = chance.choice([
        envelope("pack", **peer.device.pack(payload, count)),
        envelope("hello", **hello(peer.device, peer.room, "token")),
        envelope("ping", value=9), envelope("pack-ack", value=3), presence(peer),
        envelope("presence-refresh"), envelope("pong", value=1)])
    return damage(good.encode(), NONSENSE)


def fuzz(bench):
    peer, ended, accepted = bench.peer(), 0, 0
    for _ in range(ROUNDS):
        data = chance.choice([resigned, redigested, text])(peer)
        try:
            peer.socket.send(data, text=True)
            # Everything before this answer was dealt with.
            peer.send("ping", value=4)
            while True:
                message = peer.read()
                if message["type"] == "pack-ack":
                    accepted += len(message["accepted"])
                if message["type"] == "pack":
                    peer.send("pack-ack", value=0)
                if message["type"] == "pong" and message["nonce"] == 4:
                    break
        except ConnectionClosed as closed:
            assert closed.rcvd is not None and closed.rcvd.code in (1000, 4008), closed
            ended += 1
            peer.close()
            peer = bench.peer()
    return dict(reject=None, code=None, detail="seed %d: %d rounds, %d sockets ended, %d changes "
                "accepted" % (seed, ROUNDS, ended, accepted))


def first_frames(bench):
    for _ in range(60):
        peer = bench.peer(join=False)
        token = bench.ship.token(peer.device, bench.room)["token"]
        good = envelope("hello", **hello(peer.device, bench.room, token)).encode()
        peer.socket.send(damage(good, NONSENSE), text=True)
        try:
            while True:
                message = peer.read()
                if message["type"] in ("welcome", "error"):
                    break
        except ConnectionClosed as closed:
            assert False, closed
        bench.end()
    return dict(reject=None, code=None, detail="seed %d" % seed)


CASES = [("damaged frames", fuzz), ("damaged hellos", first_frames)]
