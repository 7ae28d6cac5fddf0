// What takes files apart, as others are told of it.

import LiveProtocol
import SourceAnalysis
import Support

/// Every grammar this build has, by language.
enum SourceGrammars {
    static let all: [String: ContentDigest] = Dictionary(
        Language.all.map { ($0.name, $0.grammarDigest) }
            + [(GrammarStamp.whole.language, GrammarStamp.whole.digest)]
    ) { first, _ in first }
}

extension GrammarStamp {
    /// Of files that no grammar takes apart.
    static let whole = GrammarStamp(
        language: SourceFile.wholeLanguage, digest: SourceFile.wholeRuleDigest)
}
