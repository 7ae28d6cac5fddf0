// Holds the rules of `Quartets.swift` and of wording against the real registry, and each rule
// against something that breaks it.

import Checks
import Diagnostics
import Support
import Testing

/// The one place where the rules meet the real checks.
private enum Real {
    static let catalogue = Catalogue(of: Registry.all)

    static func quartets() throws -> Quartets {
        Quartets(
            registered: Registry.all.map { $0.bucket }, entries: catalogue.entries,
            files: try Repository.files())
    }
}

@Suite struct QuartetTests {
    @Test func checkRegistryRunbookAndTestBelongTogether() throws {
        let breaches = try Real.quartets().breaches
        #expect(breaches.isEmpty, "\(breaches.listing)")
    }

    @Test func everyRelationPointsAtACode() throws {
        let breaches = try Real.quartets().relationBreaches
        #expect(breaches.isEmpty, "\(breaches.listing)")
    }

    @Test func codesAreSoundAndClaimedOnce() {
        let faults = Real.catalogue.faults
        #expect(faults.isEmpty, "\(faults)")
    }

    /// Of the codes that were foreseen, each is there or has its reason in `Sources/README.md`.
    @Test func aCodeThatIsLeftOutByNameIsInNoCatalogue() throws {
        let page = try #require(try Repository.files().first { $0.path == "Sources/README.md" })
        let section = page.lines.drop { $0 != "## Troubles without a code" }.dropFirst()
            .prefix { !$0.hasPrefix("## ") }
        var codes: [String] = []
        for row in section where row.hasPrefix("| ") {
            let trouble: Substring = row.split(separator: "|").first ?? ""
            for piece in trouble.split(separator: "`") {
                if piece.contains("."), !piece.contains(" ") { codes.append(String(piece)) }
            }
        }

        #expect(codes.count == 29, "the page says how many there are")
        let known = Set(Real.catalogue.entries.map(\.code))
        #expect(codes.filter(known.contains).isEmpty, "what is there is not left out")
    }

    @Test func theCatalogueIsWordedForPeople() {
        let breaches = Real.catalogue.entries.flatMap(Wording.breaches)
        #expect(breaches.isEmpty, "\(breaches.listing)")
    }
}

/// How the texts of a catalogue are written.
enum Wording {
    static func breaches(of entry: Catalogue.Entry) -> [Breach] {
        let texts = [
            ("meaning", entry.meaning), ("impact", entry.impact), ("nextStep", entry.nextStep),
        ]
        return texts.flatMap { name, text in
            faults(in: text).map { Breach("Checks/", "\(entry.code): \(name) \($0)") }
        }
    }

    static func faults(in text: String) -> [String] {
        let words = text.lowercased().split { !$0.isLetter }
        var faults: [String] = []
        if text.trimmed != text || text.isEmpty { faults.append("is empty or padded") }
        if text.first?.isUppercase == true { faults.append("begins with a capital") }
        if text.hasSuffix(".") || text.contains(". ") { faults.append("has a full stop") }
        if text.contains(";") { faults.append("is more than one clause") }
        if text.contains("!") { faults.append("exclaims") }
        if words.contains("please") { faults.append("says please") }
        if text.contains("\n") { faults.append("has a line break") }
        return faults
    }
}

@Suite struct QuartetRuleTests {
    private enum RotKind: String, FindingKind {
        case mould = "rot.mould"
        case worms = "rot.worms"

        static let bucket: Bucket = "rot"
        var severity: Severity { self == .mould ? .warn : .fail }
        var dataAtStake: Bool { self == .worms }
        var fix: FixClass { .consent }
        var lossy: Bool { self == .worms }
        var meaning: String { "something rots" }
        var impact: String { "it smells" }
        var nextStep: String { "throw it away" }
        var explains: [String] { self == .worms ? ["rot.mould"] : ["rust"] }
    }

    private static let entries = RotKind.allCases.map { Catalogue.Entry($0) }

    private static func section(_ code: String, _ head: String) -> String {
        "## `\(code)`\n\n`\(head)`\n\n"
            + Runbook.parts.map { "**\($0)** some words that say what is so.\n\n" }.joined()
    }

    /// A bucket in which everything fits.
    private static let whole: [String: String] = [
        "Checks/Rot/RotFinding.swift": "// a", "Checks/Rot/RotDetect.swift": "// a",
        "Checks/Rot/RotRemediate.swift": "// a",
        "Checks/Registry.swift": "// RotCheck() is listed.\nlet all = [RotCheck()]",
        "Runbooks/Rot.md": "# Rot\n\n" + mould + worms,
        "Package.swift": ".embedInCode(\"Rot.md\")",
        "Tests/ATests/A.swift": "\"rot.mould\" \"rot.worms\"",
    ]

    private static func quartets(_ change: (inout [String: String]) -> Void) -> Quartets {
        var files = whole
        change(&files)
        return Quartets(
            registered: ["rot"], entries: entries,
            files: files.sorted { $0.key < $1.key }.map { SourceFile(path: $0.key, text: $0.value) }
        )
    }

    @Test func aWholeQuartetPasses() {
        let breaches = Self.quartets { _ in }.breaches
        #expect(breaches.isEmpty, "\(breaches.listing)")
    }

    @Test(arguments: whole.keys.sorted().filter { !$0.hasSuffix("Remediate.swift") })
    func eachMissingFileIsNamed(path: String) {
        let breaches = Self.quartets { $0[path] = nil }.breaches
        let name = path.hasPrefix("Tests") ? "Tests/" : PathName.last(of: path)
        let isNamed = breaches.contains {
            $0.path.hasSuffix(name) || $0.advice.contains("page of bucket rot")
        }
        #expect(isNamed, "\(breaches.listing)")
    }

    private static let mould = section("rot.mould", "warn · consent")
    private static let worms = section("rot.worms", "fail, data at stake · consent, lossy")
    private static let fungus = section("rot.fungus", "warn · consent")

    /// A file, and a text of it that does not fit the others.
    private static let misfits: [(path: String, text: String)] = [
        ("Checks/Rot/Helper.swift", "// a"),
        ("Checks/Rust/RustFinding.swift", "// a"),
        ("Checks/Registry.swift", "[RotCheck(), RotCheck()]"),
        ("Runbooks/Rust.md", "# Rust"),
        ("Package.swift", ".embedInCode(\"Rot.md\"), .embedInCode(\"Rust.md\")"),
        ("Tests/ATests/A.swift", "\"rot.mould\""),
        ("Runbooks/Rot.md", mould),
        ("Runbooks/Rot.md", section("rot.mould", "warn · safe") + worms),
        ("Runbooks/Rot.md", mould + fungus + worms),
        ("Runbooks/Rot.md", mould + mould + worms),
        ("Runbooks/Rot.md", emptied(mould) + worms),
    ]

    /// The section with nothing under **Repair**.
    private static func emptied(_ section: String) -> String {
        section.replacing("**Repair** some words that say what is so.", with: "**Repair**")
    }

    @Test(arguments: misfits)
    func whatDoesNotFitIsSeen(path: String, text: String) {
        #expect(!Self.quartets { $0[path] = text }.breaches.isEmpty)
    }

    @Test func aRelationToNothingIsSeen() {
        let breaches = Self.quartets { _ in }.relationBreaches
        #expect(breaches.map(\.advice) == ["rot.mould explains rust, which no catalogue holds"])
    }

    @Test(arguments: [
        ("the log ends in a torn record", 0), ("The log is torn", 1), ("the log is torn.", 1),
        ("the log is torn; it was cut", 1), ("please mend it", 1), ("mend it!", 1), ("", 1),
        (" padded", 1), ("Please. Mend; it!", 5), ("git's index is locked", 0),
    ])
    func wordingIsJudged(text: String, count: Int) {
        let faults = Wording.faults(in: text)
        #expect(faults.count == count, "\(faults)")
    }
}
