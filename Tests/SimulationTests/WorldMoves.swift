// Users who move functions between files, with both saves at once or one after the other, and who
// ask for the ledger to be read again.

import LiveSync
import Support

extension World {
    /// Reads the ledger again: whole, or to derive the base of one function anew.
    mutating func readAgain(_ peer: Int) {
        guard let core = peers[peer].core else { return }
        let functions = core.state.bases.byFunction.keys.sorted()
        if let function = functions.randomElement(using: &generator), Bool.random(using: &generator)
        {
            trace.append("\(peers[peer].name) reconciles \(function.short)")
            peers[peer].inbox.append(.event(.reconcile(function)))
        } else {
            trace.append("\(peers[peer].name) reads the ledger again")
            peers[peer].inbox.append(.event(.rereadLedger))
        }
    }

    /// Takes a function out of one file and puts it into another, as it is or a little changed.
    mutating func userMoves(_ peer: Int) throws {
        guard peers[peer].setAside == nil else { return }
        let paths = peers[peer].files.keys.sorted()
        guard let from = paths.randomElement(using: &generator),
            let to = ["a.toy", "b.toy", "c.toy"].filter({ $0 != from })
                .randomElement(using: &generator)
        else { return }
        var source = peers[peer].files[from] ?? []
        var target = peers[peer].files[to] ?? []
        let functions = source.indices.filter { ToyLanguage.isFunction(source[$0]) }
        guard let line = functions.randomElement(using: &generator) else { return }
        var moved = source.remove(at: line)
        if Int.random(in: 0..<4, using: &generator) == 0 {
            moved = "fn r\(fresh()) " + (moved.split(separator: " ").last ?? "0")
        }
        target.append(moved)
        trace.append("\(peers[peer].name) moves \(moved) from \(from) to \(to)")
        let files = [(from, source), (to, target)]
        for (path, lines) in files {
            try invariants.noteSave(
                from: language.parse(peers[peer].files[path] ?? []).observed,
                to: language.parse(lines).observed, of: peer)
            peers[peer].files[path] = lines
        }
        guard peers[peer].core != nil else { return }
        if Bool.random(using: &generator) {
            peers[peer].inbox.append(.readingTogether(files))
        } else {
            for (path, lines) in files {
                peers[peer].inbox.append(.reading(path: path, lines: lines))
            }
        }
    }
}
