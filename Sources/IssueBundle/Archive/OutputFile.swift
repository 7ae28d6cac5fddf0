// A file that has no name until it is whole and proven.
//
// Where the file system can, the bytes are written to a file without a name, which the kernel
// removes with the process, however that ends. Only then is it linked under its name, which fails
// when the name is taken. Elsewhere a hidden file beside the target plays the part.

import CLinux
import Glibc
import Support

/// A file on its way; nothing is left of it unless ``publish()`` succeeded.
struct OutputFile: ~Copyable {
    let path: String
    let descriptor: Int32
    private let gate: CallGate
    /// The name of the stand-in; nil while the file has none.
    private var temporary: String?

    /// - Parameter canBeNameless: false acts like a file system without nameless files.
    init(
        _ path: String, gate: CallGate = .open, canBeNameless: Bool = true
    ) throws(BundleFailure) {
        self.path = path
        self.gate = gate
        if FileAccess.exists(path) { throw .exists(path: path) }
        do throws(SystemFailure) {
            if canBeNameless, let nameless = try Self.nameless(beside: path, gate) {
                descriptor = nameless
                temporary = nil
                return
            }
            let name =
                PathName.parent(of: path)
                + "/.\(PathName.last(of: path)).\(getpid())-\(UInt32.random(in: .min ... .max))"
            descriptor = try gate.call("create", name) {
                open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            }
            temporary = name
        } catch { throw .system(error) }
    }

    deinit {
        close(descriptor)
        if let temporary { unlink(temporary) }
    }

    /// A descriptor for scratch bytes that no other process can reach by a name.
    static func scratch(beside path: String, gate: CallGate) throws(SystemFailure) -> Int32 {
        if let nameless = try nameless(beside: path, gate) { return nameless }
        let name =
            PathName.parent(of: path) + "/.aura-spool-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let descriptor = try gate.call("create", name) {
            open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        }
        unlink(name)
        return descriptor
    }

    private static func nameless(
        beside path: String, _ gate: CallGate
    ) throws(SystemFailure) -> Int32? {
        let folder = PathName.parent(of: path)
        try gate.pass("create", folder)
        // O_TMPFILE, which Swift does not import: __O_TMPFILE and O_DIRECTORY.
        let withoutName = Int32(0o20_000_000) | O_DIRECTORY
        let descriptor = open(folder, O_RDWR | withoutName | O_CLOEXEC, 0o600)
        if descriptor < 0 {
            let code = errno
            if [EOPNOTSUPP, EISDIR, EINVAL].contains(code) { return nil }
            throw SystemFailure(operation: "create", path: folder, code: code)
        }
        // The name is given through /proc; without that there is no use in it.
        guard FileAccess.exists("/proc/self/fd/\(descriptor)") else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Makes the bytes durable and gives them their name; replaces nothing.
    mutating func publish() throws(BundleFailure) {
        do throws(SystemFailure) {
            try gate.call("fsync", path) { fsync(descriptor) }
            let (name, target, source) = (temporary, path, "/proc/self/fd/\(descriptor)")
            try gate.call("rename", path) {
                if let name { return aura_rename_without_replacing(name, target) }
                return linkat(AT_FDCWD, source, AT_FDCWD, target, AT_SYMLINK_FOLLOW)
            }
        } catch {
            throw error.code == EEXIST ? .exists(path: path) : .system(error)
        }
        temporary = nil
        do throws(SystemFailure) {
            try gate.pass("fsync", PathName.parent(of: path))
            try FileAccess.syncFolder(of: path)
        } catch {
            unlink(path)
            throw .system(error)
        }
    }
}
