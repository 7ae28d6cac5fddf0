// Text inside XML and HTML. Names of files may hold anything; what no XML document may hold is
// shown by number, as in the text report.

import Support

enum Markup {
    /// Safe inside elements and in quoted attributes.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n": result += "\n"
            default: result += shown(scalar)
            }
        }
        return result
    }

    /// The same on one line.
    static func line(_ text: String) -> String { escaped(Printable.line(text)) }

    /// XML 1.0 has no control characters and no two code points at the end of the first plane.
    private static func shown(_ scalar: Unicode.Scalar) -> String {
        let isForbidden =
            scalar.properties.generalCategory == .control || scalar.value & 0xFFFE == 0xFFFE
            || scalar.properties.generalCategory == .format
        return isForbidden
            ? "\\u{" + String(scalar.value, radix: 16) + "}" : String(Character(scalar))
    }
}
