// A report that is made again and again: redrawn on a terminal, lines in a stream elsewhere.
//
// SIGINT and SIGTERM end it between two reports, never within one, with 130 and 143.

import Diagnostics
import Dispatch
import Foundation
import Support
import Synchronization

struct ReportWatch {
    let interval: Duration
    /// True when each report replaces the one before it on the screen.
    let redraws: Bool

    static var standardOutputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Runs until a signal comes; does not return.
    ///
    /// - Parameters:
    ///   - examine: makes the next report.
    ///   - deliver: writes it; is never interrupted.
    func run(
        examine: () async throws -> Report, deliver: (Report) throws -> Void
    ) async throws -> Never {
        let writing = Mutex<Void>(())
        let sources = [SIGINT, SIGTERM].map { number in
            onSignal(number, on: DispatchQueue(label: "signals")) {
                writing.withLock { (_: inout Void) -> Void in Output.leave(code: 128 + number) }
            }
        }
        let clock = SystemClock()
        while true {
            let begin = clock.uptime
            let report = try await examine()
            try writing.withLock { _ in
                if redraws { Output.text("\u{1B}[H\u{1B}[2J") }
                try deliver(report)
                Output.flush()
            }
            let rest = interval - (clock.uptime - begin)
            pause(milliseconds: Int32(clamping: max(.zero, rest).milliseconds))
            withExtendedLifetime(sources) {}
        }
    }
}
