// The one place through which a bundle touches the world, call by call.
//
// Each call that reads or writes asks the gate first. In the product the gate is open; a test
// closes it for one call after the other, and looks at what every single failure leaves behind.

import Glibc
import Support

/// Lets calls through, or fails them.
public struct CallGate: Sendable {
    typealias Check =
        @Sendable (_ operation: String, _ path: String) throws(SystemFailure) -> Void

    private let check: Check

    init(_ check: @escaping Check) { self.check = check }

    /// Lets every call through.
    public static let open = CallGate { (_, _) throws(SystemFailure) in }

    /// Fails where the gate says so.
    func pass(_ operation: String, _ path: String) throws(SystemFailure) {
        try check(operation, path)
    }

    /// Runs a call again while it is interrupted; throws its error otherwise.
    @discardableResult
    func call<Value: SignedInteger>(
        _ operation: String, _ path: String, _ body: () -> Value
    ) throws(SystemFailure) -> Value {
        try check(operation, path)
        return try retrying(operation, path, body)
    }

    /// Writes all bytes at the descriptor's position; a device that takes none is full.
    func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String
    ) throws(SystemFailure) {
        var offset = 0
        while offset < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            let count = try call("write", path) {
                Glibc.write(descriptor, rest.baseAddress, rest.count)
            }
            guard count > 0 else {
                throw SystemFailure(operation: "write", path: path, code: ENOSPC)
            }
            offset += count
        }
    }

    func write(
        _ bytes: [UInt8], to descriptor: Int32, path: String
    ) throws(SystemFailure) {
        let outcome = bytes.withUnsafeBytes { raw -> Result<Void, SystemFailure> in
            do throws(SystemFailure) {
                return .success(try write(raw, to: descriptor, path: path))
            } catch { return .failure(error) }
        }
        try outcome.get()
    }

    /// Goes to the beginning of a file.
    func rewind(_ descriptor: Int32, path: String) throws(BundleFailure) {
        do throws(SystemFailure) {
            try call("seek", path) { lseek(descriptor, 0, SEEK_SET) }
        } catch { throw .system(error) }
    }

    /// Reads up to `count` bytes at a place; fewer only at the end of the file.
    func read(
        _ descriptor: Int32, at offset: Int, count: Int, path: String
    ) throws(SystemFailure) -> [UInt8] {
        guard count > 0 else { return [] }
        var failure: SystemFailure?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { room, filled in
            while filled < count {
                let (start, rest) = (filled, count - filled)
                do throws(SystemFailure) {
                    let got = try call("read", path) {
                        pread(
                            descriptor, room.baseAddress?.advanced(by: start), rest, offset + start)
                    }
                    if got == 0 { return }
                    filled += got
                } catch {
                    failure = error
                    return
                }
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
