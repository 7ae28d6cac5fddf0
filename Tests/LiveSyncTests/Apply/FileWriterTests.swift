// Replacing, creating and removing source files for real, and every reason not to.

import Glibc
import LiveProtocol
import Support
import TestSupport
import Testing

@testable import LiveSync

@Suite(.timeLimit(.minutes(20))) struct FileWriterTests {
    private let tree: ScratchTree
    private let side: ScratchTree

    init() throws {
        tree = try ScratchTree()
        side = try ScratchTree()
    }

    private func writer(_ observer: @escaping @Sendable (ApplyStage) -> Void = { _ in })
        -> FileWriter
    {
        FileWriter(
            root: tree.path, quarantineFolder: side.at("quarantine"), clock: SystemClock(),
            observer: observer)
    }

    private func digest(_ text: String) -> ContentDigest { ContentDigest.of(text.utf8) }

    private func replace(
        _ path: String, _ old: String, _ new: String,
        _ observer: @escaping @Sendable (ApplyStage) -> Void = { _ in }
    ) -> Result<ApplyReceipt, ApplyFailure> {
        do throws(ApplyFailure) {
            return .success(
                try writer(observer).replace(path, with: Array(new.utf8), expecting: digest(old)))
        } catch {
            return .failure(error)
        }
    }

    private func reason(_ result: Result<ApplyReceipt, ApplyFailure>) -> ApplyReason? {
        if case .failure(let failure) = result { failure.why } else { nil }
    }

    private func leftovers() throws -> [String] {
        try TreeWalk.run(root: tree.path, scope: try scope(), clock: SystemClock()).temporaries
    }

    @Test func fileIsReplacedAndKeepsItsAttributes() throws {
        try tree.write("src/a.rs", "old")
        chmod(tree.at("src/a.rs"), 0o751)
        if geteuid() == 0 { #expect(chown(tree.at("src/a.rs"), 1234, 2345) == 0) }
        var before = stat()
        #expect(stat(tree.at("src/a.rs"), &before) == 0)

        let receipt = try replace("src/a.rs", "old", "new text").get()

        var after = stat()
        #expect(stat(tree.at("src/a.rs"), &after) == 0)
        #expect(try tree.read("src/a.rs") == "new text")
        #expect(after.st_mode == before.st_mode)
        #expect(after.st_uid == before.st_uid && after.st_gid == before.st_gid)
        #expect(receipt.warnings == [])
        #expect(receipt.digest == digest("new text"))
        #expect(receipt.stamp == FileStamp(after))
        #expect(try FileAccess.names(in: tree.at("src")) == ["a.rs"])
    }

    @Test func extendedAttributesAreCarriedOver() throws {
        try tree.write("a.rs", "old")
        let descriptor = open(tree.at("a.rs"), O_RDWR | O_CLOEXEC)
        let entry = ExtendedAttributes.Entry(name: "user.note", value: [1, 0, 2])
        let isKept = ExtendedAttributes.write(entry, descriptor)
        close(descriptor)
        try #require(isKept, "no user attributes in /tmp")

        _ = try replace("a.rs", "old", "new").get()

        let now = open(tree.at("a.rs"), O_RDONLY | O_CLOEXEC)
        defer { close(now) }
        #expect(ExtendedAttributes.read(now).contains(entry))
    }

    @Test func fileThatIsNotWhatWasExpectedIsLeftAlone() throws {
        try tree.write("a.rs", "mine")

        #expect(reason(replace("a.rs", "theirs", "new")) == .changedUnderneath)
        #expect(reason(replace("none.rs", "", "new")) == .changedUnderneath)
        #expect(reason(replace("none/a.rs", "", "new")) == .changedUnderneath)

        #expect(try tree.read("a.rs") == "mine")
        #expect(try leftovers() == [])
    }

    @Test(arguments: [ApplyStage.written, .compared])
    func saveDuringTheApplyWins(stage: ApplyStage) throws {
        try tree.write("a.rs", "old")
        let tree = tree

        // An editor's save: a new file renamed over the old one.
        let result = replace("a.rs", "old", "new") { reached in
            guard reached == stage else { return }
            do {
                try tree.write("swap", "saved")
                try tree.move("swap", "a.rs")
            } catch {
                Issue.record(error)
            }
        }

        #expect(reason(result) == .changedUnderneath)
        #expect(try tree.read("a.rs") == "saved")
        #expect(try leftovers() == [])
    }

    @Test(arguments: [ApplyStage.written, .compared])
    func saveInPlaceDuringTheApplyWins(stage: ApplyStage) throws {
        try tree.write("a.rs", "old")
        let tree = tree

        let result = replace("a.rs", "old", "new") { reached in
            guard reached == stage else { return }
            do { try tree.write("a.rs", "typed") } catch { Issue.record(error) }
        }

        #expect(reason(result) == .changedUnderneath)
        #expect(try tree.read("a.rs") == "typed")
        #expect(try leftovers() == [])
    }

    /// The three ways in which somebody saves over a change that has only just arrived.
    enum Overtaking: CaseIterable, Sendable {
        case inPlace, byRename, byRemoval

        func act(on path: String, in tree: ScratchTree) throws {
            switch self {
            case .inPlace: try tree.write(path, "typed over it")
            case .byRename:
                try tree.write("swap", "typed over it")
                try tree.move("swap", path)
            case .byRemoval: try tree.remove(path)
            }
        }
    }

    @Test(arguments: Overtaking.allCases)
    func aSaveRightAfterTheChangeIsNoFailureOfTheChange(overtaking: Overtaking) throws {
        try tree.write("a.rs", "old")
        let tree = tree

        let receipt = try replace("a.rs", "old", "new") { reached in
            guard reached == .renamed else { return }
            do { try overtaking.act(on: "a.rs", in: tree) } catch { Issue.record(error) }
        }.get()

        #expect(receipt.isOvertaken)
        #expect(receipt.digest == digest("new"))
        #expect(
            FileAccess.exists(tree.at("a.rs"))
                ? try tree.read("a.rs") == "typed over it" : overtaking == .byRemoval)
    }

    @Test func aSaveRightAfterANewFileIsNoFailureEither() throws {
        let tree = tree
        let receipt = try writer { reached in
            guard reached == .renamed else { return }
            do { try tree.write("b.rs", "typed over it") } catch { Issue.record(error) }
        }.create("b.rs", bytes: Array("new".utf8))

        #expect(receipt.isOvertaken)
        #expect(try writer().create("c.rs", bytes: Array("new".utf8)).isOvertaken == false)
    }

    @Test func otherBytesInTheVeryFileThatWasWrittenAreTheDisks() throws {
        try tree.write("a.rs", "old")
        let tree = tree

        let result = replace("a.rs", "old", "new") { reached in
            guard reached == .renamed else { return }
            // A disk that lost the bytes tells the same length and the same times.
            var status = stat()
            #expect(stat(tree.at("a.rs"), &status) == 0)
            let time = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
            do {
                try tree.write("a.rs", "n?w")
                try tree.setModified("a.rs", time)
            } catch { Issue.record(error) }
        }

        #expect(reason(result) == .notAsWritten)
    }

    @Test func fileRemovedJustBeforeTheRenameStaysRemoved() throws {
        try tree.write("a.rs", "old")
        let tree = tree

        let result = replace("a.rs", "old", "new") { reached in
            guard reached == .compared else { return }
            do { try tree.remove("a.rs") } catch { Issue.record(error) }
        }

        #expect(reason(result) == .changedUnderneath)
        #expect(!FileAccess.exists(tree.at("a.rs")))
        #expect(try leftovers() == [])
    }

    @Test(arguments: [
        ("/etc/x", PathRule.absolute), ("../x", .dotComponent), (".git/config", .gitComponent),
        ("a/.GiT/x", .gitComponent), (".aura/live.toml", .auraComponent), ("", .empty),
    ])
    func pathOutsideTheTreeIsRefused(path: String, rule: PathRule) {
        #expect(reason(replace(path, "", "x")) == .pathRefused(rule))
        #expect(writer().obstacle(to: path) == .pathRefused(rule))
    }

    @Test func linksAreNeverFollowed() throws {
        try side.write("outside.rs", "old")
        #expect(symlink(side.at("outside.rs"), tree.at("link.rs")) == 0)
        #expect(symlink(side.path, tree.at("out")) == 0)
        try tree.makeFolder("dir.rs")

        #expect(reason(replace("link.rs", "old", "new")) == .pathRefused(.symlink))
        #expect(reason(replace("out/outside.rs", "old", "new")) == .pathRefused(.symlinkedParent))
        #expect(reason(replace("dir.rs", "", "new")) == .pathRefused(.notRegular))
        let failure = #expect(throws: ApplyFailure.self) {
            try writer().create("out/new.rs", bytes: [1])
        }

        #expect(failure?.why == .pathRefused(.symlinkedParent))
        #expect(try side.read("outside.rs") == "old")
        #expect(try FileAccess.names(in: side.path) == ["outside.rs"])
    }

    @Test func readOnlyFileIsRefusedAlsoForRoot() throws {
        try tree.write("a.rs", "old")
        chmod(tree.at("a.rs"), 0o444)

        #expect(reason(replace("a.rs", "old", "new")) == .permission)
        #expect(writer().obstacle(to: "a.rs") == .permission)
        #expect(try tree.read("a.rs") == "old")
    }

    @Test func lockedFileIsRefusedUntilItIsFree() throws {
        try tree.write("a.rs", "old")
        let holder = open(tree.at("a.rs"), O_RDWR | O_CLOEXEC)
        #expect(flock(holder, LOCK_EX | LOCK_NB) == 0)

        #expect(reason(replace("a.rs", "old", "new")) == .locked)
        flock(holder, LOCK_UN)
        var lock = Glibc.flock()
        lock.l_type = Int16(F_WRLCK)
        let setLock: Int32 = 37  // F_OFD_SETLK, linux/fcntl.h
        #expect(fcntl(holder, setLock, &lock) == 0)
        #expect(reason(replace("a.rs", "old", "new")) == .locked)
        close(holder)

        #expect(writer().obstacle(to: "a.rs") == nil)
        #expect(try replace("a.rs", "old", "new").get().digest == digest("new"))
    }

    @Test func hardLinkIsReportedAndItsOtherNameKeepsTheOldText() throws {
        try tree.write("a.rs", "old")
        #expect(link(tree.at("a.rs"), tree.at("b.rs")) == 0)

        let receipt = try replace("a.rs", "old", "new").get()

        #expect(receipt.warnings == [.hardLinked(count: 2)])
        #expect(try tree.read("b.rs") == "old")
    }

    @Test(.enabled(if: ImmutableFlag.canBeSet, "this user or file system sets no flags"))
    func immutableFileIsRefused() throws {
        try tree.write("a.rs", "old")
        let flag = try ImmutableFlag(tree.at("a.rs"))
        defer { flag.clear() }

        #expect(reason(replace("a.rs", "old", "new")) == .immutable)
        let failure = #expect(throws: ApplyFailure.self) {
            try writer().remove("a.rs", expecting: digest("old"))
        }
        #expect(failure?.why == .immutable)
    }

    @Test func newFileIsMadeWithItsFolders() throws {
        let receipt = try writer().create("x/y/new.rs", bytes: Array("text".utf8), mode: 0o755)

        #expect(try tree.read("x/y/new.rs") == "text")
        #expect(receipt.digest == digest("text"))
        var status = stat()
        #expect(stat(tree.at("x/y/new.rs"), &status) == 0)
        #expect(status.st_mode & 0o700 == 0o700)
        #expect(status.st_nlink == 1)
        #expect(try FileAccess.names(in: tree.at("x/y")) == ["new.rs"])
    }

    @Test func newFileNeverReplacesAnExistingOne() throws {
        try tree.write("a.rs", "mine")

        let failure = #expect(throws: ApplyFailure.self) {
            try writer().create("a.rs", bytes: Array("theirs".utf8))
        }

        #expect(failure?.why == .changedUnderneath)
        #expect(try tree.read("a.rs") == "mine")
        #expect(try leftovers() == [])
    }

    @Test func removedFileIsKeptInTheQuarantine() throws {
        try tree.write("src/a.rs", "old")

        let file = try writer().remove("src/a.rs", expecting: digest("old"))

        #expect(!FileAccess.exists(tree.at("src/a.rs")))
        #expect(try FileAccess.read(file.contentPath) == Array("old".utf8))
        #expect(file.origin.path == "src/a.rs")
        #expect(file.origin.digest == digest("old"))
        #expect(file.contentPath.hasPrefix(side.at("quarantine")))
        let note = try FileAccess.read(PathName.parent(of: file.contentPath) + "/origin.json")
        #expect(try JSONText.decode(QuarantinedFile.Origin.self, from: note) == file.origin)
    }

    @Test func removalGivesASaveBack() throws {
        try tree.write("a.rs", "old")
        let tree = tree

        let failure = #expect(throws: ApplyFailure.self) {
            try writer { stage in
                guard stage == .compared else { return }
                do { try tree.write("a.rs", "saved") } catch { Issue.record(error) }
            }.remove("a.rs", expecting: digest("old"))
        }

        #expect(failure?.why == .changedUnderneath)
        #expect(try tree.read("a.rs") == "saved")
        #expect(throws: ApplyFailure.self) {
            try writer().remove("a.rs", expecting: digest("other"))
        }
    }

    @Test func leftoverIsMovedAsideOnlyWhenOldAndClosed() throws {
        let name = "src/.aura-tmp-999999-abc"
        try tree.write(name, "displaced")
        let quarantine = Quarantine(folder: side.at("quarantine"), clock: SystemClock())
        let found = TempSweep.find(root: tree.path, among: try leftovers())
        let leftover = try #require(found.first)
        func clear(_ limit: Timestamp) throws -> TempSweep.Outcome {
            try TempSweep.clear(
                leftover, root: tree.path, olderThan: limit, quarantine: quarantine)
        }

        #expect(found.map(\.path) == [name])
        #expect(leftover.pid == 999_999)
        #expect(try clear(Timestamp(rawValue: 0)) == .tooYoung)
        let holder = open(tree.at(name), O_RDONLY | O_CLOEXEC)
        #expect(try clear(StillClock.future.now) == .inUse)
        close(holder)
        guard case .movedAside(let file) = try clear(StillClock.future.now) else {
            Issue.record("not moved aside")
            return
        }

        #expect(try FileAccess.read(file.contentPath) == Array("displaced".utf8))
        #expect(file.origin.cause == "leftover")
        #expect(try clear(StillClock.future.now) == .gone)
        #expect(try leftovers() == [])
    }
}

/// The immutable flag, where this user and file system can set it.
struct ImmutableFlag {
    private let path: String

    static var canBeSet: Bool {
        guard geteuid() == 0, let probe = try? ScratchTree() else { return false }
        guard (try? probe.write("p", "")) != nil, let flag = try? ImmutableFlag(probe.at("p"))
        else { return false }
        flag.clear()
        return true
    }

    init(_ path: String) throws {
        self.path = path
        let result = try Self.chattr("+i", path)
        if result.status != 0 {
            throw SystemFailure(operation: "chattr", path: path, code: ENOTSUP)
        }
    }

    func clear() {
        do { _ = try Self.chattr("-i", path) } catch { Issue.record(error) }
    }

    private static func chattr(_ change: String, _ path: String) throws -> ChildResult {
        try ChildProcess("chattr", [change, path], environment: ["PATH": "/usr/bin:/bin"]).run()
    }
}
