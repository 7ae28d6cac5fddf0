// Why a file could not be analysed. Broken code is no failure: its units are held back instead.

import Support

/// A file that was not analysed at all.
public enum AnalysisFailure: Failure, Equatable {
    /// The file is longer than ``SourceAnalyzer/bytesMax``.
    case tooLarge(path: String, bytes: Int)
    /// The parser did not end within its deadline.
    case tooSlow(path: String, deadline: Duration)
    /// The parser refused the grammar: it was built for another parser version.
    case grammarRefused(language: String)

    public var subject: String {
        switch self {
        case .tooLarge(let path, _), .tooSlow(let path, _): path
        case .grammarRefused(let language): "grammar \(language)"
        }
    }

    public var reason: String {
        switch self {
        case .tooLarge(_, let bytes):
            "\(bytes) bytes are more than the \(SourceAnalyzer.bytesMax) that are parsed"
        case .tooSlow(_, let deadline): "parsing took longer than \(deadline.brief)"
        case .grammarRefused: "its format does not fit the parser library"
        }
    }

    public var nextStep: String {
        switch self {
        case .tooLarge: "exclude the file, or list it under whole_files"
        case .tooSlow: "exclude the file, or try again on a quieter machine"
        case .grammarRefused: "run .ci/treesitter.sh and build again"
        }
    }
}
