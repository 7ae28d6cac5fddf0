// Brings the detail of the agent's log back to the usual: the two settings that raise it, changed on
// the lines they stand on and nowhere else.

import Support

/// Puts the settings of the log's detail back to what is usual.
public enum LogDetail {
    /// The settings without more detail than usual; the same text where they ask for none.
    ///
    /// - Parameter text: settings that parse.
    public static func reduced(in text: String) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let places = TOMLKeyLines(text)
        for (key, usual) in [("log_level", "\"info\""), ("verbose_logs", "false")] {
            let index = places.line(of: "live.debug.\(key)") - 1
            guard lines.indices.contains(index) else { continue }
            lines[index] = setting(key, to: usual, on: lines[index])
        }
        return lines.joined(separator: "\n")
    }

    /// The line with another value for a key; the same line when it does not set that key.
    private static func setting(_ key: String, to value: String, on line: String) -> String {
        guard let name = line.range(of: key),
            let equals = line[name.upperBound...].firstIndex(of: "="),
            line[name.upperBound..<equals].allSatisfy({ $0 == " " || $0 == "\t" })
        else { return line }
        let start = line.index(after: equals)
        let end = line[start...].firstIndex { "#,}".contains($0) } ?? line.endIndex
        let trailing = line[start..<end].reversed().prefix { $0 == " " || $0 == "\t" }
        return line[..<start] + " " + value + String(trailing) + line[end...]
    }
}
