// Finding and making workspaces in real repositories.

import Glibc
import LiveProtocol
import Support
import Testing

@testable import LiveSync

@Suite struct WorkspaceTests {
    @Test func createdWorkspaceIsFoundFromASubfolder() throws {
        let tree = try ScratchTree()
        try tree.makeFolder(".git")
        try tree.makeFolder("a/b")

        let made = try Workspace.create(in: tree.at("a/b"), settings: "")
        let found = try Workspace.find(from: tree.at("a/b"))

        #expect(made == found)
        #expect(found.root == tree.path)
        #expect(try tree.read(".aura/.gitignore") == "*\n")
        for folder in ["wal", "logs", "run", "quarantine", "journal", "canary"] {
            #expect(FileAccess.isFolder(tree.at(".aura/live/\(folder)")))
        }
        var status = stat()
        #expect(stat(found.walFolder, &status) == 0 && status.st_mode & 0o777 == 0o700)
    }

    @Test func whatKeepsGitOutIsPutBackAndRulesOfOthersStay() throws {
        let tree = try ScratchTree()
        try tree.makeFolder(".git")
        let made = try Workspace.create(in: tree.path, settings: "")
        #expect(try !made.keepIgnored())

        unlink(made.ignoreFilePath)
        #expect(try made.keepIgnored())
        for text in ["", "\n", "# nothing\n \n"] {
            try tree.write(".aura/.gitignore", text)
            #expect(try made.keepIgnored())
            #expect(try tree.read(".aura/.gitignore") == "*\n")
        }
        try tree.write(".aura/.gitignore", "*\n!live.toml\n")
        #expect(try !made.keepIgnored())
        // With the settings gone the whole of it was taken away, and nothing is made in its place.
        unlink(made.configurationPath)
        unlink(made.ignoreFilePath)
        #expect(try !made.keepIgnored())
    }

    @Test func walkingUpStopsAtGitsTopLevel() throws {
        let tree = try ScratchTree()
        try tree.makeFolder(".git")
        _ = try Workspace.create(in: tree.path, settings: "")
        try tree.makeFolder("inner/.git")
        try tree.makeFolder("inner/deep")

        let failure = #expect(throws: WorkspaceFailure.self) {
            try Workspace.find(from: tree.at("inner/deep"))
        }

        #expect(failure?.problem == .notSetUp(topLevel: tree.at("inner")))
        #expect(failure?.exitStatus == .noWorkspace)
        #expect(failure?.nextStep == "run aura init")
    }

    @Test func aWorkspaceThatLostItsSettingsIsFoundByItsDevice() throws {
        let tree = try ScratchTree()
        try tree.makeFolder(".git")
        let made = try Workspace.create(in: tree.path, settings: "")
        try #require(unlink(made.configurationPath) == 0)
        let without = #expect(throws: WorkspaceFailure.self) { try Workspace.find(from: tree.path) }
        try FileAccess.replace(made.devicePath, with: "{}".utf8)

        let found = try Workspace.find(from: tree.path)

        #expect(without?.problem == .notSetUp(topLevel: tree.path))
        #expect(found == made)
        let failure = #expect(throws: ConfigurationFailure.self) {
            try LiveConfiguration.load(found.configurationPath, guestTables: [])
        }
        #expect(failure?.nextStep == "restore .aura/live.toml, or run aura init")
    }

    @Test func withoutGitNothingIsCreatedOrFound() throws {
        let tree = try ScratchTree()

        let created = #expect(throws: WorkspaceFailure.self) {
            try Workspace.create(in: tree.path, settings: "")
        }
        let found = #expect(throws: WorkspaceFailure.self) { try Workspace.find(from: tree.path) }

        #expect(created?.problem == .noRepository)
        #expect(found?.problem == .noRepository)
        #expect(!FileAccess.exists(tree.at(".aura")))
    }

    @Test func secondCreationLeavesTheFirstSettings() throws {
        let tree = try ScratchTree()
        try tree.makeFolder(".git")
        _ = try Workspace.create(in: tree.path, settings: "# mine\n")

        let failure = #expect(throws: WorkspaceFailure.self) {
            try Workspace.create(in: tree.path, settings: "# other\n")
        }

        #expect(failure?.problem == .alreadySetUp)
        #expect(failure?.exitStatus == .cannotCreate)
        #expect(try tree.read(".aura/live.toml") == "# mine\n")
    }

    @Test func auraFolderThatIsALinkIsRefused() throws {
        let tree = try ScratchTree()
        try tree.makeFolder(".git")
        try tree.makeFolder("elsewhere")
        #expect(symlink("elsewhere", tree.at(".aura")) == 0)

        let failure = #expect(throws: WorkspaceFailure.self) {
            try Workspace.create(in: tree.path, settings: "")
        }

        #expect(failure?.problem == .auraNotAFolder)
        #expect(try FileAccess.names(in: tree.at("elsewhere")) == [])
    }

    @Test func userFolderFollowsItsThreeVariables() throws {
        let own = try UserFolder.resolve(environment: ["AURA_CONFIG_HOME": "/a", "HOME": "/h"])
        let shared = try UserFolder.resolve(environment: ["XDG_CONFIG_HOME": "/x", "HOME": "/h"])
        let home = try UserFolder.resolve(
            environment: ["HOME": "/h", "XDG_CONFIG_HOME": "relative"])

        #expect(own.path == "/a")
        #expect(shared.path == "/x/aura")
        #expect(home.path == "/h/.config/aura")
        #expect(throws: UserFolderFailure.noHome) { try UserFolder.resolve(environment: [:]) }
    }

    @Test func secretIsPrivateAndAnExposedOneIsRefused() throws {
        let tree = try ScratchTree()
        let user = UserFolder(path: tree.at("config"))
        let key = user.deviceKeyPath("d1")

        try user.writePrivate([1, 2, 3], to: key)

        var status = stat()
        #expect(stat(key, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(stat(user.deviceFolder, &status) == 0 && status.st_mode & 0o777 == 0o700)
        #expect(try user.readPrivate(key) == [1, 2, 3])
        chmod(key, 0o640)
        #expect(throws: UserFolderFailure.exposed(path: key, mode: 0o640)) {
            try user.readPrivate(key)
        }
    }

    @Test(arguments: [
        ("", PathRule.empty), ("/etc/passwd", .absolute), ("a/../b", .dotComponent),
        ("./a", .dotComponent), ("a//b", .dotComponent), (".git/config", .gitComponent),
        ("sub/.GIT/hooks/x", .gitComponent), ("GIT~1/config", .gitComponent),
        (".git. /x", .gitComponent), (".Aura/live.toml", .auraComponent), ("C:x", .drivePrefix),
        ("a\\b", .backslash), ("a\nb", .controlCharacter), ("x/.aura-tmp-1-z", .temporaryName),
    ])
    func pathThatLeavesTheTreeIsRefused(path: String, rule: PathRule) {
        #expect(TreePath.brokenRule(path) == rule)
    }

    @Test(arguments: ["a", "a/b.rs", ".github/x.yml", "gitx/.gitignore", "ü/日本.swift", "a b"])
    func plainPathBreaksNoRule(path: String) {
        #expect(TreePath.brokenRule(path) == nil)
    }
}
