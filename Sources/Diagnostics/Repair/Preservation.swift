// What a step is about to change, kept first; and put back.
//
// Every path a step touches gets a place in the run's quarantine folder. A copy or the original
// goes there and is compared with the digest that the journal already holds, before the step may
// run. Putting back never deletes either: what stands in the way moves into quarantine too.

import Glibc
import Support

/// A path with what was there before a step.
public struct Preserved: Codable, Hashable, Sendable {
    public let path: String
    public let manner: Touch.Manner
    /// Nil when nothing had this name.
    public let before: ContentDigest?
    /// The name under the run's quarantine folder.
    public let keptAs: String

    private enum CodingKeys: String, CodingKey {
        case path, manner, before
        case keptAs = "kept_as"
    }
}

/// A path with what a step made of it.
public struct Mark: Codable, Hashable, Sendable {
    public let path: String
    /// Nil when nothing has this name any more.
    public let after: ContentDigest?
}

/// The quarantine of one run.
struct RunQuarantine: Sendable {
    let folder: String
    let run: RunID

    /// - Parameter root: the quarantine folder of the system.
    init(root: String, run: RunID) {
        folder = "\(root)/\(run)"
        self.run = run
    }

    /// What a step's touches are now; nothing is moved yet.
    func survey(_ touches: [Touch], step: Int) throws(SystemFailure) -> [Preserved] {
        var surveyed: [Preserved] = []
        for (index, touch) in touches.enumerated() {
            surveyed.append(
                Preserved(
                    path: touch.path, manner: touch.manner,
                    before: try PathTree.digest(of: touch.path),
                    keptAs: "\(step)-\(index)-\(PathName.last(of: touch.path))"))
        }
        return surveyed
    }

    /// Copies or moves everything into quarantine, durably.
    ///
    /// - Throws: `EBUSY` on a path that changed since it was surveyed.
    func keep(_ surveyed: [Preserved]) throws(SystemFailure) {
        guard surveyed.contains(where: { $0.before != nil }) else { return }
        try FileAccess.makeFolder(folder, mode: 0o700)
        try FileAccess.syncFolder(of: folder)
        for item in surveyed {
            guard let before = item.before else { continue }
            let kept = place(of: item)
            switch item.manner {
            case .changes:
                try PathTree.discard(kept)  // half a copy of an attempt before this one
                try PathTree.copy(item.path, to: kept)
                try FileAccess.syncFolder(folder)
            case .replaces:
                try PathTree.move(item.path, to: kept)
            }
            guard try PathTree.digest(of: kept) == before else {
                throw SystemFailure(operation: "keep", path: item.path, code: EBUSY)
            }
        }
    }

    /// Takes back a `keep` that was interrupted: what was moved away moves back.
    func release(_ surveyed: [Preserved]) throws(SystemFailure) {
        for item in surveyed.reversed() where item.manner == .replaces && item.before != nil {
            let kept = place(of: item)
            guard FileAccess.exists(kept), !FileAccess.exists(item.path) else { continue }
            try PathTree.move(kept, to: item.path)
        }
    }

    /// What a restoration found in its way.
    enum Obstacle: Error {
        /// - Parameter kept: where in quarantine the bytes of before lie; nil when there were none, or
        ///   when they are what was changed.
        case changedSince(path: String, reason: String, kept: String? = nil)
        case system(SystemFailure)
    }

    /// What paths will be like once later steps are taken back; a dry look needs no change.
    typealias Overlay = [String: ContentDigest?]

    /// Whether every path is as the step left it, or as it was before: nothing is changed.
    func inspect(
        _ kept: [Preserved], expecting marks: [Mark], over overlay: inout Overlay
    ) throws(Obstacle) {
        for item in kept {
            let now: ContentDigest?
            if let foreseen = overlay[item.path] {
                now = foreseen
            } else {
                now = try digest(item.path)
            }
            overlay[item.path] = .some(item.before)
            if now == item.before { continue }
            let expected = marks.first { $0.path == item.path }
            guard let expected, now == expected.after else {
                throw .changedSince(
                    path: item.path,
                    reason: "changed since: \(Self.text(expected?.after)) then, "
                        + "\(Self.text(now)) now",
                    kept: item.before == nil ? nil : place(of: item))
            }
            guard item.before != nil else { continue }
            guard try digest(place(of: item)) == item.before else {
                throw .changedSince(
                    path: place(of: item), reason: "is no longer what was kept")
            }
        }
    }

    /// Puts back what was there, byte for byte.
    ///
    /// What stands there now moves into quarantine. Running it again after an interruption goes on
    /// where it stopped.
    func restore(_ kept: [Preserved]) throws(Obstacle) {
        for item in kept.reversed() where try digest(item.path) != item.before {
            do throws(SystemFailure) { try restore(item) } catch { throw .system(error) }
            guard try digest(item.path) == item.before else {
                throw .changedSince(path: item.path, reason: "did not come back as it was")
            }
        }
    }

    /// Moves away what a killed process left beside the files it was replacing: temporary files of
    /// its own, see ``FileAccess/replace(_:with:mode:)``, and half restorations of this run.
    func sweep(_ kept: [Preserved]) throws(SystemFailure) {
        for item in kept {
            let folder = PathName.parent(of: item.path)
            guard FileAccess.isFolder(folder) else { continue }
            let name = PathName.last(of: item.path)
            for other in try FileAccess.names(in: folder)
            where other.hasPrefix("\(name).aura-") && isLeftover(other.dropFirst(name.count + 6)) {
                try FileAccess.makeFolder(self.folder, mode: 0o700)
                try PathTree.move("\(folder)/\(other)", to: freePlace(for: item))
            }
        }
    }

    /// - Parameter ending: `tmp-PID-CHANCE` or `restore-RUN`.
    private func isLeftover(_ ending: Substring) -> Bool {
        if ending == "restore-\(run)" { return true }
        let parts = ending.split(separator: "-")
        guard parts.count == 3, parts[0] == "tmp", let pid = Int32(parts[1]) else { return false }
        return ProcessIdentity.of(pid: pid) == nil
    }

    private func restore(_ item: Preserved) throws(SystemFailure) {
        let temporary = "\(item.path).aura-restore-\(run)"
        try PathTree.discard(temporary)  // of an attempt that was interrupted
        if item.before != nil { try PathTree.copy(place(of: item), to: temporary) }
        if FileAccess.exists(item.path) {
            try FileAccess.makeFolder(folder, mode: 0o700)
            try PathTree.move(item.path, to: freePlace(for: item))
        }
        guard item.before != nil else { return }
        // A save that came in between is not replaced.
        try PathTree.move(temporary, to: item.path)
    }

    private func digest(_ path: String) throws(Obstacle) -> ContentDigest? {
        do throws(SystemFailure) { return try PathTree.digest(of: path) } catch {
            throw .system(error)
        }
    }

    private func place(of item: Preserved) -> String { "\(folder)/\(item.keptAs)" }

    /// A name in quarantine for what a restoration takes away; each attempt has its own.
    private func freePlace(for item: Preserved) -> String {
        var attempt = 1
        while FileAccess.exists("\(place(of: item)).after-\(attempt)") { attempt += 1 }
        return "\(place(of: item)).after-\(attempt)"
    }

    private static func text(_ digest: ContentDigest?) -> String {
        digest.map { "digest \($0.short)" } ?? "nothing"
    }
}
