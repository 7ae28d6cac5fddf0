// What is read back from this machine's disk, where anybody may have been: records of the log,
// records of processes, the cache of parsed files, plans, reports, settings.

import Diagnostics
import Foundation
import LiveProtocol
import LiveSync
import Mothership
import SourceAnalysis
import Support
import WriteAheadLog

extension Decoder {
    static func stored() throws -> [Decoder] {
        try [record(), pidRecord(), analysis(), plan(), report(), index()] + kept() + repairs()
    }

    static func settings() -> [Decoder] {
        let written = LiveConfiguration.defaultText(room: "garden")
        let chosen = written.replacing(/(?m)^# (?=[a-z_]+ = )/, with: "")
        let server = "[server]\nport = 7070\n[server.tls]\nself_signed = true\n"
        return [
            Decoder("settings of a peer", samples: [written, chosen].map { Array($0.utf8) }) {
                _ = try LiveConfiguration.parse(
                    String(decoding: $0, as: UTF8.self), file: "live.toml", guestTables: [])
                return .taken
            },
            Decoder("settings of a Mothership", samples: [Array(server.utf8)]) {
                _ = try MothershipConfiguration.parse(
                    String(decoding: $0, as: UTF8.self), file: "config.toml")
                return .taken
            },
        ]
    }

    /// A record's type, the length of its metadata, its metadata and its body.
    private static func record() throws -> Decoder {
        try canonical(
            "record of a peer", samples: try WireSamples.records(),
            write: { record in
                let draft = record.draft
                let count = UInt16(truncatingIfNeeded: draft.metadata.count)
                return [UInt8(draft.type.rawValue), UInt8(count & 0xFF), UInt8(count >> 8)]
                    + draft.metadata + draft.body
            },
            read: { bytes in
                guard bytes.count >= 3, let type = RecordType(rawValue: UInt16(bytes[0])) else {
                    throw PlainFailure("record", "has no such type", nextStep: "none")
                }
                let count = Int(bytes[1]) | Int(bytes[2]) << 8
                let rest = bytes.dropFirst(3)
                guard
                    let record = try PeerRecord(
                        type: type, metadata: Array(rest.prefix(count)),
                        body: Array(rest.dropFirst(count)))
                else { throw PlainFailure("record", "is not a peer's", nextStep: "none") }
                return record
            })
    }

    private static func pidRecord() throws -> Decoder {
        let folder = try ScratchFolder()
        let record = PidRecord(
            process: try ProcessIdentity.current(), root: "/srv/garden", port: 7070,
            instance: "i1", version: Release.version, startedAt: Timestamp(rawValue: 1_700_000))
        return try canonical(
            "record of a process", samples: [record],
            write: { Array(try JSONText.encode($0).utf8) },
            read: { bytes in
                try folder.write(bytes, to: "file")
                guard let record = try PidRecord.load(folder.file) else {
                    throw PlainFailure(folder.file, "is gone", nextStep: "none")
                }
                return record
            })
    }

    /// A cache that is damaged forgets; it never gives units that it was not given.
    private static func analysis() throws -> Decoder {
        let folder = try ScratchFolder()
        let source = Array("fn a() { 1 }\nfn b() { 2 }\n".utf8)
        guard let language = Language.forPath("a.rs") else {
            throw PlainFailure("a.rs", "has no language", nextStep: "none")
        }
        let file = try SourceAnalyzer().analyze(source, path: "a.rs", language: language)
        let key = AnalysisCache.key(source, path: "a.rs", language: language)
        try AnalysisCache(path: folder.file).store(file, for: key)
        return Decoder("cache of parsed files", samples: [try FileAccess.read(folder.file)]) {
            try folder.write($0, to: "file")
            guard let found = try AnalysisCache(path: folder.file).file(for: key) else {
                return .refused
            }
            return found == file ? .taken : .altered("other units")
        }
    }

    private static func plan() throws -> Decoder {
        return Decoder("plan", samples: [Array(WireSamples.plan.utf8)]) { bytes in
            let plan = try Plan(json: bytes, named: "plan.json")
            let again = try Plan(json: Array(try plan.json().utf8), named: "plan.json")
            return plan == again ? .taken : .altered("another plan")
        }
    }

    /// What is taken for a name must be one.
    private static func index() -> Decoder {
        Decoder("index of git", samples: [Hex.decode(WireSamples.index) ?? []]) { bytes in
            guard let index = GitIndex(bytes, digestBytes: 20) else { return .refused }
            let areNames = index.entries.allSatisfy { entry in
                !entry.name.isEmpty && !index.bytes[entry.name].contains(0)
            }
            return areNames ? .taken : .altered("a name that is none")
        }
    }

    private static func report() throws -> Decoder {
        return Decoder("report", samples: [Array(WireSamples.report.utf8)]) {
            _ = try ReportReader.reports(
                in: String(decoding: $0, as: UTF8.self), from: "report.json")
            return .taken
        }
    }
}

extension WireSamples {
    static func records() throws -> [PeerRecord] {
        let key = DeviceKey()
        let (set, at) = (changeSet, Timestamp(rawValue: 1_700_000))
        let functions = set.changes.map(\.function)
        guard let delivered = try delivery(by: key).sets.first else { return [] }
        return [
            .enqueued(set, path: "src/a.rs", supersedes: [set.id], at: at),
            .sent(set.id, bases: [], at: at), .acked(set.id, [], at: at),
            .received(
                delivered, epoch: "e1", RecordLabel(names: ["a::f"], auraID: digest, at: at)),
            .frontier(Frontier(epoch: "e1", sequence: 9), at: at),
            .settled(set.id, functions: functions, reason: .equal),
            .applyBegin(
                ApplyBegin(
                    id: ApplyID(rawValue: 4), setID: set.id, path: "src/a.rs",
                    functions: functions, preDigest: digest, postDigest: nil),
                preImage: Array("fn f() {}".utf8)),
            .applyOK(ApplyID(rawValue: 4), setID: set.id, functions: functions, at: at),
            .stateChanged(.lifecycle(.paused(causes: ["rebase"]))),
            .stateChanged(.baselineReset(functions)), .stateChanged(.ledgerRun("r")),
            .stateChanged(.wentBack(LedgerSetback(known: 9, head: 4))),
        ]
    }
}
