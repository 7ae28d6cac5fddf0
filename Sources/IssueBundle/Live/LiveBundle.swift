// The bundle of a working copy: which sources there are, and what this machine knows to be secret.

import CArchive
import LiveSync
import Mothership
import Redaction
import Support

/// Puts together the request for one working copy.
public struct LiveBundle: Sendable {
    private let workspace: Workspace
    private let surroundings: Surroundings
    /// Takes the server's side in as well.
    private let includesMothership: Bool
    private let time: Timestamp

    /// - Parameter time: the time that stands in the bundle; everything is looked at as of then.
    public init(
        _ workspace: Workspace, surroundings: Surroundings = Surroundings(),
        includesMothership: Bool = false, time: Timestamp
    ) {
        self.workspace = workspace
        self.surroundings = surroundings
        self.includesMothership = includesMothership
        self.time = time
    }

    /// `live-debug-20261121T040506Z.tar.gz`.
    public static func standardName(_ time: Timestamp) -> String {
        let stamp = time.fileStamp
        return "live-debug-\(stamp.prefix(15))Z.tar.gz"
    }

    /// - Parameters:
    ///   - isPreview: writes nothing anywhere.
    ///   - renewsKey: makes a new key for the aliases first, so that they match no earlier bundle.
    ///   - recording: what the checks saw, JSON by file name.
    ///   - report: makes the report of such files.
    public func request(
        to path: String, isPreview: Bool = false, renewsKey: Bool = false,
        recording: [String: String],
        report: @escaping @Sendable ([String: String]) throws -> BundleRequest.Report
    ) throws -> BundleRequest {
        let folder = try surroundings.userFolder()
        let key = try AliasKeyFile.load(in: folder, renewing: renewsKey, isPreview: isPreview)
        let host = host()
        let known = try LiveSecrets(workspace, surroundings, folder, host).values(aliasKey: key)
        var request = BundleRequest(
            path: path, time: time, key: key, known: known.values, recording: recording,
            sources: sources(host), tools: Self.tools, report: report)
        request.missing = known.closed
        request.isPreview = isPreview
        return request
    }

    /// What this machine knows to be secret, for searching a bundle that exists.
    public func known() throws -> LiveKnowledge {
        try LiveSecrets(workspace, surroundings, try surroundings.userFolder(), host())
            .values(aliasKey: nil)
    }

    private func host() -> SyncHost {
        SyncHost(
            workspace: workspace, mothershipHome: surroundings.mothershipHome,
            clock: HeldClock(at: time))
    }

    private static var tools: [String: String] {
        ["libarchive": archive_version_details().map { String(cString: $0) } ?? "unknown"]
    }

    private func sources(_ host: SyncHost) -> [BundleSource] {
        let peer = PeerEvidence(host)
        let environment = EnvironmentEvidence(host, surroundings)
        let own = [
            BundleSource("logs", as: .log, .folder(workspace.logFolder), isDated: true),
            BundleSource("wal", as: .json, .made(peer.records), isDated: true),
            BundleSource("wal", as: .json, .made(peer.verdict)),
            BundleSource("wal", as: .json, .made(peer.logFiles)),
            BundleSource(
                "config", as: .config, .files(workspace.auraFolder, named: ["live.toml"])),
            BundleSource("lifecycle", as: .json, .made(peer.status)),
            BundleSource("lifecycle", as: .json, .made(peer.processes)),
            BundleSource("repairs", as: .log, .folder(workspace.journalFolder)),
            BundleSource("repairs", as: .json, .made(peer.quarantine)),
            BundleSource("metrics", as: .json, .made(peer.metrics)),
            BundleSource("", as: .json, .made(environment.write)),
        ]
        return includesMothership ? own + mothershipSources() : own
    }

    private func mothershipSources() -> [BundleSource] {
        let home = MothershipHome(root: surroundings.mothershipHome)
        let evidence = MothershipEvidence(home)
        return [
            BundleSource("mothership/logs", as: .log, .folder(home.root + "/logs"), isDated: true),
            BundleSource(
                "mothership/config", as: .config, .files(home.root, named: ["config.toml"])),
            BundleSource("mothership", as: .json, .made(evidence.status)),
            BundleSource("mothership", as: .json, .made(evidence.files)),
            BundleSource("metrics", as: .text, .made(evidence.metrics)),
        ]
    }
}

extension BundleSource {
    /// One JSON document as a member of its own.
    static func emit(_ value: some Encodable, as name: String, _ emit: Emit) throws {
        try emit(name, Array((try JSONText.encode(value, pretty: true) + "\n").utf8))
    }
}
