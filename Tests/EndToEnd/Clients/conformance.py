# Runs a group of cases against a Mothership and prints one JSON line each: what was refused, with
# which class and close code, and whether the Mothership still serves healthy peers afterwards.

import json, os, sys, traceback

from wire import Device, Peer, Ship, change


class HealthyPair:
    """Two peers of a room of their own that must keep syncing whatever others do."""

    def __init__(self, ship):
        self.ship, self.room, self.count = ship, "healthy", 0
        ship.admin("register", repository=self.room, name=self.room)
        self.ada = Peer(ship, self.room, Device("ada"))
        self.ben = Peer(ship, self.room, Device("ben"))
        self.function, self.head = os.urandom(16), None

    def check(self):
        assert self.ship.healthy(), "/health"
        text = b"def f():\n    return %d\n" % self.count
        fresh = change(self.function, text, base=self.count, base_aura=self.head)
        result = self.ada.push([fresh])
        assert len(result["accepted"]) == 1, result
        self.count, self.head = self.count + 1, fresh["aura"]
        while True:
            for delivered in self.ben.delivery()["sets"]:
                if delivered["set"]["changes"][0]["text"] == text:
                    return


class Bench:
    """What a case gets: the Mothership, a room, fresh peers."""

    def __init__(self, ship, room):
        self.ship, self.room, self.open = ship, room, []

    def device(self):
        return Device("eve")

    def peer(self, **options):
        peer = Peer(self.ship, self.room, options.pop("device", None) or self.device(), **options)
        self.open.append(peer)
        return peer

    def end(self):
        for peer in self.open:
            peer.close()
        self.open = []


def seen(refusal):
    """The form of a refusal in the table: class, close code, words."""
    notice, code = refusal
    return dict(reject=notice["reject"] if notice else None, code=code,
                detail=notice["message"] if notice else "")


def main(home, port, group, room="foreign"):
    cases = __import__("cases_" + group).CASES
    ship = Ship(home, int(port))
    ship.admin("register", repository=room, name=room)
    pair = None if group == "expiry" else HealthyPair(ship)
    for name, case in cases:
        bench = Bench(ship, room)
        line = dict(case=name)
        try:
            line.update(case(bench))
        except Exception as error:
            line["error"] = "%s: %s" % (type(error).__name__, error)
            traceback.print_exc()
        try:
            bench.end()
            if pair:
                pair.check()
            line["healthy"] = ship.healthy()
        except Exception as error:
            line["healthy"], line["why"] = False, "%s: %s" % (type(error).__name__, error)
            traceback.print_exc()
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
