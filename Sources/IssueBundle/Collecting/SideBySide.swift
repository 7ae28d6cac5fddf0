// Files that are scrubbed at the same time, one a processor. What comes out is the same on any number of
// processors: each file is a stream of its own, aliases are foreseen in the order of the files, and
// members are taken in that order.

import Dispatch
import Redaction
import Support
import Synchronization

extension Collection {
    /// Less than this is done before a second thread has begun.
    private static let togetherMin = 1 << 20
    /// Memory stays bounded: each has a window of its own.
    static let workersMax = 4

    /// The first files, as many as may be scrubbed together: what each of them may have must not
    /// depend on the others, so they fit the room, and none is packed.
    func filesThatFit(
        of files: ArraySlice<CollectedFile>
    ) throws(BundleFailure) -> ArraySlice<CollectedFile> {
        var left = Self.bytesMax - feed.bytesRead
        let fitting = files.prefix { file in
            left -= file.bytes
            return left >= 0 && file.bytes <= Self.fileBytesMax
        }
        guard fitting.count > 1, fitting.reduce(0, { $0 + $1.bytes }) >= Self.togetherMin else {
            return files.prefix(1)
        }
        return fitting.prefix { file in
            do throws(MemberStop) { return try !feed.isPacked(file) } catch { return false }
        }
    }

    /// What became of one file.
    private enum Outcome: Sendable {
        case member(Entry, RedactionReport, change: Omission.Reason?)
        case stopped(MemberStop)
    }

    func collect(
        together files: ArraySlice<CollectedFile>, for source: BundleSource
    ) throws(BundleFailure) {
        let files = Array(files)
        let names = files.map { file -> Result<Redacted, MemberStop> in
            do throws(MemberStop) {
                return .success(try scrubbedName(source.memberName(file.name), file.name))
            } catch { return .failure(error) }
        }
        let expected = try foreseen(files)
        let outcomes = try redactor.sideBySide(expected) { () throws(BundleFailure) in
            try scrub(files, names, for: source)
        }
        for (file, outcome) in zip(files, outcomes) { try settle(file, outcome, for: source) }
    }

    private func settle(
        _ file: CollectedFile, _ outcome: Outcome, for source: BundleSource
    ) throws(BundleFailure) {
        let path = source.memberName(file.name)
        do throws(MemberStop) {
            switch outcome {
            case .member(let entry, let counts, let change):
                try take(entry, counts)
                if let change { note(Omission(path, change)) }
            case .stopped(let stop): throw stop
            }
        } catch {
            switch error {
            case .fatal(let failure): throw failure
            case .left(let reason, let detail):
                note(Omission(path, reason, detail: detail, bytes: file.bytes))
            }
        }
    }

    // MARK: On several threads

    /// Calls `body` for each file, on as many threads as there are workers.
    private func each(
        of count: Int, _ body: @Sendable (_ worker: Int, _ index: Int) -> Void
    ) {
        let next = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: min(workers, count)) { worker in
            while true {
                let index = next.withLock { next in
                    defer { next += 1 }
                    return next
                }
                guard index < count else { return }
                body(worker, index)
            }
        }
    }

    private func foreseen(
        _ files: [CollectedFile]
    ) throws(BundleFailure) -> [ForeseenAddresses] {
        let found = Mutex([Int: Result<ForeseenAddresses, MemberStop>]())
        let (feed, since, redactor) = (feed, since, redactor)
        each(of: files.count) { _, index in
            var addresses = ForeseenAddresses(for: redactor)
            let file = files[index]
            if let since, file.modifiedAt < since { return }
            do throws(MemberStop) {
                try feed.pieces(of: file, from: 0) { (piece) throws(MemberStop) in
                    addresses.read(piece)
                    return true
                }
                addresses.finish()
                let addresses = addresses
                found.withLock { $0[index] = .success(addresses) }
            } catch { found.withLock { $0[index] = .failure(error) } }
        }
        let results = found.withLock { $0 }
        return try files.indices.map { (index) throws(BundleFailure) in
            switch results[index] {
            case .success(let addresses): return addresses
            case .failure(.fatal(let failure)): throw failure
            // Scrubbing will find out why it cannot be read.
            case .failure(.left), nil: return ForeseenAddresses(for: redactor)
            }
        }
    }

    private func scrub(
        _ files: [CollectedFile], _ names: [Result<Redacted, MemberStop>],
        for source: BundleSource
    ) throws(BundleFailure) -> [Outcome] {
        do throws(SystemFailure) {
            try spool.open(lanes: min(workers, files.count))
        } catch { throw .system(error) }
        let outcomes = Mutex([Int: Outcome]())
        let scrubber = FileScrubber(
            redactor: redactor, spool: spool, gate: gate, feed: feed, since: since)
        each(of: files.count) { worker, index in
            guard !scrubber.feed.isOver else { return }
            let outcome = scrubber.scrub(files[index], names[index], for: source, lane: worker)
            if case .stopped(.fatal) = outcome { scrubber.feed.end() }
            outcomes.withLock { $0[index] = outcome }
        }
        let done = outcomes.withLock { $0 }
        // Where one failed for good the others were ended, or not begun.
        for case .stopped(.fatal(let failure)) in done.sorted(by: { $0.key < $1.key }).map(\.value)
        {
            throw failure
        }
        return files.indices.compactMap { done[$0] }
    }

    /// What scrubs one file.
    private struct FileScrubber: Sendable {
        let redactor: Redactor
        let spool: Spool
        let gate: CallGate
        let feed: FileFeed
        let since: Timestamp?

        func scrub(
            _ file: CollectedFile, _ name: Result<Redacted, MemberStop>, for source: BundleSource,
            lane: Int
        ) -> Outcome {
            if let since, file.modifiedAt < since { return .stopped(.left(.older, detail: nil)) }
            var writer: MemberWriter?
            do throws(MemberStop) {
                let open = MemberWriter(
                    source.memberName(file.name), name: try name.get(), as: source.kind, redactor,
                    spool, gate, lane: lane)
                writer = open
                try feed.copy(
                    file, from: 0, room: file.bytes, to: open, isDated: source.isDated)
                let change = try feed.change(of: file)
                let entry = try open.finish(
                    source: source.label, modifiedAt: file.modifiedAt, isDated: source.isDated)
                return .member(entry, open.report, change: change)
            } catch {
                do throws(BundleFailure) { try writer?.discard() } catch {
                    return .stopped(.fatal(error))
                }
                return .stopped(error)
            }
        }
    }
}
