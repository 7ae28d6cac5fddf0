// Walks and comparisons of real trees, with a seeded sweep over snapshots.

import Glibc
import Support
import TestSupport
import Testing

@testable import LiveSync

@Suite struct TreeWalkTests {
    private func walk(
        _ tree: ScratchTree, _ scope: ScanScope? = nil, clock: any Support.Clock = StillClock.future
    ) throws -> TreeWalk.Result {
        try TreeWalk.run(
            root: tree.path, scope: scope ?? (try LiveSyncTests.scope()), workers: 2, clock: clock)
    }

    @Test func walkFindsExactlyWhatTakesPart() throws {
        let tree = try ScratchTree()
        for path in [
            "b.rs", "a/x.rs", "a/y.txt", "a-b/z.swift", "node_modules/n.js", "deep/er/q.py",
            "nested/.git/HEAD", "nested/other.rs", "a/.aura-tmp-7-abc",
        ] {
            try tree.write(path, path)
        }
        try tree.makeFolder("linked")
        try tree.write("linked/real.rs", "x")
        #expect(symlink("linked", tree.at("link")) == 0)
        #expect(symlink("b.rs", tree.at("link.rs")) == 0)
        #expect(mkfifo(tree.at("fifo.rs"), 0o600) == 0)

        let result = try walk(tree)

        #expect(
            result.index.paths == [
                "b.rs", "a/x.rs", "a-b/z.swift", "deep/er/q.py", "linked/real.rs",
            ])
        #expect(result.skipped == ["nested": .otherRepository])
        #expect(result.temporaries == ["a/.aura-tmp-7-abc"])
        #expect(result.folders == ["", "a", "a-b", "deep", "deep/er", "linked"])
        #expect(result.index["a/x.rs"]?.size == 6)
        #expect(result.index["a/y.txt"] == nil)
        #expect(result.index["zz/none.rs"] == nil)
        #expect((0..<result.index.count).map(result.index.path(at:)) == result.index.paths)
    }

    @Test(arguments: [["a.rs"], ["below/a.rs"], ["notes.txt"]])
    func aFolderOfAnotherFileSystemIsLeftOut(_ files: [String]) throws {
        let tree = try ScratchTree()
        for file in files { try tree.write("mounted/" + file, "x") }
        var status = stat()
        #expect(stat(tree.path, &status) == 0)
        let scope = try LiveSyncTests.scope()
        let pending = PendingFolder(path: "mounted", cursor: FilterCursor(scope.filter))
        let device = FileStamp.device(status)

        let foreign = FolderReader(root: tree.path, scope: scope, device: device + 1).read(pending)
        let own = FolderReader(root: tree.path, scope: scope, device: device).read(pending)

        #expect(foreign.skipped == ["mounted": .otherFileSystem] && !foreign.isRead)
        #expect(foreign.files.count == 0 && foreign.children.isEmpty)
        #expect(own.skipped.isEmpty && own.isRead)
    }

    @Test func everyKindOfChangeIsFound() throws {
        let tree = try ScratchTree()
        for name in ["same", "grown", "replaced", "touched", "gone"] {
            try tree.write("d/\(name).rs", "12345")
        }
        let before = try walk(tree).index

        try tree.write("d/grown.rs", "123456")
        // The same size and the same modification time, but another file.
        var status = stat()
        #expect(stat(tree.at("d/replaced.rs"), &status) == 0)
        try tree.write("d/new.tmp", "54321")
        let time = Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
        try tree.setModified("d/new.tmp", time)
        try tree.move("d/new.tmp", "d/replaced.rs")
        try tree.setModified("d/touched.rs", 1_000_000_000)
        try tree.remove("d/gone.rs")
        try tree.write("d/added.rs", "")
        try tree.write("e/added.rs", "")
        let changes = StatIndex.compare(before, try walk(tree).index)

        #expect(changes.changed == ["d/grown.rs", "d/replaced.rs", "d/touched.rs"])
        #expect(changes.removed == ["d/gone.rs"])
        #expect(changes.added == ["d/added.rs", "e/added.rs"])
        #expect(changes.doubtful == [])
    }

    @Test func comparisonAgreesWithDictionaries() throws {
        // Folders whose names share a start sort differently as text and as path components.
        let seed: UInt64 = 0x5CA7
        var generator = SeededGenerator(seed: seed)
        func snapshot() -> (StatIndex, [String: Int64]) {
            var files: [String: [String: Int64]] = [:]
            for _ in 0..<30 {
                let folder =
                    ["", "a", "a-b", "a/b", "a.b", "b"].randomElement(using: &generator) ?? ""
                let name = ["x", "x.y", "xy", "z"].randomElement(using: &generator) ?? "x"
                files[folder, default: [:]][name] = Int64.random(in: 0...2, using: &generator)
            }
            var index = StatIndex(takenAt: Timestamp(rawValue: 1_000_000_000_000))
            var flat: [String: Int64] = [:]
            for (folder, names) in files.sorted(by: {
                $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
            }) {
                var files = FolderFiles()
                for (name, size) in names {
                    var text = name
                    text.withUTF8 { bytes in
                        files.append(
                            name: UnsafeRawBufferPointer(bytes),
                            FileStamp(device: 1, inode: 1, size: size, modified: 1, changed: 1))
                    }
                }
                files.sort()
                #expect(Array(files.names) == names.keys.sorted())
                index.append(folder: folder, files: files)
                for (name, size) in names { flat[StatIndex.join(folder, name)] = size }
            }
            return (index, flat)
        }
        for round in 0..<200 {
            let ((old, before), (new, after)) = (snapshot(), snapshot())
            let changes = StatIndex.compare(old, new)

            let (one, two) = (Set(before.keys), Set(after.keys))
            let note: Comment = "seed \(seed), round \(round)"
            #expect(Set(changes.removed) == one.subtracting(two), note)
            #expect(Set(changes.added) == two.subtracting(one), note)
            #expect(
                Set(changes.changed) == one.intersection(two).filter { before[$0] != after[$0] },
                note)
            #expect(old.paths.allSatisfy { old[$0]?.size == before[$0] }, note)
        }
    }

    @Test func aFileAsNewAsTheSnapshotIsDoubtfulThoughItsStampIsTheSame() throws {
        let tree = try ScratchTree()
        try tree.write("a.rs", "one")
        try tree.write("b.rs", "two")
        // Taken in the same instant in which the files were written.
        let before = try walk(tree, clock: StillClock(now: SystemClock().now)).index

        let changes = StatIndex.compare(before, before)

        #expect(changes.doubtful == ["a.rs", "b.rs"])
        #expect(changes.paths == ["a.rs", "b.rs"])
    }

    @Test func oldStampIsNotRacyAndWholeSecondsNeedTwo() {
        let time = Timestamp(rawValue: 1_000_000)
        func stamp(_ nanoseconds: Int64) -> FileStamp {
            FileStamp(device: 1, inode: 1, size: 1, modified: nanoseconds, changed: nanoseconds)
        }

        #expect(stamp(1_000_000_000_001).isRacy(at: time))
        #expect(stamp(999_988_000_001).isRacy(at: time))
        #expect(!stamp(999_987_999_999).isRacy(at: time))
        #expect(stamp(998_000_000_000).isRacy(at: time))
        #expect(!stamp(997_000_000_000).isRacy(at: time))
    }

    @Test func missingRootThrowsInsteadOfLookingEmpty() throws {
        let tree = try ScratchTree()

        #expect(throws: SystemFailure.self) {
            try TreeWalk.run(
                root: tree.at("none"), scope: try LiveSyncTests.scope(), clock: SystemClock())
        }
        try tree.write("file", "")
        #expect(throws: SystemFailure.self) {
            try TreeWalk.run(
                root: tree.at("file"), scope: try LiveSyncTests.scope(), clock: SystemClock())
        }
    }

    @Test(arguments: [1, 2, 8]) func anyNumberOfWorkersSeesTheSame(workers: Int) throws {
        let tree = try ScratchTree()
        for number in 0..<120 {
            try tree.write("d\(number % 11)/e\(number % 5)/f\(number).rs", "x")
        }

        let result = try TreeWalk.run(
            root: tree.path, scope: try LiveSyncTests.scope(), workers: workers,
            clock: StillClock.future)

        #expect(result.index.count == 120)
        #expect(Set(result.index.paths).count == 120)
    }

    @Test func nameThatIsNotTextIsSkippedAndListed() throws {
        let tree = try ScratchTree()
        let name = Array(tree.at("x").utf8CString.dropLast()) + [-1, 46, 114, 115, 0]
        let descriptor = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        #expect(descriptor >= 0)
        close(descriptor)

        let result = try walk(tree)

        #expect(result.index.count == 0)
        #expect(result.skipped == ["?": .nameNotText])
    }
}
