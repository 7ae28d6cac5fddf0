// A Mothership whose clock a test can set, as a process of its own: inside the tests' process it
// would wait for threads that other tests keep busy.
//
// skewedship HOME: prints its port, then reads how many seconds its clock is ahead, a line each; it
// stops at the first other line, and at the end of its input.

import Foundation
import Logging
import Mothership
import Support
import Synchronization

final class ShiftedClock: Support.Clock {
    private let shift = Mutex(Duration.zero)

    var now: Timestamp { SystemClock().now + shift.withLock { $0 } }
    var uptime: Duration { SystemClock().uptime }

    func set(ahead duration: Duration) { shift.withLock { $0 = duration } }
}

func say(_ line: String) throws {
    try FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
}

let clock = ShiftedClock()
var configuration = MothershipConfiguration()
configuration.port = 0
let instance = try await MothershipInstance.start(
    home: MothershipHome(root: CommandLine.arguments[1]), configuration: configuration,
    logger: Logger(label: "skewed") { _ in SwiftLogNoOpLogHandler() }, clock: clock)
try say("\(instance.port)")
try await onOwnThread {
    while let line = readLine(), let seconds = Int64(line) {
        clock.set(ahead: .seconds(seconds))
        try say("ahead \(seconds)")
    }
}
try await instance.stop()
