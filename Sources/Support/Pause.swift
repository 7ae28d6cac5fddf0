// A short wait between two questions to another process that tells nobody when its answer changes.

import Glibc

/// Blocks the calling thread; for the command line and the drills, never for a server.
public func pause(milliseconds: Int32) {
    poll(nil, 0, milliseconds)
}
