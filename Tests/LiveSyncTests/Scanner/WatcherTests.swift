// Real inotify: every kind of change, new folders, overflow, limits.

import Glibc
import Support
import Testing

@testable import LiveSync

@Suite(.timeLimit(.minutes(20))) struct WatcherTests {
    /// A tree, a canary folder beside it, and the watcher on both.
    private final class Bench: Sendable {
        let tree: ScratchTree
        let side: ScratchTree
        let canary: CanaryFolder
        let watcher: Watcher

        init(
            limit: Int = 1000, scope: ScanScope? = nil,
            prepare: (ScratchTree) throws -> Void = { _ in }
        ) throws {
            tree = try ScratchTree()
            side = try ScratchTree()
            canary = CanaryFolder(path: side.at("canary"))
            try canary.make()
            try prepare(tree)
            watcher = try Watcher(
                root: tree.path, scope: try scope ?? LiveSyncTests.scope(),
                canaryFolder: canary.path, watchCountMax: limit)
        }

        /// Everything reported until `isEnough` holds for what was collected.
        func events(until isEnough: ([WatchEvent]) -> Bool) async -> [WatchEvent] {
            var seen: [WatchEvent] = []
            for await event in watcher.events {
                seen.append(event)
                if isEnough(seen) { return seen }
            }
            return seen
        }

        /// Everything reported before a marker that is written now.
        func eventsSoFar(_ name: String = "canary-end") async throws -> [WatchEvent] {
            try canary.write(name)
            return await events { $0.last == .canary(name) }.dropLast()
        }
    }

    private func changed(_ events: [WatchEvent]) -> Set<String> {
        events.reduce(into: []) { paths, event in
            if case .changed(let more) = event { paths.formUnion(more) }
        }
    }

    @Test func savesRenamesAndRemovalsArrive() async throws {
        let bench = try Bench { tree in
            for name in ["saved", "moved", "removed", "replaced"] {
                try tree.write("src/\(name).rs", "1")
            }
        }

        try bench.tree.write("src/saved.rs", "2")
        try bench.tree.move("src/moved.rs", "src/target.rs")
        try bench.tree.remove("src/removed.rs")
        try bench.tree.write("src/new.rs", "n")
        try bench.tree.write("src/.swap", "2")
        try bench.tree.move("src/.swap", "src/replaced.rs")
        try bench.tree.write("src/notes.txt", "not code")
        #expect(link(bench.tree.at("src/new.rs"), bench.tree.at("src/hard.rs")) == 0)

        #expect(
            changed(try await bench.eventsSoFar()) == [
                "src/saved.rs", "src/moved.rs", "src/target.rs", "src/removed.rs", "src/new.rs",
                "src/replaced.rs", "src/hard.rs",
            ])
    }

    @Test func newFolderIsWatchedAndItsFilesAreReported() async throws {
        let bench = try Bench()

        try bench.tree.write("one/two/three/a.rs", "1")
        var seen = await bench.events { changed($0).contains("one/two/three/a.rs") }
        try bench.tree.write("one/two/three/b.rs", "1")
        seen += try await bench.eventsSoFar()

        #expect(changed(seen).contains("one/two/three/b.rs"))
        #expect(bench.watcher.coverage == WatchCoverage(watched: 4, unwatched: 0))
    }

    @Test func folderMovedInsideReportsUnderItsNewName() async throws {
        let bench = try Bench { try $0.write("old/deep/a.rs", "1") }

        try bench.tree.move("old", "new")
        var seen = await bench.events { changed($0).contains("new/deep/a.rs") }
        #expect(seen.contains(.folderGone("old")))
        try bench.tree.write("new/deep/a.rs", "2")
        seen = try await bench.eventsSoFar()

        #expect(changed(seen) == ["new/deep/a.rs"])
        #expect(bench.watcher.coverage.watched == 3)
    }

    @Test func folderMovedOutOfTheTreeIsForgotten() async throws {
        let bench = try Bench { try $0.write("leaving/deep/a.rs", "1") }

        #expect(rename(bench.tree.at("leaving"), bench.side.at("leaving")) == 0)
        var seen = try await bench.eventsSoFar()
        #expect(seen == [.folderGone("leaving")])
        // The watches hang on inodes: without being removed they would report the old path.
        try bench.side.write("leaving/deep/a.rs", "2")
        seen = try await bench.eventsSoFar("canary-second")

        #expect(seen == [])
        #expect(bench.watcher.coverage.watched == 1)
    }

    @Test func removedFolderIsReportedGone() async throws {
        let bench = try Bench { try $0.write("gone/a.rs", "1") }

        try bench.tree.remove("gone/a.rs")
        #expect(rmdir(bench.tree.at("gone")) == 0)
        let seen = try await bench.eventsSoFar()

        #expect(changed(seen) == ["gone/a.rs"])
        #expect(seen.contains(.folderGone("gone")))
        #expect(bench.watcher.coverage.watched == 1)
    }

    @Test func excludedFoldersAreNotWatched() async throws {
        let scope = try scope(
            exclude: ["private/"], ignored: IgnoreList(folders: ["ignored"]))
        let bench = try Bench(scope: scope) { tree in
            for folder in ["node_modules/x", "private", "ignored", ".git/objects"] {
                try tree.write("\(folder)/a.rs", "1")
            }
        }

        #expect(bench.watcher.coverage.watched == 1)
        try bench.tree.write("node_modules/x/a.rs", "2")
        try bench.tree.write("private/a.rs", "2")
        try bench.tree.write("ignored/a.rs", "2")
        try bench.tree.write("target/a.rs", "2")

        #expect(changed(try await bench.eventsSoFar()) == [])
    }

    @Test func limitOfWatchesIsReportedOnce() async throws {
        let bench = try Bench(limit: 2) { tree in
            for number in 0..<5 { try tree.write("d\(number)/a.rs", "1") }
        }

        let seen = try await bench.eventsSoFar()

        #expect(seen == [.limitReached(watched: 2, limit: 2)])
        #expect(bench.watcher.coverage == WatchCoverage(watched: 2, unwatched: 4))
        #expect(!bench.watcher.coverage.isComplete)
    }

    @Test func canaryReportsMarkersAndTheLossOfItsFolder() async throws {
        let bench = try Bench()

        try bench.canary.write("canary-1")
        try bench.canary.write("other")
        #expect(await bench.events { !$0.isEmpty } == [.canary("canary-1")])
        try bench.canary.clear()
        #expect(try FileAccess.names(in: bench.canary.path) == ["other"])
        try bench.side.remove("canary/other")
        #expect(rmdir(bench.canary.path) == 0)
        #expect(await bench.events { $0.last == .canaryFolderGone }.last == .canaryFolderGone)
        #expect(throws: SystemFailure.self) { try bench.canary.write("canary-2") }
        #expect(throws: SystemFailure.self) { try bench.watcher.watchCanaryFolder() }

        try bench.canary.make()
        try bench.watcher.watchCanaryFolder()
        try bench.canary.write("canary-3")
        #expect(await bench.events { !$0.isEmpty } == [.canary("canary-3")])
    }

    @Test func rootThatIsMovedAwayEndsTheStream() async throws {
        let bench = try Bench { try $0.makeFolder("inner") }
        let inner = try Watcher(
            root: bench.tree.at("inner"), scope: try scope(), canaryFolder: bench.canary.path)

        try bench.tree.move("inner", "elsewhere")
        var seen: [WatchEvent] = []
        for await event in inner.events { seen.append(event) }

        #expect(seen == [.rootGone])
    }

    @Test func stoppedWatcherEndsItsStreamAndTakesNoMoreFolders() async throws {
        let bench = try Bench()

        bench.watcher.stop()
        for await event in bench.watcher.events { Issue.record("unexpected \(event)") }

        #expect(throws: SystemFailure.self) { try bench.watcher.watchCanaryFolder() }
    }

    @Test func readerThatFallsBehindIsToldOfTheOverflow() async throws {
        let bench = try Bench()

        // Far more batches than the stream holds, and nobody reads.
        for number in 0..<6000 { try bench.canary.write("canary-\(number % 7)") }
        var count = 0
        for await event in bench.watcher.events {
            count += 1
            if event == .overflow { break }
        }

        #expect(count > 1)
    }

    @Test func ignoreRulesThatChangeAreReported() async throws {
        let bench = try Bench { try $0.write("sub/.gitignore", "") }

        try bench.tree.write("sub/.gitignore", "*.log")

        #expect(
            Set(try await bench.eventsSoFar().map { "\($0)" })
                == ["\(WatchEvent.ignoreRulesChanged("sub/.gitignore"))"])
    }
}
