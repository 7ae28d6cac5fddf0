// Reads the settings file as the agent would, and asks whether sync is on at all.
//
// The thresholds of the examination live in the same file, so their table is judged here too:
// everything that is wrong with the file has one line of the report.

import Diagnostics
import LiveSync
import Support

/// What the settings file holds, as far as it can be wrong.
public struct ConfigSnapshot: Codable, Sendable {
    /// One thing wrong in the file.
    public struct Defect: Codable, Hashable, Sendable {
        public enum Problem: String, Codable, Sendable { case parse, unknownKey, value }

        public var problem: Problem
        public var key: String
        public var line: Int
        public var reason: String
        public var nextStep: String
    }

    public var file: String
    public var defects: [Defect]
    /// Nil when nobody could tell.
    public var syncEnabled: Bool?
}

/// Examines the settings of a working copy.
public struct ConfigCheck: Check {
    public typealias Kind = ConfigFinding

    public init() {}

    public func probe(
        _ host: SyncHost, until deadline: Deadline
    ) throws(ProbeFailure) -> ConfigSnapshot {
        let file = host.workspace.configurationPath
        return ConfigSnapshot(
            file: file, defects: try defects(host, file), syncEnabled: isEnabled(host))
    }

    private func defects(
        _ host: SyncHost, _ file: String
    ) throws(ProbeFailure) -> [ConfigSnapshot.Defect] {
        do throws(ConfigurationFailure) {
            let guests = try host.configuration().guests
            _ = try Thresholds(reading: guests[Thresholds.tableName], file: file)
            return []
        } catch {
            switch error {
            case .unreadable(let failure): throw ProbeFailure(failure)
            case .notText:
                return [
                    .init(
                        problem: .parse, key: "", line: 1, reason: error.reason,
                        nextStep: error.nextStep)
                ]
            case .defects(_, let list): return list.map(ConfigSnapshot.Defect.init)
            }
        }
    }

    private func isEnabled(_ host: SyncHost) -> Bool? {
        do throws(ProbeFailure) { return try host.look().enabled } catch {
            return nil  // the agent's check says why there is no answer
        }
    }

    public func diagnose(_ snapshot: ConfigSnapshot) -> [Finding<ConfigFinding>] {
        let defects = snapshot.defects.map { finding($0, in: snapshot.file) }
        guard snapshot.syncEnabled == false else { return defects }
        return defects + [Finding(.syncDisabled, symptom: "sync is off for this working copy")]
    }

    private func finding(
        _ defect: ConfigSnapshot.Defect, in file: String
    ) -> Finding<ConfigFinding> {
        let kind: ConfigFinding =
            switch defect.problem {
            case .parse: .parseError
            case .unknownKey: .unknownKey
            case .value: .valueInvalid
            }
        let key: [Subject] = defect.key.isEmpty ? [] : [.other(kind: "key", value: defect.key)]
        return Finding(
            kind, symptom: "line \(defect.line) \(defect.reason)", on: [.path(file)] + key,
            evidence: [
                Evidence("line", .count(defect.line)),
                Evidence("key", .text(defect.key), scrub: .name),
            ], nextStep: "in .aura/live.toml, \(defect.nextStep)")
    }

    public func witness(of snapshot: ConfigSnapshot) -> Witness {
        Witness(examined: 1, total: 1, unit: "files")
    }

    public func detail(
        of snapshot: ConfigSnapshot, findings: [Finding<ConfigFinding>]
    ) -> String {
        let sync =
            switch snapshot.syncEnabled {
            case true?: "sync on"
            case false?: "sync off"
            case nil: "sync unknown"
            }
        guard let first = snapshot.defects.map(\.line).min() else { return sync }
        return "\(sync), \(snapshot.defects.count.of("defect")), first on line \(first)"
    }
}

extension ConfigSnapshot.Defect {
    fileprivate init(_ defect: ConfigurationDefect) {
        let problem: Problem =
            switch defect.problem {
            case .syntax: .parse
            case .unknownKey: .unknownKey
            case .wrongType, .invalidValue: .value
            }
        self.init(
            problem: problem, key: defect.key, line: defect.line, reason: defect.reason,
            nextStep: defect.nextStep)
    }
}
