// Reading and replacing whole files with the discipline that survives a crash.

import Glibc

/// Whole-file operations. Every throw names the path.
public enum FileAccess {
    /// Reads a regular file; refuses folders, FIFOs and devices, and never blocks on one.
    ///
    /// - Parameter limit: the most bytes to accept; a longer file throws `EFBIG`.
    public static func read(
        _ path: String, limit: Int = 256 << 20
    ) throws(SystemFailure) -> [UInt8] {
        let descriptor = try retrying("open", path) {
            open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        }
        defer { close(descriptor) }
        return try read(descriptor: descriptor, path: path, limit: limit)
    }

    /// Reads the last bytes of a regular file, however long it is.
    public static func readEnd(of path: String, _ count: Int) throws(SystemFailure) -> [UInt8] {
        let descriptor = try retrying("open", path) {
            open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        }
        defer { close(descriptor) }
        var status = stat()
        try retrying("stat", path) { fstat(descriptor, &status) }
        let start = max(0, Int(status.st_size) - count)
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = try retrying("read", path) {
                bytes.withUnsafeMutableBytes { buffer in
                    let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
                    return pread(descriptor, rest.baseAddress, rest.count, off_t(start + filled))
                }
            }
            if got == 0 { break }
            filled += got
        }
        return Array(bytes.prefix(filled))
    }

    /// Reads a regular file, or a pipe to its end; waits for whoever writes into it.
    public static func readStream(_ path: String, limit: Int) throws(SystemFailure) -> [UInt8] {
        let descriptor = try retrying("open", path) { open(path, O_RDONLY | O_CLOEXEC) }
        defer { close(descriptor) }
        var status = stat()
        try retrying("stat", path) { fstat(descriptor, &status) }
        guard status.st_mode & S_IFMT == mode_t(Glibc.S_IFIFO) else {
            return try read(descriptor: descriptor, path: path, limit: limit)
        }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let got = try retrying("read", path) {
                piece.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            }
            if got == 0 { return bytes }
            bytes += piece.prefix(got)
            guard bytes.count <= limit else {
                throw SystemFailure(operation: "read", path: path, code: EFBIG)
            }
        }
    }

    /// Reads the rest of an open regular file.
    public static func read(
        descriptor: Int32, path: String, limit: Int
    ) throws(SystemFailure) -> [UInt8] {
        var status = stat()
        try retrying("stat", path) { fstat(descriptor, &status) }
        guard status.st_mode & S_IFMT == mode_t(Glibc.S_IFREG) else {
            let isFolder = status.st_mode & S_IFMT == mode_t(Glibc.S_IFDIR)
            throw SystemFailure(operation: "read", path: path, code: isFolder ? EISDIR : EINVAL)
        }
        guard Int(status.st_size) <= limit else {
            throw SystemFailure(operation: "read", path: path, code: EFBIG)
        }
        var bytes: [UInt8] = []
        let expected = Int(status.st_size)
        if expected > 0 {
            var failure: SystemFailure?
            bytes = [UInt8](unsafeUninitializedCapacity: expected) { buffer, count in
                count = 0
                while count < expected {
                    let base = UnsafeMutableRawPointer(buffer.baseAddress! + count)  // expected > 0
                    let got = Glibc.read(descriptor, base, expected - count)
                    if got < 0 && errno == EINTR { continue }
                    if got < 0 { failure = SystemFailure(operation: "read", path: path) }
                    if got <= 0 { return }
                    count += got
                }
            }
            if let failure { throw failure }
        }
        return bytes
    }

    /// Writes all bytes at the descriptor's position.
    public static func writeAll(
        _ bytes: some Sequence<UInt8>, to descriptor: Int32, path: String
    ) throws(SystemFailure) {
        let contents = Array(bytes)
        var offset = 0
        while offset < contents.count {
            let rest = contents.count - offset
            offset += try retrying("write", path) { () -> Int in
                contents.withUnsafeBytes {
                    Glibc.write(descriptor, $0.baseAddress! + offset, rest)  // rest > 0, not empty
                }
            }
        }
    }

    /// Replaces `path` so that a reader and a crash see either the old or the new bytes:
    /// temporary file in the same folder, sync, rename, sync of the folder.
    public static func replace(
        _ path: String, with bytes: some Sequence<UInt8>, mode: mode_t = 0o600
    ) throws(SystemFailure) {
        let temporary = "\(path).aura-tmp-\(getpid())-\(UInt32.random(in: .min ... .max))"
        let descriptor = try retrying("create", temporary) {
            open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        }
        do throws(SystemFailure) {
            defer { close(descriptor) }
            try retrying("chmod", temporary) { fchmod(descriptor, mode) }
            try writeAll(bytes, to: descriptor, path: temporary)
            try retrying("fsync", temporary) { fsync(descriptor) }
            try retrying("rename", path) { rename(temporary, path) }
        } catch {
            unlink(temporary)
            throw error
        }
        try syncFolder(of: path)
    }

    /// Makes the entry of `path` in its folder durable.
    public static func syncFolder(of path: String) throws(SystemFailure) {
        try syncFolder(PathName.parent(of: path))
    }

    /// Makes the entries of `folder` durable.
    public static func syncFolder(_ folder: String) throws(SystemFailure) {
        let descriptor = try retrying("open", folder) {
            open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        }
        defer { close(descriptor) }
        try retrying("fsync", folder) { fsync(descriptor) }
    }

    /// Creates a folder and its missing parents; an existing folder is left as it is.
    public static func makeFolder(
        _ path: String, mode: mode_t = 0o755
    ) throws(SystemFailure) {
        if isFolder(path) { return }
        let parent = PathName.parent(of: path)
        if parent != path { try makeFolder(parent, mode: mode) }
        if mkdir(path, mode) != 0 && errno != EEXIST {
            throw SystemFailure(operation: "mkdir", path: path)
        }
    }

    /// True for a folder, also behind a link.
    public static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// True when a file, or a link to one, has this name.
    public static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// True when a file can be read and is not what is asked for, and when no file has this name but
    /// something else, as a folder. Of what cannot be read, nobody knows that.
    public static func isOther(
        _ path: String, limit: Int, _ isWanted: ([UInt8]) -> Bool
    ) -> Bool {
        guard exists(path) else { return false }
        guard isFile(path) else { return true }
        guard let bytes = try? read(path, limit: limit) else { return false }  // as above
        return !isWanted(bytes)
    }

    /// True when anything, a dangling link included, has this name.
    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// The names in a folder, sorted by bytes, without `.` and `..`.
    public static func names(in folder: String) throws(SystemFailure) -> [String] {
        guard let stream = opendir(folder) else {
            throw SystemFailure(operation: "open", path: folder)
        }
        defer { closedir(stream) }
        return try names(of: stream, folder).map { name in
            // Never empty: each name has its end at least.
            name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The names in an open folder, as the kernel gives them, without `.` and `..`: they may be no
    /// UTF-8.
    ///
    /// - Parameter countMax: what is beyond is left out, but for one that tells there is more.
    public static func names(
        of stream: OpaquePointer, _ folder: String, countMax: Int = .max
    ) throws(SystemFailure) -> [[CChar]] {
        var names: [[CChar]] = []
        while names.count <= countMax {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw SystemFailure(operation: "list", path: folder) }
                break
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { start in
                    Array(UnsafeBufferPointer(start: start, count: strlen(start) + 1))
                }
            }
            if name != [46, 0] && name != [46, 46, 0] { names.append(name) }
        }
        return names
    }
}

/// Paths as text with forward slashes.
public enum PathName {
    /// `a/b` of `a/b/c`, `.` of a bare name, `/` of what lies in it.
    public static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// `c` of `a/b/c`.
    public static func last(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return path }
        return String(path[path.index(after: slash)...])
    }

    /// The part after the last dot of the name, without the dot; empty when there is none.
    public static func fileExtension(of path: String) -> String {
        let name = last(of: path)
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
        return String(name[name.index(after: dot)...])
    }

    /// An absolute form against the current folder, without resolving links.
    public static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return normalized(path) }
        guard let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return normalized(String(cString: current) + "/" + path)
    }

    /// Links resolved; nil when a component is missing or unreadable.
    public static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    private static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
