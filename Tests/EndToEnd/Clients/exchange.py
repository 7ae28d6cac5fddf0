# A foreign peer in the room of a real one: reads its changes, pushes an older version back, deletes
# a function. Prints what it saw as one JSON line.

import json, sys

from wire import Device, Peer, Ship, change


def read_all(peer, seen):
    """Pages until the head that welcome named."""
    through = 0
    while through < peer.welcome["head"]:
        delivery = peer.delivery()
        through = delivery["through"]
        for delivered in delivery["sets"]:
            for index, sequence, revision in delivered["places"]:
                found = delivered["set"]["changes"][index]
                seen.append(dict(found, revision=revision, sequence=sequence,
                                 language=delivered["set"]["language"],
                                 grammar=delivered["set"]["grammar"]))
    return through


def versions(seen, name):
    found = [c for c in seen if c["name"].endswith(name) and c["kind"] == "put"]
    assert found, "no %s among %s" % (name, [c["name"] for c in seen])
    return sorted(found, key=lambda c: c["revision"])


def next_of(head, text, aura, kind="put"):
    return dict(head, base=head["revision"], base_aura=head["aura"], text=text, aura=aura, kind=kind,
                tail=None)


def main(home, port, room, action, name):
    ship, device, seen = Ship(home, int(port)), Device("foreign"), []
    peer = Peer(ship, room, device)
    through = read_all(peer, seen)
    all_versions = versions(seen, name)
    head = all_versions[-1]
    if action == "revert":
        old = all_versions[-2]
        new = next_of(head, old["text"], old["aura"])
    else:
        new = next_of(head, None, None, "delete")
    result = peer.push([new], language=head["language"], grammar=head["grammar"])
    assert len(result["accepted"]) == 1, result
    # A second connection goes on where the first one was.
    again = Peer(ship, room, device, frontier=dict(epoch=peer.welcome["epoch"], sequence=through))
    assert again.welcome["head"] == through + 1, again.welcome
    again.close()
    peer.close()
    print(json.dumps(dict(seen=len(seen), versions=len(all_versions),
                          revision=result["accepted"][0]["revision"])))


if __name__ == "__main__":
    main(*sys.argv[1:])
