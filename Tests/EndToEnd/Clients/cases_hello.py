# The first frame: whatever is not a good hello ends the socket with the class and its own code.

import json, os
from base64 import urlsafe_b64encode

from conformance import seen
from wire import Device, SIGNING_CONTEXT, change, encode_set, envelope, hello, make_key

CASES = []


def case(name):
    def add(body):
        CASES.append((name, body))
        return body
    return add


def first(name, make):
    """A case that sends one first frame: text, or bytes for a binary frame."""
    def body(bench):
        peer = bench.peer(join=False)
        peer.socket.send(make(bench, peer))
        return seen(peer.refusal())
    CASES.append((name, body))


def greeting(token=lambda bench, device: bench.ship.token(device, bench.room)["token"], **changed):
    def make(bench, peer):
        given = token(bench, peer.device) if token else None
        return envelope("hello", **hello(peer.device, bench.room, given, changed=changed))
    return make


def forged(bench, device, algorithm="EdDSA"):
    """A token with good claims and a signature the Mothership never made."""
    good = bench.ship.token(device, bench.room)["token"].split(".")
    sign = make_key(os.urandom(32))[1]
    head = urlsafe_b64encode(json.dumps(dict(alg=algorithm, typ="JWT")).encode())
    head = head.rstrip(b"=").decode()
    body = head + "." + good[1]
    signature = b"" if algorithm == "none" else sign(body.encode())
    return body + "." + urlsafe_b64encode(signature).rstrip(b"=").decode()


def elsewhere(bench, device):
    bench.ship.admin("register", repository="elsewhere", name="elsewhere")
    return bench.ship.token(device, "elsewhere")["token"]


def revoked(bench, device):
    issued = bench.ship.token(device, bench.room)
    bench.ship.admin("revoke", id=issued["keyID"])
    return issued["token"]


def early_push(bench, peer):
    payload = encode_set([change(os.urandom(16), b"x")], bench.room)
    return envelope("pack", **peer.device.pack(payload, 1))


first("first frame is a ping", lambda b, p: envelope("ping", value=1))
first("first frame is binary", lambda b, p: b"\x01\x02\x03")
first("first frame is no JSON", lambda b, p: "hello there")
first("first frame is empty", lambda b, p: "")
first("first frame is a list", lambda b, p: "[1,2,3]")
first("first frame is of unknown type", lambda b, p: envelope("dance"))
first("push before hello", early_push)
first("envelope of version 2", lambda b, p: envelope("hello", v=2))
first("hello of version 2", greeting(version=2))
first("hello of version -1", greeting(version=-1))
first("hello without fields", lambda b, p: envelope("hello"))
first("hello with a short device", greeting(device="abcd"))
first("hello with a number as user", greeting(user=7))
first("hello for another room than the address", greeting(room="elsewhere"))
first("hello with a user name of 300 bytes", greeting(user="u" * 300))
first("hello without a branch", greeting(branch=""))
first("no token", greeting(token=None))
first("token is garbage", greeting(token=lambda b, d: "garbage"))
first("token of 100 kB", greeting(token=lambda b, d: "a" * 100_000))
first("token signed by a stranger", greeting(token=forged))
first("token without signature", greeting(token=lambda b, d: forged(b, d, "none")))
first("token of another device",
      greeting(token=lambda b, d: b.ship.token(Device("other"), b.room)["token"]))
first("token of another room", greeting(token=elsewhere))
first("token that was revoked", greeting(token=revoked))


@case("frontier beyond the ledger")
def frontier_beyond(bench):
    peer = bench.peer()
    epoch = peer.welcome["epoch"]
    ahead = bench.peer(frontier=dict(epoch=epoch, sequence=2**64 - 1))
    result = ahead.push([change(os.urandom(16), b"x")])
    return dict(reject=None, code=None, detail="accepted %d" % len(result["accepted"]))


@case("frontier is negative")
def frontier_negative(bench):
    peer = bench.peer(join=False)
    token = bench.ship.token(peer.device, bench.room)["token"]
    fields = hello(peer.device, bench.room, token, frontier=dict(epoch="x", sequence=-1))
    peer.send("hello", **fields)
    return seen(peer.refusal())
