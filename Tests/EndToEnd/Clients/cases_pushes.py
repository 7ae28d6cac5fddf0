# Pushes: each refusal names its class, and a refused push costs neither the socket nor the others.

import base64, hashlib, os

from conformance import seen
from wire import Reader, SIGNING_CONTEXT, change, counted, encode_set, pack

CASES = []
BODY_BYTES = 128 << 10


def case(name):
    def add(body):
        CASES.append((name, body))
        return body
    return add


def pushed(name, make):
    """Sends the pack that `make` builds; the socket must take a good push afterwards."""
    def body(bench):
        peer = bench.peer()
        peer.send("pack", **make(peer))
        result = seen(peer.refusal())
        after = peer.push([change(os.urandom(16), b"good")])
        assert len(after["accepted"]) == 1, after
        return result
    CASES.append((name, body))


def one(**options):
    return change(os.urandom(16), options.pop("text", b"def f(): pass"), **options)


def good(peer, *changes, **options):
    changes = changes or (one(),)
    payload = encode_set(list(changes), options.pop("repository", peer.room), **options)
    return peer.device.pack(payload, len(changes))


def with_change(title, **options):
    pushed(title, lambda peer: good(peer, one(**options)))


def bent(peer, cut):
    """A pack whose bytes were changed; its digest is right again."""
    data = base64.b64decode(good(peer)["data"])
    return pack(cut(data), 1)


def wrong(peer, **fields):
    return {**good(peer), **fields}


def other_device(peer):
    stranger = type(peer.device)("stranger")
    return stranger.pack(encode_set([one()], peer.room), 1)


def trailing(peer):
    payload = encode_set([one()], peer.room) + b"\0"
    return peer.device.pack(payload, 1)


pushed("bad base64", lambda p: wrong(p, data="!!!!"))
pushed("base64 without padding", lambda p: wrong(p, data="QUJD\n*"))
pushed("wrong digest", lambda p: wrong(p, digest=hashlib.sha256(b"other").hexdigest()))
pushed("truncated postcard", lambda p: bent(p, lambda d: d[:-10]))
pushed("empty pack", lambda p: pack(b"", 1))
pushed("random bytes", lambda p: pack(os.urandom(500), 1))
pushed("bytes after the last field", trailing)
pushed("list of 2^60 changes", lambda p: p.device.pack(
    encode_set([], p.room)[:-1] + (b"\xff" * 8 + b"\x0f"), 1))
pushed("bad signature", lambda p: bent(p, lambda d: d[:40] + bytes([d[40] ^ 1]) + d[41:]))
pushed("changed after signing", lambda p: bent(p, lambda d: d[:-5] + bytes([d[-5] ^ 1]) + d[-4:]))
pushed("signed without the context", lambda p: (lambda payload: p.device.pack(
    payload, 1, signature=p.device.sign(payload)))(encode_set([one()], p.room)))
pushed("signed by another device", other_device)
pushed("another format version", lambda p: good(p, version=2))
pushed("set for another repository", lambda p: good(p, repository="elsewhere"))
pushed("set for another branch", lambda p: good(p, branch="side"))
pushed("announces two, holds one", lambda p: wrong(p, count=2))
pushed("announces none", lambda p: wrong(p, count=0))
pushed("announces less than none", lambda p: wrong(p, count=-5))
pushed("announces too many", lambda p: wrong(p, count=101))
pushed("too many changes", lambda p: good(p, *[one() for _ in range(101)]))
with_change("base of the future", base=7)
with_change("base 2^64-1", base=2**64 - 1)
with_change("body too large", text=b"x" * (BODY_BYTES + 1))
with_change("put without text", text=None)
with_change("put without aura id", aura=None)
with_change("deletion with text", kind="delete")
with_change("qualified name of 5000 bytes", name="n" * 5000)

for path in [
    "../x", "a/../../x", "/etc/passwd", ".git/hooks/pre-commit", ".GIT/config", "sub/.git/config",
    "git~1/config", ".git./config", ".git /config", ".aura/live/state", "", "a//b", "./a", "a/.",
    "a/", "a\0b", "p" * 5000,
]:
    with_change("path " + repr(path[:40]), path=path)


@case("stale base")
def stale(bench):
    peer, function = bench.peer(), os.urandom(16)
    assert peer.push([change(function, b"one")])["accepted"]
    answer = peer.push([change(function, b"two")])
    assert answer["rejected"][0]["headRevision"] == 1, answer
    return dict(reject=answer["rejected"][0]["reject"], code=None)


@case("base of another version")
def strange(bench):
    peer, function = bench.peer(), os.urandom(16)
    assert peer.push([change(function, b"one")])["accepted"]
    answer = peer.push([change(function, b"two", base=1, base_aura=bytes(32))])
    assert answer["rejected"][0]["headRevision"] == 1, answer
    return dict(reject=answer["rejected"][0]["reject"], code=None)


@case("one good and one bad change")
def mixed(bench):
    answer = bench.peer().push([one(path="../x"), one()])
    assert [a["index"] for a in answer["accepted"]] == [1], answer
    return dict(reject=answer["rejected"][0]["reject"], code=None)


@case("the same push twice")
def twice(bench):
    peer, payload = bench.peer(), encode_set([one()], bench.room)
    answers = []
    for _ in range(2):
        peer.send("pack", **peer.device.pack(payload, 1))
        answers.append(peer.wait("pack-ack")["accepted"])
    assert answers[0] == answers[1] and len(answers[0]) == 1, answers
    return dict(reject=None, code=None)


@case("impossible times")
def times(bench):
    peer = bench.peer()
    for made_at in (2**63 - 1, -2**63):
        assert peer.push([one()], made_at=made_at)["accepted"]
    return dict(reject=None, code=None)


@case("changes over the rate")
def rate(bench):
    peer = bench.peer()
    for _ in range(100):
        peer.send("pack", **wrong(peer, count=100))
        notice, code = peer.refusal()
        if code is not None:
            break
    return seen((notice, code))
