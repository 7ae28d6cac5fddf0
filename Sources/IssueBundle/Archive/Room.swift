// Space is asked for before it is used: half a bundle on a full disk helps nobody, and a full disk
// harms everybody else on it.

import Glibc
import Support

enum Room {
    /// Fails unless the file system has room for the bytes.
    static func require(
        _ bytes: Int, on descriptor: Int32, path: String, gate: CallGate
    ) throws(SystemFailure) {
        var facts = statvfs()
        try gate.call("statvfs", path) { fstatvfs(descriptor, &facts) }
        let (free, isHuge) = UInt64(facts.f_bavail).multipliedReportingOverflow(
            by: UInt64(facts.f_frsize))
        guard isHuge || UInt64(max(0, bytes)) < free else {
            throw SystemFailure(
                operation: "reserve \(ByteText.of(bytes))", path: path, code: ENOSPC)
        }
    }
}
