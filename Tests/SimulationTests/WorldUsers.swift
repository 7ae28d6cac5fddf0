// What people do to a working copy: edit, decide conflicts, switch branches, run git.

import Foundation
import LiveProtocol
import LiveSync

extension World {
    mutating func userEdits(_ peer: Int) throws {
        guard edits > 0 else { return }
        edits -= 1
        guard peers[peer].setAside == nil else { return try editElsewhere(peer) }
        let path = ["a.toy", "a.toy", "b.toy", "c.toy"].randomElement(using: &generator) ?? "a.toy"
        let old = peers[peer].files[path] ?? []
        if path == "b.toy" && Int.random(in: 0..<10, using: &generator) == 0 {
            trace.append("\(peers[peer].name) deletes \(path)")
            peers[peer].files[path] = nil
            peers[peer].inbox.append(.reading(path: path, lines: nil))
            return
        }
        let new = ToyLanguage.edit(old, fresh: fresh(), using: &generator)
        try save(new, path, peer)
    }

    mutating func save(_ lines: [String], _ path: String, _ peer: Int) throws {
        trace.append("\(peers[peer].name) saves \(path): \(lines.joined(separator: "; "))")
        try invariants.noteSave(
            from: language.parse(peers[peer].files[path] ?? []).observed,
            to: language.parse(lines).observed, of: peer)
        peers[peer].files[path] = lines
        if peers[peer].core != nil {
            peers[peer].inbox.append(.reading(path: path, lines: lines))
        }
    }

    mutating func resolveSomething(_ peer: Int) {
        guard let core = peers[peer].core,
            let conflict = core.state.conflicts.filter(\.isBlocking).randomElement(
                using: &generator)
        else { return }
        let choice: ConflictChoice =
            [.local, .local, .remote, .remote, .dismiss].randomElement(using: &generator) ?? .local
        trace.append("\(peers[peer].name) resolves \(conflict.qualifiedName): \(choice.rawValue)")
        peers[peer].inbox.append(.event(.resolveConflict(conflict.id, choice)))
    }

    /// A person keeps both sides of a conflict, or writes a text from the two.
    mutating func mergeSomething(_ peer: Int) {
        guard let core = peers[peer].core,
            let conflict = core.state.conflicts.filter(\.isBlocking).randomElement(
                using: &generator)
        else { return }
        var text: UnitText?
        let name = conflict.qualifiedName.components(separatedBy: "::").last ?? "f"
        if Bool.random(using: &generator), ToyLanguage.isFunction(conflict.remote.unit) {
            text = UnitText(head: ToyLanguage.bytes(["fn \(name) \(fresh())"]))
        }
        let choice = text == nil ? "both" : "a text of both"
        trace.append("\(peers[peer].name) resolves \(conflict.qualifiedName): \(choice)")
        peers[peer].inbox.append(.event(.mergeConflict(conflict.id, text)))
    }

    /// A person looks at a dismissed conflict again.
    mutating func reopenSomething(_ peer: Int) {
        guard let core = peers[peer].core,
            let conflict = core.state.conflicts.filter({ $0.state == .dismissed }).randomElement(
                using: &generator)
        else { return }
        trace.append("\(peers[peer].name) reopens \(conflict.qualifiedName)")
        peers[peer].inbox.append(.event(.reopenConflict(conflict.id)))
    }

    /// An operation of git: it pauses first, may put a file back to what is committed, and
    /// sometimes moves the commit. Whoever runs it resumes later.
    mutating func runGit(_ peer: Int) throws {
        guard peers[peer].setAside == nil else { return }
        let causes = ["rebase", "merge", "on branch side", "index is locked"]
        let cause = causes.randomElement(using: &generator) ?? "merge"
        trace.append("\(peers[peer].name) pauses: \(cause)")
        peers[peer].inbox.append(.event(.pause(causes: [cause])))
        if edits > 0, Int.random(in: 0..<4, using: &generator) == 0, let lines = head["a.toy"] {
            try save(lines, "a.toy", peer)
        }
        if Bool.random(using: &generator) {
            peers[peer].inbox.append(.event(.headMoved(commit: "c\(time)")))
        }
    }

    /// Sync is switched off by hand, and on again when somebody thinks of it.
    mutating func toggleSync(_ peer: Int) {
        guard let core = peers[peer].core else { return }
        let isOff = core.state.lifecycle == .off
        guard !isOff || peers[peer].setAside == nil else { return }
        trace.append("\(peers[peer].name) \(isOff ? "enables" : "disables") sync")
        peers[peer].inbox.append(.event(isOff ? .enable : .disable))
    }
}
