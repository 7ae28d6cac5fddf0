# A token whose time ends: while connected, and when it is used again. The Mothership's tokens live
# for a few seconds only.

from conformance import seen
from wire import hello

old = {}


def ends(bench):
    device = bench.device()
    old["device"], old["token"] = device, bench.ship.token(device, bench.room)["token"]
    peer = bench.peer(device=device, token=old["token"])
    return seen(peer.refusal(limit=60))


def again(bench):
    peer = bench.peer(device=old["device"], join=False)
    peer.send("hello", **hello(old["device"], bench.room, old["token"]))
    return seen(peer.refusal())


CASES = [("token ends while connected", ends), ("token that has ended", again)]
