// The never-list notices what it is there for: each breach planted into a trace as strace writes it,
// and traces of what the log really does, which break nothing.

import Support
import Testing

@testable import TortureSuite

@Suite struct NeverListTests {
    private static let wal = "/x/wal"

    private static func hex(_ text: String) -> String {
        text.utf8.map { "\\x" + Hex.encode([$0]) }.joined()
    }

    /// A trace in short: `4:segment` for a descriptor of a file, `'name'` for text in quotes.
    private static func calls(_ lines: [String]) -> [TracedCall] {
        let files = [
            "4:segment": "\(wal)/segment-000001.log", "5:manifest": "\(wal)/MANIFEST",
            "6:new": "\(wal)/MANIFEST.tmp", "7:old": "\(wal)/quarantine/t/MANIFEST",
            "8:tmp": "\(wal)/segment.tmp", "3:wal": wal, "9:aside": "\(wal)/quarantine/t",
        ]
        let text = lines.map { line in
            var line = line
            for (short, path) in files {
                line.replace(short, with: "\(short.prefix(1))<\(hex(path))>")
            }
            let parts = line.split(separator: "'", omittingEmptySubsequences: false)
            return "1 "
                + parts.enumerated().map { $0 % 2 == 0 ? String($1) : "\"\(hex(String($1)))\"" }
                .joined()
        }
        return TracedCall.read(Array(text.joined(separator: "\n").utf8))
    }

    private static let made = [
        "openat(3:wal, 'segment.tmp', O_RDWR|O_CREAT|O_EXCL|O_NOFOLLOW, 0600) = 8",
        "pwrite64(8:tmp, 'head', 4096, 0) = 4096", "fsync(8:tmp) = 0",
        "renameat2(3:wal, 'segment.tmp', 3:wal, 'segment-000001.log', RENAME_NOREPLACE) = 0",
        "fsync(3:wal) = 0", "pwrite64(4:segment, 'a', 8, 4096) = 8",
    ]
    private static let fullWithoutSync = "fdatasync(4:segment) = -1 ENOSPC (No space) (INJECTED)"
    private static let manifest =
        "openat(3:wal, 'MANIFEST', O_RDWR|O_NOFOLLOW|O_CLOEXEC) = 5"
    private static let newManifest = [
        "openat(3:wal, 'MANIFEST.tmp', O_RDWR|O_CREAT|O_EXCL|O_NOFOLLOW, 0600) = 6",
        "pwrite64(6:new, 'm', 96, 0) = 96",
    ]
    private static let putInPlace = "renameat(3:wal, 'MANIFEST.tmp', 3:wal, 'MANIFEST') = 0"
    private static let copied = [
        "openat(9:aside, 'MANIFEST', O_RDWR|O_CREAT|O_EXCL|O_NOFOLLOW, 0600) = 7",
        "pwrite64(7:old, 'm', 96, 0) = 96", "fsync(7:old) = 0",
    ]

    /// What is planted, and how many times the list has to speak.
    static let planted: [(name: String, lines: [String], count: Int)] = [
        ("cut when opened", ["openat(3:wal, 'LOCK', O_RDWR|O_NOFOLLOW|O_TRUNC) = 3"], 1),
        ("links", ["openat(3:wal, 'LOCK', O_RDWR) = 3"], 1),
        ("early answer", made + ["write(1<pipe>, 'ack 1 p 0', 9) = 9"], 1),
        ("written over", made + ["pwrite64(4:segment, 'b', 8, 4096) = 8"], 1),
        ("cut", made + ["ftruncate(4:segment, 4096) = 0"], 1),
        (
            "used after an error",
            made + [
                "fdatasync(4:segment) = -1 EIO (Input/output error) (INJECTED)",
                "fdatasync(4:segment <unfinished ...>", "<... fdatasync resumed>) = 0",
                "pwrite64(4:segment, 'b', 8, 4104) = 8",
            ], 2
        ),
        ("used after a sync without space", made + [fullWithoutSync, "fsync(4:segment) = 0"], 1),
        (
            "opened to write after a failed sync",
            made + [fullWithoutSync]
                + ["openat(3:wal, 'segment-000001.log', O_WRONLY|O_NOFOLLOW) = 4"], 1
        ),
        ("removed", made + ["unlinkat(3:wal, 'segment-000001.log', 0) = 0"], 1),
        (
            "replaced",
            made + [
                "renameat(3:wal, 'segment-000002.log', 3:wal, 'segment-000001.log') = 0"
            ], 1
        ),
        (
            "replaced by its path",
            made + ["rename('/x/other', '/x/wal/segment-000001.log') = 0"], 1
        ),
        (
            "renamed before its sync",
            made.filter { $0 != "fsync(8:tmp) = 0" }, 1
        ),
        (
            "punched",
            made + ["fallocate(4:segment, FALLOC_FL_KEEP_SIZE|FALLOC_FL_PUNCH_HOLE, 0, 4096) = 0"],
            1
        ),
        ("zeroed", made + ["fallocate(4:segment, FALLOC_FL_ZERO_RANGE, 4096, 8) = 0"], 1),
        (
            "mapped writable",
            made + ["mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_SHARED, 4:segment, 0) = 0x7f00"],
            1
        ),
        (
            "manifest written over",
            [manifest]
                + Array(repeating: "pwrite64(5:manifest, 'e', 8, 4096) = 8", count: 2), 1
        ),
        ("manifest cut", [manifest, "ftruncate(5:manifest, 4000) = 0"], 1),
        ("manifest removed", [manifest, "unlinkat(3:wal, 'MANIFEST', 0) = 0"], 1),
        (
            "manifest used after a sync without space",
            [
                manifest, "fdatasync(5:manifest) = -1 ENOSPC (No space) (INJECTED)",
                "pwrite64(5:manifest, 'e', 8, 4096) = 8",
            ], 1
        ),
        (
            "manifest replaced without a copy",
            [manifest] + newManifest + ["fsync(6:new) = 0", putInPlace], 1
        ),
        ("manifest replaced before the sync", [manifest] + copied + newManifest + [putInPlace], 1),
    ]

    @Test(arguments: planted.indices)
    func eachBreachIsNoticed(index: Int) {
        let (name, lines, count) = Self.planted[index]
        let found = NeverList.breaches(
            Self.calls(lines), below: "/x", after: ["\(Self.wal)/MANIFEST": 4096])
        #expect(found.count == count, "\(name): \(found)")
    }

    @Test func whatTheLogDoesIsNoBreach() {
        let innocent: [[String]] = [
            Self.made + ["fdatasync(4:segment) = 0", "write(1<pipe>, 'ack 1 p 0', 9) = 9"],
            // Never durable under its name, so nothing refers to it.
            Self.made.dropLast(2) + ["unlinkat(3:wal, 'segment-000001.log', 0) = 0"],
            Self.made + ["ftruncate(4:segment, 4104) = 0"],
            Self.made + ["mmap(NULL, 8192, PROT_READ, MAP_SHARED, 4:segment, 0) = 0x7f00"],
            Self.made + ["fallocate(4:segment, FALLOC_FL_KEEP_SIZE, 4104, 4096) = 0"],
            // A write without space may be tried again, at the same place.
            [Self.manifest, "pwrite64(5:manifest, 'e', 8, 4096) = -1 ENOSPC (No space)"]
                + ["pwrite64(5:manifest, 'e', 8, 4096) = 8"],
            // A spent manifest gets a successor with the same name.
            [Self.manifest, "fdatasync(5:manifest) = -1 EIO (Input/output error)"] + Self.copied
                + Self.newManifest + ["fsync(6:new) = 0", Self.putInPlace, Self.manifest]
                + ["pwrite64(5:manifest, 'e', 8, 96) = 8", "fdatasync(5:manifest) = 0"],
            // A reset exchanges folders; the new log goes on behind its own end.
            ["renameat2(0</>, '/x/wal.reset-tmp', 0</>, '/x/wal', RENAME_EXCHANGE) = 0"]
                + ["pwrite64(5:manifest, 'e', 8, 200) = 8"],
        ]
        for lines in innocent {
            let calls = Self.calls(lines)
            #expect(calls.count == lines.count, "\(lines)")
            let found = NeverList.breaches(
                calls, below: "/x", after: ["\(Self.wal)/MANIFEST": 4096])
            #expect(found.isEmpty, "\(lines): \(found)")
        }
    }
}
