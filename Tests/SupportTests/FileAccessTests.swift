// Whole-file operations on real files.

import Foundation
import Testing

@testable import Support

@Suite struct FileAccessTests {
    @Test func replacingLeavesNewBytesModeAndNoTemporaryFile() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/state"
            try FileAccess.replace(path, with: Array("old".utf8))

            try FileAccess.replace(path, with: Array("new".utf8), mode: 0o640)

            #expect(try FileAccess.read(path) == Array("new".utf8))
            #expect(try FileAccess.names(in: folder) == ["state"])
            #expect(try permissions(of: path) == 0o640)
        }
    }

    @Test func theEndOfAFileIsReadHoweverLongItIs() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/log"
            try FileAccess.replace(path, with: [])
            try retrying("truncate", path) { truncate(path, 6 << 30) }
            let descriptor = try retrying("open", path) { open(path, O_WRONLY | O_APPEND) }
            defer { close(descriptor) }
            try FileAccess.writeAll("last".utf8, to: descriptor, path: path)

            #expect(try FileAccess.readEnd(of: path, 6) == [0, 0] + Array("last".utf8))
            try FileAccess.replace(path, with: Array("short".utf8))
            #expect(try FileAccess.readEnd(of: path, 6) == Array("short".utf8))
        }
    }

    @Test func aFIFOIsRefusedWithoutBlocking() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/pipe"
            #expect(mkfifo(path, 0o600) == 0)

            #expect(throws: SystemFailure(operation: "read", path: path, code: EINVAL)) {
                try FileAccess.read(path)
            }
        }
    }

    @Test func aFileOverTheLimitIsRefused() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/large"
            try FileAccess.replace(path, with: [UInt8](repeating: 7, count: 100))

            #expect(throws: SystemFailure(operation: "read", path: path, code: EFBIG)) {
                try FileAccess.read(path, limit: 99)
            }
            #expect(try FileAccess.read(path, limit: 100).count == 100)
        }
    }

    @Test func aMissingFileNamesPathAndNextStep() {
        let failure = #expect(throws: SystemFailure.self) {
            try FileAccess.read("/nonexistent/file")
        }
        #expect(failure?.path == "/nonexistent/file")
        #expect(failure?.nextStep == "check that the path exists")
    }

    private func permissions(of path: String) throws -> mode_t {
        var status = stat()
        try retrying("stat", path) { stat(path, &status) }
        return status.st_mode & 0o777
    }
}

/// Runs `body` in a folder that is gone afterwards.
func withTemporaryFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory.path + "/aura-\(UUID().uuidString)"
    try FileAccess.makeFolder(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }  // a leftover harms no test
    return try body(folder)
}
