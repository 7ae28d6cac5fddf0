// Files in `/proc` have size 0 and end where reading ends.

import Glibc

extension FileAccess {
    /// Reads a file of the kernel's to its end, as text.
    ///
    /// - Parameter limit: the most bytes to take; what is longer throws `EFBIG`.
    public static func kernelText(
        _ path: String, limit: Int = 16 << 20
    ) throws(SystemFailure) -> String {
        let descriptor = try retrying("open", path) { open(path, O_RDONLY | O_CLOEXEC) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let size = chunk.count
            let count = try retrying("read", path) {
                chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, size) }
            }
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
            guard bytes.count <= limit else {
                throw SystemFailure(operation: "read", path: path, code: EFBIG)
            }
        }
    }
}
