// The shadow of a source: lines in the source's own form in which nothing is true but the form,
// with one canary of every class in every wrapping. It goes the same way as the source itself, into
// the same archive, so the archive can be searched for it.

import Dispatch
import Redaction
import Support
import Synchronization

/// Everything that is planted for one bundle.
struct CanaryPlan: Sendable {
    /// What was planted, and where.
    struct Planted: Sendable {
        let needle: Needle
        let className: String
        let wrapping: Wrapping
        let text: String
        let known: Canary.Known?
        /// Nothing has to be seen through: only its own rule can miss it.
        let isBare: Bool
    }

    /// A rising number: another one plants other canaries for one seed.
    static let version = 1

    let seed: ContentDigest
    let strict: Bool
    let sources: [Source]
    let wrappings: [Wrapping]

    /// A source to stand in for.
    struct Source: Hashable, Codable, Sendable {
        let name: String
        let kind: ContentKind
    }

    /// - Parameter sources: one shadow each; two of one name and kind are one.
    init(
        seed: ContentDigest, strict: Bool, sources: [Source],
        wrappings: [Wrapping] = Wrapping.allCases
    ) {
        self.seed = seed
        self.strict = strict
        self.wrappings = wrappings
        var seen: Set<Source> = []
        self.sources = sources.filter { seen.insert($0).inserted }
    }

    /// Seeded from the key, the time and what the checks saw: equal states plant equal canaries.
    static func seed(key: [UInt8], time: Timestamp, state: ContentDigest) -> ContentDigest {
        var hasher = ContentHasher()
        hasher.update("aura-canaries/\(version)\0")
        hasher.update(key)
        hasher.update("\0\(time.rawValue)\0")
        hasher.update(state.bytes)
        return hasher.finish()
    }

    /// What is planted into the shadow of one source.
    func planted(in source: Source) -> [Planted] {
        let place = sources.firstIndex(of: source) ?? 0
        let isFirst = !sources[..<place].contains { $0.kind == source.kind }
        return classes(for: source.kind).enumerated().flatMap { index, entry in
            let all = wrappings(for: source.kind, entry)
            // Sources of one kind take one way through the redactor: the first of them gets every
            // wrapping, the others every class as it is and in wrappings that take turns.
            let turn = all.isEmpty ? [] : [all[(index + place) % all.count]]
            let chosen = isFirst || all.count == 1 ? all : Array(Set([.plain] + turn)).sorted()
            return chosen.compactMap { plant(entry, $0, source) }
        }
    }

    var all: [Planted] {
        each { planted(in: $0) }.flatMap { $0 }
    }

    /// The shadows of all sources, in their order.
    var shadows: [Shadow] {
        each { Shadow(source: $0, planted: planted(in: $0)) }
    }

    /// What `make` makes of each source, in their order; on as many threads as there are.
    private func each<Made: Sendable>(_ make: @Sendable (Source) -> Made) -> [Made] {
        let found = Mutex([Int: Made]())
        DispatchQueue.concurrentPerform(iterations: sources.count) { index in
            let made = make(sources[index])
            found.withLock { $0[index] = made }
        }
        return found.withLock { found in sources.indices.compactMap { found[$0] } }
    }

    private func classes(for kind: ContentKind) -> [CanaryClass] {
        let own: [CanaryClass] =
            switch kind {
            case .config: CanaryClass.settings
            case .environment: CanaryClass.environment
            case .log, .json, .text, .fileName: []
            }
        return CanaryClass.everywhere + own + (strict ? CanaryClass.strict : [])
    }

    private func wrappings(for kind: ContentKind, _ entry: CanaryClass) -> [Wrapping] {
        switch entry.rule {
        case .settingsAllowlist, .environmentAllowlist: [.plain]
        // The redactor is told these and derives their wrappings; real values stand for them.
        case .knownSecret, .knownIdentity: [.plain]
        default: wrappings
        }
    }

    private func plant(
        _ entry: CanaryClass, _ wrapping: Wrapping, _ source: Source
    ) -> Planted? {
        var letters = Letters(seed: number("\(source.name)\0\(entry.name)\0\(wrapping.rawValue)"))
        let canary = entry.make(&letters)
        guard wrapping.suits(canary) else { return nil }
        let rule = wrapping.rule ?? entry.rule
        return Planted(
            needle: Needle(
                rule: rule.rawValue, source: "\(entry.name) in \(source.name)",
                bytes: Array(canary.secret.utf8), isSecret: !canary.isName),
            className: entry.name, wrapping: wrapping, text: wrapping.write(canary),
            known: canary.known,
            isBare: wrapping == .plain
                && (![.json, .log].contains(source.kind)
                    || !canary.text.contains { $0 == "\n" || $0 == "\"" })
        )
    }

    private func number(_ words: String) -> UInt64 {
        var hasher = ContentHasher()
        hasher.update(seed.bytes)
        hasher.update(words)
        return hasher.finish().bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// What stands in for a source.
struct Shadow: Sendable {
    let planted: [CanaryPlan.Planted]
    /// One file, and one more in UTF-16.
    let files: [OwnMember]
    static let wideSuffix = "-utf16"

    init(source: CanaryPlan.Source, planted: [CanaryPlan.Planted]) {
        self.planted = planted
        let name = "\(BundleMaker.proofFolder)/\(source.name)-\(source.kind.rawValue)"
        files = Self.files(of: source, planted: planted).map { suffix, bytes in
            OwnMember(
                path: name + suffix, bytes: bytes, kind: source.kind,
                source: BundleMaker.proofFolder)
        }
    }

    static func files(
        of source: CanaryPlan.Source, planted: [CanaryPlan.Planted]
    ) -> [(suffix: String, bytes: [UInt8])] {
        let narrow = planted.filter { $0.wrapping != .utf16 }
        let wide = planted.filter { $0.wrapping == .utf16 }
        var files = [("", Array(text(narrow, as: source.kind).utf8))]
        if !wide.isEmpty {
            let lines = wide.map { "note: \($0.text)\n" }.joined()
            let units = [UInt16(0xFEFF)] + Array(lines.utf16)
            files.append((wideSuffix, units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }))
        }
        return files
    }

    private static func text(_ planted: [CanaryPlan.Planted], as kind: ContentKind) -> String {
        switch kind {
        case .log: planted.enumerated().map(logLine).joined()
        case .json: planted.enumerated().map(jsonLine).joined()
        case .config:
            "[live]\nroom = \"shadow\"\n"
                + planted.enumerated().map(setting).joined()
        case .environment:
            planted.enumerated().map { index, planted in
                planted.needle.rule == RedactionRule.environmentAllowlist.rawValue
                    ? planted.text : "NOTE_\(index)=\(planted.text)"
            }.joined(separator: "\0") + "\0"
        case .text, .fileName: planted.map { "note: \($0.text)\n\n" }.joined()
        }
    }

    /// A comment where the text fits one, else a value of several lines.
    private static func setting(_ index: Int, _ planted: CanaryPlan.Planted) -> String {
        if planted.needle.rule == RedactionRule.settingsAllowlist.rawValue {
            return planted.text + "\n"
        }
        return planted.text.contains("\n")
            ? "note_\(index) = \"\"\"\n\(planted.text)\n\"\"\"\n" : "# \(planted.text)\n"
    }

    /// Lines alternate between this program's own form and free text. What has several lines as it is
    /// stands in free text: in the own form escapes would be in the way, and be to blame too.
    private static func logLine(_ index: Int, _ planted: CanaryPlan.Planted) -> String {
        let time = Timestamp(rawValue: 1_700_000_000_000 + Int64(index) * 1000).iso8601
        let isFree =
            planted.wrapping == .wrappedLines
            || planted.wrapping == .plain && planted.text.contains("\n")
        if isFree || index.isMultiple(of: 2) {
            return "\(time) INFO link: \(planted.text)\n"
        }
        return "{\"level\":\"info\",\"message\":\"\(Wrapping.json(planted.text))\","
            + "\"target\":\"link\",\"time\":\"\(time)\"}\n"
    }

    /// One document a line, as recordings and lists of records are.
    private static func jsonLine(_ index: Int, _ planted: CanaryPlan.Planted) -> String {
        "{\"note\":\"\(Wrapping.json(planted.text))\",\"seq\":\(index)}\n"
    }
}
