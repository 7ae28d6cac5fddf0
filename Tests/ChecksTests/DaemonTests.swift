// The Mothership of this machine, as its home tells of it.

import Diagnostics
import Drills
import Foundation
import Glibc
import LiveProtocol
import Support
import Testing

@testable import Checks
@testable import LiveSync
@testable import WriteAheadLog

@Suite struct DaemonCheckTests {
    private let check = DaemonCheck()

    private func snapshot(
        loopback: Bool = true, alive: Bool? = false, port: Int? = 7070,
        link: LinkStatus.State? = .offline, enabled: Bool? = true
    ) throws -> DaemonSnapshot {
        let record = try alive.map {
            RecordedProcess(
                record: try Samples.record($0 ? .current() : .dead(), port: port), isAlive: $0)
        }
        return DaemonSnapshot(
            endpoint: "ws://127.0.0.1:7070", port: 7070, isLoopback: loopback, home: "/home",
            record: record, link: link, syncEnabled: enabled)
    }

    @Test func onlyTheDeadServerOfThisEndpointCounts() throws {
        let down = try check.judge(snapshot())
        #expect(down.codes == ["daemon.down"])
        #expect(down.worst == .fail)
        #expect(down.detail.hasSuffix("is gone, port 7070"))

        #expect(try check.judge(snapshot(port: nil)).codes == ["daemon.down"])
        #expect(try check.judge(snapshot(link: nil, enabled: nil)).codes == ["daemon.down"])
        #expect(try check.judge(snapshot(loopback: false)).codes == [])
        #expect(try check.judge(snapshot(alive: true)).codes == [])
        #expect(try check.judge(snapshot(alive: nil)).codes == [])
        // Nobody misses that server; its record is left all the same.
        #expect(try check.judge(snapshot(port: 7071)).codes == ["daemon.pid-stale"])
        #expect(try check.judge(snapshot(link: .online)).codes == ["daemon.pid-stale"])
        let off = try check.judge(snapshot(enabled: false))
        #expect(off.codes == ["daemon.pid-stale"])
        #expect(off.worst == .warn)
    }

    @Test func aTornRecordOfAServerThatIsGoneIsNotTheUnknown() async throws {
        var torn = try snapshot(alive: nil)
        torn.isRecordTorn = true
        #expect(check.judge(torn).codes == ["daemon.down"])
        torn.link = .online
        #expect(check.judge(torn).codes == ["daemon.pid-stale"])

        let copy = try WorkingCopy(settings: "[live]\nmothership = \"ws://127.0.0.1:1\"\n")
        let record = LocalMothership.pidRecord(home: copy.mothershipHome)
        try FileAccess.makeFolder(PathName.parent(of: record))
        try FileAccess.replace(record, with: "{\"process\":".utf8)
        var status = try LiveStatus.healthy()
        status.link = .offline(Samples.refused, for: .seconds(5))
        try copy.runAgent(status)
        let report = await copy.examine([check])
        #expect(report.codes == ["daemon.down"], "\(report.findings.map(\.symptom))")
        try await LiveStep.edit(.retireMothershipRecord).require(of: copy.host())
    }

    @Test func aServerWithoutRecordOrWithoutTheFileOfItsLedgerIsNamed() throws {
        var running = try snapshot(alive: nil, link: .online)
        running.unrecorded = 77
        let found = try #require(check.diagnose(running).first)
        #expect(found.code == "daemon.pid-missing")
        #expect(check.remediate(found, seenIn: running) == [.act(.recordMothership)])
        #expect(check.judge(running).detail == "pid 77 runs without a record")

        var bare = try snapshot(alive: true, link: .online)
        bare.lostFiles = ["hub.db"]
        #expect(check.judge(bare).codes == ["daemon.store-missing"])
        #expect(check.judge(bare).worst == .fail)
        bare.lostFiles = []
        #expect(check.judge(bare).codes == [])
    }

    @Test func aHomeThatLacksWhatItsServerOpenedHasLostIt() throws {
        let copy = try WorkingCopy()
        let (store, key) = ("hub.db", "keys/signing.key")
        let path = copy.mothershipHome + "/" + store
        func lost() -> [String] { copy.host().lostFiles(ofMothership: getpid(), instance: nil) }
        #expect(lost() == [], "there is no mothership here")
        try FileAccess.makeFolder(copy.mothershipHome + "/keys", mode: 0o700)
        #expect(lost() == [store, key])

        let signing = copy.mothershipHome + "/" + key
        try FileAccess.replace(signing, with: Array(repeating: UInt8(ascii: "a"), count: 64))
        try FileAccess.replace(path, with: "rows".utf8)
        let opened = try retrying("open", path) { open(path, O_RDONLY | O_CLOEXEC) }
        defer { close(opened) }
        #expect(lost() == [])
        #expect(
            copy.host().lostFiles(ofMothership: getpid(), instance: "another server") == [key])
        // A copy has the name and takes nothing of what is written.
        try FileAccess.replace(path, with: "rows".utf8)
        #expect(lost() == [store])
        try FileManager.default.removeItem(atPath: path)
        try FileAccess.makeFolder(path)
        try FileAccess.replace(signing, with: "no key".utf8)
        #expect(lost() == [store, key])
        #expect(copy.host().unrecordedMothership() == nil, "nobody holds its lock")
    }

    @Test func whyItDoesNotStartIsTheCauseAndTheFirstThingToMend() throws {
        let text = #"{"subject":"hub.db","reason":"is no store","nextStep":"mend it","at":1}"#
        var refused = try snapshot()
        refused.refusedStart = try JSONText.decode(RefusedStart.self, from: text)

        let old = try #require(check.diagnose(refused).first)
        refused.takenAt = Timestamp(rawValue: 61_001)
        let finding = try #require(check.diagnose(refused).first)

        #expect(finding.code == "daemon.down")
        #expect(finding.cause == "the last start was refused 1m 01s ago: hub.db: is no store")
        #expect(
            old.cause
                == "the last start was refused at 1970-01-01T00:00:00.001Z: hub.db: is no store")
        #expect(finding.nextStep == "mend it, then run aura mothership start --port 7070")
        refused.record = nil
        #expect(check.judge(refused).codes == ["daemon.down"], "it was stopped before")
        refused.link = .online
        #expect(check.judge(refused).codes == [])
    }

    @Test func aServerThatASignalStoppedIsNamed() throws {
        var stopped = try snapshot(alive: true, link: .online)
        stopped.isStopped = true
        #expect(check.judge(stopped).codes == ["daemon.stopped"])
        stopped.isStopped = false
        #expect(check.judge(stopped).codes == [])
        var other = try snapshot(alive: true, port: 7071)
        other.isStopped = true
        #expect(check.judge(other).codes == [], "this endpoint is another server's")
        var off = try snapshot(alive: true, enabled: false)
        off.isStopped = true
        #expect(check.judge(off).codes == [], "nobody misses it")
    }

    @Test func whoHoldsThePortOfADeadServerIsTheRoot() throws {
        func judge(_ program: String?) throws -> (codes: [String], worst: Severity?) {
            var snapshot = try snapshot()
            let name = snapshot.record.map { PathName.last(of: $0.record.process.executable) }
            let executable = "/opt/" + (program ?? name ?? "")
            let process = ProcessIdentity.sample(pid: 77, executable: executable)
            snapshot.owner = PortOwner(port: 7070, process: process)
            let found = check.judge(snapshot)
            return (found.codes, found.worst)
        }

        #expect(try judge("httpd").codes == ["daemon.port-foreign", "daemon.down"])
        #expect(try judge(nil).codes == ["daemon.port-own", "daemon.down"])
        #expect(try judge(nil).worst == .fail)
        var hidden = try snapshot()
        hidden.owner = PortOwner(port: 7070, process: nil)
        #expect(check.judge(hidden).codes == ["daemon.port-foreign", "daemon.down"])
        #expect(DaemonFinding.portForeign.explains.contains("daemon.down"))
    }

    @Test func aRecordWhosePidIsAStrangersIsSaidSo() throws {
        var reused = try snapshot(link: .online)
        reused.successor = .sample(pid: 77, executable: "/usr/bin/sleep")
        #expect(check.judge(reused).codes == ["daemon.pid-reused"])
        reused.link = .offline
        #expect(check.judge(reused).codes == ["daemon.down", "daemon.pid-reused"])
        #expect(DaemonFinding.down.explains.contains("daemon.pid-reused"))
    }

    @Test func theListenerOfAPortIsFound() throws {
        let listener = try FaultProxy(to: 1)
        defer { listener.stop() }

        let owner = try #require(PortOwner.find(listener.port))

        #expect(owner.process == (try ProcessIdentity.current()))
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode
               0: 0100007F:1B9E 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4711 1
               1: 0100007F:1B9E 0100007F:C001 01 00000000:00000000 00:00000000 00000000 0 0 4712 1
            """
        #expect(PortOwner.listeners(in: table, port: 7070) == ["4711"])
        #expect(PortOwner.listeners(in: table, port: 7071).isEmpty)
    }

    @Test func aDeadServerExplainsWhatTheLinkShows() async throws {
        let copy = try WorkingCopy(settings: "[live]\nmothership = \"ws://127.0.0.1:1\"\n")
        try copy.recordMothership(.dead(), port: 1)
        var status = try LiveStatus.healthy()
        status.link = .offline(Samples.refused, for: .seconds(5))
        status.presence.ownBeatAt = ago(.seconds(50))
        (status.wal.pendingOut, status.wal.oldestPendingAt) = (2, ago(.seconds(4)))
        try copy.runAgent(status)
        _ = try await Log.make(in: copy)

        let report = await copy.examine()

        #expect(
            report.codes == [
                "daemon.down", "daemon.pid-reused", "mothership.unreachable",
                "presence.own-beat-late", "wal.backlog-offline",
            ])
        #expect(report.rootFindings.map(\.code) == ["daemon.down"])
        #expect(report.overall == .fail)
        #expect(report.nextStep == "run aura mothership start --port 1")
    }

    @Test func anEndpointElsewhereIsNotJudgedHere() async throws {
        let copy = try WorkingCopy()
        try copy.recordMothership(.dead(), port: 7070)

        let report = await copy.examine([check])

        #expect(report.codes.isEmpty)
        #expect(report.row("daemon")?.detail == "the endpoint is on another machine")
    }
}
