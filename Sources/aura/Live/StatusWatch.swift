// A status that is shown again whenever it changes.

import LiveSync
import Support

struct StatusWatch {
    private static let period: Int32 = 250
    private let control: AgentControl
    private let areLines: Bool

    /// - Parameter areLines: each status is one line, for a program that reads them.
    init(_ workspace: Workspace, areLines: Bool) {
        control = AgentControl(workspace)
        self.areLines = areLines
    }

    /// Runs until the process is interrupted.
    func run(_ show: (LiveStatus) throws -> Void) throws {
        var last: [String] = []
        while true {
            let status = try control.status()
            let key = StatusText.overview(status) + ["\(status.wal.records)"]
            if key != last {
                if !last.isEmpty, !areLines { Output.line() }
                try show(status)
                Output.flush()
                last = key
            }
            pause(milliseconds: Self.period)
        }
    }
}
