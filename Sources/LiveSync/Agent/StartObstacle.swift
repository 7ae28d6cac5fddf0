// What would keep an agent of this working copy from starting. Whoever is about to stop one asks
// first: git in the middle of a rebase, another branch or a slip in the settings does not trouble
// an agent that runs, and none starts with it.

import Support

extension AgentService {
    /// Why an agent could not be started here now; nil when nothing is known to be in its way.
    ///
    /// Asks what a start asks, and only looks: no folder is made, no log opened, nobody called.
    public static func obstacleToStart(
        _ workspace: Workspace, surroundings: Surroundings = Surroundings()
    ) -> (any Failure)? {
        do {
            let configuration = try LiveConfiguration.load(
                workspace.configurationPath, guestTables: SyncHost.guestTables)
            if let refusal = surroundings.cleartextRefusal(configuration.mothership) {
                return refusal
            }
            for path in filesOf(workspace)
            where FileAccess.exists(path) && !FileAccess.isFile(path) {
                return PlainFailure(path, "is no file", nextStep: "move it aside")
            }
            let userFolder = try surroundings.userFolder()
            let binding = try DeviceBinding.load(workspace)
            _ = try binding.key(in: userFolder)
            _ = try StoredToken.newest(binding.device, in: userFolder)
            let repository = try GitRepository.open(
                at: workspace.root, environment: surroundings.environment)
            return branchObstacle(workspace, try repository.head().branch)
        } catch let failure as any Failure {
            return failure
        } catch {
            return nil  // of no kind that a start would name
        }
    }

    /// Files that a start opens or replaces, each where it has to be.
    private static func filesOf(_ workspace: Workspace) -> [String] {
        [
            workspace.walFolder + "/LOCK", workspace.walFolder + "/MANIFEST",
            workspace.liveFolder + "/analysis.cache", Session.path(workspace),
        ]
    }

    private static func branchObstacle(_ workspace: Workspace, _ branch: String?) -> PlainFailure? {
        guard let branch else {
            return PlainFailure(
                "HEAD", "is detached", nextStep: "check out a branch", exitStatus: .refused)
        }
        guard let bound = Session.load(workspace)?.branch, bound != branch else { return nil }
        return PlainFailure(
            "branch", "sync is bound to \(bound), HEAD is on \(branch)",
            nextStep: "check out \(bound)", exitStatus: .refused)
    }
}
