// One page of every language: which units it has, that an edit touches one of them, and that
// comments and layout touch none.

import Support
import Testing

@testable import SourceAnalysis

/// A page of one language.
struct LanguagePage: Sendable, CustomTestStringConvertible {
    let path: String
    let text: String
    let outline: [String]
    /// A piece of the text, what it is changed to, and the simple name of the unit it is in.
    let edit: (old: String, new: String, unit: String)
    /// Begins a comment that ends with its line.
    let comment: String

    var testDescription: String { path }
}

@Suite struct LanguageSampleTests {
    @Test func everyLanguageHasAPage() {
        let pages = Set(LanguagePages.all.compactMap { Language.forPath($0.path)?.name })
        let elsewhere: Set = ["python", "rust", "swift", "typescript"]
        #expect(pages.union(elsewhere) == Set(Language.all.map(\.name)))
    }

    @Test(arguments: LanguagePages.all)
    func aPageHasTheseUnits(page: LanguagePage) throws {
        let outline = try Sample(page.text, page.path).outline
        #expect(outline == page.outline, "\(outline)")
    }

    @Test(arguments: LanguagePages.all)
    func anEditTouchesItsUnitAlone(page: LanguagePage) throws {
        #expect(page.text.ranges(of: page.edit.old).count == 1)
        let edited = page.text.replacing(page.edit.old, with: page.edit.new)
        let (before, after) = try (identities(page.text, page), identities(edited, page))
        #expect(before.count == after.count)
        let changed = zip(before, after).filter { $0.auraID != $1.auraID }.map(\.0.name)
        #expect(changed == [page.edit.unit])
        #expect(zip(before, after).allSatisfy { $0.name == $1.name })
    }

    @Test(arguments: LanguagePages.all)
    func commentsAndBlankLinesTouchNone(page: LanguagePage) throws {
        let lines = page.text.split(separator: "\n", omittingEmptySubsequences: false)
        let remark = "\(page.comment) a remark"
        let commented = lines.flatMap { line -> [Substring] in
            line.isEmpty ? ["", "", remark[...], ""] : [line]
        }
        let before = try identities(page.text, page)
        let after = try identities(commented.joined(separator: "\n"), page)
        #expect(before.map(\.name) == after.map(\.name))
        let touched = zip(before, after).filter { $0.auraID != $1.auraID }.map(\.0.name)
        #expect(touched.isEmpty, "\(touched)")
    }

    /// Units that carry code; text between them may gather comments.
    private func identities(
        _ text: String, _ page: LanguagePage
    ) throws -> [(name: String, auraID: AuraID?)] {
        try Sample(text, page.path).file.units.filter { $0.kind != .opaque }.map {
            #expect(!$0.isHeldBack, "\($0.qualifiedName)")
            return ($0.name, $0.auraID)
        }
    }
}
