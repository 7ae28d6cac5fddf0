// What one user remembers of earlier examinations of one system: when a finding was first seen,
// when it went, and which ones a person has acknowledged.
//
// It lies in the user's own folder, never in what is examined. Acknowledgements are a person's
// words and change only on request, under a lock and with a sync. The sightings are derived: they
// are written only when a finding came or went, without a sync, and may be thrown away.

import Glibc
import Support

/// The memory of one examined system.
public struct FindingStore: Sendable {
    /// Sightings of findings that have been gone for longer are forgotten.
    static let keptAfterGone = Duration.seconds(90 * 86_400)
    /// More sightings than this are never kept; the longest gone leave first.
    static let sightingCountMax = 2000

    private let folder: String
    private let lockWait: Duration

    /// - Parameters:
    ///   - folder: may be missing; it is made by the first write.
    ///   - lockWait: how long another writer may hold the lock; it takes milliseconds, unless it was
    ///     stopped in the middle.
    public init(folder: String, lockWait: Duration = .seconds(5)) {
        self.folder = folder
        self.lockWait = lockWait
    }

    public var acknowledgementsPath: String { folder + "/acknowledgements.json" }
    public var sightingsPath: String { folder + "/sightings.json" }

    /// Everything remembered, as an examination takes it.
    public func memory() throws(PlainFailure) -> FindingMemory {
        var memory = FindingMemory()
        for seen in try sightings() {
            memory.firstSeen[seen.fingerprint] = seen.firstSeen.timestamp
            if seen.gone != nil {
                memory.gone.insert(seen.fingerprint)
            } else if seen.returns > 0 {
                memory.cameBack[seen.fingerprint] = seen.came.timestamp
            }
        }
        for note in try acknowledgements() {
            memory.acknowledged[note.fingerprint] = Acknowledgement(
                until: note.until.timestamp, reason: note.reason)
            memory.acknowledgedAs[note.fingerprint] = note.severity
        }
        return memory
    }
}

// MARK: Acknowledgements

/// What a person said about one finding.
public struct StoredAcknowledgement: Codable, Hashable, Sendable {
    public let fingerprint: Fingerprint
    public let code: String
    /// How bad the finding was then; nil in a note of an older release.
    public let severity: Severity?
    public let reason: String
    public let made: UTCTime
    public let until: UTCTime
}

extension FindingStore {
    /// All of them, lapsed ones included, in the order of their end.
    public func acknowledgements() throws(PlainFailure) -> [StoredAcknowledgement] {
        try load(AcknowledgementFile.self, acknowledgementsPath)?.acknowledgements ?? []
    }

    /// Notes that a person has seen a finding and leaves it until then. An earlier note on the
    /// same finding is replaced, lapsed ones are dropped.
    public func acknowledge(
        _ finding: AnyFinding, until: Timestamp, reason: String, at now: Timestamp
    ) throws(PlainFailure) {
        try change { notes in
            notes.removeAll { $0.fingerprint == finding.fingerprint || $0.until.timestamp <= now }
            notes.append(
                StoredAcknowledgement(
                    fingerprint: finding.fingerprint, code: finding.code,
                    severity: finding.severity, reason: reason, made: UTCTime(now),
                    until: UTCTime(until)))
        }
    }

    /// Takes a note back; false when there was none.
    public func withdraw(_ fingerprint: Fingerprint) throws(PlainFailure) -> Bool {
        guard try acknowledgements().contains(where: { $0.fingerprint == fingerprint }) else {
            return false
        }
        try change { notes in notes.removeAll { $0.fingerprint == fingerprint } }
        return true
    }

    private func change(
        _ body: (inout [StoredAcknowledgement]) -> Void
    ) throws(PlainFailure) {
        try makeFolder()
        let lock = try locked()
        defer { close(lock) }
        var notes = try acknowledgements()
        body(&notes)
        notes.sort { ($0.until.timestamp, $0.fingerprint) < ($1.until.timestamp, $1.fingerprint) }
        let text = try encoded(AcknowledgementFile(acknowledgements: notes))
        do throws(SystemFailure) {
            try FileAccess.replace(acknowledgementsPath, with: Array(text.utf8))
        } catch { throw unwritable(error) }
    }

    /// The open lock file; closing it unlocks. Waits for the other one, who holds it for one write.
    private func locked() throws(PlainFailure) -> Int32 {
        let path = folder + "/lock"
        let descriptor: Int32
        do throws(SystemFailure) {
            descriptor = try retrying("open", path) {
                open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            }
        } catch { throw unwritable(error) }
        do throws(PlainFailure) { try lock(descriptor, path) } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// The kernel knows no lock with a deadline, so it is asked again and again.
    private func lock(_ descriptor: Int32, _ path: String) throws(PlainFailure) {
        let clock = SystemClock()
        let end = clock.uptime + lockWait
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw unwritable(SystemFailure(operation: "lock", path: path))
            }
            guard clock.uptime < end else {
                throw PlainFailure(
                    path, "another doctor has held the lock for \(lockWait.brief)",
                    nextStep: "try again, or end that process", exitStatus: .busy)
            }
            pause(milliseconds: 5)
        }
    }
}

private struct AcknowledgementFile: Codable {
    var schema = "aura.acknowledgements"
    var version = 1
    var acknowledgements: [StoredAcknowledgement]
}

// MARK: Sightings

/// When a finding was there.
public struct FindingSighting: Codable, Hashable, Sendable {
    /// The finding as it was seen last.
    public internal(set) var finding: AnyFinding
    public let firstSeen: UTCTime
    /// Begin of the present or last time it was there.
    public internal(set) var came: UTCTime
    /// Nil while it is there.
    public internal(set) var gone: UTCTime?
    /// How often it came back after it had gone.
    public internal(set) var returns: Int

    public var fingerprint: Fingerprint { finding.fingerprint }

    private enum CodingKeys: String, CodingKey {
        case finding
        case firstSeen = "first_seen"
        case came, gone, returns
    }
}

struct SightingFile: Codable {
    var schema = "aura.sightings"
    var version = 1
    var sightings: [FindingSighting]
}

extension FindingStore {
    public func sightings() throws(PlainFailure) -> [FindingSighting] {
        do throws(PlainFailure) {
            return try load(SightingFile.self, sightingsPath)?.sightings ?? []
        } catch {
            // Derived, and of a form that another release may have changed: begin anew.
            return []
        }
    }

    /// Takes a report into the memory; writes only when a finding came or went.
    public func remember(
        _ report: Report, selection: Selection = .everything
    ) throws(PlainFailure) {
        let before = try sightings()
        let after = SightingHistory.taking(report, selection: selection, into: before)
        guard after != before else { return }
        try makeFolder()
        let text = try encoded(SightingFile(sightings: after))
        let temporary = "\(sightingsPath).\(getpid())"
        do throws(SystemFailure) {
            let descriptor = try retrying("create", temporary) {
                open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
            }
            defer { close(descriptor) }
            try FileAccess.writeAll(Array(text.utf8), to: descriptor, path: temporary)
            try retrying("rename", sightingsPath) { rename(temporary, sightingsPath) }
        } catch {
            unlink(temporary)
            throw unwritable(error)
        }
    }
}

// MARK: Files

extension FindingStore {
    private func load<File: Decodable>(
        _ type: File.Type, _ path: String
    ) throws(PlainFailure) -> File? {
        do {
            return try JSONText.decode(type, from: try FileAccess.read(path, limit: 64 << 20))
        } catch let error as SystemFailure where error.code == ENOENT {
            return nil
        } catch let error as SystemFailure {
            throw PlainFailure(path, error.reason, nextStep: error.nextStep)
        } catch {
            throw PlainFailure(
                path, "does not decode (\(JSONText.words(for: error)))",
                nextStep: "move the file aside")
        }
    }

    private func encoded(_ value: some Encodable) throws(PlainFailure) -> String {
        do {
            return try OrderedJSON.encode(value, order: ["schema", "version"], pretty: true) + "\n"
        } catch {
            throw PlainFailure(folder, "cannot be encoded (\(error))", nextStep: "report it")
        }
    }

    private func makeFolder() throws(PlainFailure) {
        do throws(SystemFailure) { try FileAccess.makeFolder(folder, mode: 0o700) } catch {
            throw unwritable(error)
        }
    }

    private func unwritable(_ error: SystemFailure) -> PlainFailure {
        PlainFailure(
            error.path, error.reason, nextStep: error.nextStep, exitStatus: .cannotCreate)
    }
}
