// Everything that reaches the user's terminal: text and JSON on standard output, progress and
// errors on standard error.

import ArgumentParser
import CLinux
import Foundation
import Support

enum Output {
    /// Names in it may be others'; what would steer the terminal is shown by number.
    static func line(_ text: String = "") { print(Printable.text(text)) }

    /// Text that brings its own line ends and was made to be shown.
    static func text(_ text: String) { print(text, terminator: "") }

    static func json(_ value: some Encodable, pretty: Bool = true) throws {
        print(try JSONText.encode(value, pretty: pretty))
    }

    static func note(_ text: String) { tell(Printable.text(text) + "\n") }

    /// Writes to standard error as it stands. A full disk behind it, or nobody who reads, takes the words
    /// and nothing else: a handle of Foundation's would end the process, and its exit status with it.
    static func tell(_ text: String) {
        // See above; there is no other place to say it.
        try? FileAccess.writeAll(Array(text.utf8), to: STDERR_FILENO, path: "standard error")
    }

    static func explain(_ failure: any Failure) {
        note("aura: \(failure.subject): \(failure.reason)")
        note("      next: \(failure.nextStep)")
    }

    /// Ends the process without waiting for threads that hang in the kernel.
    static func leave(_ status: ExitStatus) -> Never { leave(code: status.rawValue) }

    static func leave(code: Int32) -> Never {
        flush()
        var code = code
        if aura_output_is_lost() != 0 {
            note("aura: standard output: not everything could be written")
            note("      next: see that the disk behind it has room")
            // Half a report must not pass for a healthy one.
            if code == ExitStatus.success.rawValue { code = ExitStatus.inputOutput.rawValue }
        }
        // A thread that hangs cannot end what it waits for any more.
        AwaitedPrograms.own.endAll()
        aura_exit_now(code)
    }

    /// False once whoever read standard output has closed it.
    static var hasReader: Bool { aura_output_has_reader() != 0 }

    /// Hands everything printed so far to the reader.
    static func flush() { fflush(nil) }

    /// Colour only where a person looks at it and did not ask for none.
    static var wantsColour: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isatty(STDOUT_FILENO) == 1 && environment["NO_COLOR"] == nil
            && environment["TERM"] != "dumb"
    }

    /// Rows with aligned columns.
    static func table(_ header: [String], _ rows: [[String]]) {
        let all = [header] + rows.map { $0.map(Printable.line) }
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        for row in all {
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            var text = "  " + cells.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            line(text)
        }
    }
}

/// `--json`, which every command takes.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print the same facts as JSON.")
    var json = false

    func show<Value: Encodable>(_ value: Value, text: (Value) -> Void) throws {
        if json { try Output.json(value) } else { text(value) }
    }
}
