// The front door: bytes in, units out. Pure over the bytes; only the cache touches a disk.

import Support
import Synchronization

/// Splits source files into units. One analyzer serves any number of threads.
public struct SourceAnalyzer: Sendable {
    /// Longer files are refused. Generated tables reach this size, code that people edit does not.
    public static let bytesMax = 8 << 20

    /// Rises whenever the same bytes give other units; part of every cache key.
    public static let version: UInt32 = 5

    /// ``bytesMax`` at the slowest rate seen (0.4 MB/s, debug, loaded machine), with some room.
    public static let standardDeadline: Duration = .seconds(30)

    private let pool = ParserPool()
    private let counter = ParseCounter()
    private let deadline: Duration
    private let clock: any Clock

    public init(deadline: Duration = standardDeadline, clock: any Clock = SystemClock()) {
        self.deadline = deadline
        self.clock = clock
    }

    /// How many files were parsed, as opposed to found in a cache.
    public var parseCount: Int { counter.value }

    /// Splits a file into its units. Broken code holds units back, it does not throw.
    ///
    /// - Parameter path: names the module; the file is not read.
    /// - Throws: when the file is too long, or parsing it takes too long.
    public func analyze(
        _ bytes: [UInt8], path: String, language: Language
    ) throws(AnalysisFailure) -> SourceFile {
        guard bytes.count <= Self.bytesMax else {
            throw .tooLarge(path: path, bytes: bytes.count)
        }
        let parser = try pool.take(for: language)
        defer { pool.giveBack(parser, for: language) }
        counter.increment()
        let file = bytes.withUnsafeBufferPointer { buffer in
            parse(buffer, by: parser, language).map { tree in
                withExtendedLifetime(tree) {
                    var builder = UnitBuilder(
                        language: language, module: language.module(forPath: path),
                        bytes: buffer, root: tree.root)
                    return builder.build(from: tree.root)
                }
            }
        }
        guard let file else { throw .tooSlow(path: path, deadline: deadline) }
        return file
    }

    private func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, by parser: Parser, _ language: Language
    ) -> SyntaxTree? {
        let rules = language.grammar.rules
        let shown =
            rules.hasLinkageFrames
            ? LinkageFrame.masked(bytes)
            : rules.hidesAnnotationArguments ? AnnotationArguments.masked(bytes) : nil
        guard let shown else { return parser.parse(bytes, deadline: deadline, clock: clock) }
        return shown.withUnsafeBufferPointer {
            parser.parse($0, deadline: deadline, clock: clock)
        }
    }

    /// The same, without parsing when the cache knows these bytes.
    public func analyze(
        _ bytes: [UInt8], path: String, language: Language, cache: AnalysisCache
    ) throws(AnalysisFailure) -> SourceFile {
        let key = AnalysisCache.key(bytes, path: path, language: language)
        if let known = cache.file(for: key) { return known }
        let file = try analyze(bytes, path: path, language: language)
        cache.store(file, for: key)
        return file
    }
}

/// Shared by the copies of an analyzer.
private final class ParseCounter: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .relaxed) }

    func increment() { count.add(1, ordering: .relaxed) }
}
