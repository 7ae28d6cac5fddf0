// Another branch is checked out in a working copy, worked on, and left again. What stands in the
// files meanwhile is another branch's, and none of it may reach the room.

import LiveSync

extension World {
    /// Checks out another branch, or the synced one again.
    mutating func switchBranch(_ peer: Int) throws {
        if peers[peer].setAside == nil { try leaveBranch(peer) } else { comeBack(peer) }
    }

    /// The other branch has something of its own in each file, as one that went another way.
    private mutating func leaveBranch(_ peer: Int) throws {
        trace.append("\(peers[peer].name) checks out another branch")
        note("other branch")
        let own = peers[peer].files
        peers[peer].setAside = own
        for path in own.keys.sorted() {
            let lines = (own[path] ?? []) + ["fn s \(fresh())"]
            peers[peer].files[path] = lines
            try noteForeign(lines, instead: own[path] ?? [])
        }
        if Bool.random(using: &generator) { peers[peer].files["b.toy"] = nil }
        // The agent sees git's trace before it reads a file, whatever else it is told of.
        if peers[peer].core != nil { holdForBranch(peer) }
    }

    /// What the agent does on a branch that is not its own: nothing is read until it is left.
    mutating func holdForBranch(_ peer: Int) {
        peers[peer].inbox.append(.event(.pause(causes: ["on another branch"])))
    }

    mutating func comeBack(_ peer: Int) {
        guard let own = peers[peer].setAside else { return }
        trace.append("\(peers[peer].name) checks out the synced branch again")
        peers[peer].files = own
        peers[peer].setAside = nil
        guard let core = peers[peer].core else { return }
        if Bool.random(using: &generator) {
            peers[peer].inbox.append(.event(.headMoved(commit: "c\(time)")))
        }
        readEverything(peer)
        if !core.isScanned { peers[peer].inbox.append(.event(.scanCompleted)) }
        peers[peer].inbox.append(.event(.resume))
    }

    /// A save on the other branch; the agent does not read it. Each text is one of its kind, so that
    /// it is known wherever it turns up.
    mutating func editElsewhere(_ peer: Int) throws {
        let path = ["a.toy", "b.toy"].randomElement(using: &generator) ?? "a.toy"
        let old = peers[peer].files[path] ?? []
        var new = old
        let functions = old.indices.filter { ToyLanguage.isFunction(old[$0]) }
        if let line = functions.randomElement(using: &generator) {
            new[line] = old[line].split(separator: " ").dropLast().joined(separator: " ")
            new[line] += " \(fresh())"
        } else {
            new.append("fn s \(fresh())")
        }
        trace.append("\(peers[peer].name) saves \(path) on the other branch")
        peers[peer].files[path] = new
        try noteForeign(new, instead: old)
    }

    private mutating func noteForeign(_ lines: [String], instead old: [String]) throws {
        let before = try language.parse(old).observed.map(\.auraID)
        let units = try language.parse(lines).observed.filter { !before.contains($0.auraID) }
        invariants.foreign.formUnion(
            units.filter { ToyLanguage.isFunction($0.kind) }.compactMap(\.auraID))
    }

    /// A fresh reading of every file there is or was.
    mutating func readEverything(_ peer: Int) {
        let known = peers[peer].core.map { Array($0.index.files.keys) } ?? []
        for path in Set(head.keys).union(peers[peer].files.keys).union(known).sorted() {
            peers[peer].inbox.append(.reading(path: path, lines: peers[peer].files[path]))
        }
    }
}
