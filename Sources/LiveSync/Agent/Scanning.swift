// The scanner's part of the loop: watch events, the periodic comparison, and holding still while
// git works.

import LiveProtocol
import SourceAnalysis
import Support

extension PeerAgent {
    // MARK: Whole tree

    /// Waits for the first verdict on git: until then nothing can be read as a person's.
    func awaitGit() async throws {
        try heads.move(to: parts.commit.isEmpty ? nil : parts.commit)
        await refreshGitState()
        while git.trusted == nil, pauseCauses.isEmpty {
            try await Task.sleep(for: GitSettling.quiet)
            await refreshGitState()
        }
    }

    /// The first look at every admitted file; while git is at work it has to wait.
    func scanEverything() async throws {
        guard pauseCauses.isEmpty else { return }
        let start = clock.uptime
        let paths = try scanner.compare()
        git.isTreeWalked = true
        sweepLeftovers()
        await observeAll(paths + removedPaths(besides: paths))
        await completeScan()
        scanner.statistics.ticked(clock.uptime - start, at: clock.now)
        parts.logger.info(
            "first scan",
            metadata: ["files": "\(paths.count)", "ms": "\((clock.uptime - start).milliseconds)"])
    }

    /// Every file was read once, unless git came in between and some of them wait.
    func completeScan() async {
        guard !core.isScanned, git.isTreeWalked, pauseCauses.isEmpty, git.paths.isEmpty else {
            return
        }
        await feed([.scanCompleted])
    }

    /// Files of git's HEAD that are gone from the tree. Without an index nothing was ever checked
    /// out, and what is not there was not taken away.
    private func removedPaths(besides found: [String]) -> [String] {
        guard parts.repository.trace().index != nil else { return [] }
        let found = Set(found)
        return heads.different.filter { !found.contains($0) && parts.scope.admits($0) }.sorted()
    }

    /// Files that are read before a question for the status is answered.
    private static let filesATurn = 64

    func observeAll(_ all: [String]) async {
        let paths = all.count > Self.filesATurn ? goneFirst(all) : all
        for start in stride(from: 0, to: paths.count, by: Self.filesATurn) {
            let end = min(start + Self.filesATurn, paths.count)
            work.append(contentsOf: observe(paths[start..<end]))
            await drain()
            await Task.yield()
        }
    }

    /// A removal waits for the file that a unit may be in now; that file would not wait.
    private func goneFirst(_ paths: [String]) -> [String] {
        let root = parts.workspace.root
        let gone = Set(paths.filter { !FileAccess.exists("\(root)/\($0)") })
        return paths.filter(gone.contains) + paths.filter { !gone.contains($0) }
    }

    /// Observes what was saved: a few files at once, to be logged with what came beside them.
    private func observeSaved(_ paths: [String]) async {
        guard paths.count <= Self.filesATurn else { return await observeAll(paths) }
        work.append(contentsOf: observe(paths))
    }

    /// Compares the whole tree with the last comparison.
    ///
    /// - Parameter isRoutine: nothing calls for it, so that whatever it finds should have been told
    ///   of by an event.
    func verifyTree(isRoutine: Bool = false) async {
        do throws(SystemFailure) {
            let compared = try scanner.compare()
            refreshWithheld()
            // What came after the last comparison and went before this one is in neither.
            let gone = lastDigests.keys.filter { !scanner.knows($0) }
            let paths = Set(gone).subtracting(compared).sorted() + compared
            sweepLeftovers()
            // As with events: what was not seen before came after HEAD was last compared.
            for path in paths where isUnseen(path) { heads.noteChanged(path) }
            let before = paths.map { lastDigests[$0] }
            await observeAll(paths)
            guard isRoutine, scanner.watcher != nil else { return }
            for (path, digest) in zip(paths, before) where lastDigests[path] != digest {
                scanner.statistics.missed.found(path, at: clock.uptime)
            }
        } catch {
            parts.logger.error("the tree cannot be walked: \(error)")
        }
    }

    // MARK: One file

    /// Reads files that were saved together and tells the core, unless git changed them meanwhile.
    func observe(_ paths: some Sequence<String>) -> [PeerEffect] {
        let paths = Array(paths)
        guard pauseCauses.isEmpty else {
            deferred.formUnion(paths)
            return []
        }
        guard !paths.isEmpty else { return [] }
        guard gitStands else {
            hold(paths)
            return []
        }
        refreshAdmission()
        noticeReturned(paths)
        var looks = paths.map { ($0, look(at: $0)) }
        if looks.contains(where: { if case .missing = $0.1 { true } else { false } }) {
            looks = judgeMissing(looks)
        }
        guard gitStands else {
            hold(paths)
            return []
        }
        return tell(looks)
    }

    /// What is not there may be withheld by git; while git does not say so, nobody knows.
    private func judgeMissing(_ looks: [(String, PathLook)]) -> [(String, PathLook)] {
        let isTold = refreshWithheld()
        return looks.map { path, look in
            if admission.withheld.contains(path) { return (path, .never) }
            if !isTold, case .missing = look { return (path, .notNow) }
            return (path, look)
        }
    }

    private func tell(_ looks: [(path: String, look: PathLook)]) -> [PeerEffect] {
        var observations: [FileObservation] = []
        var effects: [PeerEffect] = []
        let index = parts.repository.indexStamp
        for (path, look) in looks {
            switch look {
            case .file(let source):
                observations.append(source.observation(head: headVersion(of: path), index: index))
            case .missing:
                if let observation = missing(path) {
                    observations.append(observation)
                } else {
                    effects += decide(.unobservable(path: path))
                }
            case .notNow: deferred.insert(path)
            case .never: effects += decide(.unobservable(path: path))
            }
        }
        guard !observations.isEmpty else { return effects }
        effects += decide(.observedTogether(observations))
        for case (_, .file(let source)) in looks { remember(source) }
        return effects
    }

    /// The observation that a file is gone. A file that was never read is gone like any other: git
    /// or the ledger has it, and it was taken away while no agent ran.
    private func missing(_ path: String) -> FileObservation? {
        lastDigests[path] = nil
        differing.remove(path)
        scanner.statistics.heldBack[path] = nil
        guard let grammar = core.index.files[path]?.grammar ?? parts.reader.grammar(of: path)
        else { return nil }
        calls.set(path, nil, ids: [])
        return .missing(path, grammar: grammar, head: headVersion(of: path))
    }

    /// What the agent itself keeps of a file, once the core knows its units.
    func remember(_ source: ReadSource) {
        lastDigests[source.path] = source.digest
        let held = source.heldBackCount
        if held > 0 {
            let ticks = scanner.statistics.heldBack[source.path]?.ticks ?? 0
            scanner.statistics.heldBack[source.path] = (held, ticks)
        } else {
            scanner.statistics.heldBack[source.path] = nil
        }
        noteDifference(at: source.path)
        let units = core.index.files[source.path]?.units ?? []
        calls.set(
            source.path, source.file, ids: units.prefix(source.file.units.count).map(\.id))
    }

    private func headVersion(of path: String) -> HeadVersion {
        do { return try heads.version(of: path) } catch {
            parts.logger.error("git's version cannot be read: \(error)")
            return .asKnown
        }
    }

    // MARK: Events

    func takeWatch(_ event: WatchEvent, at time: Duration) async {
        switch event {
        case .changed(let paths):
            let paths = paths.sorted()
            scanner.statistics.missed.told(paths)
            let before = paths.map { core.index.files[$0]?.units ?? [] }
            for path in paths { heads.noteChanged(path) }
            await observeSaved(paths)
            for (path, units) in zip(paths, before) { noteEditing(path, before: units) }
        case .overflow:
            scanner.statistics.overflows += 1
            scanner.statistics.lastOverflowAt = clock.now
            await verifyTree()
        case .folderGone: await verifyTree()
        case .canary(let name): scanner.canary.seen(name, at: time)
        case .canaryFolderGone: scanner.canary.folderGone()
        case .limitReached(let watched, let limit):
            scanner.statistics.watchProblem =
                "only \(watched) folders are watched (limit \(limit))"
        case .rootGone:
            scanner.statistics.watchProblem = "the root folder is gone"
        case .failed(let failure):
            scanner.statistics.watchProblem = failure.reason
        case .ignoreRulesChanged(let path):
            parts.logger.notice(
                "ignore rules changed; they take effect with the next enable",
                metadata: ["path": "\(path)"])
        }
    }

    /// A save that pushes something says which function is being edited.
    private func noteEditing(_ path: String, before: [LocalUnit]) {
        guard !core.state.outbound.entries(at: path).isEmpty,
            let units = core.index.files[path]?.units
        else { return }
        let old = Dictionary(before.map { ($0.id, $0.auraID) }) { first, _ in first }
        guard let changed = units.first(where: { old[$0.id] != $0.auraID && $0.auraID != nil })
        else { return }
        let since = editing?.function == changed.qualifiedName ? editing?.since : nil
        editing = (changed.qualifiedName, since ?? clock.now, clock.now)
    }

    // MARK: Git

    /// Looks at git's state; a cause holds everything before the next event is taken.
    func refreshGitState() async {
        let trace = parts.repository.trace()
        if trace.isLocked { git.sawLock = true }
        git.isOpen = false
        var causes: [String]
        do throws(GitFailure) {
            let state = try gitStates.current(expectedBranch: parts.branch, clock: SystemClock())
            causes = state.causes.map(\.words)
            if causes.isEmpty {
                switch try judge(trace) {
                case .settled: break
                case .open:
                    git.isOpen = true
                    return askToLook()
                case .cause(let cause): causes = [cause.words]
                }
            }
            if causes.isEmpty {
                await goOn(from: trace, at: state.head.commit)
                return
            }
        } catch {
            causes = ["git fails: \(error.reason)"]
        }
        guard causes != pauseCauses else { return }
        if pauseCauses.isEmpty { scanner.statistics.lastTickAt = clock.now }
        pauseCauses = causes
        parts.logger.notice("paused", metadata: ["causes": "\(causes)"])
        await feed([.pause(causes: causes)])
    }

    /// Nothing holds sync any more, if anything did.
    private func goOn(from trace: GitTrace, at commit: String?) async {
        settle(on: trace)
        let wasHeld = !pauseCauses.isEmpty
        pauseCauses = []
        // Before anything else is read: what git brought along is no edit.
        if let commit, commit != lastCommit { await headMoved(to: commit) }
        await release()
        guard wasHeld else { return }
        parts.logger.notice("resuming")
        await catchUp()
        await feed([.resume])
    }

    /// Everything that may have been missed while held.
    private func catchUp() async {
        let waiting = deferred
        deferred = []
        await observeAll(waiting.sorted())
        guard !git.isTreeWalked else {
            await verifyTree()
            return await completeScan()
        }
        do { try await scanEverything() } catch {
            parts.logger.error("the tree cannot be walked: \(error)")
        }
    }

    private func headMoved(to commit: String) async {
        var moved: [String]?
        do {
            moved = try heads.changes(to: commit).filter { parts.scope.admits($0) }.sorted()
        } catch { parts.logger.error("the new commit cannot be compared: \(error)") }
        if let moved, parts.repository.hasOnlyCommitted(from: lastCommit, to: commit) {
            await observeUnseen(moved)
            // Git went on meanwhile: the next look begins where this one did.
            guard gitStands else { return }
        }
        lastCommit = commit
        refreshWithheld()
        work.append(contentsOf: decide(.headMoved(commit: commit)))
        do { try heads.move(to: commit) } catch {
            parts.logger.error("the new commit cannot be read: \(error)")
        }
        // Where git does not say what a commit changed, every file may be among it.
        if let moved { await observeAll(moved) } else { await verifyTree() }
    }

    /// Reads what was saved and committed before it was seen. A commit leaves the tree alone, so
    /// that it is somebody's work, and the others wait for it like for any other.
    private func observeUnseen(_ paths: [String]) async {
        for start in stride(from: 0, to: paths.count, by: Self.filesATurn) {
            let turn = paths[start..<min(start + Self.filesATurn, paths.count)]
            let unseen = turn.filter(isUnseen)
            for path in unseen { heads.noteChanged(path) }
            await observeAll(unseen)
        }
    }

    // MARK: Ticks

    /// Once a second or more often: everything that is due by time.
    func pulse() async {
        let now = clock.uptime
        scanner.proveWatcher()
        await keepLog()
        if now >= nextTick {
            nextTick = now + parts.configuration.scan.tick
            await tick()
        }
        pulseLink()
        await drain()
    }

    private func tick() async {
        let start = clock.uptime
        if pauseCauses.isEmpty {
            let waiting = deferred
            deferred = []
            await observeSaved(waiting.sorted())
            if !core.state.inbound.isEmpty {
                work.append(contentsOf: decide(.retryApplies(path: nil)))
            }
            let full = max(1, parts.configuration.scan.fullEvery)
            if scanner.statistics.ticks % full == full - 1 || scanner.watcher == nil {
                await verifyTree(isRoutine: true)
            }
            scanner.statistics.missed.settle(at: clock.uptime, clock.now)
            await drain()
            await compactLog()
        }
        scanner.statistics.ticked(clock.uptime - start, at: clock.now)
    }
}
