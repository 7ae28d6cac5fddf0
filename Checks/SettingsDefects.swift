// Everything that can be wrong with the settings file before a word of it is judged by what it leads to:
// it is gone or closed, it does not parse, a key or a value breaks its rule.

import Diagnostics
import Glibc
import LiveSync

extension SyncHost {
    /// What is wrong with the file, the table of thresholds included; empty when nothing is.
    func settingsDefects() -> [ConfigSnapshot.Defect] {
        do throws(ConfigurationFailure) {
            let guests = try configuration().guests
            _ = try Thresholds(
                reading: guests[Thresholds.tableName], file: workspace.configurationPath)
            // Root reads what its owner cannot.
            return areSettingsClosed
                ? [.unreadable("is closed to its owner", "run chmod 600 .aura/live.toml")] : []
        } catch {
            switch error {
            case .unreadable(let failure):
                return failure.code == ENOENT
                    ? [.unreadable("is gone", ConfigFinding.unreadable.nextStep)]
                    : [.unreadable("cannot be read: \(failure.reason)", failure.nextStep)]
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
}

extension ConfigSnapshot.Defect {
    fileprivate static func unreadable(
        _ reason: String, _ nextStep: String
    ) -> ConfigSnapshot.Defect {
        .init(problem: .unreadable, key: "", line: 0, reason: reason, nextStep: nextStep)
    }

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
