// What several checks share about looking: how a missing snapshot becomes "unknown", and how ages
// and counts are worded.

import Diagnostics
import Glibc
import LiveSync
import Support
import WriteAheadLog

extension SyncHost {
    /// The one snapshot of this look; from the files when no agent runs.
    func look() throws(ProbeFailure) -> LiveStatus {
        do throws(StatusFailure) { return try status() } catch {
            if case .agentHangs = error {
                throw .unavailable(
                    subject: "agent", reason: "does not answer", nextStep: "see agent first")
            }
            throw ProbeFailure(error)
        }
    }

    /// The settings, for a check that cannot look without them.
    func settings() throws(ProbeFailure) -> LiveConfiguration {
        do throws(ConfigurationFailure) { return try configuration() } catch {
            throw ProbeFailure(error)
        }
    }

    /// - Throws: when nothing was found in a log that cannot be read whole: that is not to say that
    ///   there is nothing.
    func refuseEmptyList(of status: LiveStatus, isEmpty: Bool) throws(ProbeFailure) {
        guard isEmpty, status.lacksRecords == true else { return }
        throw .unavailable(
            subject: "log", reason: "cannot be read whole", nextStep: "see integrity and wal first")
    }

    /// The snapshot of a running agent: for parts that only live while it does.
    func lookAtAgent() throws(ProbeFailure) -> LiveStatus {
        let status = try look()
        guard status.enabled else {
            throw .unavailable(
                subject: "sync", reason: "turned off", nextStep: "run aura live sync enable")
        }
        guard status.source == .agent else {
            throw .unavailable(
                subject: "agent", reason: "not running", nextStep: "run aura live sync enable")
        }
        return status
    }

    /// The verified log of this look; nil when there is none yet.
    func lookAtLog() throws(ProbeFailure) -> VerifyReport? {
        do throws(LogFailure) { return try verifyLog() } catch {
            if case .notALog = error { return nil }
            throw .unreadable(
                subject: error.subject, reason: error.reason, nextStep: error.nextStep)
        }
    }
}

extension ProbeFailure {
    /// What is wrong with the settings is the config check's to say.
    init(_ failure: ConfigurationFailure) {
        self = .waits(
            for: "config", subject: failure.subject, reason: failure.reason,
            nextStep: failure.nextStep)
    }

    init(_ failure: StatusFailure) {
        if case .configuration(let inner) = failure {
            self.init(inner)
        } else {
            self = .unreadable(
                subject: failure.subject, reason: failure.reason, nextStep: failure.nextStep)
        }
    }
}

extension RefusedStart {
    /// `the last start was refused 12s ago: token: is no token file`; with its time where nobody
    /// knows that of the look.
    func told(at now: Timestamp?) -> String {
        let when = now.map { "\($0.age(of: at).brief) ago" } ?? "at \(at.iso8601)"
        return "the last start was refused \(when): \(subject): \(reason)"
    }

    /// What refused it comes first; it still has to be started then.
    func nextStep(before start: String) -> String {
        nextStep.hasSuffix(start) ? nextStep : "\(nextStep), then \(start)"
    }
}

extension Timestamp {
    /// The age of `earlier` now; a clock that went back makes it zero, never negative.
    func age(of earlier: Timestamp) -> Duration { max(.zero, since(earlier)) }
}

extension Duration {
    /// From a measured value. A snapshot out of a recording may hold anything, and a number no
    /// integer can hold must not end the program.
    init(measured milliseconds: Double) {
        let isSane = milliseconds.isFinite && abs(milliseconds) < 1e15
        self = .milliseconds(isSane ? Int64(milliseconds.rounded()) : Int64(1e15))
    }

    /// Whole seconds as the report writes them: `22s`.
    var wholeSeconds: String { "\(components.seconds)s" }
}

extension Int {
    /// `1 conflict`, `3 conflicts`.
    func of(_ noun: String, plural: String? = nil) -> String {
        "\(self) \(self == 1 ? noun : plural ?? noun + "s")"
    }
}

/// Looks that several checks share. Whichever check asks first pays for them.
enum SharedLook {
    /// The state of the peer: an answer of the agent, or a fold of the whole log without one.
    static let status = "status"
    /// The verified log.
    static let log = "log"
    /// Git's index beside the files: what changed, and all names.
    static let tree = "tree"

    /// What they cost on this working copy: some three times what was measured with 10,000 files, as
    /// a machine with other work needs. A verify or a fold takes 350 ms for 512 MiB as benchmarked,
    /// twice that where the disk is slow, and the fixed part is for small logs. To compare a file with
    /// the index takes 1 µs, and its entry there has 80 bytes.
    private static func costs(of workspace: Workspace) -> [String: Cost] {
        let bytes = logBytes(of: workspace)
        let size = Double(bytes) / Double(512 << 20)
        let whole = Cost(
            processor: .milliseconds(slowness * (15 + Int64(size * 700))),
            readBytes: bytes * 2 + 4 << 20)
        let index = indexBytes(of: workspace)
        let files = Cost(
            processor: .microseconds(slowness * Int64(5000 + index / 80 * 3)),
            readBytes: index * 3 + 1 << 20)
        return [status: whole, log: whole, tree: files]
    }

    /// The options with what the shared looks cost here. Without it, whichever check pays for them
    /// is over its own budget.
    static func pricing(
        _ options: ExaminationOptions, on workspace: Workspace
    ) -> ExaminationOptions {
        var options = options
        options.sharedCosts = costs(of: workspace)
        return options
    }

    private static func logBytes(of workspace: Workspace) -> Int {
        // No log yet costs nothing to read.
        let names = (try? FileAccess.names(in: workspace.walFolder)) ?? []
        return names.reduce(0) { sum, name in
            var status = stat()
            return stat("\(workspace.walFolder)/\(name)", &status) == 0
                ? sum + Int(status.st_size) : sum
        }
    }

    /// Of the index of the repository around the working copy, which may be a linked worktree.
    private static func indexBytes(of workspace: Workspace) -> Int {
        var folder = workspace.root
        while folder != "/", !FileAccess.exists(folder + "/.git") {
            folder = PathName.parent(of: folder)
        }
        var status = stat()
        let index = gitFolder(of: folder) + "/index"
        return stat(index, &status) == 0 ? Int(status.st_size) : 0
    }

    private static func gitFolder(of root: String) -> String {
        let path = root + "/.git"
        // A file there names the folder; what else it may hold, git itself will refuse.
        guard FileAccess.isFile(path), let bytes = try? FileAccess.read(path, limit: 1 << 16)
        else { return path }
        let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard line.hasPrefix("gitdir: ") else { return path }
        let named = String(line.dropFirst("gitdir: ".count))
        return named.hasPrefix("/") ? named : root + "/" + named
    }

    /// What a check uses beside the looks that it shares.
    static func own(milliseconds: Int64) -> Cost {
        Cost(processor: .milliseconds(milliseconds * slowness), readBytes: 4 << 20)
    }

    /// A build without optimisation takes this much longer to decode and to fold; its costs are
    /// nothing to plan with.
    static var slowness: Int64 {
        #if DEBUG
            20
        #else
            1
        #endif
    }
}

/// What one check uses beside the looks it shares: small files, a socket, a subprocess.
extension Check where System == SyncHost {
    public var cost: Cost {
        SharedLook.own(milliseconds: 10)
    }
    public var shares: [String] { [SharedLook.status] }
    public var deadline: Duration { .seconds(5) }
}

/// The bucket that everything a running agent tells of itself rests on.
enum AgentBucket {
    static let name: Bucket = "agent"
}

extension SyncHost {
    /// When the running agent started, as its record says.
    func agentStart() -> Timestamp? {
        do throws(PlainFailure) { return try agentRecord()?.record.startedAt } catch {
            return nil  // the agent's check reports an unreadable record
        }
    }
}

/// Labels of measured values that another part of the program looks for.
enum LiveFact {
    /// The Mothership's clock minus this one.
    static let clockOffset = "clock_offset"
    static let roundTrip = "round_trip"
}
