// Text of others on a terminal: names come from file systems and over the network, and a terminal
// obeys what it is shown.

/// Text that a terminal shows and does not obey.
public enum Printable {
    /// One line; control characters, and those that only steer the layout, are shown by number.
    public static func line(_ text: String) -> String { shown(text) { _ in false } }

    /// Several lines; line ends and tabulators stay.
    public static func text(_ text: String) -> String { shown(text) { $0 == "\n" || $0 == "\t" } }

    /// One word as a shell takes it, whatever is in it.
    public static func shellWord(_ text: String) -> String {
        if !text.isEmpty, text.allSatisfy({ $0.isLetter || $0.isNumber || "/._-".contains($0) }) {
            return text
        }
        return quoted(text)
    }

    /// The same, in quotes in any case.
    public static func quoted(_ text: String) -> String {
        let parts = text.split(separator: "'", omittingEmptySubsequences: false)
        return "'" + parts.joined(separator: "'\\''") + "'"
    }

    /// Whether a text holds no control character.
    public static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    /// At least one space follows a text that is too long.
    public static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func shown(_ text: String, keeping: (Unicode.Scalar) -> Bool) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
                if keeping(scalar) {
                    shown.unicodeScalars.append(scalar)
                } else {
                    shown += "\\u{" + String(scalar.value, radix: 16) + "}"
                }
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }
}
