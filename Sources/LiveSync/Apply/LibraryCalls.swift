// Calls of the C library whose headers Swift does not import, found by name at run time.
//
// A C library without one of them is possible; then the caller does without: attributes are
// reported as not carried over, an exchange becomes a plain rename.

import Glibc

enum LibraryCalls {
    typealias List = @convention(c) (Int32, UnsafeMutablePointer<CChar>?, Int) -> Int
    typealias Get =
        @convention(c) (Int32, UnsafePointer<CChar>, UnsafeMutableRawPointer?, Int) -> Int
    typealias Set =
        @convention(c) (Int32, UnsafePointer<CChar>, UnsafeRawPointer?, Int, Int32) -> Int32
    typealias Rename =
        @convention(c) (
            Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32
        ) -> Int32

    /// `ssize_t flistxattr(int, char *, size_t)`
    static let listAttributes = find("flistxattr", as: List.self)
    /// `ssize_t fgetxattr(int, const char *, void *, size_t)`
    static let getAttribute = find("fgetxattr", as: Get.self)
    /// `int fsetxattr(int, const char *, const void *, size_t, int)`
    static let setAttribute = find("fsetxattr", as: Set.self)
    /// `int renameat2(int, const char *, int, const char *, unsigned)`
    static let rename = find("renameat2", as: Rename.self)

    private static func find<Call>(_ name: String, as type: Call.Type) -> Call? {
        // A null handle searches the whole program, RTLD_DEFAULT in glibc and musl.
        guard let address = dlsym(nil, name) else { return nil }
        // The types above are the prototypes of xattr(7) and rename(2).
        return unsafeBitCast(address, to: type)
    }
}

/// Extended attributes of open files.
enum ExtendedAttributes {
    struct Entry: Hashable {
        let name: String
        let value: [UInt8]
    }

    /// All that can be read; a file system without attributes has none.
    static func read(_ descriptor: Int32) -> [Entry] {
        names(descriptor).compactMap { name in
            value(of: name, descriptor).map { Entry(name: name, value: $0) }
        }
    }

    /// False when the attribute could not be set and is not there already.
    static func write(_ entry: Entry, _ descriptor: Int32) -> Bool {
        guard let set = LibraryCalls.setAttribute else { return false }
        let status = entry.value.withUnsafeBytes {
            set(descriptor, entry.name, $0.baseAddress, $0.count, 0)
        }
        return status == 0 || value(of: entry.name, descriptor) == entry.value
    }

    private static func names(_ descriptor: Int32) -> [String] {
        guard let list = LibraryCalls.listAttributes else { return [] }
        // XATTR_LIST_MAX: the kernel returns no more than 64 KiB of names.
        var buffer = [CChar](repeating: 0, count: 64 << 10)
        let count = list(descriptor, &buffer, buffer.count)
        guard count > 0 else { return [] }
        return buffer[..<count].split(separator: 0).map {
            String(decoding: $0.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    private static func value(of name: String, _ descriptor: Int32) -> [UInt8]? {
        guard let get = LibraryCalls.getAttribute else { return nil }
        // XATTR_SIZE_MAX: a value is at most 64 KiB.
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = get(descriptor, name, &buffer, buffer.count)
        return count < 0 ? nil : Array(buffer[..<count])
    }
}
