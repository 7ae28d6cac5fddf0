// Changes of single files that need more than a new text: the step reads the file when it runs, so
// that a plan neither holds settings nor overwrites what was edited since.

import Diagnostics
import LiveProtocol
import LiveSync
import Mothership
import Support
import WriteAheadLog

/// A change of one file or folder. The runner keeps what was there, and puts it back on an undo.
public enum LiveEdit: Codable, Hashable, Sendable {
    /// Moves the record of a Mothership that is gone into quarantine.
    case retireMothershipRecord
    /// Writes the limits that are in force into the Mothership's configuration.
    case writeLimits
    /// Points `[live].mothership` to another address.
    case pointAt(String)
    /// Brings the detail of the agent's log back to the usual.
    case quietLog
    /// Makes the log forget what the ledger is said to know; the next start reads both anew.
    case forgetBases
    /// Gives segments of the log their own names back.
    case giveBackNames([SegmentRename])

    var title: String {
        switch self {
        case .retireMothershipRecord: "move the dead mothership's record into quarantine"
        case .writeLimits: "write the limits in force into the mothership's configuration"
        case .pointAt(let address): "set the mothership's address to \(address)"
        case .quietLog: "set the log's detail back to the usual"
        case .forgetBases: "forget what the ledger knew, so that it is compared anew"
        case .giveBackNames(let moves):
            "give \(moves.map(\.file).joined(separator: ", ")) the own names back"
        }
    }

    func touches(in host: SyncHost) -> [Touch] {
        switch self {
        case .retireMothershipRecord: [Touch(.replaces, host.mothershipRecordPath)]
        case .writeLimits: [Touch(.changes, host.mothershipSettings)]
        case .pointAt, .quietLog: [Touch(.changes, host.workspace.configurationPath)]
        // It appends one record to a log that its owner goes on writing: there is nothing to put
        // back, since what was known is read again from ledger and files.
        case .forgetBases: []
        // The newest of them its owner writes to until it is stopped.
        case .giveBackNames(let moves):
            Set(moves.flatMap { [$0.file, $0.belongsAs] }).sorted().map {
                Touch(.changes, "\(host.workspace.walFolder)/\($0)", isBound: false)
            }
        }
    }

    func require(of host: SyncHost) throws(StepFailure) {
        switch self {
        case .retireMothershipRecord:
            guard FileAccess.exists(host.mothershipRecordPath) else {
                throw .preconditionGone(subject: host.mothershipRecordPath, reason: "is not there")
            }
            if host.hasTornMothershipRecord { return }
            if try performing({ try host.mothershipRecord()?.isAlive }) == true {
                throw .preconditionGone(subject: "mothership", reason: "runs")
            }
        case .writeLimits, .pointAt, .quietLog: return
        case .forgetBases:
            if let process = try host.runningAgent() {
                throw .preconditionGone(
                    subject: "log", reason: "the agent writes it (pid \(process.pid))")
            }
        case .giveBackNames(let moves):
            if let process = try host.runningAgent() {
                throw .preconditionGone(
                    subject: "log", reason: "the agent writes it (pid \(process.pid))")
            }
            guard try performing({ try host.verifyLog().misnamed }) == moves else {
                throw .preconditionGone(subject: "log", reason: "its files have other names")
            }
        }
    }

    func perform(on host: SyncHost) throws(StepFailure) {
        switch self {
        case .retireMothershipRecord: return  // the runner moved it, as `touches` asks
        case .writeLimits:
            try performing {
                let text = try MothershipConfiguration.textWithLimits(at: host.mothershipSettings)
                try FileAccess.replace(host.mothershipSettings, with: text.utf8)
            }
        case .pointAt(let address):
            try performing {
                guard case .success(let parsed) = MothershipAddress.parse(address) else {
                    throw PlainFailure(
                        address, "is no address", nextStep: "set it in .aura/live.toml by hand")
                }
                try EndpointLine.set(parsed, in: host.workspace)
            }
        case .quietLog:
            try performing {
                let path = host.workspace.configurationPath
                let text = String(
                    decoding: try FileAccess.read(path, limit: 1 << 20), as: UTF8.self)
                try FileAccess.replace(path, with: LogDetail.reduced(in: text).utf8)
            }
        case .forgetBases: try performing { try LogMaintenance(host.workspace).forgetBases() }
        case .giveBackNames:
            _ = try performing { try LogRecovery.giveBackNames(at: host.workspace.walFolder) }
        }
    }

    func ensure(of host: SyncHost) throws(StepFailure) {
        switch self {
        case .retireMothershipRecord:
            if FileAccess.exists(host.mothershipRecordPath) {
                throw .withoutEffect(subject: host.mothershipRecordPath, reason: "is still there")
            }
        case .writeLimits:
            let left = try performing {
                try MothershipConfiguration.implicitLimits(at: host.mothershipSettings)
            }
            if let first = left?.first {
                throw .withoutEffect(subject: host.mothershipSettings, reason: "lacks \(first)")
            }
        case .pointAt(let address):
            let now = try performing { try host.configuration().mothership.description }
            if now != address {
                throw .withoutEffect(subject: ".aura/live.toml", reason: "names \(now)")
            }
        case .quietLog:
            let debug = try performing { try host.configuration().debug }
            if debug.verboseLogs || debug.logLevel == .trace || debug.logLevel == .debug {
                throw .withoutEffect(subject: ".aura/live.toml", reason: "still asks for detail")
            }
        // What it changes is decided by the next start; that it was written was synced.
        case .forgetBases: return
        case .giveBackNames:
            let left = try performing { try host.verifyLog().misnamed }
            if let first = left.first {
                throw .withoutEffect(subject: first.file, reason: "is still \(first.belongsAs)")
            }
        }
    }
}

extension SyncHost {
    fileprivate var mothershipRecordPath: String { LocalMothership.pidRecord(home: mothershipHome) }
    fileprivate var mothershipSettings: String { mothershipHome + "/config.toml" }
}
