// A status that is shown again whenever it changes.

import LiveSync
import Support

struct StatusWatch {
    private static let period: Int32 = 250
    private let control: AgentControl

    init(_ workspace: Workspace) { control = AgentControl(workspace) }

    /// Runs until the process is interrupted.
    func run(_ show: (LiveStatus) throws -> Void) throws {
        var last: [String] = []
        while true {
            let status = try control.status()
            let key = StatusText.overview(status) + ["\(status.wal.records)"]
            if key != last {
                if !last.isEmpty { Output.line() }
                try show(status)
                Output.flush()
                last = key
            }
            pause(milliseconds: Self.period)
        }
    }
}
