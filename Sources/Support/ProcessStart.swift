// Starting programs through Foundation, from any thread.

import Foundation

extension Process {
    private static let starting = NSLock()

    /// Starts the program; two starts at once have been seen to crash inside the library.
    package func start() throws { try Self.starting.withLock { try run() } }
}
