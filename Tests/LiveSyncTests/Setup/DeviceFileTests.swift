// What a device keeps on the disk: who it is, its key, and its tokens.

import LiveProtocol
import Support
import Testing

@testable import LiveSync

@Suite struct DeviceFileTests {
    private let tree: ScratchTree
    private let user: UserFolder
    private let device: DeviceID

    init() throws {
        tree = try ScratchTree()
        user = UserFolder(path: tree.at("user"))
        device = DeviceKey().device
    }

    private func workspace(_ name: String) throws -> Workspace {
        let workspace = Workspace(root: tree.at(name))
        try FileAccess.makeFolder(workspace.liveFolder)
        return workspace
    }

    // MARK: Who it is

    @Test func aBindingIsReadBackAndFindsItsKey() throws {
        let here = try workspace("here")
        let key = try DeviceBinding.makeKey(in: user)

        let made = try DeviceBinding.bind(
            here, to: key.device, repository: "0123456789abcdef", user: "ada@quay")

        #expect(try DeviceBinding.load(here) == made)
        #expect(try made.key(in: user).device == key.device)
        #expect(DeviceBinding.foreignDevice(in: here) == nil)
    }

    @Test func aCopiedFolderIsRefusedAndItsDeviceNamed() throws {
        let (here, copy) = (try workspace("here"), try workspace("copy"))
        let key = try DeviceBinding.makeKey(in: user)
        _ = try DeviceBinding.bind(here, to: key.device, repository: "r", user: "ada@quay")
        try FileAccess.replace(
            copy.devicePath, with: try FileAccess.read(here.devicePath, limit: 1 << 16))

        let failure = #expect(throws: PlainFailure.self) { try DeviceBinding.load(copy) }

        #expect(failure?.exitStatus == .refused)
        #expect(DeviceBinding.foreignDevice(in: copy) == key.device)
    }

    @Test func whatIsNoRecordIsNamedWithItsNextStep() throws {
        let here = try workspace("here")
        #expect(throws: PlainFailure.self) { try DeviceBinding.load(here) }
        #expect(DeviceBinding.foreignDevice(in: here) == nil)
        try FileAccess.replace(here.devicePath, with: Array("{\"device\": 7}".utf8))

        let failure = #expect(throws: PlainFailure.self) { try DeviceBinding.load(here) }

        #expect(failure?.reason == "is no device record")
        #expect(failure?.nextStep.contains("--new-device") == true)
    }

    @Test(arguments: ["", "zz", String(repeating: "0", count: 63)])
    func aKeyThatIsNotTheDevicesIsRefused(text: String) throws {
        let here = try workspace("here")
        let key = try DeviceBinding.makeKey(in: user)
        let binding = try DeviceBinding.bind(
            here, to: key.device, repository: "r", user: "ada@quay")
        let other = try DeviceBinding.makeKey(in: user)
        let path = user.deviceKeyPath(key.device.hex)
        let bytes =
            text.isEmpty
            ? try user.readPrivate(user.deviceKeyPath(other.device.hex))
            : Array(text.utf8)
        try user.writePrivate(bytes, to: path)

        #expect(throws: PlainFailure.self) { try binding.key(in: user) }
    }

    // MARK: Tokens

    private func token(_ id: String) -> StoredToken {
        StoredToken(
            issued: LocalMothership.IssuedToken(
                token: "secret-of-\(id)", expiresAt: Timestamp(rawValue: 1), scopes: ["push"],
                keyID: id, instance: "i"))
    }

    @Test func aNewTokenTakesThePlaceOnlyWhenItIsProven() throws {
        #expect(try StoredToken.newest(device, in: user) == nil)
        try token("a").saveAsCandidate(device, in: user)
        try StoredToken.promote("another", of: device, in: user)
        #expect(try StoredToken.load(device, in: user) == nil)

        try StoredToken.promote("a", of: device, in: user)
        try token("b").saveAsCandidate(device, in: user)

        #expect(try StoredToken.load(device, in: user) == token("a"))
        let newest = try #require(try StoredToken.newest(device, in: user))
        #expect(newest.token == token("b") && newest.isCandidate)
    }

    @Test func aRefusedTokenGoesWhenThereIsAnotherOne() throws {
        try token("a").saveAsCandidate(device, in: user)
        #expect(try !StoredToken.discardCandidate("a", of: device, in: user))
        #expect(try StoredToken.candidate(device, in: user) == token("a"))
        try StoredToken.promote("a", of: device, in: user)
        try token("b").saveAsCandidate(device, in: user)

        #expect(try StoredToken.discardCandidate("c", of: device, in: user))
        #expect(try StoredToken.candidate(device, in: user) == token("b"))
        #expect(try StoredToken.discardCandidate("b", of: device, in: user))
        #expect(try StoredToken.newest(device, in: user)?.token == token("a"))
    }

    @Test func whatIsNoTokenIsNamedWithItsNextStep() throws {
        let path = "\(user.deviceFolder)/\(device.hex).token"
        try user.writePrivate(Array("{\"issued\": []}".utf8), to: path)

        let failure = #expect(throws: PlainFailure.self) {
            try StoredToken.load(device, in: user)
        }

        #expect(failure?.subject == path && failure?.reason == "is no token file")
    }
}
