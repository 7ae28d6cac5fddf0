// A disk in memory below the real engine of the log: it can stop at any call, lose what was not
// synced, fail, rot, and lie about its syncs.

import Glibc
import Support
import Synchronization
import WriteAheadLog

public final class MemoryDisk: LogDisk {
    /// How a process ends.
    public enum End: Sendable {
        /// What it wrote is there.
        case kill
        /// What it did not sync may be gone.
        case powerCut
    }

    private enum Handle: Sendable {
        case folder(String)
        case file(VolatileDisk.FileNumber)
    }

    private struct State: Sendable {
        var disk = VolatileDisk()
        var folders: Set<String> = ["/"]
        var handles: [Int32: Handle] = [:]
        var lastHandle: Int32 = 0
        var locked: Set<VolatileDisk.FileNumber> = []
        /// Changing calls until the disk is taken as it is then.
        var callsLeft: Int?
        /// As it was then.
        var image: VolatileDisk?
        /// What cannot be read, by path.
        var refused: [String: Range<Int>] = [:]
        /// Writes and syncs until one fails.
        var goodCallsLeft: Int?
    }

    private let state = Mutex(State())
    private let forgetsSyncs: Bool
    private let beforeSync: @Sendable () -> Void

    /// - Parameters:
    ///   - forgetsSyncs: a disk that says yes to a sync and does nothing.
    ///   - beforeSync: called before each sync, which takes as long as this does.
    public init(
        forgetsSyncs: Bool = false, beforeSync: @escaping @Sendable () -> Void = {}
    ) {
        (self.forgetsSyncs, self.beforeSync) = (forgetsSyncs, beforeSync)
    }

    // MARK: Faults

    /// The process ends before its call with this number; its later ones do not count.
    public func end(beforeCall number: Int) {
        state.withLock { ($0.callsLeft, $0.image) = (number, nil) }
    }

    /// A write or sync fails, once, after so many that succeed.
    public func fail(after count: Int) { state.withLock { $0.goodCallsLeft = count } }

    /// These bytes of a file cannot be read any more.
    public func refuse(_ range: Range<Int>, of path: String) {
        state.withLock { $0.refused[path] = range }
    }

    /// The process is gone. Whoever still has files open here has to let go before.
    public func end(_ end: End, _ random: inout some RandomNumberGenerator) {
        let before = state.withLock { $0.image ?? $0.disk }
        let left = end == .powerCut ? before.afterCut(&random) : before
        state.withLock { state in
            let folders = state.folders
            state = State()
            (state.disk, state.folders) = (left, folders)
        }
    }

    /// Flips a bit, or empties a sector, of a file.
    ///
    /// - Returns: what was damaged; nil when there was nothing to damage.
    public func rot(
        _ random: inout some RandomNumberGenerator, where isWanted: (String) -> Bool
    ) -> String? {
        let disk = state.withLock { $0.disk }
        let paths = disk.paths.filter(isWanted)
        guard let path = paths.randomElement(using: &random), let file = disk.file(at: path) else {
            return nil
        }
        // Behind the last byte that is not zero there is nothing that could be lost.
        let used = disk.bytes(of: file).lastIndex { $0 != 0 } ?? 0
        let place = Int.random(in: 0...used, using: &random)
        let isSector = Int.random(in: 0..<4, using: &random) == 0
        let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &random)
        state.withLock { state in
            state.disk.damage(file) { bytes in
                guard !bytes.isEmpty else { return }
                guard isSector else {
                    bytes[place] ^= bit
                    return
                }
                let start = place / VolatileDisk.sectorBytes * VolatileDisk.sectorBytes
                for index in start..<min(bytes.count, start + VolatileDisk.sectorBytes) {
                    bytes[index] = 0
                }
            }
        }
        return "\(isSector ? "a sector" : "a bit") at \(place) of \(PathName.last(of: path))"
    }

    // MARK: Calls

    /// A call that changes something.
    private func changing<Value>(_ work: (inout State) -> Value) -> Value {
        state.withLock { state in
            if let left = state.callsLeft {
                if left == 0 { state.image = state.disk }
                state.callsLeft = left == 0 ? nil : left - 1
            }
            return work(&state)
        }
    }

    /// A call on an open file that changes it, or fails when it is its turn.
    private func changing<Value: SignedInteger>(
        _ handle: Int32, _ work: (inout State, Handle) -> Value
    ) -> Value {
        changing { state in
            guard let found = state.handles[handle] else { return Self.failed(EBADF) }
            if let left = state.goodCallsLeft {
                state.goodCallsLeft = left == 0 ? nil : left - 1
                if left == 0 { return Self.failed(EIO) }
            }
            return work(&state, found)
        }
    }

    private static func failed<Value: SignedInteger>(_ code: Int32) -> Value {
        errno = code
        return -1
    }

    private static func path(_ name: String, in folder: Int32, _ state: State) -> String? {
        guard case .folder(let path)? = state.handles[folder] else { return nil }
        return "\(path)/\(name)"
    }

    private static func opened(_ handle: Handle, _ state: inout State) -> Int32 {
        state.lastHandle += 1
        state.handles[state.lastHandle] = handle
        return state.lastHandle
    }
}

// MARK: Paths

extension MemoryDisk {
    package func exists(_ path: String) -> Bool {
        state.withLock { $0.folders.contains(path) || $0.disk.file(at: path) != nil }
    }

    package func isFolder(_ path: String) -> Bool { state.withLock { $0.folders.contains(path) } }

    package func makeFolder(_ path: String) throws(SystemFailure) {
        _ = state.withLock { $0.folders.insert(path) }
    }

    // The simulation resets no log; the torture of real processes does.
    package func move(_ source: String, to target: String) throws(SystemFailure) {
        throw SystemFailure(operation: "rename", path: source, code: ENOSYS)
    }

    package func exchange(_ first: String, _ second: String) throws(SystemFailure) {
        throw SystemFailure(operation: "rename", path: first, code: ENOSYS)
    }

    package func concerns(at path: String) -> [PlaceConcern] { [] }
}

// MARK: A folder

extension MemoryDisk {
    package func openFolder(_ path: String) -> Int32 {
        state.withLock { state in
            guard state.folders.contains(path) else { return Self.failed(ENOENT) }
            return Self.opened(.folder(path), &state)
        }
    }

    package func open(
        _ name: String, in folder: Int32, _ flags: Int32, mode: UInt32
    ) -> Int32 {
        let creates = flags & O_CREAT != 0
        let open = { (state: inout State) -> Int32 in
            guard let path = Self.path(name, in: folder, state) else { return Self.failed(EBADF) }
            if state.folders.contains(path) { return Self.opened(.folder(path), &state) }
            if let file = state.disk.file(at: path) {
                if flags & O_EXCL != 0 { return Self.failed(EEXIST) }
                return Self.opened(.file(file), &state)
            }
            guard creates else { return Self.failed(ENOENT) }
            return Self.opened(.file(state.disk.create(path)), &state)
        }
        return creates ? changing(open) : state.withLock { open(&$0) }
    }

    package func openPastCache(_ name: String, in folder: Int32) -> Int32 {
        open(name, in: folder, O_RDONLY, mode: 0)
    }

    package func openQuietly(_ name: String, in folder: Int32) -> Int32 {
        open(name, in: folder, O_RDONLY, mode: 0)
    }

    package func makeFolder(_ name: String, in folder: Int32) -> Int32 {
        changing { state in
            guard let path = Self.path(name, in: folder, state) else { return Self.failed(EBADF) }
            return state.folders.insert(path).inserted ? 0 : Self.failed(EEXIST)
        }
    }

    package func rename(
        _ source: String, in folder: Int32, to target: String, in other: Int32
    ) -> Int32 {
        rename(source, folder, target, other, replacing: false)
    }

    package func replace(_ target: String, with source: String, in folder: Int32) -> Int32 {
        rename(source, folder, target, folder, replacing: true)
    }

    private func rename(
        _ source: String, _ folder: Int32, _ target: String, _ other: Int32, replacing: Bool
    ) -> Int32 {
        changing { state in
            guard let old = Self.path(source, in: folder, state),
                let new = Self.path(target, in: other, state)
            else { return Self.failed(EBADF) }
            guard state.disk.file(at: old) != nil else { return Self.failed(ENOENT) }
            if !replacing, state.disk.file(at: new) != nil { return Self.failed(EEXIST) }
            state.disk.rename(old, to: new)
            return 0
        }
    }

    package func remove(_ name: String, in folder: Int32) -> Int32 {
        changing { state in
            guard let path = Self.path(name, in: folder, state),
                state.disk.file(at: path) != nil
            else { return Self.failed(ENOENT) }
            state.disk.remove(path)
            return 0
        }
    }

    package func facts(of name: String, in folder: Int32) -> FileFacts? {
        state.withLock { state in
            guard let path = Self.path(name, in: folder, state) else { return nil }
            if state.folders.contains(path) { return FileFacts(size: 0, isRegular: false) }
            return state.disk.file(at: path).map {
                FileFacts(size: state.disk.bytes(of: $0).count, isRegular: true)
            }
        }
    }

    package func names(in path: String) throws(SystemFailure) -> [String] {
        state.withLock { state in
            state.disk.names(in: path)
                + state.folders.filter { $0 != path && PathName.parent(of: $0) == path }
                .map(PathName.last(of:)).sorted()
        }
    }
}

// MARK: An open file

extension MemoryDisk {
    package func facts(of file: Int32) -> FileFacts? {
        state.withLock { state in
            guard case .file(let number)? = state.handles[file] else { return nil }
            return FileFacts(size: state.disk.bytes(of: number).count, isRegular: true)
        }
    }

    package func read(
        _ file: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) -> Int {
        let (bytes, isRefused) = state.withLock { state -> ([UInt8]?, Bool) in
            guard case .file(let number)? = state.handles[file] else { return (nil, false) }
            let isRefused = state.refused.contains { path, range in
                state.disk.file(at: path) == number
                    && range.overlaps(offset..<offset + buffer.count)
            }
            return (state.disk.bytes(of: number), isRefused)
        }
        if isRefused { return Self.failed(EIO) }
        guard let bytes else { return Self.failed(EBADF) }
        let count = max(0, min(buffer.count, bytes.count - offset))
        guard count > 0 else { return 0 }
        bytes.withUnsafeBytes { raw in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: raw[offset..<offset + count]))
        }
        return count
    }

    package func write(_ bytes: UnsafeRawBufferPointer, to file: Int32, at offset: Int) -> Int {
        let copy = Array(bytes)
        return changing(file) { state, handle in
            guard case .file(let number) = handle else { return Self.failed(EISDIR) }
            state.disk.write(copy, to: number, at: offset)
            return copy.count
        }
    }

    package func sync(_ descriptor: Int32) -> Int32 {
        beforeSync()
        return changing(descriptor) { state, handle in
            switch handle {
            case _ where forgetsSyncs: break
            case .folder(let path): state.disk.syncNames(of: path)
            case .file(let number): state.disk.sync(number)
            }
            return 0
        }
    }

    package func syncData(_ file: Int32) -> Int32 { sync(file) }

    package func truncate(_ file: Int32, to size: Int) -> Int32 {
        changing(file) { state, handle in
            guard case .file(let number) = handle else { return Self.failed(EISDIR) }
            state.disk.resize(number, to: size)
            return 0
        }
    }

    package func allocate(_ file: Int32, _ size: Int) -> Int32 { truncate(file, to: size) }
    package func reserve(_ file: Int32, from offset: Int, count: Int) -> Int32 { 0 }
    package func protect(_ file: Int32) {}
    package func close(_ descriptor: Int32) { state.withLock { $0.handles[descriptor] = nil } }

    // MARK: Locks

    package func lock(_ file: Int32) -> Int32 {
        state.withLock { state in
            guard case .file(let number)? = state.handles[file] else { return Self.failed(EBADF) }
            return state.locked.insert(number).inserted ? 0 : Self.failed(EAGAIN)
        }
    }

    package func unlock(_ file: Int32) {
        state.withLock { state in
            if case .file(let number)? = state.handles[file] { state.locked.remove(number) }
        }
    }

    package func isLocked(_ file: Int32) -> Bool {
        state.withLock { state in
            guard case .file(let number)? = state.handles[file] else { return false }
            return state.locked.contains(number)
        }
    }
}
