// Examinations of one working copy, one after the other, third-party checks included.

import Diagnostics
import LiveSync
import Support

/// The examiner of one working copy.
///
/// Keep one for repeated runs: it remembers which checks still hang from an earlier one.
public struct LiveSession: Sendable {
    private let workspace: Workspace
    private let surroundings: Surroundings
    private let examiner = Examiner(
        system: LiveRecording.system, toolVersion: Release.version, clock: SystemClock())

    /// Everything this session can report.
    public let catalogue: Catalogue

    public init(_ workspace: Workspace, surroundings: Surroundings = Surroundings()) {
        self.workspace = workspace
        self.surroundings = surroundings
        let thirdParty = LivePlugins.found(for: workspace, surroundings)
        catalogue = Catalogue(of: Registry.all + thirdParty.checks)
    }

    /// Looked up anew for each examination: a file that changed meanwhile must not run.
    private var thirdParty: ThirdPartyChecks<SyncHost> {
        LivePlugins.found(for: workspace, surroundings)
    }

    /// Checks of third parties: what they see is theirs, and ``LiveProfile/record(_:surroundings:clock:)``
    /// does not hold it.
    public var notRecorded: [String] { thirdParty.checks.map(\.bucket.rawValue).sorted() }

    /// Examines now; reads, and changes nothing.
    ///
    /// Settings that cannot be read leave the default thresholds in force: the config check then
    /// says what is wrong with them.
    public func examine(_ options: ExaminationOptions) async -> Report {
        let (host, thirdParty) = (host(), thirdParty)
        return await examiner.run(
            checks: checks(for: host, thirdParty), system: host,
            options: completed(options, thirdParty))
    }

    /// Audits the checks themselves. Blocks; the audit of a running agent can tell little.
    public func audit(_ options: ExaminationOptions) -> Audit {
        let thirdParty = thirdParty
        let checks = checks(for: host(), thirdParty).filter { check in
            options.selection.includes(check.bucket, codes: check.entries.map(\.code))
        }
        var folders = [workspace.root]
        // Without a folder of its own the user has nothing there that a check could change.
        if let user = try? UserFolder.resolve(environment: surroundings.environment) {
            folders.append(user.path)
        }
        return examiner.audit(
            checks: checks, system: host, state: { [folders] in TreeDigest.of(folders) },
            options: completed(options, thirdParty))
    }

    /// What a person would do about a finding of a third-party check, in its own words.
    public func plan(for finding: AnyFinding) throws(ProbeFailure) -> [String] {
        guard let check = thirdParty.checks.first(where: { $0.bucket == finding.bucket }) else {
            return []
        }
        return try check.plan(for: finding)
    }

    /// Renders this session's reports of what was asked for.
    public func renderer(
        failOn: Severity, colour: Bool, selection: Selection = .everything
    ) -> ReportRenderer {
        LiveProfile.renderer(
            failOn: failOn, colour: colour, catalogue: catalogue, selection: selection)
    }

    private func host() -> SyncHost {
        SyncHost(
            workspace: workspace, mothershipHome: surroundings.mothershipHome,
            userFolder: surroundings.knownUserFolder)
    }

    private func checks(
        for host: SyncHost, _ thirdParty: ThirdPartyChecks<SyncHost>
    ) -> [any Check<SyncHost>] {
        LiveProfile.checks(of: host) + thirdParty.checks
    }

    private func completed(
        _ options: ExaminationOptions, _ thirdParty: ThirdPartyChecks<SyncHost>
    ) -> ExaminationOptions {
        var options = SharedLook.pricing(options, on: workspace)
        options.leftOut = thirdParty.leftOut
        return options
    }
}

/// Where third-party checks lie, and where the trust in them is kept.
public enum LivePlugins {
    public static func trust(
        _ surroundings: Surroundings = Surroundings()
    ) throws(UserFolderFailure) -> TrustStore {
        let user = try UserFolder.resolve(environment: surroundings.environment)
        return TrustStore(folder: user.path + "/trusted-checks")
    }

    /// Names that a third party cannot take.
    public static var reserved: Set<Bucket> { Set(LiveProfile.catalogue.buckets) }

    static func found(
        for workspace: Workspace, _ surroundings: Surroundings
    ) -> ThirdPartyChecks<SyncHost> {
        var folders = [workspace.auraFolder + "/checks.d"]
        // A user without a folder has trusted nothing, and nothing runs.
        let user = try? UserFolder.resolve(environment: surroundings.environment)
        if let user { folders.append(user.pluginFolder) }
        let trust = TrustStore(folder: (user?.path ?? "/nonexistent") + "/trusted-checks")
        return ThirdPartyChecks(
            in: folders, trust: trust, root: workspace.root, reserved: reserved)
    }
}
