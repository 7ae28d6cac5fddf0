// The calls of a log, made to the kernel.

import CHardware
import Glibc
import Support

/// The disk of this machine.
package struct KernelDisk: LogDisk {
    package init() {}

    // MARK: Paths

    package func exists(_ path: String) -> Bool { FileAccess.exists(path) }
    package func isFolder(_ path: String) -> Bool { FileAccess.isFolder(path) }

    package func makeFolder(_ path: String) throws(SystemFailure) {
        try FileAccess.makeFolder(PathName.parent(of: path))
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw SystemFailure(operation: "mkdir", path: path)
        }
        try FileAccess.syncFolder(of: path)
    }

    package func move(_ source: String, to target: String) throws(SystemFailure) {
        try retrying("rename", source) { Glibc.rename(source, target) }
        try FileAccess.syncFolder(of: target)
    }

    package func exchange(_ first: String, _ second: String) throws(SystemFailure) {
        try retrying("rename", second) { aura_exchange(first, second) }
        try FileAccess.syncFolder(of: second)
    }

    package func concerns(at path: String) -> [PlaceConcern] { LogPlace.concerns(at: path) }

    // MARK: A folder

    package func openFolder(_ path: String) -> Int32 {
        Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    }

    package func open(
        _ name: String, in folder: Int32, _ flags: Int32, mode: UInt32
    ) -> Int32 {
        openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC, mode)
    }

    package func openPastCache(_ name: String, in folder: Int32) -> Int32 {
        let direct = open(name, in: folder, O_RDONLY | aura_flag_direct(), mode: 0)
        if direct >= 0 { return direct }
        let file = open(name, in: folder, O_RDONLY, mode: 0)
        // A file system without direct reads (tmpfs): the best left is to drop its pages.
        if file >= 0 { posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) }
        return file
    }

    package func openQuietly(_ name: String, in folder: Int32) -> Int32 {
        let flags = O_RDONLY | O_NONBLOCK
        let quiet = open(name, in: folder, flags | aura_flag_no_atime(), mode: 0)
        guard quiet < 0, errno == EPERM else { return quiet }
        return open(name, in: folder, flags, mode: 0)
    }

    package func makeFolder(_ name: String, in folder: Int32) -> Int32 {
        mkdirat(folder, name, 0o700)
    }

    package func rename(
        _ source: String, in folder: Int32, to target: String, in other: Int32
    ) -> Int32 {
        aura_rename_new(folder, source, other, target)
    }

    package func replace(_ target: String, with source: String, in folder: Int32) -> Int32 {
        renameat(folder, source, folder, target)
    }

    package func remove(_ name: String, in folder: Int32) -> Int32 { unlinkat(folder, name, 0) }

    package func facts(of name: String, in folder: Int32) -> FileFacts? {
        var status = stat()
        guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        return FileFacts(status)
    }

    package func names(in path: String) throws(SystemFailure) -> [String] {
        try FileAccess.names(in: path)
    }

    // MARK: An open file

    package func facts(of file: Int32) -> FileFacts? {
        var status = stat()
        guard fstat(file, &status) == 0 else { return nil }
        return FileFacts(status)
    }

    package func read(
        _ file: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) -> Int {
        pread(file, buffer.baseAddress, buffer.count, off_t(offset))
    }

    package func write(_ bytes: UnsafeRawBufferPointer, to file: Int32, at offset: Int) -> Int {
        pwrite(file, bytes.baseAddress, bytes.count, off_t(offset))
    }

    package func sync(_ descriptor: Int32) -> Int32 { fsync(descriptor) }
    package func syncData(_ file: Int32) -> Int32 { fdatasync(file) }
    package func truncate(_ file: Int32, to size: Int) -> Int32 { ftruncate(file, off_t(size)) }

    package func allocate(_ file: Int32, _ size: Int) -> Int32 {
        let code = posix_fallocate(file, 0, off_t(size))
        guard code != 0 else { return 0 }
        errno = code
        return -1
    }

    package func reserve(_ file: Int32, from offset: Int, count: Int) -> Int32 {
        aura_reserve(file, Int64(offset), Int64(count))
    }

    package func protect(_ file: Int32) {
        // A file system without modes keeps the file writable; that costs a guard, not a record.
        _ = fchmod(file, 0o444)
    }

    package func close(_ descriptor: Int32) { Glibc.close(descriptor) }

    // MARK: Locks

    package func lock(_ file: Int32) -> Int32 { aura_lock_exclusive(file) }
    package func unlock(_ file: Int32) { aura_unlock(file) }
    package func isLocked(_ file: Int32) -> Bool { aura_lock_is_held(file) == 1 }
}

extension FileFacts {
    fileprivate init(_ status: stat) {
        self.init(
            size: Int(status.st_size), isRegular: status.st_mode & S_IFMT == mode_t(Glibc.S_IFREG))
    }
}
