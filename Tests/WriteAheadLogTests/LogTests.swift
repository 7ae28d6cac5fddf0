// Appending, sealing, reopening and closing a real log.

import Dispatch
import Glibc
import Support
import Synchronization
import TestSupport
import Testing
import TortureSuite

@testable import WriteAheadLog

/// One sync that takes until it is told to end.
private final class SlowSync: Sendable {
    private enum State { case idle, armed, begun }

    private let state = Mutex(State.idle)
    private let ended = DispatchSemaphore(value: 0)

    var hasBegun: Bool { state.withLock { $0 == .begun } }

    func begin() { state.withLock { $0 = .armed } }
    func end() { ended.signal() }

    func wait() {
        let isTheOne = state.withLock { state in
            guard state == .armed else { return false }
            state = .begun
            return true
        }
        if isTheOne { ended.wait() }
    }
}

@Suite struct LogTests {
    @Test func whatWasAppendedIsReadBackByteForByteAfterReopening() async throws {
        let scratch = Scratch()
        let drafts = (0..<200).map { draft($0) }
        try await withLog(scratch) { log in
            var lsns: [LSN] = []
            for part in stride(from: 0, to: 200, by: 25) {
                lsns += try await log.append(Array(drafts[part..<part + 25]))
            }
            #expect(lsns == lsns.sorted() && lsns.first == .first)
        }
        let contents = try LogReader.records(at: scratch.log)
        let ours = contents.records.filter { $0.type != .seal }
        #expect(contents.report.verdicts == [.ok] && contents.report.isSound)
        #expect(ours.map(\.metadata) == drafts.map(\.metadata))
        #expect(ours.map(\.body) == drafts.map(\.body))
        #expect(ours.map(\.type) == drafts.map(\.type))
        #expect(contents.records.map(\.lsn.rawValue) == Array(1...UInt64(contents.records.count)))
    }

    @Test func segmentsRollSealAndKeepDensePositions() async throws {
        let scratch = Scratch()
        try await withLog(scratch) { log in
            for index in 0..<300 { _ = try log.enqueue([draft(index, body: 300)]) }
            try await log.sync()
            #expect(log.status.segments > 5)
        }
        let report = try LogReader.verify(at: scratch.log, threads: 2, digests: true)
        #expect(report.verdicts == [.ok])
        #expect(report.segmentsExamined == report.segmentsTotal && report.segmentsTotal > 5)
        #expect(report.recordsExamined == report.lastLSN.rawValue)
        #expect(report.durableWitness == report.lastLSN)
    }

    @Test func aRecordLargerThanASegmentGetsOneOfItsOwn() async throws {
        let scratch = Scratch()
        let big = draft(1, body: 100_000)
        try await withLog(scratch) { log in
            _ = try await log.append([draft(0)])
            let lsn = try await log.append([big])[0]
            _ = try await log.append([draft(2)])
            #expect(try log.record(at: lsn).body == big.body)
        }
        #expect(try LogReader.verify(at: scratch.log, digests: true).verdicts == [.ok])
        await #expect(throws: LogFailure.recordTooLarge(bytes: (16 << 20) + 9)) {
            try await withLog(scratch) {
                _ = try await $0.append([
                    RecordDraft(
                        type: .note, metadata: [1], body: [UInt8](repeating: 0, count: 16 << 20))
                ])
            }
        }
    }

    @Test func oneSyncServesAllWhoWaited() async throws {
        let scratch = Scratch()
        try await withLog(scratch, LogOptions(syncPolicy: .batch(.milliseconds(20)))) { log in
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<64 {
                    group.addTask {
                        await #expect(throws: Never.self) {
                            _ = try await log.append([draft(index)])
                        }
                    }
                }
            }
            let status = log.status
            #expect(status.records == 64 && status.durableLSN == LSN(64))
            #expect(status.syncCount <= 8, "\(status.syncCount) syncs for 64 appends")
            #expect(status.recentSyncDurations.count == status.syncCount)
        }
    }

    @Test func withoutATimerConcurrentAppendsStillShareSyncs() async throws {
        let slow = SlowSync()
        let (log, _) = try WriteAheadLog.open(
            at: "/log", options: LogOptions(spare: false), clock: SystemClock(),
            witness: .nothingKnown,
            on: MemoryDisk(beforeSync: slow.wait))
        slow.begin()
        async let first = onOwnThread { try log.appendAndWait([draft(0)]) }
        while !slow.hasBegun { await Task.yield() }
        // While that one is at the disk, the others come.
        async let others = withThrowingTaskGroup(of: Void.self) { group in
            for worker in 1..<200 {
                group.addTask { _ = try await log.append([draft(worker)]) }
            }
            try await group.waitForAll()
        }
        while log.status.lastLSN < LSN(200) { await Task.yield() }
        slow.end()
        _ = try await (first, others)

        #expect(log.status.durableLSN == LSN(200))
        #expect(log.status.syncCount == 2)
        try log.close()
    }

    @Test func enqueuedAndAppendedRecordsShareOneOrder() async throws {
        let scratch = Scratch()
        try await withLog(scratch) { log in
            let first = try log.enqueue([draft(0), draft(1)])
            let second = try await log.append([draft(2)])
            let third = try log.enqueue([draft(3)])
            #expect(first + second + third == [LSN(1), LSN(2), LSN(3), LSN(4)])
            #expect(log.status.durableLSN >= LSN(3))
            try await log.sync()
            #expect(log.status.durableLSN == LSN(4))
            #expect(try log.readRecords(from: LSN(2), limit: 2).map(\.lsn) == [LSN(2), LSN(3)])
        }
    }

    @Test func aSecondWriterIsRefusedAndALockOfTheDeadIsNotInTheWay() async throws {
        let scratch = Scratch()
        let (log, _) = try WriteAheadLog.open(at: scratch.log)
        _ = try await log.append([draft(0)])
        let refused = #expect(throws: LogFailure.self) {
            _ = try WriteAheadLog.open(at: scratch.log)
        }
        guard case .locked(_, let holder) = refused else {
            Issue.record("\(String(describing: refused))")
            return
        }
        #expect(holder.contains("pid "))
        #expect(throws: LogFailure.self) { _ = try LogRecovery.recover(at: scratch.log) }
        #expect(throws: LogFailure.self) { _ = try LogRecovery.reset(at: scratch.log) }
        try log.abandon()
        // The text of a dead holder stays in the file and decides nothing.
        let (again, report) = try WriteAheadLog.open(at: scratch.log)
        #expect(report.verdicts == [.ok] && !report.lastCloseWasClean)
        try again.close()
    }

    @Test func aWriterWhoseLockWasRemovedKnowsIt() async throws {
        let scratch = Scratch()
        let (log, _) = try WriteAheadLog.open(at: scratch.log)
        _ = try await log.append([draft(0)])
        #expect(log.vanishedFile == nil)

        let lock = scratch.log + "/LOCK"
        #expect(unlink(lock) == 0)
        #expect(log.vanishedFile == lock)
        try log.abandon()
        let (again, _) = try WriteAheadLog.open(at: scratch.log)
        #expect(again.vanishedFile == nil)
        try again.close()
    }

    @Test func everyOpeningRaisesTheEpochAndSaysHowTheLastOneEnded() async throws {
        let scratch = Scratch()
        var epochs: [Epoch] = []
        for round in 0..<4 {
            let (log, report) = try WriteAheadLog.open(at: scratch.log)
            #expect(report.isNew == (round == 0))
            #expect(report.lastCloseWasClean == (round > 0 && round != 3))
            epochs.append(report.epoch)
            _ = try await log.append([draft(round)])
            if round == 2 { try log.abandon() } else { try log.close() }
        }
        #expect(epochs == epochs.sorted() && Set(epochs).count == 4)
        #expect(try LogReader.verify(at: scratch.log).verdicts == [.ok])
    }

    @Test func recordsOfTheLastMomentAreWrittenAgainAfterACrash() async throws {
        let scratch = Scratch()
        let (log, _) = try WriteAheadLog.open(at: scratch.log)
        for index in 0..<5 { _ = try await log.append([draft(index)]) }
        try log.abandon()
        let before = try LogReader.records(at: scratch.log)
        let (again, report) = try WriteAheadLog.open(at: scratch.log)
        // The fifth record names the fourth as durable; nobody names the fifth.
        #expect(report.carriedRecords == 1)
        #expect(try again.readRecords(from: .first).map(\.body) == before.records.map(\.body))
        #expect(try await again.append([draft(5)]) == [LSN(6)])
        try again.close()
        #expect(try LogReader.verify(at: scratch.log).verdicts == [.ok])
    }

    @Test func aTornTailIsLeftBehindAndItsBytesAreKept() async throws {
        let scratch = Scratch()
        let (log, _) = try WriteAheadLog.open(
            at: scratch.log, options: LogOptions(segmentBytes: 16 << 10))
        for index in 0..<5 { _ = try await log.append([draft(index)]) }
        try log.abandon()
        var bytes = try scratch.bytes("segment-000001.log")
        let end = try #require(bytes.lastIndex { $0 != 0 }) / 8 * 8 + 8
        for offset in 0..<100 { bytes[end + offset] = 0xAB }
        try scratch.write(bytes, to: "segment-000001.log")

        let report = try LogReader.verify(at: scratch.log)
        #expect(report.verdicts.map(\.name) == ["TORN_TAIL"] && report.isSound)
        let (again, opened) = try WriteAheadLog.open(at: scratch.log)
        let copy = try #require(opened.tornTailCopy)
        #expect(
            try scratch.bytes("\(copy)/segment-000001.log.tail")
                == [UInt8](repeating: 0xAB, count: 100))
        #expect(try again.readRecords(from: .first).count == 5)
        #expect(try await again.append([draft(9)]) == [LSN(6)])
        try again.close()
        #expect(try scratch.bytes("segment-000001.log") == bytes)
        #expect(try LogReader.verify(at: scratch.log).verdicts == [.ok])
    }

    @Test func tailShowsTheNewestWithoutBodiesAndFilters() async throws {
        let scratch = Scratch()
        try await withLog(scratch) { log in
            for index in 0..<150 { _ = try log.enqueue([draft(index, body: 300)]) }
            _ = try log.enqueue([draft(7, type: .applySkipped)])
        }
        let newest = try LogReader.tail(at: scratch.log, count: 5)
        #expect(newest.count == 5 && newest.map(\.lsn) == newest.map(\.lsn).sorted())
        #expect(newest.last?.type == .seal)
        let skipped = try LogReader.tail(at: scratch.log, count: 5, filter: .applySkipped)
        #expect(skipped.map(\.metadata) == [Array("meta 7".utf8)])
        let sent = try LogReader.tail(at: scratch.log, count: 100, filter: .applyOK)
        #expect(sent.count == 37 && sent.allSatisfy { $0.typeName == "APPLY_OK" })
    }

    @Test func statusFromOutsideAgreesWithTheWriter() async throws {
        let scratch = Scratch()
        let (log, _) = try WriteAheadLog.open(
            at: scratch.log, options: LogOptions(segmentBytes: 16 << 10))
        for index in 0..<90 { _ = try await log.append([draft(index, body: 300)]) }
        let (inside, outside) = (log.status, try LogReader.status(at: scratch.log))
        #expect(outside.condition == .openElsewhere && inside.condition == .writable)
        #expect(inside.records == outside.records && inside.segments == outside.segments)
        #expect(inside.lastLSN == outside.lastLSN && inside.bytes == outside.bytes)
        #expect(inside.firstLSN == .first && outside.firstLSN == .first)
        try log.close()
        #expect(log.status.condition == .closed)
        await #expect(throws: LogFailure.closed(folder: scratch.log)) {
            _ = try await log.append([draft(0)])
        }
        #expect(try LogReader.status(at: scratch.log).condition == .closed)
    }

    @Test func segmentsRetireOnlyBelowACompleteCheckpoint() async throws {
        let scratch = Scratch()
        let options = LogOptions(
            segmentBytes: 16 << 10, retention: RetentionPolicy(retiredBytesMax: 40_000))
        try await withLog(scratch, options) { log in
            for index in 0..<200 { _ = try log.enqueue([draft(index, body: 300)]) }
            await #expect(throws: LogFailure.noCheckpoint(below: LSN(100))) {
                _ = try await log.retire(below: LSN(100))
            }
            let run = try await log.append((0..<3).map { draft($0, body: 900, type: .checkpoint) })
            #expect(try await log.retire(below: LSN(2)) == 0)
            let retired = try await log.retire(below: LSN(1_000_000))
            #expect(retired > 3)
            let status = log.status
            #expect(status.firstLSN <= run[0] && status.firstLSN > LSN(100))
            #expect(status.retiredSegments > 0 && status.retiredSegments < retired)
            #expect(throws: LogFailure.notFound(LSN(1))) { _ = try log.record(at: LSN(1)) }
        }
        let report = try LogReader.verify(at: scratch.log)
        #expect(report.verdicts == [.ok] && report.firstLSN > LSN(100))
        let (log, opened) = try WriteAheadLog.open(at: scratch.log, options: options)
        #expect(opened.verdicts == [.ok])
        try log.close()
    }

    @Test func verifyingChangesNothing() async throws {
        let scratch = Scratch()
        try await withLog(scratch) {
            for index in 0..<60 { _ = try await $0.append([draft(index)]) }
        }
        let before = try Self.look(scratch)
        _ = try LogReader.verify(at: scratch.log, threads: 2, digests: true)
        _ = try LogReader.tail(at: scratch.log, count: 3)
        _ = try LogReader.status(at: scratch.log)
        #expect(try Self.look(scratch) == before)
    }

    private static func look(_ scratch: Scratch) throws -> [String: [Int]] {
        var found: [String: [Int]] = [:]
        for name in try scratch.names() {
            var status = stat()
            try #require(lstat(scratch.file(name), &status) == 0)
            found[name] = [
                Int(status.st_size), Int(status.st_mtim.tv_nsec), Int(status.st_ctim.tv_nsec),
                Int(status.st_atim.tv_sec), Int(status.st_atim.tv_nsec), Int(status.st_ino),
            ]
        }
        return found
    }

    @Test func aSealedFileNeverChangesAgain() async throws {
        let scratch = Scratch()
        var sealed: [String: ContentDigest] = [:]
        let clock = ManualClock()
        for round in 0..<6 {
            clock.setAhead(.seconds(86_400 * (round.isMultiple(of: 2) ? -400 : 900)))
            let (log, report) = try WriteAheadLog.open(
                at: scratch.log, options: LogOptions(segmentBytes: 16 << 10), clock: clock)
            #expect(report.verdicts == [.ok])
            for index in 0..<40 { _ = try await log.append([draft(index, body: 400)]) }
            if round.isMultiple(of: 2) { try log.close() } else { try log.abandon() }
            let names = try scratch.names().filter { SegmentNumber(fileName: $0) != nil }
            for name in names {
                let digest = ContentDigest.of(try scratch.bytes(name))
                if let known = sealed[name] { #expect(known == digest, "\(name), round \(round)") }
                if name != names.last || round.isMultiple(of: 2) { sealed[name] = digest }
            }
        }
        #expect(sealed.count > 10)
        let contents = try LogReader.records(at: scratch.log)
        #expect(contents.records.filter { $0.type != .seal }.count == 240)
    }

    @Test func aFolderWithoutALogIsNone() throws {
        let scratch = Scratch()
        #expect(throws: LogFailure.self) { _ = try LogReader.verify(at: scratch.log) }
        #expect(throws: LogFailure.notALog(folder: scratch.path)) {
            _ = try LogReader.verify(at: scratch.path)
        }
        symlink(scratch.path, scratch.log)
        #expect(throws: LogFailure.self) { _ = try WriteAheadLog.open(at: scratch.log) }
    }
}
