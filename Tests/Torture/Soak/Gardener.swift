// One person at a keyboard: what is saved, and which of the saves that person still counts on.

import Drills
import Foundation
import Support

/// Edits of one working copy and the marks it is owed.
struct Gardener {
    let peer: SandboxPeer
    /// Which files are this person's to change.
    let plot: Plot
    /// Marks this person wrote and did not take out again. Each is to be found in the own tree or
    /// in the ledger, whatever happened.
    private(set) var outstanding: Set<Int> = []

    init(_ peer: SandboxPeer, _ plot: Plot = Plot()) {
        self.peer = peer
        self.plot = plot
    }

    enum Act: CaseIterable {
        case change, add, rename, delete, newFile, deleteFile, moveFile, note

        /// How often of a hundred.
        var share: Int {
            switch self {
            case .change: 55
            case .add: 12
            case .rename: 6
            case .delete: 5
            case .newFile: 5
            case .deleteFile: 2
            case .moveFile: 4
            case .note: 11
            }
        }

        var title: String {
            switch self {
            case .change: "functions changed"
            case .add: "functions added"
            case .rename: "functions renamed"
            case .delete: "functions deleted"
            case .newFile: "files added"
            case .deleteFile: "files deleted"
            case .moveFile: "files moved"
            case .note: "whole files saved"
            }
        }

        static func random(using random: inout SeededGenerator) -> Act {
            var left = Int.random(in: 0..<100, using: &random)
            for act in allCases {
                left -= act.share
                if left < 0 { return act }
            }
            return .change
        }
    }

    /// Does one thing; false when there was nothing to do it to.
    mutating func act(
        _ act: Act, _ marks: inout Marks, using random: inout SeededGenerator
    ) throws -> Bool {
        if act == .newFile {
            let tongue = Tongue.allCases.randomElement(using: &random) ?? .python
            let mark = marks.next()
            let text = tongue.file([("g\(mark)", mark)])
            let path = "m\(mark % 7)/new\(mark).\(tongue.suffix)"
            return plot.holds(path) ? try save(path, old: "", new: text) : false
        }
        let paths = try paths(notes: act == .note)
        // While a file is being replaced it may be missing for a moment.
        guard let path = paths.randomElement(using: &random), let old = try? peer.text(path)
        else { return false }
        switch act {
        case .note: return try save(path, old: old, new: "mark \(marks.next())\n")
        case .deleteFile: return try remove(path, old)
        case .moveFile: return try move(path, to: "moved/n\(marks.next())")
        case .change, .add, .rename, .delete, .newFile:
            guard let bed = Bed(old, path: path),
                let new = changed(bed, act, &marks, using: &random)
            else { return false }
            return try save(path, old: old, new: new)
        }
    }

    private func changed(
        _ bed: Bed, _ act: Act, _ marks: inout Marks, using random: inout SeededGenerator
    ) -> String? {
        var bed = bed
        guard let index = bed.plants.indices.randomElement(using: &random) else { return nil }
        let name = bed.plants[index].name
        switch act {
        case .change: bed.plants[index].text = bed.tongue.function(name, marks.next())
        case .rename:
            let mark = marks.next()
            bed.plants[index].text = bed.tongue.function("r\(mark)", mark)
        case .delete:
            guard bed.plants.count > 2 else { return nil }
            bed.plants.remove(at: index)
        default:
            let mark = marks.next()
            bed.plants.insert(
                Bed.Plant(name: "a\(mark)", text: bed.tongue.function("a\(mark)", mark)),
                at: index)
        }
        return bed.text
    }

    private func paths(notes: Bool) throws -> [String] {
        try Tree.paths(of: peer).filter { path in
            guard path != Garden.fixedPath, plot.holds(path) else { return false }
            return notes ? path.hasSuffix(".md") : Tongue.of(path) != nil
        }
    }

    private mutating func save(_ path: String, old: String, new: String) throws -> Bool {
        guard old != new else { return false }
        try peer.save(path, new)
        note(old: old, new: new)
        return true
    }

    private mutating func remove(_ path: String, _ old: String) throws -> Bool {
        unlink(peer.path(path))
        note(old: old, new: "")
        return true
    }

    private func move(_ path: String, to place: String) throws -> Bool {
        let place = place + "." + PathName.fileExtension(of: path)
        guard plot.holds(place) else { return false }
        let target = peer.path(place)
        try FileAccess.makeFolder(PathName.parent(of: target))
        // Moved by somebody else a moment ago, it is not there to be moved.
        return rename(peer.path(path), target) == 0
    }

    private mutating func note(old: String, new: String) {
        let (before, after) = (Garden.marks(in: old), Garden.marks(in: new))
        outstanding.subtract(before.subtracting(after))
        outstanding.formUnion(after.subtracting(before))
    }

    /// Marks of this person that are neither in the own tree nor known to the ledger.
    func lost(besides ledger: Set<Int>) throws -> Set<Int> {
        var here: Set<Int> = []
        for text in try Tree.texts(of: peer).values { here.formUnion(Garden.marks(in: text)) }
        return outstanding.subtracting(here).subtracting(ledger)
    }
}

/// A share of all files. People with plots of their own cannot come into conflict, so that their
/// trees must be equal at the end; without, everybody changes everything.
struct Plot {
    var index = 0
    var count = 1

    func holds(_ path: String) -> Bool {
        path.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % count == index
    }
}
