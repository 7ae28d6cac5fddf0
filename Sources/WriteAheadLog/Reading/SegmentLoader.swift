// A segment's file into memory: bounded, around bad sectors, never by mapping it, because a mapped
// file that somebody truncates or a disk that fails kills the process that looks.

import Glibc
import Support

/// What a file gave.
struct LoadedFile {
    var bytes: [UInt8]
    /// Ranges the disk refused; zeros in `bytes`.
    var unreadable: [Range<UInt64>] = []
    var firstError: Int32 = 0
}

/// Memory that one file after the other is read into: fresh pages for each would cost as much as
/// checking what is in them.
final class LoadBuffer {
    private static let alignment = 4096
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    deinit { memory.deallocate() }

    /// At least so much room; what was in it is gone.
    func room(_ size: Int) -> UnsafeMutableRawBufferPointer {
        if memory.count < size {
            memory.deallocate()
            memory = .allocate(byteCount: size, alignment: Self.alignment)
        }
        return UnsafeMutableRawBufferPointer(rebasing: memory[..<size])
    }
}

/// What a file gave, in a buffer's memory: good until the buffer is used again.
struct LoadedView {
    var bytes: UnsafeRawBufferPointer
    /// Ranges the disk refused; zeros in `bytes`.
    var unreadable: [Range<UInt64>] = []
    var firstError: Int32 = 0
}

enum SegmentLoader {
    /// A segment is at most 64 MiB, or one record of 16 MiB in a segment of its own.
    static let bytesMax = 96 << 20
    private static let chunk = 1 << 20
    private static let sector = 4096

    static func load(_ name: String, in folder: LogFolder) throws(SystemFailure) -> LoadedFile {
        let (file, size) = try open(name, in: folder)
        defer { folder.disk.close(file) }
        var refused: [Range<UInt64>] = []
        var firstError: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let read = read(file, on: folder.disk, into: UnsafeMutableRawBufferPointer(buffer))
            (count, refused, firstError) = (read.bytes.count, read.unreadable, read.firstError)
        }
        return LoadedFile(bytes: bytes, unreadable: refused, firstError: firstError)
    }

    /// Reads a file into memory that is used again for the next one.
    static func load(
        _ name: String, in folder: LogFolder, into buffer: LoadBuffer
    ) throws(SystemFailure) -> LoadedView {
        let (file, size) = try open(name, in: folder)
        defer { folder.disk.close(file) }
        return read(file, on: folder.disk, into: buffer.room(size))
    }

    /// Opens a regular file and says how much of it will be read.
    static func open(
        _ name: String, in folder: LogFolder
    ) throws(SystemFailure) -> (file: Int32, size: Int) {
        let path = folder.path(of: name)
        let file = try folder.openQuietly(name)
        do throws(SystemFailure) {
            guard let facts = folder.disk.facts(of: file) else {
                throw SystemFailure(operation: "stat", path: path)
            }
            guard facts.isRegular else {
                throw SystemFailure(operation: "read", path: path, code: EINVAL)
            }
            return (file, min(facts.size, bytesMax))
        } catch {
            folder.disk.close(file)
            throw error
        }
    }

    /// Reads as much as there is, around what the disk refuses.
    private static func read(
        _ file: Int32, on disk: any LogDisk, into raw: UnsafeMutableRawBufferPointer
    ) -> LoadedView {
        var refused: [Range<UInt64>] = []
        var firstError: Int32 = 0
        var offset = 0
        while offset < raw.count {
            let length = min(chunk, raw.count - offset)
            let got = readPiece(file, on: disk, into: raw, at: offset, length: length)
            if got == 0 { break }
            if got > 0 {
                offset += got
                continue
            }
            if firstError == 0 { firstError = errno }
            refused += readBySectors(
                file, on: disk, into: raw, range: offset..<offset + length)
            offset += length
        }
        return LoadedView(
            bytes: UnsafeRawBufferPointer(raw).slice(0..<offset), unreadable: refused,
            firstError: firstError)
    }

    private static func readPiece(
        _ file: Int32, on disk: any LogDisk, into raw: UnsafeMutableRawBufferPointer,
        at offset: Int, length: Int
    ) -> Int {
        let piece = UnsafeMutableRawBufferPointer(rebasing: raw[offset..<offset + length])
        while true {
            let got = disk.read(file, into: piece, at: offset)
            if got >= 0 || errno != EINTR { return got }
        }
    }

    private static func readBySectors(
        _ file: Int32, on disk: any LogDisk, into raw: UnsafeMutableRawBufferPointer,
        range: Range<Int>
    ) -> [Range<UInt64>] {
        var refused: [Range<UInt64>] = []
        for start in stride(from: range.lowerBound, to: range.upperBound, by: sector) {
            let length = min(sector, range.upperBound - start)
            if readPiece(file, on: disk, into: raw, at: start, length: length) == length {
                continue
            }
            UnsafeMutableRawBufferPointer(rebasing: raw[start..<start + length])
                .initializeMemory(as: UInt8.self, repeating: 0)
            if let last = refused.last, last.upperBound == UInt64(start) {
                refused[refused.count - 1] = last.lowerBound..<UInt64(start + length)
            } else {
                refused.append(UInt64(start)..<UInt64(start + length))
            }
        }
        return refused
    }
}
