// What drills do with a stage over and over: each act knows how it is taken back.

import CHardware
import Foundation
import Glibc
import LiveProtocol
import LiveSync
import Support
import WriteAheadLog

extension Stage {
    // MARK: Files

    /// Saves a file as an editor does; taken back to what it was, or to nothing.
    public func save(_ path: String, _ text: String, at peer: SandboxPeer? = nil) throws {
        let peer = peer ?? ada
        let before = FileAccess.exists(peer.path(path)) ? try peer.read(path) : nil
        try FileAccess.makeFolder(PathName.parent(of: peer.path(path)))
        try peer.save(path, text)
        mend {
            if let before {
                try peer.save(path, before)
            } else {
                try retrying("unlink", path) { unlink(peer.path(path)) }
            }
        }
    }

    /// Replaces one piece of a file's text. What an earlier drill took back at the other peer may still
    /// be on its way here, and is waited for.
    public func edit(
        _ path: String, _ old: String, _ new: String, at peer: SandboxPeer? = nil
    ) throws {
        try (peer ?? ada).wait(for: path, toHold: old)
        let text = try (peer ?? ada).text(path)
        try save(path, text.replacingOccurrences(of: old, with: new), at: peer)
    }

    /// What the toy's first function multiplies by now: a dispute that was settled leaves another number.
    func factor(at peer: SandboxPeer) throws -> Int {
        let lines = try peer.text("src/shapes.rs").split(separator: "\n")
        return Int((lines.first { $0.contains("value * ") } ?? "").filter(\.isNumber)) ?? 2
    }

    /// Adds lines to `live.toml`; taken back byte for byte.
    public func configure(_ settings: [String: String], at peer: SandboxPeer? = nil) throws {
        let peer = peer ?? ada
        let path = peer.workspace.configurationPath
        let before = try FileAccess.read(path)
        try peer.configure(settings)
        mend { try FileAccess.replace(path, with: before, mode: 0o644) }
    }

    /// Overwrites a file in place, as a program that knows nothing of us does; taken back, unless a
    /// repair made another file of it: old bytes in its place would be a fault of their own.
    public func overwrite(_ path: String, _ change: (inout [UInt8]) throws -> Void) throws {
        let before = try FileAccess.read(path)
        var changed = before
        try change(&changed)
        let bytes = changed
        try InPlace.put(bytes, into: path)
        mend {
            guard FileAccess.exists(path), try FileAccess.read(path) == bytes else { return }
            try InPlace.put(before, into: path)
        }
    }

    /// Moves a file or folder away; taken back.
    public func moveAway(_ path: String) throws {
        let aside = sandbox.folder + "/aside-\(UUID().uuidString.prefix(8))"
        try retrying("rename", path) { rename(path, aside) }
        mend { try retrying("rename", path) { rename(aside, path) } }
    }

    // MARK: Checks of others

    /// The name of the check that ``addCheck(_:declaringMilliseconds:)`` makes.
    public static let checkName = "rehearsal"

    /// Puts a check of a third party into the working copy, trusted by its user; taken back.
    ///
    /// - Parameters:
    ///   - detect: what it does when it is asked, in a shell.
    ///   - milliseconds: of processor time that it says it uses.
    public func addCheck(_ detect: String, declaringMilliseconds milliseconds: Int = 2000) throws {
        let peer = subject
        let path = peer.workspace.auraFolder + "/checks.d/" + Self.checkName
        let text = """
            #!/bin/sh
            if [ "$1" = describe ]; then cat <<'END'
            {"name":"\(Self.checkName)","deadline_ms":10000,"processor_ms":\(milliseconds),
             "codes":[{"code":"\(Self.checkName).bad","severity":"info","fix":"none",
              "meaning":"it is bad","impact":"it stays bad","next_step":"make it good"}]}
            END
            exit 0; fi
            \(detect)
            """
        try FileAccess.makeFolder(PathName.parent(of: path), mode: 0o700)
        try FileAccess.replace(path, with: Array(text.utf8), mode: 0o700)
        mend { try retrying("unlink", path) { unlink(path) } }
        try peer.aura(["doctor", "trust", path])
        mend { try peer.aura(["doctor", "trust", "--revoke", path]) }
    }

    // MARK: Processes

    /// SIGKILL for the agent; it is started again afterwards.
    public func killAgent() throws {
        let peer = subject
        try peer.killAgent()
        mend { try peer.enable() }
    }

    /// Stops sync; taken back.
    public func disable() throws {
        let peer = subject
        try peer.aura(["live", "sync", "disable"])
        mend { try peer.enable() }
    }

    /// A clean end and a new start.
    public func restartAgent() throws {
        try subject.aura(["live", "sync", "disable"])
        try subject.enable()
    }

    /// Points sync to another address; taken back with everything that came of it.
    ///
    /// - Parameters:
    ///   - variables: of the agent's environment.
    ///   - wrapper: a program with its arguments that starts it.
    public func redirect(
        to endpoint: String, _ variables: [String: String] = [:], under wrapper: [String] = []
    ) throws {
        let peer = subject
        let path = peer.workspace.configurationPath
        let before = try FileAccess.read(path)
        try peer.aura(["live", "sync", "disable"])
        try peer.replaceEndpoint(endpoint)
        try peer.enable(with: variables, under: wrapper)
        mend {
            try peer.aura(["live", "sync", "disable"])
            try FileAccess.replace(path, with: before, mode: 0o644)
            try peer.enable()
        }
    }

    /// SIGKILL for the Mothership; it is started again afterwards.
    public func killMothership() throws {
        try sandbox.killMothership()
        mend { [self] in
            try sandbox.startMothership()
            try flush()
        }
    }

    /// A clean end of the Mothership; it is started again afterwards.
    public func stopMothership() throws {
        try sandbox.aura().require(["mothership", "stop"])
        mend { [self] in
            try sandbox.startMothership()
            try flush()
        }
    }

    /// Tries the link at once, for everybody whose agent runs.
    public func flush() throws {
        for peer in peers where try peer.status().source == .agent {
            // A link that does not come up at once does so by itself, which is waited for.
            _ = try peer.tryAura(["live", "sync", "push", "--flush"])
        }
    }

    /// Stops a process of ours until the fault is taken back.
    public func freeze(_ process: ProcessIdentity) throws {
        _ = try process.signal(SIGSTOP)
        // Gone already is as good as woken.
        mend { _ = try? process.signal(SIGCONT) }
    }

    /// Makes system calls of the subject's agent fail or wait.
    public func inject(_ fault: String) throws {
        lift(try SystemCallFault.inject(fault, into: subject))
    }

    /// Makes system calls of the subject's agent wait until a time is over, whatever is repaired
    /// meanwhile.
    func hold(_ calls: String, for time: Duration) throws {
        let end = try SystemCallFault.inject("\(calls):delay_enter=90000000", into: subject)
        sandbox.atEnd(end)
        Thread.detachNewThread {
            pause(milliseconds: Int32(clamping: time.milliseconds))
            end()
        }
    }

    // MARK: Link

    /// Rewrites what the Mothership sends from now on.
    public func rewrite(
        cuts: Bool = true,
        _ change: @escaping @Sendable (ServerMessage) -> FrameRewriting.Outcome
    ) throws {
        let proxy = try link()
        proxy.rewrite(change)
        liftProxy(cuts: cuts)
    }

    /// Lets the proxy pass everything again when the cause is lifted.
    ///
    /// - Parameter cuts: whether the connection ends with it. On the next one everything without an
    ///   answer is sent again, so that nothing of it is left to a repair.
    public func liftProxy(cuts: Bool = true) {
        lift { [self] in
            try link().restore()
            if cuts { try link().cut() }
            mend { [self] in try flush() }
        }
    }

    /// Waits until the agent's own next try is some seconds away: until then only a repair connects.
    func awaitLongPause() throws {
        try subject.wait(for: "a long pause between two tries", limit: .seconds(90)) {
            $0.link.state == .offline && ($0.link.nextTryIn ?? .zero) >= Self.longPause
        }
    }

    /// Time to plan a repair and make it, on a machine that builds beside.
    private static let longPause = Duration.seconds(7)

    // MARK: The log

    /// A sealed segment of the subject's log. A clean stop seals one, so the agent writes another;
    /// one that a start shortened the log by is made again.
    public func sealedSegment() throws -> String {
        for number in 0..<4 {
            try restartAgent()
            if let segment = try fullestSealedSegment() { return segment }
            let text = "def sealed(value):\n    return value + \(number)\n"
            try save("pkg/sealed.py", text, at: subject)
            try subject.wait(for: "the save in the log") {
                $0.wal.pendingOut == 0 && $0.counters.changesAcknowledged > 0
            }
        }
        throw PlainFailure("log", "has no sealed segment", nextStep: "see its folder")
    }

    private func fullestSealedSegment() throws -> String? {
        let folder = subject.workspace.walFolder
        let filled = try LogReader.records(at: folder).records.map(\.summary.segment.fileName)
        // Retired segments are gone from the folder while a look at it may still know them.
        let names = try FileAccess.names(in: folder).filter { $0.hasSuffix(".log") }
        let newest = names.max() ?? ""
        let counts = Dictionary(grouping: filled, by: { $0 }).mapValues(\.count)
            .filter { $0.key != newest && names.contains($0.key) }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }
            .map { "\(folder)/\($0.key)" }
    }

    /// The offsets of a segment's records.
    public func offsets(in segment: String) throws -> [Int] {
        try LogReader.records(at: PathName.parent(of: segment)).records
            .filter { $0.summary.segment.fileName == PathName.last(of: segment) }
            .map { Int($0.summary.offset) }
    }
}

/// Writing where a file is, without a new name: as another program does.
public enum InPlace {
    /// Replaces the content; inode, mode and open descriptors stay.
    public static func put(_ bytes: [UInt8], into path: String) throws {
        let descriptor = try retrying("open", path) { open(path, O_WRONLY | O_CLOEXEC) }
        defer { close(descriptor) }
        try FileAccess.writeAll(bytes, to: descriptor, path: path)
        try retrying("ftruncate", path) { ftruncate(descriptor, off_t(bytes.count)) }
    }

    /// CRC32C of some bytes, from nothing.
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        Array(bytes).withUnsafeBytes { aura_crc32c(0, $0.baseAddress, $0.count) }
    }
}
