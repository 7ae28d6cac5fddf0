// Waiting for things to become true, with an end: file changes wake us, everything else is asked
// again at short intervals.

import Glibc
import Support

/// Waits that end.
public enum Waiting {
    /// Waits until `condition` holds.
    ///
    /// - Parameters:
    ///   - what: for the error: "the link to come up".
    ///   - folder: changes of files in it wake the wait at once.
    /// - Throws: ``PlainFailure`` naming what did not happen.
    public static func until(
        _ what: String, limit: Duration = .seconds(60), watching folder: String? = nil,
        _ condition: () throws -> Bool
    ) throws {
        let clock = SystemClock()
        let end = clock.uptime + limit
        let notifier = try folder.map { try FolderNotifier($0) }
        while true {
            if try condition() { return }
            let left = (end - clock.uptime).milliseconds
            guard left > 0 else {
                throw PlainFailure(
                    what, "did not happen in \(limit.brief)",
                    nextStep: "look into the logs of the sandbox")
            }
            if let notifier {
                notifier.wait(milliseconds: Int32(clamping: min(left, 200)))
            } else {
                pause(milliseconds: Int32(clamping: min(left, 20)))
            }
        }
    }
}

/// Wakes when a file in a folder was written or renamed.
private final class FolderNotifier {
    private let descriptor: Int32

    init(_ folder: String) throws {
        descriptor = try retrying("inotify_init", folder) {
            inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        }
        let events = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_MOVED_FROM)
        try retrying("inotify_add_watch", folder) { inotify_add_watch(descriptor, folder, events) }
    }

    deinit { close(descriptor) }

    func wait(milliseconds: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, milliseconds) > 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 4096)
        while read(descriptor, &buffer, buffer.count) > 0 {}
    }
}
