// Parsers that are used again. Setting one up costs more than parsing a small file.

import CTreeSitter
import Support
import Synchronization

/// Hands a parser to one caller at a time and keeps a few for the next.
final class ParserPool: Sendable {
    /// Idle parsers kept for each language; more threads than this parse seldom at once.
    private static let idleMax = 8

    private let idle = Mutex<[String: [Parser]]>([:])

    func take(for language: Language) throws(AnalysisFailure) -> Parser {
        let kept = idle.withLock { $0[language.name]?.popLast() }
        if let kept { return kept }
        guard let parser = Parser(language.grammar.pointer) else {
            throw .grammarRefused(language: language.name)
        }
        return parser
    }

    func giveBack(_ parser: Parser, for language: Language) {
        idle.withLock {
            if $0[language.name, default: []].count < Self.idleMax {
                $0[language.name, default: []].append(parser)
            }
        }
    }
}

/// One tree-sitter parser with its grammar set.
final class Parser: @unchecked Sendable {  // the pool lends it to one caller at a time
    private let raw: OpaquePointer

    /// Nil when the parser does not take the grammar: parsing on would crash.
    init?(_ grammar: GrammarPointer) {
        raw = ts_parser_new()
        guard ts_parser_set_language(raw, grammar.raw) else {
            ts_parser_delete(raw)
            return nil
        }
    }

    deinit { ts_parser_delete(raw) }

    /// Parses UTF-8, or bytes that are close to it; nil when the deadline passed.
    func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, deadline: Duration, clock: any Clock
    ) -> SyntaxTree? {
        let run = ParseRun(bytes: bytes, clock: clock, endsAt: clock.uptime + deadline)
        let payload = Unmanaged.passUnretained(run).toOpaque()
        let input = TSInput(
            payload: payload, read: readChunk, encoding: TSInputEncodingUTF8, decode: nil)
        let options = TSParseOptions(payload: payload, progress_callback: shouldStop)
        let tree = withExtendedLifetime(run) {
            ts_parser_parse_with_options(raw, nil, input, options)
        }
        ts_parser_reset(raw)
        return tree.map(SyntaxTree.init(owning:))
    }
}

/// What the parser's callbacks see.
private final class ParseRun {
    let bytes: UnsafeBufferPointer<UInt8>
    let clock: any Clock
    let endsAt: Duration

    init(bytes: UnsafeBufferPointer<UInt8>, clock: any Clock, endsAt: Duration) {
        self.bytes = bytes
        self.clock = clock
        self.endsAt = endsAt
    }

    static func from(_ payload: UnsafeMutableRawPointer) -> ParseRun {
        Unmanaged<ParseRun>.fromOpaque(payload).takeUnretainedValue()
    }
}

private func readChunk(
    payload: UnsafeMutableRawPointer?, offset: UInt32, position: TSPoint,
    count: UnsafeMutablePointer<UInt32>?
) -> UnsafePointer<CChar>? {
    guard let payload, let count else { return nil }
    let bytes = ParseRun.from(payload).bytes
    guard let base = bytes.baseAddress, Int(offset) < bytes.count else {
        count.pointee = 0
        return nil
    }
    count.pointee = UInt32(bytes.count) - offset
    return UnsafeRawPointer(base + Int(offset)).assumingMemoryBound(to: CChar.self)
}

private func shouldStop(state: UnsafeMutablePointer<TSParseState>?) -> Bool {
    guard let payload = state?.pointee.payload else { return false }
    let run = ParseRun.from(payload)
    return run.clock.uptime > run.endsAt
}
