// The bytes before a file's first unit that belong to the file: the line that names its interpreter,
// and comments with an empty line behind them, such as a licence.

import SourceAnalysis
import Support

/// The first unit of a file owns these bytes, but they stay when that one goes, and whoever puts another
/// one first sends them along.
enum FileHeader {
    private static let sign = Array("#!".utf8)

    /// The header of a file whose text begins at `start`; empty without one.
    static func of(_ bytes: [UInt8], _ spans: [UnitSpan], from start: Int) -> [UInt8] {
        guard let first = spans.first, first.head.lowerBound == start,
            let declaration = first.declaration, first.head.contains(declaration)
        else { return [] }
        let before = TextLayout.lines(of: Array(bytes[start..<declaration]))
        let blank = before.lastIndex { $0.last == TextLayout.newline && TextLayout.isBlank($0) }
        guard let blank, !before[...blank].allSatisfy(TextLayout.isBlank) else {
            return interpreter(of: bytes[start..<declaration])
        }
        return Array(before[...blank].joined())
    }

    /// The first line where it names an interpreter; Rust has attributes that begin alike.
    static func interpreter(of text: some Collection<UInt8>) -> [UInt8] {
        guard text.starts(with: sign), !text.dropFirst(sign.count).starts(with: [0x5B]),
            let line = TextLayout.lines(of: Array(text)).first, line.last == TextLayout.newline
        else { return [] }
        return Array(line)
    }
}
