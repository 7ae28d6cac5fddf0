// Makes a bundle. The order is the promise: everything is scrubbed before it touches the disk, the
// file has no name until its finished bytes were searched, and whatever goes wrong leaves none.

import Foundation
import Glibc
import Redaction
import Support

/// Makes one bundle.
public struct BundleMaker {
    /// Names of members that the maker itself writes.
    static let snapshotFolder = "snapshots"
    static let reportName = "report.json"
    static let reportTextName = "report.txt"
    static let proofFolder = "proof"

    private let request: BundleRequest
    private let watch: BundleWatch
    private let gate: CallGate
    /// Rules that a test switches off, to see that the proof notices.
    private let disabledRules: Set<RedactionRule>
    private let canBeNameless: Bool
    private let wrappings: [Wrapping]
    private let workers: Int

    public init(_ request: BundleRequest, watch: BundleWatch = BundleWatch()) {
        self.init(request, watch: watch, gate: .open)
    }

    init(
        _ request: BundleRequest, watch: BundleWatch = BundleWatch(), gate: CallGate,
        disabledRules: Set<RedactionRule> = [], canBeNameless: Bool = true,
        wrappings: [Wrapping] = Wrapping.allCases,
        workers: Int = min(ProcessInfo.processInfo.activeProcessorCount, Collection.workersMax)
    ) {
        self.request = request
        self.watch = watch
        self.gate = gate
        self.disabledRules = disabledRules
        self.canBeNameless = canBeNameless
        self.wrappings = wrappings
        self.workers = workers
    }

    /// Collects, scrubs, writes, proves and only then names the file. Blocks its thread.
    public func make() throws(BundleFailure) -> BundleSummary {
        let plan = try plan()
        let shadows = plan.shadows
        let planted = shadows.flatMap(\.planted)
        let known = NeedleSet(NeedleSet.needles(of: request.known))
        let proof = ProofRecord(plan, planted: planted, known: known)
        if request.isPreview {
            let collection = try collect(try spool(), shadows, planted)
            return summary(collection, collection.entries, fileBytes: nil, proof: nil)
        }
        var output = try OutputFile(request.path, gate: gate, canBeNameless: canBeNameless)
        let spool = try spool()
        let collection = try collect(spool, shadows, planted)
        try addProof(proof, to: collection)
        let shelf = Shelf(
            request: request, output: output.descriptor, spool: spool, gate: gate, watch: watch)
        let written = try shelf.write(collection)
        try prove(output.descriptor, written, planted, known.needles)
        try output.publish()
        return summary(collection, written.entries, fileBytes: written.fileBytes, proof: proof)
    }

    private func spool() throws(BundleFailure) -> Spool {
        do throws(SystemFailure) {
            return try Spool(beside: request.path, isDry: request.isPreview, gate: gate)
        } catch { throw .system(error) }
    }

    private func addProof(
        _ proof: ProofRecord, to collection: Collection
    ) throws(BundleFailure) {
        let text: String
        do { text = try proof.text } catch {
            throw .notCollected(member: ProofRecord.name, why: "\(error)")
        }
        let scrubbed = try collection.require(
            ProofRecord.name, Array(text.utf8), as: .json, isStructure: true)
        // What scrubbing changed could not be tried again.
        guard scrubbed == Array(text.utf8) else {
            throw .notScrubbed(member: ProofRecord.name, why: "it did not stay as it was")
        }
    }

    // MARK: Collecting

    private func plan() throws(BundleFailure) -> CanaryPlan {
        var hasher = ContentHasher()
        for (name, text) in request.recording.sorted(by: { $0.key < $1.key }) {
            hasher.update("\(name)\0\(text)\0")
        }
        let own: [CanaryPlan.Source] = [
            .init(name: Self.snapshotFolder, kind: .json), .init(name: "report", kind: .text),
        ]
        return CanaryPlan(
            seed: CanaryPlan.seed(
                key: request.key, time: request.time, state: hasher.finish()),
            strict: request.strict,
            sources: own + request.sources.map { .init(name: $0.label, kind: $0.kind) },
            wrappings: wrappings)
    }

    private func collect(
        _ spool: Spool, _ shadows: [Shadow], _ planted: [CanaryPlan.Planted]
    ) throws(BundleFailure) -> Collection {
        let redactor = try redactor(planted, strict: request.strict)
        let structure = request.strict ? try self.redactor(planted, strict: false) : redactor
        let collection = Collection(
            request, redactor, structure: structure, spool, gate, watch, workers: workers)
        try addRecording(to: collection)
        if !request.isPreview {
            for file in shadows.flatMap(\.files) { collection.require(alongside: file) }
        }
        for source in request.sources {
            try watch.check()
            try collection.collect(source)
        }
        try watch.check()
        try collection.collectWaiting()
        return collection
    }

    /// The redactor knows what the caller knows, and the canaries that stand for it.
    private func redactor(
        _ planted: [CanaryPlan.Planted], strict: Bool
    ) throws(BundleFailure) -> Redactor {
        var known = request.known
        var seen: Set<[UInt8]> = []
        for canary in planted where seen.insert(canary.needle.bytes).inserted {
            known.add(canary)
        }
        do throws(RedactionFailure) {
            let policy = RedactionPolicy(
                key: try AliasKey(bytes: request.key), strict: strict,
                disabledRules: disabledRules)
            return Redactor(policy: policy, known: known)
        } catch { throw .notScrubbed(member: request.path, why: error.reason) }
    }

    /// The snapshots, and the report that follows from them as they are in the bundle.
    private func addRecording(to collection: Collection) throws(BundleFailure) {
        var scrubbed: [String: String] = [:]
        for (name, text) in request.recording.sorted(by: { $0.key < $1.key }) {
            let bytes = try collection.require(
                "\(Self.snapshotFolder)/\(name)", Array(text.utf8), as: .json,
                source: Self.snapshotFolder)
            scrubbed[name] = String(decoding: bytes, as: UTF8.self)
        }
        let report: BundleRequest.Report
        do { report = try request.report(scrubbed) } catch {
            let why = (error as? any Failure).map { "\($0.subject): \($0.reason)" } ?? "\(error)"
            throw .notCollected(member: Self.reportName, why: why)
        }
        try collection.require(Self.reportName, Array(report.json.utf8), as: .json)
        try collection.require(Self.reportTextName, Array(report.text.utf8), as: .text)
    }

    // MARK: Proving

    private func prove(
        _ descriptor: Int32, _ written: Shelf.Written, _ planted: [CanaryPlan.Planted],
        _ known: [Needle]
    ) throws(BundleFailure) {
        let search = ArchiveSearch(needles: NeedleSet(planted.map(\.needle) + known))
        let total = written.entries.reduce(0) { $0 + $1.region.bytes }
        watch.progress(BundleProgress(stage: .proving, bytes: 0, total: total))
        let (extent, survivor) = try search.search(
            descriptor, path: request.path, gate: gate
        ) { (bytes) throws(BundleFailure) in
            try watch.check()
            watch.progress(BundleProgress(stage: .proving, bytes: bytes, total: total))
        }
        if let survivor {
            // A rule that is blind is blind to its canaries in every wrapping: the plain ones name it.
            let plain = planted.filter(\.isBare).map(\.needle)
            let (_, named) = try ArchiveSearch(needles: NeedleSet(known + plain)).search(
                descriptor, path: request.path, gate: gate)
            throw .survivor(named ?? survivor, path: request.path)
        }
        // What was not read back was not searched.
        guard extent.members == written.entries.count, extent.bytes == total else {
            throw .archive(
                path: request.path, operation: "read back",
                why: "\(extent.members) members instead of \(written.entries.count)")
        }
    }

    private func summary(
        _ collection: Collection, _ entries: [Entry], fileBytes: Int?, proof: ProofRecord?
    ) -> BundleSummary {
        let labels = Set(entries.map(\.source)).sorted()
        let own = collection.ownReport
        let rules = own.rules.map { ($0.key.rawValue, $0.value) }
        return BundleSummary(
            path: request.path, fileBytes: fileBytes,
            sections: labels.map { label in
                let members = entries.filter { $0.source == label }
                return BundleSummary.Section(
                    name: label, members: members.count,
                    bytes: members.reduce(0) { $0 + $1.region.bytes })
            },
            rules: Dictionary(rules, uniquingKeysWith: +), classes: own.classes,
            maskedCanaries: collection.report.replacements - own.replacements,
            omissions: collection.omissions.sorted(), proof: proof)
    }
}

extension KnownValues {
    /// Makes the redactor know what a canary stands for, when it stands for a known value.
    mutating func add(_ canary: CanaryPlan.Planted) {
        switch canary.known {
        case nil: return
        case .secret(let name):
            secrets.append(.init(name: name, value: canary.needle.bytes))
        case .identity(let kind):
            let value = String(decoding: canary.needle.bytes, as: UTF8.self)
            identities.append(.init(kind, value))
        }
    }
}
