// Canaries strewn among ordinary content, as evidence holds them: in lines, in fields of JSON, in
// JSON inside of JSON, one below the other or far apart. Shadows are tidy; evidence is not.

import Foundation
import Redaction
import Support

@testable import IssueBundle

/// How much a property test does, and with which seed.
enum Share {
    static var isFull: Bool { ProcessInfo.processInfo.environment["AURA_FULL"] != nil }

    static var seed: UInt64 {
        ProcessInfo.processInfo.environment["AURA_SEED"].flatMap(UInt64.init)
            ?? UInt64.random(in: 0...99_999)
    }
}

/// One file with canaries in it.
struct CanaryField {
    let kind: ContentKind
    let bytes: [UInt8]
    let planted: [CanaryPlan.Planted]

    private static let ordinary = [
        "2026-03-01T00:02:49.047Z INFO  live::sync presence heartbeat peers=32 age=337s",
        "2026-03-01T00:00:12.157Z INFO  live::sync conflict check base ok local=452 remote=452",
        "wal append seq=8405 len=792 kind=OUTBOUND", "session=01HZX5K8Q2W3E4R5T6Y7U8I9O0 resumed",
        "auth token expired; run aura live auth refresh (attempt 3)",
        "api key missing: set AURA_API_KEY or run aura auth",
        "The room keeps the newest revision of each function and tells everybody of it.",
        "take it, and write the decision down; what may not change is the order of records, or",
        "structure and the texts of all tokens (leaves alone are not enough: a statement that",
        "GET /v2/servers/detail HTTP/1.1 status: 200 len: 1893 time: 0.2477829",
    ]

    /// - Parameters:
    ///   - share: how many canaries at most.
    init(
        _ plan: CanaryPlan, _ source: CanaryPlan.Source, share: Int,
        using generator: inout SeededGenerator
    ) {
        kind = source.kind
        let all = plan.planted(in: source).filter { $0.wrapping != .utf16 }
        let drawn = all.shuffled(using: &generator).prefix(share)
        // Behind a key without an end nothing else can be told from it.
        planted =
            drawn.filter { $0.className != "private-key-without-end" }
            + drawn.filter { $0.className == "private-key-without-end" }
        let form = Int.random(in: 0..<4, using: &generator)
        let gap = [0, 1, 4, 12].randomElement(using: &generator) ?? 0
        var parts: [String] = []
        for canary in planted {
            for _ in 0..<Int.random(in: 0...gap, using: &generator) {
                let line = Self.ordinary.randomElement(using: &generator) ?? ""
                parts.append(kind == .json ? Self.element(line, form, parts.count) : line)
            }
            parts.append(Self.part(canary.text, kind, form, parts.count))
        }
        bytes = Array(Self.whole(parts, kind, form).utf8)
    }

    private static func part(
        _ text: String, _ kind: ContentKind, _ form: Int, _ number: Int
    ) -> String {
        let time = Timestamp(rawValue: 1_700_000_000_000 + Int64(number) * 1000).iso8601
        switch (kind, form) {
        case (.json, _): return element(text, form, number)
        case (.log, 0): return "{\"message\":\"\(Wrapping.json(text))\",\"time\":\"\(time)\"}"
        case (.log, 1): return "\(time) INFO link: \(text)"
        case (.log, 3): return "level=info msg=\"\(Wrapping.json(text))\" ts=\(time)"
        case (_, 0): return "note: \(text)\n"
        case (_, 2): return "  - \(text)"
        default: return "note: \(text)"
        }
    }

    private static func element(_ text: String, _ form: Int, _ number: Int) -> String {
        let inner = Wrapping.json(text)
        switch form {
        case 0: return "{\"note\":\"\(inner)\",\"seq\":\(number)}"
        case 1:
            return "{\"seq\":\(number),\"inner\":\""
                + Wrapping.json("{\"note\":\"\(inner)\",\"n\":4}") + "\"}"
        default: return "\"\(inner)\""
        }
    }

    private static func whole(_ parts: [String], _ kind: ContentKind, _ form: Int) -> String {
        switch (kind, form) {
        case (.json, 1), (.json, 2): "{\"items\":[" + parts.joined(separator: ",") + "]}\n"
        case (.json, 3): "[\n  " + parts.joined(separator: ",\n  ") + "\n]\n"
        default: parts.joined(separator: "\n") + "\n"
        }
    }
}

extension CanaryPlan {
    /// A plan with a key of its own, over one source of every kind.
    static func drawn(using generator: inout SeededGenerator, strict: Bool = false) -> CanaryPlan {
        let key = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return CanaryPlan(
            seed: seed(key: key, time: Sample.time, state: .of(key)), strict: strict,
            sources: [
                .init(name: "snapshots", kind: .json), .init(name: "report", kind: .text),
                .init(name: "logs", kind: .log), .init(name: "config", kind: .config),
                .init(name: "variables", kind: .environment),
            ])
    }

    /// A redactor that knows what the canaries stand for.
    func redactor() throws -> Redactor {
        var known = KnownValues()
        for canary in all { known.add(canary) }
        let policy = RedactionPolicy(key: try AliasKey(bytes: Sample.key), strict: strict)
        return Redactor(policy: policy, known: known)
    }
}
