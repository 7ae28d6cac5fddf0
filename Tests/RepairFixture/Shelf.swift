// A made-up product to repair: a shelf with jars.
//
// A jar is a file below `jars/`; what is wrong with it stands in the file. The shelf has a keeper,
// who is awake while a file says so: that is the part of a system which is no durable state.

import Diagnostics
import Glibc
import Support

/// The shelf in a folder.
public struct Shelf: Sendable {
    public let root: String

    public init(root: String) { self.root = root }

    public var jars: String { "\(root)/jars" }
    public var awake: String { "\(root)/awake" }
    /// A named pipe, in tests that need something to wait for.
    public var pipe: String { "\(root)/pipe" }
    public func jar(_ name: String) -> String { "\(jars)/\(name)" }

    /// Makes the shelf with a sound jar and the keeper awake.
    public func make() throws(SystemFailure) {
        try FileAccess.makeFolder(jars)
        try fill("sound", with: "jam")
        try FileAccess.replace(awake, with: "awake".utf8)
    }

    public func fill(_ name: String, with text: String) throws(SystemFailure) {
        try FileAccess.replace(jar(name), with: text.utf8, mode: 0o640)
    }

    public func text(of name: String) throws(SystemFailure) -> String {
        String(decoding: try FileAccess.read(jar(name)), as: UTF8.self)
    }
}

public enum ShelfKind: String, FindingKind {
    case mislabelled = "shelf.mislabelled"
    case stale = "shelf.stale"
    case crumbled = "shelf.crumbled"
    case stubborn = "shelf.stubborn"
    case sealed = "shelf.sealed"
    case asleep = "shelf.asleep"
    case dusty = "shelf.dusty"
    case cracked = "shelf.cracked"
    case bottomless = "shelf.bottomless"
    case daubed = "shelf.daubed"
    case unheard = "shelf.unheard"

    public static let bucket: Bucket = "shelf"
    public var severity: Severity { self == .dusty ? .warn : .fail }
    public var dataAtStake: Bool { self == .crumbled }
    public var lossy: Bool { self == .crumbled }
    public var fix: FixClass {
        switch self {
        case .mislabelled, .stale, .stubborn, .asleep, .cracked, .bottomless, .daubed, .unheard:
            .safe
        case .crumbled, .sealed: .consent
        case .dusty: .manual
        }
    }
    public var meaning: String { "a jar is not as it should be" }
    public var impact: String { "no jam" }
    public var nextStep: String { "look at the shelf" }
    public var explains: [String] { self == .asleep ? ["shelf.dusty"] : [] }
}

public struct ShelfSnapshot: Codable, Sendable {
    public struct Jar: Codable, Sendable {
        let name: String
        let kind: ShelfKind
        /// What is left in a crumbled one.
        let records: Int
    }

    var jarCount: Int
    var wrong: [Jar]
    var isAwake: Bool
    /// Differs in every look, as times in snapshots do.
    var takenAt: Timestamp
}

/// Finds the jars whose text begins with the name of a kind.
public struct ShelfCheck: Check {
    public typealias Kind = ShelfKind

    public init() {}

    public func probe(
        _ shelf: Shelf, until deadline: Deadline
    ) throws(ProbeFailure) -> ShelfSnapshot {
        var snapshot = ShelfSnapshot(
            jarCount: 0, wrong: [], isAwake: FileAccess.exists(shelf.awake),
            takenAt: SystemClock().now)
        for name in try probing({ () throws(SystemFailure) in
            try FileAccess.names(in: shelf.jars)
        }) {
            let text = try probing { () throws(SystemFailure) in try shelf.text(of: name) }
            let words = text.split(separator: " ")
            snapshot.jarCount += 1
            if let first = words.first, let kind = ShelfKind(rawValue: "shelf.\(first)") {
                let records = words.count > 1 ? Int(words[1]) ?? 0 : 0
                snapshot.wrong.append(.init(name: name, kind: kind, records: records))
            }
        }
        return snapshot
    }

    public func diagnose(_ snapshot: ShelfSnapshot) -> [Finding<ShelfKind>] {
        let jars = snapshot.wrong.map {
            Finding($0.kind, symptom: "jar \($0.name) is \($0.kind)", on: [.path($0.name)])
        }
        return snapshot.isAwake ? jars : jars + [Finding(.asleep, symptom: "the keeper sleeps")]
    }

    public func witness(of snapshot: ShelfSnapshot) -> Witness {
        Witness(examined: snapshot.jarCount, unit: "jars")
    }

    public func detail(of snapshot: ShelfSnapshot, findings: [Finding<ShelfKind>]) -> String {
        "\(snapshot.jarCount) jars"
    }

    public func remediate(
        _ finding: Finding<ShelfKind>, seenIn snapshot: ShelfSnapshot
    ) -> [ShelfStep] {
        if finding.kind == .asleep { return [.wake] }
        guard let jar = snapshot.wrong.first(where: { finding.subjects == [.path($0.name)] })
        else { return [] }
        switch jar.kind {
        case .mislabelled: return [.relabel(jar.name)]
        case .stale: return [.setAside(jar.name)]
        case .crumbled:
            return [
                .sleep, .sweep(jar.name, records: jar.records), .relabel("\(jar.name).2"), .wake,
            ]
        case .stubborn: return [.paint(jar.name, with: "stubborn still")]
        case .sealed: return [.relabel(jar.name), .open(jar.name)]
        case .cracked: return [.paint(jar.name, with: "jam"), .paint("other", with: "crumbled 9")]
        case .bottomless: return [.reach(jar.name)]
        // The jar beside it got some of the colour.
        case .daubed: return [.relabel(jar.name), .relabel("\(jar.name).2")]
        case .unheard: return [.announce(jar.name)]
        case .asleep, .dusty: return []
        }
    }
}

public enum ShelfStep: RepairStep {
    case relabel(String)
    case setAside(String)
    case sweep(String, records: Int)
    /// Writes what it is told: a repair that does not help, or breaks something else.
    case paint(String, with: String)
    /// Fails half-way.
    case open(String)
    /// Waits for whoever opens the other end of the shelf's pipe, if it has one.
    case reach(String)
    case wake, sleep
    /// Asks the keeper to tell everybody of a jar. The keeper writes that on it, no step touches it.
    case announce(String)

    public var title: String {
        switch self {
        case .relabel(let name): "write a new label for \(name)"
        case .setAside(let name): "set \(name) aside"
        case .sweep(let name, let records): "sweep \(records) crumbs out of \(name)"
        case .paint(let name, _): "paint \(name)"
        case .open(let name): "open \(name)"
        case .reach(let name): "reach into \(name)"
        case .wake: "wake the keeper"
        case .sleep: "send the keeper to bed"
        case .announce(let name): "announce \(name)"
        }
    }

    public var undo: ShelfStep? {
        switch self {
        case .sleep: .wake
        case .relabel, .setAside, .sweep, .paint, .open, .reach, .wake, .announce: nil
        }
    }

    public var consequence: String? {
        if case .announce = self { "everybody has heard of it" } else { nil }
    }

    public var loss: Loss {
        guard case .sweep(let name, let records) = self else { return .none }
        return Loss(records: records, names: (0..<records).map { "\(name)-\($0)" })
    }

    public var turn: RepairTurn {
        switch self {
        case .relabel, .setAside, .sweep, .paint, .open, .reach: .state
        case .wake, .sleep, .announce: .client
        }
    }

    public func touches(in shelf: Shelf) -> [Touch] {
        switch self {
        case .relabel(let name), .sweep(let name, _), .paint(let name, _), .open(let name),
            .reach(let name):
            [Touch(.changes, shelf.jar(name))]
        case .setAside(let name): [Touch(.replaces, shelf.jar(name))]
        case .wake, .sleep, .announce: []
        }
    }

    public func require(of shelf: Shelf) async throws(StepFailure) {
        let isAwake = FileAccess.exists(shelf.awake)
        if self == .wake && isAwake { throw .preconditionGone(subject: "keeper", reason: "awake") }
        if self == .sleep && !isAwake {
            throw .preconditionGone(subject: "keeper", reason: "asleep")
        }
    }

    public func perform(on shelf: Shelf) async throws(StepFailure) {
        do throws(SystemFailure) {
            switch self {
            case .relabel(let name): try shelf.fill(name, with: "jam from \(name)")
            case .setAside: break
            case .sweep(let name, _): try shelf.fill(name, with: "jam, swept")
            case .paint(let name, let text): try shelf.fill(name, with: text)
            case .open(let name):
                try shelf.fill(name, with: "half open")
                throw SystemFailure(operation: "open", path: name, code: EIO)
            case .reach(let name):
                try shelf.fill(name, with: "half empty")
                if FileAccess.exists(shelf.pipe) {
                    close(try retrying("open", shelf.pipe) { Glibc.open(shelf.pipe, O_RDONLY) })
                }
                try shelf.fill(name, with: "jam")
            case .wake: try FileAccess.replace(shelf.awake, with: "awake".utf8)
            case .sleep: try retrying("unlink", shelf.awake) { unlink(shelf.awake) }
            case .announce(let name): try shelf.fill(name, with: "jam, announced")
            }
        } catch { throw StepFailure(error) }
    }

    public func ensure(of shelf: Shelf) async throws(StepFailure) {
        let holds: Bool
        do throws(SystemFailure) {
            switch self {
            case .relabel(let name), .sweep(let name, _), .reach(let name), .announce(let name):
                holds =
                    FileAccess.exists(shelf.jar(name))
                    ? try shelf.text(of: name).hasPrefix("jam") : false
            case .paint(let name, let text):
                holds =
                    FileAccess.exists(shelf.jar(name)) ? try shelf.text(of: name) == text : false
            case .setAside(let name): holds = !FileAccess.exists(shelf.jar(name))
            case .open: holds = false
            case .wake: holds = FileAccess.exists(shelf.awake)
            case .sleep: holds = !FileAccess.exists(shelf.awake)
            }
        } catch { throw StepFailure(error) }
        guard holds else { throw .withoutEffect(subject: title, reason: "not so") }
    }
}
