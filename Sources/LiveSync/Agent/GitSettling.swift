// Whose a changed file is, a person's or git's, is not to be seen of the file. It is read as a
// person's only while git's trace is the one that was judged before, before and after the reading;
// what came in between waits until git has settled: HEAD moved, or it is plain that it will not.

import Support

/// What the agent knows of git's last deed.
struct GitSettling {
    /// A trace that stays the same for this long is judged: a git command takes far less from its
    /// index to its HEAD, unless the machine does not let it run.
    static let quiet = Duration.milliseconds(20)
    /// Files that came into the index unseen wait this long for a HEAD that follows.
    static let patience = Duration.seconds(1)
    /// From one judgement that starts git to the next.
    static let rest = Duration.milliseconds(250)

    /// Files read while git leaves this trace are a person's; nil until git was judged once.
    var trusted: GitTrace?
    /// A lock was seen since then.
    var sawLock = false
    /// Paths to read, and plans to make, once git has settled.
    var paths: Set<String> = []
    var plans: [ApplyPlan] = []
    var isLookAsked = false
    /// The last look came too early to say anything.
    var isOpen = false
    /// The whole tree was walked once.
    var isTreeWalked = false
    /// The present trace, since when it stands, and what was made of it last.
    private var present: (trace: GitTrace, since: Duration)?
    private var last: (verdict: GitVerdict, at: Duration)?

    /// How long git has left this trace.
    mutating func age(of trace: GitTrace, at now: Duration) -> Duration {
        if let present, present.trace == trace { return now - present.since }
        present = (trace, now)
        last = nil
        return .zero
    }

    /// The verdict on the present trace, while it is fresh.
    func fresh(at now: Duration) -> GitVerdict? {
        guard let last, now - last.at < Self.rest else { return nil }
        return last.verdict
    }

    mutating func remember(_ verdict: GitVerdict, at now: Duration) { last = (verdict, now) }
}

/// What is made of git's trace.
enum GitVerdict {
    /// Files are as a person left them, or as HEAD has them.
    case settled
    /// It is too early to say.
    case open
    case cause(GitCause)
}

extension PeerAgent {
    /// Whether what a reading shows now is a person's.
    var gitStands: Bool { git.trusted != nil && parts.repository.trace() == git.trusted }

    /// Keeps paths until git has settled.
    func hold(_ paths: some Sequence<String>) {
        git.paths.formUnion(paths)
        askToLook()
    }

    /// Keeps a plan until git has settled.
    func hold(_ plan: ApplyPlan) {
        git.plans.append(plan)
        askToLook()
    }

    func askToLook() {
        guard !git.isLookAsked else { return }
        git.isLookAsked = true
        later(GitSettling.quiet) { .lookAtGit }
    }

    /// Judges a trace that no known operation explains.
    func judge(_ trace: GitTrace) throws(GitFailure) -> GitVerdict {
        if trace == git.trusted, !git.sawLock { return .settled }
        let now = clock.uptime
        let age = git.age(of: trace, at: now)
        guard !trace.isLocked, age >= GitSettling.quiet else { return .open }
        if let verdict = git.fresh(at: now) { return verdict }
        let verdict = try weigh(trace, age)
        // Git may have gone on while it was asked.
        guard parts.repository.trace() == trace else { return .open }
        git.remember(verdict, at: now)
        return verdict
    }

    private func weigh(_ trace: GitTrace, _ age: Duration) throws(GitFailure) -> GitVerdict {
        let isFirst = git.trusted == nil
        let staged = try parts.repository.stagedFiles()
        let unseen = staged.keys.filter { isFirst || isUnseen($0) }
        // At the start nothing was seen. A reset that kept the files looks like a broken switch.
        let isReset = isFirst && parts.repository.lastDeed?.hasPrefix("reset:") == true
        if !unseen.isEmpty, !isReset,
            let branch = try parts.repository.branch(staged: staged, unseen: unseen)
        {
            return .cause(.leftover(branch))
        }
        if git.sawLock, git.trusted?.index == trace.index, let branch = try tearing() {
            return .cause(.leftover(branch))
        }
        let isAwaited = !isFirst && !unseen.isEmpty && age < GitSettling.patience
        return isAwaited ? .open : .settled
    }

    /// The branch that a git command was giving the tree when it died. Git says which files differ:
    /// the watcher may not have told of them yet.
    private func tearing() throws(GitFailure) -> String? {
        let changed = try parts.repository.command.changedPaths(since: "HEAD")
        return try parts.repository.branch(tearing: changed.filter(isUnseen))
    }

    /// Whether a file is another than the one that was read last.
    func isUnseen(_ path: String) -> Bool {
        guard parts.scope.admits(path), parts.reader.grammar(of: path) != nil else { return false }
        do throws(SourceProblem) {
            return try parts.reader.digest(of: path) != lastDigests[path]
        } catch {
            return false  // what cannot be read cannot be pushed
        }
    }

    /// From now on files are read as a person's.
    func settle(on trace: GitTrace) {
        git.trusted = trace
        git.sawLock = false
    }

    /// Whatever waited for git to settle goes on.
    func release() async {
        let (paths, plans) = (git.paths, git.plans)
        (git.paths, git.plans) = ([], [])
        guard !paths.isEmpty || !plans.isEmpty else { return }
        await observeAll(paths.sorted())
        for plan in plans { work.append(contentsOf: prepareApply(plan)) }
        await drain()
        await completeScan()
    }
}
