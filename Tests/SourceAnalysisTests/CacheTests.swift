// A warm start parses nothing, and damage costs only the damaged entry.

import Foundation
import Support
import Testing

@testable import SourceAnalysis

@Suite final class CacheTests {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("aura-cache-\(UUID().uuidString)").path
    private var path: String { folder + "/sub/analysis.cache" }
    private let python: Language

    init() throws {
        python = try #require(Language.named("python"))
        try FileAccess.makeFolder(folder)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: folder) } catch { Issue.record(error) }
    }

    private func text(_ index: Int) -> [UInt8] {
        Array(
            "import a\n# @aura-local\nclass C\(index):\n    def f(self): return g(\(index))\n".utf8)
    }

    private func analyze(_ range: Range<Int>, _ analyzer: SourceAnalyzer, _ cache: AnalysisCache)
        throws
    {
        for index in range {
            let known = try SourceAnalyzer().analyze(text(index), path: "m.py", language: python)
            let file = try analyzer.analyze(
                text(index), path: "m.py", language: python, cache: cache)
            #expect(file == known)
        }
    }

    @Test func secondRunDoesNotParse() throws {
        let first = SourceAnalyzer()
        let second = SourceAnalyzer()

        try analyze(0..<20, first, AnalysisCache(path: path))
        let warm = try AnalysisCache(path: path)
        try analyze(0..<20, second, warm)

        #expect(first.parseCount == 20)
        #expect(second.parseCount == 0)
        #expect(warm.statistics.hits == 20 && warm.statistics.damaged == 0)
    }

    @Test func keyCoversBytesModuleAndGrammar() throws {
        let rust = try #require(Language.named("rust"))
        let keys = [
            AnalysisCache.key(text(1), path: "m.py", language: python),
            AnalysisCache.key(text(2), path: "m.py", language: python),
            AnalysisCache.key(text(1), path: "n.py", language: python),
            AnalysisCache.key(text(1), path: "m.py", language: rust),
        ]

        #expect(Set(keys).count == keys.count)
        #expect(keys[0] == AnalysisCache.key(text(1), path: "sub/m.py", language: python))
    }

    @Test func everyFlippedByteCostsAtMostItsEntry() throws {
        try analyze(0..<4, SourceAnalyzer(), AnalysisCache(path: path))
        let intact = try FileAccess.read(path)
        for offset in stride(from: 0, to: intact.count, by: 13) {
            var damaged = intact
            damaged[offset] ^= 0x41
            try FileAccess.replace(path, with: damaged)
            let analyzer = SourceAnalyzer()

            try analyze(0..<4, analyzer, AnalysisCache(path: path))

            #expect(analyzer.parseCount == 1, "byte \(offset)")
        }
    }

    @Test func tornTailIsOverwritten() throws {
        try analyze(0..<3, SourceAnalyzer(), AnalysisCache(path: path))
        let intact = try FileAccess.read(path)
        try FileAccess.replace(path, with: intact.dropLast(7))
        let analyzer = SourceAnalyzer()

        try analyze(0..<3, analyzer, AnalysisCache(path: path))

        #expect(analyzer.parseCount == 1)
        #expect(try FileAccess.read(path) == intact)
    }

    @Test func fileStaysWithinItsBoundAndKeepsWhatWasUsedLast() throws {
        let bound = 4096
        let cache = try AnalysisCache(path: path, bytesMax: bound)
        try analyze(0..<100, SourceAnalyzer(), cache)

        #expect(cache.statistics.bytes <= bound)
        #expect(try FileAccess.read(path).count <= bound)
        let analyzer = SourceAnalyzer()
        try analyze(99..<100, analyzer, AnalysisCache(path: path, bytesMax: bound))
        #expect(analyzer.parseCount == 0)
    }

    @Test func noiseInsteadOfACacheIsIgnored() throws {
        var generator = SeededGenerator(seed: 3)
        let noise = (0..<10_000).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        try FileAccess.makeFolder(PathName.parent(of: path))
        try FileAccess.replace(path, with: noise)
        let analyzer = SourceAnalyzer()

        let cache = try AnalysisCache(path: path)
        try analyze(0..<2, analyzer, cache)
        try analyze(0..<2, analyzer, cache)

        #expect(analyzer.parseCount == 2)
    }

    @Test func encodedFileDecodesAndCutOnesAreRefused() throws {
        let file = try SourceAnalyzer().analyze(text(1), path: "m.py", language: python)
        let bytes = SourceFileCoding.encode(file)

        #expect(try SourceFileCoding.decode(bytes) == file)
        #expect(try JSONText.decode(SourceFile.self, from: JSONText.encode(file)) == file)
        for count in 0..<bytes.count {
            #expect(throws: DamagedEntry.self) {
                try SourceFileCoding.decode(Array(bytes[..<count]))
            }
        }
    }

    @Test func manyThreadsShareOneAnalyzerAndCache() async throws {
        let analyzer = SourceAnalyzer()
        let cache = try AnalysisCache(path: path)
        let (language, texts) = (python, (0..<40).map(text))
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<200 {
                group.addTask {
                    try analyzer.analyze(
                        texts[index % 40], path: "m.py", language: language, cache: cache
                    ).units.count
                }
            }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }

        #expect(counts == [3])
        #expect(cache.statistics.entries == 40 && cache.statistics.damaged == 0)
    }
}
