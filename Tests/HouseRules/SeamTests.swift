// Planted mistakes stay in the tests: a product may ask whether one is planted, and plants none.

import Testing

enum Seams {
    /// Lines of a product that do anything with a seam but declare an empty set or ask it.
    static func breaches(in file: SourceFile) throws -> [Breach] {
        guard file.isSwift, file.isUnder("Sources", "Checks"), !file.isUnder("Sources/Drills"),
            file.path != "Sources/Support/Seam.swift"
        else { return [] }
        let word = try Regex(#"\b[sS]eams?\b"#).wordBoundaryKind(.simple)
        let allowed = [
            try Regex(#"var seams: Set<Seam> = \[\]"#),
            try Regex(#"\bseams\.contains\(\.\w+\)"#).wordBoundaryKind(.simple),
        ]
        return file.codeLines.enumerated().compactMap { index, line in
            var rest = String(line)
            for regex in allowed { rest.replace(regex, with: "") }
            guard rest.contains(word) else { return nil }
            return Breach(file.path, index + 1, "only tests plant a mistake: keep the set empty")
        }
    }
}

@Suite struct SeamTests {
    @Test func noProductPlantsAMistake() throws {
        let breaches = try Repository.files().flatMap { try Seams.breaches(in: $0) }
        #expect(breaches.isEmpty, "\(breaches.listing)")
    }

    @Test(arguments: [
        ("Sources/LiveSync/A.swift", "public var seams: Set<Seam> = []", 0),
        ("Sources/LiveSync/A.swift", "if core.seams.contains(.appliesTwice) { return }", 0),
        ("Sources/LiveSync/A.swift", "core.seams = [.appliesTwice]", 1),
        ("Sources/Mothership/A.swift", "settings.seams.insert(.losesTombstones)", 1),
        ("Sources/aura/A.swift", "let planted: Set<Seam> = [.appliesTwice]", 1),
        ("Checks/WAL/A.swift", "run(seams: [.appliesTwice])", 1),
        ("Sources/Drills/A.swift", "core.seams = [.appliesTwice]", 0),
        ("Tests/SimulationTests/A.swift", "core.seams = [.appliesTwice]", 0),
        ("Sources/LiveSync/A.swift", "let seamless = 1 // seams = [.x]", 0),
    ])
    func eachUseIsJudged(path: String, text: String, count: Int) throws {
        let breaches = try Seams.breaches(in: SourceFile(path: path, text: text))
        #expect(breaches.count == count, "\(breaches.listing)")
    }
}
