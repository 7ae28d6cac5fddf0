// What settings keep out, and where they lead: each code with its healthy twin.

import Diagnostics
import Foundation
import Glibc
import LiveProtocol
import Support
import TestSupport
import Testing

import struct Mothership.MothershipConfiguration

@testable import Checks
@testable import LiveSync

@Suite struct ConfigCourseTests {
    private let check = ConfigCheck()

    private func snapshot(
        _ change: (inout ConfigSnapshot) throws -> Void = { _ in }
    ) throws -> ConfigSnapshot {
        let server = RecordedProcess(
            record: try Samples.record(.current(), port: 7070), isAlive: true)
        var snapshot = ConfigSnapshot(
            file: "live.toml", defects: [], syncEnabled: true, stranded: .known([]), copied: nil,
            course: .init(
                endpoint: "ws://127.0.0.1:7070", port: 7070, isLoopback: true, isOffline: false,
                stage: nil, lastSeen: ago(.seconds(2)), downSince: nil, instance: "i",
                tokenInstance: "i", agentHome: "/home/a", home: "/home/a", server: server,
                localOnly: [], leftOut: []))
        try change(&snapshot)
        return snapshot
    }

    @Test func aSoundCourseRaisesNothing() throws {
        #expect(try check.judge(snapshot()).codes.isEmpty)
    }

    @Test func aChangedFileThatIsLeftOutIsNamedWithItsRule() throws {
        let out = try snapshot {
            $0.stranded = .known([
                StrandedFile(path: "gen/a.rs", isAdmitted: false, rule: "gen/**", line: 7),
                StrandedFile(path: "gen/b.rs", isAdmitted: false, rule: "gen/**", line: 7),
                StrandedFile(path: "x.pb.go", isAdmitted: false, rule: "*.pb.go"),
                StrandedFile(path: "notes.txt", isAdmitted: true, rule: "**"),
            ])
        }

        let found = check.diagnose(out)

        #expect(found.map(\.code) == ["config.file-excluded", "config.file-excluded"])
        #expect(found.allSatisfy { $0.severity == .info })
        #expect(found.contains { $0.symptom.contains("\"gen/**\", line 7 of .aura/live.toml") })
        #expect(found.contains { $0.symptom.contains("\"*.pb.go\", a built-in rule") })
    }

    @Test func aMarkedFunctionIsInformation() throws {
        let marked = try snapshot {
            $0.course?.localOnly = [.init(path: "a.rs", reason: .localOnly, count: 2)]
        }
        #expect(check.judge(marked).codes == ["config.function-local-only"])
        #expect(check.judge(marked).worst == .info)
    }

    @Test func aSilentGitIsAFailure() throws {
        let gone = try snapshot {
            $0.stranded = .failed(reason: "not there", nextStep: "install git")
        }
        #expect(check.diagnose(gone).first?.nextStep == "install git")
        let old = try JSONText.decode(
            StrandedFiles.self, from: #"{"failed":{"reason":"git ended with status 1: no"}}"#)
        #expect(old == .failed(reason: "git ended with status 1: no"))
        let mute = try snapshot { $0.stranded = .failed(reason: "git ended with status 1: no") }
        #expect(check.judge(mute).codes == ["config.ignore-list-failed"])
        #expect(check.judge(mute).worst == .fail)
        #expect(try check.judge(snapshot { $0.stranded = .untold }).codes.isEmpty)
    }

    @Test func aPeersChangesThatAreLeftOutAreAMismatch() throws {
        let apart = try snapshot {
            $0.course?.leftOut = [
                LeftOutRow(path: "web/a.ts", device: "0202", changes: 2),
                LeftOutRow(path: "web/b.ts", device: "0202", changes: 1),
            ]
        }
        let found = check.diagnose(apart)
        #expect(found.map(\.code) == ["config.selective-mismatch"])
        #expect(found.first?.symptom.hasPrefix("3 changes of 2 files from peer 0202") == true)
    }

    @Test func anotherServerThanTheTokensIsTheWrongEndpoint() throws {
        #expect(
            try check.judge(snapshot { $0.course?.instance = "other" }).codes
                == ["config.endpoint-wrong"])
        #expect(try check.judge(snapshot { $0.course?.tokenInstance = nil }).codes.isEmpty)
        #expect(try check.judge(snapshot { $0.course?.instance = nil }).codes.isEmpty)
    }

    /// The server listens on 7070 and the endpoint says 7071.
    private func apart(
        seen: Duration? = nil, down: Duration = .seconds(300),
        _ change: (inout ConfigSnapshot.Course) -> Void = { _ in }
    ) throws -> [String] {
        try check.judge(
            snapshot {
                $0.course?.port = 7071
                $0.course?.isOffline = true
                $0.course?.stage = .connect
                $0.course?.lastSeen = seen.map(ago)
                $0.course?.downSince = ago(down)
                if $0.course != nil { change(&$0.course!) }  // just set
            }
        ).codes
    }

    @Test func aServerOnAnotherPortIsTheWrongEndpoint() throws {
        #expect(try apart() == ["config.endpoint-wrong"])
        // The record is 600 s old: started before the link went down it proves nothing.
        #expect(try apart(seen: .seconds(300)).isEmpty)
        #expect(try apart(seen: .seconds(700), down: .seconds(700)) == ["config.endpoint-wrong"])
        #expect(try apart { $0.port = 7070 }.isEmpty)
        #expect(try apart { $0.isLoopback = false }.isEmpty)
        #expect(try apart { $0.isOffline = false }.isEmpty)
        #expect(try apart { $0.stage = .session }.isEmpty)
        #expect(try apart { $0.server = nil }.isEmpty)
    }

    @Test(arguments: [(60, false), (61, true)])
    func anEditThatIsNotInForceIsNamedAfterAMinute(seconds: Int, isNamed: Bool) throws {
        let edited = try snapshot { $0.course?.driftedFor = .seconds(seconds) }
        #expect(check.judge(edited).codes == (isNamed ? ["config.drift"] : []))
        #expect(check.judge(edited).worst == (isNamed ? .warn : nil))
    }

    @Test func limitsThatNobodyWroteDownAreInformation() throws {
        let implicit = try snapshot { $0.course?.implicitLimits = ["limits.body_bytes"] }
        #expect(check.judge(implicit).codes == ["config.limits-implicit"])
        #expect(check.judge(implicit).worst == .info)

        let copy = try WorkingCopy()
        let file = copy.workspace.root + "/config.toml"
        #expect(try MothershipConfiguration.implicitLimits(at: file) == nil)
        try FileAccess.replace(file, with: Array("[limits]\nbody_bytes = 2048\n".utf8))
        let left = try #require(try MothershipConfiguration.implicitLimits(at: file))
        #expect(left.contains("limits.frame_bytes") && !left.contains("limits.body_bytes"))
    }

    @Test func twoHomesAreSaidBeforeAnyRepair() throws {
        let two = try snapshot { $0.course?.home = "/home/b" }
        #expect(check.judge(two).codes == ["config.wrong-home"])
        #expect(check.judge(two).worst == .warn)
        #expect(try check.judge(snapshot { $0.course?.agentHome = nil }).codes.isEmpty)
    }

    @Test func aCopiedFolderCarriesAnothersDevice() async throws {
        let copy = try WorkingCopy()
        #expect(copy.host().copiedDevice() == nil)
        let bytes = try FileAccess.read(copy.workspace.devicePath)
        let text = String(decoding: bytes, as: UTF8.self)
        let moved = text.replacing(/"rootInode":\d+/, with: "\"rootInode\":1")
        try FileAccess.replace(copy.workspace.devicePath, with: Array(moved.utf8))

        let report = await copy.examine([check])

        #expect(report.codes == ["config.cloned-identity"])
        #expect(report.row("config")?.status == .fail)
    }
}

@Suite struct AuthCheckTests {
    private func report(_ url: String) async throws -> Report {
        let copy = try WorkingCopy(settings: "[live]\nmothership = \"\(url)\"\n")
        return await copy.examine([AuthCheck()])
    }

    @Test func clearTextBeyondThisMachineIsAWarning() async throws {
        let open = try await report("ws://mothership.example:7070")
        #expect(open.codes == ["auth.cleartext-link"])
        #expect(open.row("auth")?.status == .warn)
        #expect(try await report("wss://mothership.example:7070").codes.isEmpty)
        #expect(try await report("ws://127.0.0.1:7070").codes.isEmpty)
        #expect(try await report("ws://[::1]:7070").codes.isEmpty)
    }

    /// A user's folder with the key and the token of the working copy's device.
    private func credentials(of copy: WorkingCopy) throws -> (host: SyncHost, device: String) {
        let folder = UserFolder(path: copy.workspace.root + "/config")
        let key = DeviceKey()
        let device = "\(folder.deviceFolder)/\(key.device.hex)"
        _ = try DeviceBinding.bind(
            copy.workspace, to: key.device, repository: "0123456789abcdef", user: "mia@host")
        try FileAccess.makeFolder(folder.deviceFolder, mode: 0o700)
        try FileAccess.makeFolder(copy.workspace.logFolder)
        let token = StoredToken(
            issued: .init(token: "t", expiresAt: now, scopes: [], keyID: "k", instance: "i"))
        try FileAccess.replace(
            device + ".key", with: Hex.encode(key.rawBytes).utf8, mode: 0o600)
        try FileAccess.replace(device + ".token", with: JSONText.encode(token).utf8, mode: 0o600)
        return (
            SyncHost(
                workspace: copy.workspace, mothershipHome: copy.mothershipHome, userFolder: folder,
                clock: StillClock(now: now)), device
        )
    }

    private func judged(_ host: SyncHost) throws -> (codes: [String], steps: [LiveStep]) {
        let check = AuthCheck()
        let snapshot = try check.probe(
            host, until: Deadline(after: .seconds(60), clock: SystemClock()))
        let found = check.diagnose(snapshot)
        return (
            found.map(\.code), found.flatMap { check.remediate($0, seenIn: snapshot) }
        )
    }

    @Test func whatProvesADeviceIsMissedAlthoughTheAgentRunsOn() async throws {
        let copy = try WorkingCopy()
        let (host, device) = try credentials(of: copy)
        #expect(try judged(host).codes.isEmpty)

        let key = try FileAccess.read(device + ".key")
        unlink(device + ".key")
        #expect(try judged(host) == (["auth.identity-missing"], []))
        // A folder, or another key, proves as little as none.
        try FileAccess.makeFolder(device + ".key", mode: 0o700)
        #expect(try judged(host) == (["auth.identity-missing"], []))
        rmdir(device + ".key")
        try FileAccess.replace(
            device + ".key", with: Hex.encode(DeviceKey().rawBytes).utf8, mode: 0o600)
        #expect(try judged(host) == (["auth.identity-missing"], []))
        try FileAccess.replace(device + ".key", with: key, mode: 0o600)
        #expect(try judged(host).codes.isEmpty)
        let record = try FileAccess.read(copy.workspace.devicePath)
        try FileAccess.replace(copy.workspace.devicePath, with: record.dropLast(9))
        #expect(try judged(host) == (["auth.identity-missing"], []))
        unlink(copy.workspace.devicePath)
        #expect(try judged(host) == (["auth.identity-missing"], []))
        // Gone with all the state; under a running agent it was moved, which is the agent's to tell.
        rmdir(copy.workspace.logFolder)
        #expect(try judged(host) == (["auth.identity-missing"], []))
        try copy.record(try .current())
        #expect(try judged(host).codes.isEmpty)
    }

    @Test func aTokenFileWithoutATokenIsRenewedAndOneThatIsNotThereIsNoFault() async throws {
        let copy = try WorkingCopy()
        let (host, device) = try credentials(of: copy)

        try FileAccess.replace(device + ".token", with: "half a".utf8, mode: 0o600)
        #expect(
            try judged(host) == (["auth.token-invalid"], [.act(.renewToken), .resumeAgent]))
        unlink(device + ".token")
        #expect(try judged(host).codes.isEmpty, "the next start asks for one")
    }

    @Test func keysThatOthersCanReadAreClosedToThem() async throws {
        let copy = try WorkingCopy()
        let (host, device) = try credentials(of: copy)
        let signing = copy.mothershipHome + "/keys/signing.key"
        try FileAccess.makeFolder(PathName.parent(of: signing), mode: 0o700)
        try FileAccess.replace(signing, with: "key".utf8, mode: 0o640)
        try FileAccess.replace(
            copy.mothershipHome + "/keys/tls.crt", with: "public".utf8, mode: 0o644)
        chmod(device + ".key", 0o604)

        let (codes, steps) = try judged(host)

        #expect(codes == ["auth.key-modes"])
        let changes = [
            ModeChange(path: device + ".key", mode: 0o600), ModeChange(path: signing, mode: 0o600),
        ]
        #expect(steps == [.act(.setModes(changes)), .resumeAgent])
        for step in steps.prefix(1) {
            try await step.require(of: host)
            try await step.perform(on: host)
            try await step.ensure(of: host)
        }
        let after = SyncHost(
            workspace: copy.workspace, mothershipHome: copy.mothershipHome,
            userFolder: UserFolder(path: copy.workspace.root + "/config"))
        #expect(try judged(after).codes.isEmpty)
    }
}

@Suite struct UnreadableSettingsTests {
    @Test func settingsThatAreGoneOrClosedAreAFinding() async throws {
        let copy = try WorkingCopy()
        try copy.runAgent(try LiveStatus.healthy())
        let path = copy.workspace.configurationPath

        try #require(chmod(path, 0) == 0)
        let closed = await copy.examine([ConfigCheck()])
        try #require(unlink(path) == 0)
        let gone = await copy.examine()

        #expect(closed.codes == ["config.unreadable"])
        #expect(closed.row("config")?.detail.hasSuffix("no settings to read") == true)
        #expect(gone.findings.map(\.code).contains("config.unreadable"))
        let finding = try #require(gone.findings.first { $0.code == "config.unreadable" })
        #expect(finding.symptom == ".aura/live.toml is gone")
        #expect(
            finding.nextStep
                == "restore .aura/live.toml, or run aura init --mothership ws://127.0.0.1:7070")
        #expect(gone.row("daemon")?.skippedBecause == "config")
        #expect(gone.exitStatus == .findings)
    }

    @Test func aRepositoryThatGitDoesNotKnowIsNoHealthyOne() async throws {
        let copy = try WorkingCopy()
        try copy.runAgent(try LiveStatus.healthy())
        try FileAccess.makeFolder(copy.workspace.root + "/.git/refs")

        let report = await copy.examine([ConfigCheck()])

        #expect(report.codes == ["config.ignore-list-failed"])
        #expect(report.findings.first?.cause?.contains("although .git is there") == true)
    }
}
