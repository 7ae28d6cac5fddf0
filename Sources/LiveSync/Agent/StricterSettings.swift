// Settings that change under a running agent. What they let in waits for the next start; what they leave
// out is left out at once, because whoever excludes a file may write a secret into it next.

import Glibc
import Support

/// What the settings file leaves out by now, beyond what was in force at the start.
struct StricterSettings: Sendable {
    private let file: String
    /// The text that is in force.
    private let inForce: ContentDigest
    private var stamp: FileStamp?
    /// Nil while the file says what is in force.
    private var filter: SelectiveFilter?

    init(file: String, inForce: ContentDigest) {
        (self.file, self.inForce) = (file, inForce)
    }

    /// Whether the file, as it was last read, admits a path too.
    func admits(_ path: String) -> Bool { filter?.decide(path).admitted ?? true }

    /// Reads the file again when its stamp is another; one that cannot be read or does not parse
    /// changes nothing.
    ///
    /// - Returns: true when it was read.
    mutating func refresh() -> Bool {
        var status = stat()
        guard stat(file, &status) == 0 else { return false }
        let now = FileStamp(status)
        guard now != stamp else { return false }
        stamp = now
        do {
            let settings = try LiveConfiguration.load(file, guestTables: SyncHost.guestTables)
            filter = settings.digest == inForce ? nil : try SelectiveFilter(settings.selective)
        } catch {
            return false  // half a save, or a mistake: what is in force stays in force
        }
        return true
    }
}
