// The marks a merge leaves where it could not decide. Between them a file says two things at once; what
// happens to parse in it is nobody's work.

import Glibc

enum MergeMarks {
    private static let lines = ["<<<<<<< ", "=======", ">>>>>>> "].map { Array($0.utf8) }

    /// Whether a text has all three marks, in their order, each at the beginning of a line.
    static func areIn(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { text in
            var awaited = lines[...]
            var start = 0
            while let mark = awaited.first, start < text.count {
                if text[start...].starts(with: mark) { awaited.removeFirst() }
                let rest = UnsafeRawBufferPointer(rebasing: text[start...])
                guard let base = rest.baseAddress, let end = memchr(base, 0x0A, rest.count) else {
                    break
                }
                start += base.distance(to: UnsafeRawPointer(end)) + 1
            }
            return awaited.isEmpty
        }
    }
}
