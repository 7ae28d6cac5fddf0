// Facts in, verdicts out. Pure.
//
// "Nothing valid follows" does not tell a torn tail from damage; a witness does. D is the highest
// position anybody knows to have been durable: records name it, segment headers, the manifest, and
// the other side of the link. A place that is not right and lies behind D was never acknowledged:
// a torn tail. Before D it is damage, and exactly the records in it are lost.

import Support

struct LogJudge {
    private let image: LogImage
    private let order: [SegmentImage]
    private let durable: LSN
    /// A writer is at work: bytes behind D are a write in flight, not a torn tail.
    private let isLive: Bool

    /// - Parameter ceiling: D as an earlier look found it; records behind it are not required.
    static func judge(
        _ image: LogImage, witness: ExternalWitness = .nothingKnown, isLive: Bool = false,
        ceiling: LSN? = nil
    ) -> LogJudgement {
        let judge = LogJudge(image, witness, isLive, ceiling)
        var result = LogJudgement(durable: judge.durable)
        result.folderVerdicts = judge.folderVerdicts(witness)
        for index in judge.order.indices { result.segments.append(judge.segment(at: index)) }
        return result
    }

    private init(
        _ image: LogImage, _ witness: ExternalWitness, _ isLive: Bool, _ ceiling: LSN?
    ) {
        self.image = image
        self.isLive = isLive
        order = image.segments.values.sorted { $0.number < $1.number }
        let found = order.map { max($0.scan?.durable ?? .zero, $0.header?.durable ?? .zero) }
        let own = max(found.max() ?? .zero, image.manifest.durable)
        durable = ceiling ?? max(own, witness.acknowledged ?? .zero)
    }

    // MARK: The folder

    private func folderVerdicts(_ witness: ExternalWitness) -> [Verdict] {
        var verdicts: [Verdict] = []
        let name = ManifestCodec.fileName
        switch image.manifestState {
        case .good: break
        case .missing where image.segments.isEmpty: break
        case .missing:
            verdicts.append(.manifestDamaged(Spot(file: name, detail: "it is missing")))
        case .damaged(let detail), .unreadable(let detail):
            verdicts.append(.manifestDamaged(Spot(file: name, detail: detail)))
        }
        for stray in image.strays {
            verdicts.append(
                .foreign(Spot(file: stray, detail: "no file of this log has this name")))
        }
        if let expected = witness.logID, let found = image.logID, expected != found {
            let detail = "this is log \(found), \(expected) is expected"
            verdicts.append(.foreign(Spot(file: name, detail: detail)))
        }
        return verdicts
    }

    // MARK: One segment

    /// The header of the nearest later segment that has one.
    private func successor(of index: Int) -> SegmentHeader? {
        guard index + 1 < order.count else { return nil }
        return order[(index + 1)...].lazy.compactMap(\.header).first
    }

    private func firstExpected(_ index: Int) -> LSN? {
        if let header = order[index].header { return header.firstLSN }
        guard index > 0 else { return nil }
        return order[index - 1].header.flatMap { _ in lastExpected(index - 1)?.next }
    }

    /// The last position the segment must hold: known from the next segment, the seal, or D.
    private func lastExpected(_ index: Int) -> LSN? {
        let number = order[index].number
        if let next = successor(of: index), index + 1 < order.count {
            if let end = unseenEnd(index, next) { return end.lastLSN }
            if order[index + 1].header != nil { return next.firstLSN.previous }
            if let seal = image.manifest.seals[number] { return seal.lastLSN }
            return next.firstLSN.previous
        }
        let own = image.manifest.seals[number]?.lastLSN ?? image.manifest.ends[number]?.lastLSN
        return own.map { max($0, durable) }
    }

    /// Where the segment ends for the log, as the segment behind it or the manifest says.
    private func recordedEnd(_ index: Int) -> SegmentEnd? {
        let number = order[index].number
        if let next = successor(of: index), next.previousNumber == number {
            return unseenEnd(index, next) ?? next.previousEnd
        }
        if let fact = image.manifest.seals[number] {
            return SegmentEnd(
                offset: fact.size, lastLSN: fact.lastLSN, chain: fact.chain, digest: fact.digest)
        }
        if let fact = image.manifest.ends[number] {
            return SegmentEnd(offset: fact.offset, lastLSN: fact.lastLSN, chain: 0)
        }
        return nil
    }

    /// The end of a segment that could not be opened when the next one was begun, and can be now:
    /// whoever went on behind it passed over all positions it might have held and wrote no end.
    private func unseenEnd(_ index: Int, _ next: SegmentHeader) -> SegmentEnd? {
        guard next.previousNumber == order[index].number,
            next.previousEnd.offset < UInt64(SegmentHeader.blockBytes),
            case .scanned(let scan) = order[index].state
        else { return nil }
        // What was known to be durable then is missed when it is not there.
        return SegmentEnd(
            offset: scan.end, lastLSN: max(scan.lastLSN, next.previousEnd.lastLSN),
            chain: scan.chain)
    }

    private func segment(at index: Int) -> SegmentJudgement {
        let segment = order[index]
        let end = recordedEnd(index)
        var result = SegmentJudgement(number: segment.number, end: end?.offset ?? 0)
        let first = firstExpected(index)
        let last = lastExpected(index) ?? end?.lastLSN
        let whole = first.flatMap { LSNRange($0, last ?? durable) }
        let spot = Spot(
            segment: segment.number, file: segment.number.fileName, lsns: whole, detail: "")
        switch segment.state {
        case .scanned(let scan):
            if end != nil || last != nil {
                judgeEnded(scan, segment, end, last, into: &result)
            } else {
                judgeActive(scan, segment, into: &result)
            }
            result.describeUnknown(scan, segment)
        case .headerLost:
            result.refuse(spot, whole, "both copies of its header and the manifest's are gone") {
                .rangeDamaged($0)
            }
        case .foreign(let reason):
            result.refuse(spot, whole, reason) {
                var spot = $0
                spot.belongsAs = segment.belongsAs
                return .foreign(spot)
            }
        case .tooNew(let major):
            result.refuse(spot, whole, "format \(major)") { .tooNew($0) }
        case .unreadable(let failure):
            result.refuse(spot, whole, failure.reason) {
                var spot = $0
                spot.errorNumber = failure.code
                return .unreadable(spot)
            }
        case .missing:
            result.refuse(spot, whole, "the file is gone") { .missing($0) }
        }
        result.lastLSN = max(result.runs.map(\.last).max() ?? .zero, last ?? .zero)
        result.isAccepted =
            !result.verdicts.isEmpty && result.verdicts.contains(where: \.isDamage)
            && image.manifest.hasAccepted(segment.number, digest: segment.digest)
        return result
    }

    /// A segment whose end is known.
    private func judgeEnded(
        _ scan: SegmentScan, _ segment: SegmentImage, _ end: SegmentEnd?, _ last: LSN?,
        into result: inout SegmentJudgement
    ) {
        let clip = end?.offset ?? UInt64.max
        let clipLSN = end?.lastLSN ?? LSN(.max)
        // Behind a seal nothing was ever written: what stands there belongs further up.
        result.runs = Self.clipped(
            scan.runs, offset: end?.digest == nil ? clip : .max, lsn: clipLSN)
        result.end = end?.offset ?? scan.end
        result.chain = end?.chain ?? scan.chain
        let readable = LSNSet(result.runs.compactMap(\.range))
        if let first = segment.header?.firstLSN, let last = last ?? end?.lastLSN,
            let whole = LSNRange(first, last)
        {
            result.lost = LSNSet([whole]).subtracting(readable)
        }
        let events = scan.events.filter { $0.offset < clip }
        describe(events, segment, until: last ?? clipLSN, into: &result)
        compareWithSeal(scan, segment, end, isClean: events.isEmpty, into: &result)
        describeUnexplainedLoss(scan, segment, into: &result)
        describeBlock(segment, into: &result)
    }

    /// The last segment, without a seal: its end is where its records end.
    private func judgeActive(
        _ scan: SegmentScan, _ segment: SegmentImage, into result: inout SegmentJudgement
    ) {
        // What cannot be read is unknown, not unwritten.
        let torn = scan.events.first {
            $0.expected > durable && $0.kind != .duplicate && $0.kind != .unreadable
        }
        let cut = torn?.offset ?? UInt64.max
        result.runs = Self.clipped(scan.runs, offset: cut, lsn: LSN(.max))
        result.end = torn?.offset ?? scan.end
        result.chain = scan.chain
        let readable = LSNSet(result.runs.compactMap(\.range))
        let last = max(durable, readable.ranges.last?.last ?? .zero)
        if let first = segment.header?.firstLSN, let whole = LSNRange(first, last) {
            result.lost = LSNSet([whole]).subtracting(readable)
        }
        describe(scan.events.filter { $0.offset < cut }, segment, until: last, into: &result)
        describeUnexplainedLoss(scan, segment, into: &result)
        describeBlock(segment, into: &result)
        if let torn, !isLive {
            let islands = scan.runs.filter { $0.offset >= torn.offset }
                .reduce(0) { $0 + ($1.range?.count ?? 0) }
            var detail = "records behind \(durable) were never acknowledged"
            if islands > 0 { detail += "; \(islands) whole records lie in it" }
            result.verdicts.append(
                .tornTail(
                    Spot(
                        segment: segment.number, file: segment.number.fileName, offset: torn.offset,
                        lsns: LSNRange(torn.expected, max(torn.expected, scan.lastLSN)),
                        detail: detail)))
        }
    }

    /// The runs inside the part that belongs to the log, in order of their positions.
    private static func clipped(_ runs: [RecordRun], offset: UInt64, lsn: LSN) -> [RecordRun] {
        runs.filter { $0.offset < offset && $0.first <= lsn }
            .map { run in
                var run = run
                run.last = min(run.last, lsn)
                return run
            }
            .sorted { $0.first < $1.first }
    }

    // MARK: Verdicts

    private func describe(
        _ events: [ScanEvent], _ segment: SegmentImage, until last: LSN,
        into result: inout SegmentJudgement
    ) {
        for event in events {
            let lost = lostRange(event, until: last, result.lost)
            let spot = Spot(
                segment: segment.number, file: segment.number.fileName, offset: event.offset,
                lsns: lost, detail: detail(of: event),
                recordType: event.kind == .recordDamaged ? event.header?.type : nil)
            switch event.kind {
            case .recordDamaged: result.verdicts.append(.recordDamaged(spot))
            case .rangeDamaged:
                // Cut off inside a record's header.
                let isShort = event.resumed == nil && segment.fileBytes < result.end
                result.verdicts.append(isShort ? .tailLost(spot) : .rangeDamaged(spot))
            case .strayBytes:
                let sealed = segment.scan?.sealLSN.map { $0 < event.expected } ?? false
                result.verdicts.append(sealed ? .staleCopy(spot) : .rangeDamaged(spot))
            case .spliced, .duplicate: result.verdicts.append(.spliced(spot))
            case .cut: result.verdicts.append(.tailLost(spot))
            case .unreadable: result.verdicts.append(.unreadable(spot))
            }
        }
    }

    /// The part of what the event skips over that is really lost.
    private func lostRange(_ event: ScanEvent, until last: LSN, _ lost: LSNSet) -> LSNRange? {
        let end = event.resumed?.previous ?? last
        let first =
            event.kind == .recordDamaged ? event.header?.lsn ?? event.expected : event.expected
        guard let range = LSNRange(first, end) else { return nil }
        let part = lost.intersection(LSNSet([range]))
        guard let low = part.ranges.first, let high = part.ranges.last else { return nil }
        return LSNRange(low.first, high.last)
    }

    private func detail(of event: ScanEvent) -> String {
        let witness = "record \(event.expected) was expected, \(durable) was durable"
        return switch event.kind {
        case .recordDamaged: "the payload does not match its checksum; \(witness)"
        case .rangeDamaged: "no record header is readable here; \(witness)"
        case .spliced:
            "record \(event.resumed?.description ?? "?") stands where \(event.expected) belongs"
        case .duplicate: "record \(event.resumed?.description ?? "?") is here a second time"
        case .strayBytes: "bytes that belong to no record"
        case .cut: "the file ends inside a record; \(witness)"
        case .unreadable: "the disk refuses these bytes; \(witness)"
        }
    }

    private func compareWithSeal(
        _ scan: SegmentScan, _ segment: SegmentImage, _ end: SegmentEnd?, isClean: Bool,
        into result: inout SegmentJudgement
    ) {
        let name = segment.number.fileName
        func stale(_ detail: String, _ lsns: LSNRange? = nil) {
            result.verdicts.append(
                .staleCopy(
                    Spot(
                        segment: segment.number, file: name, offset: scan.end, lsns: lsns,
                        detail: detail)))
        }
        if let digest = segment.contentDigest, let seal = scan.seal, digest != seal.digest {
            stale("its content is not what its seal says")
        }
        guard let end, let expected = end.digest else { return }
        if let seal = scan.seal {
            if seal.digest != expected { stale("its seal is not the one the manifest knows") }
        } else if isClean, segment.fileBytes >= end.offset {
            stale("it was sealed and has no seal now", result.lostEnvelope)
        }
        if scan.seal != nil, isClean, segment.fileBytes != end.offset {
            stale("it has \(segment.fileBytes) bytes, \(end.offset) were sealed")
        }
        if scan.seal == nil, isClean, result.lost.isEmpty,
            segment.fileBytes < end.offset
        {
            stale("its end is gone")
        }
    }

    /// Records that should be here where the scan met nothing wrong: the file ends early.
    private func describeUnexplainedLoss(
        _ scan: SegmentScan, _ segment: SegmentImage, into result: inout SegmentJudgement
    ) {
        var named = LSNSet()
        for verdict in result.verdicts {
            if let range = verdict.spot?.lsns { named.insert(range) }
        }
        for range in result.lost.subtracting(named).ranges {
            let detail = "the segment ends before \(range.first); \(durable) was durable"
            result.verdicts.append(
                .tailLost(
                    Spot(
                        segment: segment.number, file: segment.number.fileName, offset: scan.end,
                        lsns: range, detail: detail)))
        }
    }

    private func describeBlock(_ segment: SegmentImage, into result: inout SegmentJudgement) {
        guard segment.blockDamaged else { return }
        var spot = Spot(
            segment: segment.number, file: segment.number.fileName, offset: 0,
            detail: "its first block is damaged; another copy of the header was used")
        // A segment gets its name when its space is taken and its first block is on the disk, so no
        // crash leaves less. What it held beyond that, nothing may be left to tell.
        guard segment.fileBytes < UInt64(SegmentHeader.blockBytes) else {
            return result.verdicts.append(.rangeDamaged(spot))
        }
        spot.detail =
            segment.fileBytes == 0
            ? "the file is empty" : "the file was cut to \(segment.fileBytes) bytes"
        if result.lost.isEmpty {
            spot.detail += "; how many records it held is not known"
            spot.isUncounted = true
        } else if let index = result.verdicts.firstIndex(where: { $0.name == "TAIL_LOST" }),
            case .tailLost(var known) = result.verdicts[index]
        {
            // One loss is told once.
            known.detail = "\(spot.detail); \(known.detail)"
            result.verdicts[index] = .tailLost(known)
            return
        }
        result.verdicts.append(.tailLost(spot))
    }
}
