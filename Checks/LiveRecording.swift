// What the live checks saw, as files: the part of a support bundle from which the report is made,
// there as here.
//
// The files hold everything the report depends on, so that it comes out the same on another
// machine: the snapshots, why a check had none, the limits in force, the time, the release.

import Diagnostics
import Support

/// One examination, kept.
public struct LiveRecording: Sendable {
    static let system = "live sync"
    static let schema = "aura.recording"
    static let schemaVersion = 1
    static let indexName = "examination.json"

    /// JSON by file name: `examination.json`, and `BUCKET.json` for each snapshot.
    public let files: [String: String]

    /// Takes the files as they were kept, or what was made of them since.
    public init(files: [String: String]) { self.files = files }

    init(
        of answers: [Bucket: RecordedAnswer], startedAt: Timestamp, thresholds: Thresholds
    ) throws {
        var files: [String: String] = [:]
        var index = Index(
            schema: Self.schema, schemaVersion: Self.schemaVersion, toolVersion: Release.version,
            started: UTCTime(startedAt), thresholds: thresholds, snapshots: [], failures: [:],
            skipped: [])
        for (bucket, answer) in answers.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            switch answer {
            case .snapshot(let text):
                files["\(bucket.rawValue).json"] = text
                index.snapshots.append(bucket)
            case .failure(let failure): index.failures[bucket.rawValue] = failure
            case .skipped: index.skipped.append(bucket)
            }
        }
        files[Self.indexName] = try OrderedJSON.encode(
            index, order: ["schema", "schema_version"], pretty: true)
        self.files = files
    }

    /// Makes the report of what was kept. Blocks its thread.
    ///
    /// - Throws: ``PlainFailure`` when the files are not those of a recording.
    public func report() throws -> Report {
        let index = try index()
        var answers: [Bucket: RecordedAnswer] = [:]
        for bucket in index.snapshots {
            guard let text = files["\(bucket.rawValue).json"] else {
                throw PlainFailure(
                    "snapshot of \(bucket)", "is not in the recording",
                    nextStep: "ask for it to be made again")
            }
            answers[bucket] = .snapshot(text)
        }
        for (name, failure) in index.failures {
            answers[Bucket(rawValue: name)] = .failure(failure)
        }
        for bucket in index.skipped { answers[bucket] = .skipped }
        // Room enough that the limits in the report are the same however busy the machine is.
        let options = ExaminationOptions(
            profile: "live", timeout: .seconds(120), checkDeadline: .seconds(10))
        let examiner = Examiner(
            system: Self.system, toolVersion: index.toolVersion,
            clock: HeldClock(at: index.started.timestamp))
        return examiner.replay(
            checks: LiveProfile.checks(index.thresholds), answers: answers, options: options
        ).report.withoutDurations()
    }

    private func index() throws -> Index {
        guard let text = files[Self.indexName] else {
            throw PlainFailure(
                Self.indexName, "is not in the recording", nextStep: "ask for it to be made again")
        }
        let index: Index
        do { index = try JSONText.decode(Index.self, from: text) } catch {
            throw PlainFailure(
                Self.indexName, "has another shape than this release reads",
                nextStep: "read it with the release that made it")
        }
        guard index.schema == Self.schema, index.schemaVersion == Self.schemaVersion else {
            throw PlainFailure(
                Self.indexName, "is \(index.schema) \(index.schemaVersion)",
                nextStep: "read it with the release that made it")
        }
        return index
    }

    /// `examination.json`.
    private struct Index: Codable {
        var schema: String
        var schemaVersion: Int
        var toolVersion: String
        var started: UTCTime
        var thresholds: Thresholds
        var snapshots: [Bucket]
        var failures: [String: ProbeFailure]
        var skipped: [Bucket]

        private enum CodingKeys: String, CodingKey {
            case schema
            case schemaVersion = "schema_version"
            case toolVersion = "tool_version"
            case started, thresholds, snapshots, failures, skipped
        }
    }
}
