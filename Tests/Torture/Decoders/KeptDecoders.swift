// What peers, servers and the doctor keep in small files beside the log and the ledger: who they are,
// whom they know, what they remember.

import Diagnostics
import Glibc
import LiveProtocol
import LiveSync
import Mothership
import Support

extension Decoder {
    static func kept() throws -> [Decoder] {
        [
            try deviceToken(), try binding(), try knownMothership(), try cleanStop(),
            try refusedStart(), try acknowledgements(), try sightings(),
        ]
    }

    private static let time = Timestamp(rawValue: 1_790_000_000_000)

    private static func gone(_ subject: String) -> PlainFailure {
        PlainFailure(subject, "is gone", nextStep: "none")
    }

    private static func deviceToken() throws -> Decoder {
        let folder = try ScratchFolder()
        let (user, device) = (UserFolder(path: folder.path), DeviceKey().device)
        let issued = LocalMothership.IssuedToken(
            token: "x.y.z", expiresAt: time, scopes: ["room.contribute"], keyID: "k1",
            instance: WireSamples.digest.hex)
        return try canonical(
            "token of a device", samples: [StoredToken(issued: issued)],
            write: { Array(try JSONText.encode($0).utf8) },
            read: { bytes in
                try folder.write(bytes, to: "devices/\(device.hex).token")
                guard let token = try StoredToken.load(device, in: user) else {
                    throw gone("token")
                }
                return token
            })
    }

    /// A record that names another folder is refused, so the sample names this one.
    private static func binding() throws -> Decoder {
        let folder = try ScratchFolder()
        let workspace = Workspace(root: folder.path)
        var status = stat()
        guard stat(folder.path, &status) == 0 else {
            throw SystemFailure(operation: "stat", path: folder.path)
        }
        let text = """
            {"device":"\(DeviceKey().device.hex)","repository":"660b3146436c195d",\
            "rootDevice":\(status.st_dev),"rootInode":\(status.st_ino),"user":"ada@host"}
            """
        return try canonical(
            "record of a device", samples: [try JSONText.decode(DeviceBinding.self, from: text)],
            write: { Array(try JSONText.encode($0, pretty: true).utf8) },
            read: { bytes in
                try folder.write(bytes, to: ".aura/live/device")
                return try DeviceBinding.load(workspace)
            })
    }

    private static func knownMothership() throws -> Decoder {
        let folder = try ScratchFolder()
        let known = KnownMotherships(UserFolder(path: folder.path))
        let address = MothershipAddress(isEncrypted: true, host: "hub.example", port: 7070)
        let pins = [PinnedMothership.Origin.join, .local, .person].map { origin in
            PinnedMothership(
                address: address.description, instance: WireSamples.digest.hex,
                certificate: origin == .local ? nil : WireSamples.digest.hex, pinnedAt: time,
                origin: origin)
        }
        return try canonical(
            "known Mothership", samples: pins,
            write: { Array(try JSONText.encode($0, pretty: true).utf8) },
            read: { bytes in
                try folder.write(bytes, to: "known-motherships/hub.example_7070")
                guard let pin = try known.pin(of: address) else { throw gone("pin") }
                return pin
            })
    }

    private static func cleanStop() throws -> Decoder {
        let folder = try ScratchFolder()
        let stop = CleanStop(
            totals: LedgerTotals(rooms: 2, records: 812, lastSequence: 900), epoch: "e1",
            version: Release.version, at: time)
        return try canonical(
            "record of a clean stop", samples: [stop],
            write: { stop in
                try stop.save(folder.file)
                return try FileAccess.read(folder.file)
            },
            read: { bytes in
                try folder.write(bytes, to: "file")
                guard let stop = try CleanStop.load(folder.file) else { throw gone("stop") }
                return stop
            })
    }

    /// A help and no state: what cannot be read is as if it were not there.
    private static func refusedStart() throws -> Decoder {
        let folder = try ScratchFolder()
        let name = "refused-start.json"
        let failure = PlainFailure("log", "is open elsewhere", nextStep: "stop that process")
        RefusedStart.note(failure, in: folder.path, at: time)
        return Decoder(
            "refused start", samples: [try FileAccess.read(folder.at(name))]
        ) { bytes in
            try folder.write(bytes, to: name)
            guard let start = RefusedStart.last(in: folder.path) else { return .refused }
            let again = PlainFailure(start.subject, start.reason, nextStep: start.nextStep)
            RefusedStart.note(again, in: folder.path, at: start.at)
            return RefusedStart.last(in: folder.path) == start ? .taken : .altered("\(start)")
        }
    }

    // MARK: What the doctor remembers

    /// A store that remembers a report, and a person's word on each finding of it.
    private static func store(in folder: ScratchFolder) throws -> FindingStore {
        let store = FindingStore(folder: folder.path)
        for report in try ReportReader.reports(in: WireSamples.report, from: "report.json") {
            try store.remember(report)
            for finding in report.findings {
                try store.acknowledge(
                    finding, until: time + .seconds(86_400), reason: "seen", at: time)
            }
        }
        return store
    }

    private static func acknowledgements() throws -> Decoder {
        let folder = try ScratchFolder()
        let store = try store(in: folder)
        let sample = try FileAccess.read(store.acknowledgementsPath)
        return Decoder("acknowledgements", samples: [sample]) { bytes in
            try folder.write(bytes, to: "acknowledgements.json")
            let notes = try store.acknowledgements()
            _ = try store.memory()
            return try reread(notes)
        }
    }

    /// Derived, so what cannot be read is begun anew.
    private static func sightings() throws -> Decoder {
        let folder = try ScratchFolder()
        let store = try store(in: folder)
        let sample = try FileAccess.read(store.sightingsPath)
        return Decoder("sightings", samples: [sample]) { bytes in
            try folder.write(bytes, to: "sightings.json")
            let seen = try store.sightings()
            _ = try store.memory()
            let answer = try reread(seen)
            if case .taken = answer, seen.isEmpty { return .refused }
            return answer
        }
    }
}
