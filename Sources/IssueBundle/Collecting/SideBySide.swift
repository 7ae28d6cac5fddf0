// Texts that are scrubbed at the same time, one a processor. What comes out is the same on any number of
// processors: each text is a stream of its own, aliases are foreseen in the order of the texts, and
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

    /// A text that is scrubbed beside others.
    private enum Work: Sendable {
        case file(CollectedFile, of: BundleSource)
        case own(OwnMember)

        var path: String {
            switch self {
            case .file(let file, let source): source.memberName(file.name)
            case .own(let member): member.path
            }
        }

        var kind: ContentKind {
            switch self {
            case .file(_, let source): source.kind
            case .own(let member): member.kind
            }
        }

        /// The end of the path that somebody else chose.
        var foreignName: String {
            switch self {
            case .file(let file, _): file.name
            case .own: ""
            }
        }
    }

    /// What became of one text.
    private enum Outcome: Sendable {
        case member(Entry, RedactionReport, change: Omission.Reason?, older: Int)
        case stopped(MemberStop)
    }

    /// The program's own members go along: they fill the processor whose file is done first.
    func collect(
        together files: ArraySlice<CollectedFile>, for source: BundleSource
    ) throws(BundleFailure) {
        try collect(files.map { .file($0, of: source) } + takeWaiting().map { .own($0) })
    }

    /// Collects the program's own members that went along with nothing.
    func collectWaiting() throws(BundleFailure) {
        try collect(takeWaiting().map { .own($0) })
    }

    private func collect(_ texts: [Work]) throws(BundleFailure) {
        let names = texts.map { text -> Result<Redacted, MemberStop> in
            do throws(MemberStop) {
                return .success(try scrubbedName(text.path, text.foreignName))
            } catch { return .failure(error) }
        }
        let expected = try foreseen(texts)
        let outcomes = try redactor.sideBySide(expected) { () throws(BundleFailure) in
            try scrub(texts, names)
        }
        for (text, outcome) in zip(texts, outcomes) { try settle(text, outcome) }
    }

    private func settle(_ text: Work, _ outcome: Outcome) throws(BundleFailure) {
        do throws(MemberStop) {
            switch outcome {
            case .member(let entry, let counts, let change, let older):
                try take(entry, counts)
                note(change, older: older, of: text.path)
            case .stopped(let stop): throw stop
            }
        } catch {
            switch (error, text) {
            case (.fatal(let failure), _): throw failure
            case (.left(_, let detail), .own(let member)):
                throw .notScrubbed(member: member.path, why: detail ?? "no reason given")
            case (.left(let reason, let detail), .file(let file, _)):
                note(Omission(text.path, reason, detail: detail, bytes: file.bytes))
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

    private func foreseen(_ texts: [Work]) throws(BundleFailure) -> [ForeseenAddresses] {
        let found = Mutex([Int: Result<ForeseenAddresses, MemberStop>]())
        let (feed, since, redactor) = (feed, since, redactor)
        each(of: texts.count) { _, index in
            var addresses = ForeseenAddresses(for: redactor)
            do throws(MemberStop) {
                switch texts[index] {
                case .own(let member): addresses.read(member.bytes)
                case .file(let file, _):
                    if let since, file.modifiedAt < since { return }
                    try feed.pieces(of: file, from: 0) { (piece) throws(MemberStop) in
                        addresses.read(piece)
                        return true
                    }
                }
                addresses.finish()
                let addresses = addresses
                found.withLock { $0[index] = .success(addresses) }
            } catch { found.withLock { $0[index] = .failure(error) } }
        }
        let results = found.withLock { $0 }
        return try texts.indices.map { (index) throws(BundleFailure) in
            switch results[index] {
            case .success(let addresses): return addresses
            case .failure(.fatal(let failure)): throw failure
            // Scrubbing will find out why it cannot be read.
            case .failure(.left), nil: return ForeseenAddresses(for: redactor)
            }
        }
    }

    private func scrub(
        _ texts: [Work], _ names: [Result<Redacted, MemberStop>]
    ) throws(BundleFailure) -> [Outcome] {
        do throws(SystemFailure) {
            try spool.open(lanes: min(workers, texts.count))
        } catch { throw .system(error) }
        let outcomes = Mutex([Int: Outcome]())
        let scrubber = Scrubber(
            redactor: redactor, spool: spool, gate: gate, feed: feed, since: since, time: time)
        each(of: texts.count) { worker, index in
            guard !scrubber.feed.isOver else { return }
            let outcome = scrubber.scrub(texts[index], names[index], lane: worker)
            if case .stopped(.fatal) = outcome { scrubber.feed.end() }
            outcomes.withLock { $0[index] = outcome }
        }
        let done = outcomes.withLock { $0 }
        // Where one failed for good the others were ended, or not begun.
        for case .stopped(.fatal(let failure)) in done.sorted(by: { $0.key < $1.key }).map(\.value)
        {
            throw failure
        }
        return texts.indices.compactMap { done[$0] }
    }

    /// What scrubs one text.
    private struct Scrubber: Sendable {
        let redactor: Redactor
        let spool: Spool
        let gate: CallGate
        let feed: FileFeed
        let since: Timestamp?
        /// Of what the program makes itself.
        let time: Timestamp

        func scrub(
            _ text: Work, _ name: Result<Redacted, MemberStop>, lane: Int
        ) -> Outcome {
            var writer: MemberWriter?
            do throws(MemberStop) {
                if case .file(let file, _) = text, let since, file.modifiedAt < since {
                    throw .left(.older, detail: nil)
                }
                let open = MemberWriter(
                    text.path, name: try name.get(), as: text.kind, redactor, spool, gate,
                    lane: lane)
                writer = open
                switch text {
                case .own(let member): return try scrub(member, into: open)
                case .file(let file, let source): return try scrub(file, of: source, into: open)
                }
            } catch {
                do throws(BundleFailure) { try writer?.discard() } catch {
                    return .stopped(.fatal(error))
                }
                return .stopped(error)
            }
        }

        private func scrub(
            _ member: OwnMember, into writer: MemberWriter
        ) throws(MemberStop) -> Outcome {
            try writer.feed(member.bytes)
            let entry = try writer.finish(source: member.source, modifiedAt: time, isDated: false)
            return .member(entry, writer.report, change: nil, older: 0)
        }

        private func scrub(
            _ file: CollectedFile, of source: BundleSource, into writer: MemberWriter
        ) throws(MemberStop) -> Outcome {
            try feed.copy(file, from: 0, room: file.bytes, to: writer, isDated: source.isDated)
            let change = try feed.change(of: file)
            let entry = try writer.finish(
                source: source.label, modifiedAt: file.modifiedAt, isDated: source.isDated)
            return .member(entry, writer.report, change: change, older: writer.olderBytes)
        }
    }
}
