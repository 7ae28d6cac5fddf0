// From a saved file to what the core is told of it: one stable read, one parse (or none, when the
// cache knows the bytes), and the version at HEAD when the core has not seen the path before.

import Glibc
import LiveProtocol
import SourceAnalysis
import Support

/// One version of a source file, parsed.
struct ReadSource: Sendable {
    let path: String
    let bytes: [UInt8]
    /// Of the bytes alone.
    let content: ContentDigest
    let isExecutable: Bool
    let file: SourceFile
    let grammar: GrammarStamp
    /// A merge that nobody has finished: no unit of the file is taken for somebody's work.
    let isMarked: Bool
    /// When the file was written, in nanoseconds since 1970; nil for bytes out of a commit.
    var modified: Int64?

    /// Of everything that travels: the bytes, and that the file may be executed.
    var digest: ContentDigest { Self.digest(content, isExecutable: isExecutable) }

    static func digest(_ content: ContentDigest, isExecutable: Bool) -> ContentDigest {
        isExecutable ? .of(Array("executable".utf8) + content.bytes) : content
    }

    /// The units of the text, and behind them the one that stands for the mode.
    var units: [ObservedUnit] {
        let mode = isExecutable ? [ObservedUnit.executable(path)] : []
        return file.units.map { unit in
            var observed = ObservedUnit(unit, in: bytes)
            if isMarked { observed.holdBack() }
            return observed
        } + mode
    }

    /// How many of them are held back.
    var heldBackCount: Int { isMarked ? file.units.count : file.units.count(where: \.isHeldBack) }

    /// - Parameter index: of git, which writes it behind the files that it changes.
    func observation(
        head: HeadVersion = .asKnown, knownIDs: [FunctionID?]? = nil, index: FileStamp? = nil
    ) -> FileObservation {
        var observation = FileObservation(
            path: path, grammar: grammar, units: units,
            hasContainerError: file.hasContainerError || isMarked, head: head, knownIDs: knownIDs)
        if let modified, let index { observation.isLeftByGit = modified <= index.modified }
        return observation
    }
}

/// Why a file cannot be told of now.
enum SourceProblem: Error {
    /// It changed during every attempt, or another process holds it: look again at the next tick.
    case notNow(any Failure)
    /// It takes no part: no grammar, too large, no regular file.
    case never(any Failure)

    /// What an apply that failed for it carries.
    var word: String {
        switch self {
        case .notNow(let failure as StableReadFailure)
        where failure.problem == .system(EACCES) || failure.problem == .system(EPERM):
            "permission"
        case .notNow: "locked"
        case .never: "unreadable"
        }
    }
}

/// Reads and parses the files of one working copy.
struct SourceReader: Sendable {
    let root: String
    let analyzer: SourceAnalyzer
    let cache: AnalysisCache
    let clock: any Clock
    /// Says which files without a grammar travel whole.
    let filter: SelectiveFilter
    /// False on file systems that do not keep modes; git says so.
    let tracksModes: Bool

    /// The file as it is; nil when there is none.
    func read(_ path: String) throws(SourceProblem) -> ReadSource? {
        guard let stable = try bytes(of: path) else { return nil }
        var source = try parse(stable.bytes, path: path, isExecutable: isExecutable(stable))
        source.modified = stable.stamp.modified
        return source
    }

    /// What ``ReadSource/digest`` of the file is, without taking it apart; nil when there is none.
    func digest(of path: String) throws(SourceProblem) -> ContentDigest? {
        guard let stable = try bytes(of: path) else { return nil }
        return ReadSource.digest(stable.digest, isExecutable: isExecutable(stable))
    }

    private func bytes(of path: String) throws(SourceProblem) -> StableFile? {
        do throws(StableReadFailure) {
            return try StableRead.read(root: root, path: path, clock: clock)
        } catch {
            switch error.problem {
            case .missing: return nil
            case .refused, .replaced, .tooBig: throw .never(error)
            case .unsettled, .held, .system: throw .notNow(error)
            }
        }
    }

    private func isExecutable(_ file: StableFile) -> Bool {
        tracksModes && file.mode & 0o100 != 0
    }

    /// Parses bytes that were read before.
    func parse(
        _ bytes: [UInt8], path: String, isExecutable: Bool
    ) throws(SourceProblem) -> ReadSource {
        guard let grammar = grammar(of: path) else {
            throw .never(
                PlainFailure(path, "is in no language with a grammar", nextStep: "exclude it"))
        }
        return ReadSource(
            path: path, bytes: bytes, content: .of(bytes), isExecutable: isExecutable,
            file: try units(of: bytes, path: path), grammar: grammar,
            isMarked: MergeMarks.areIn(bytes))
    }

    /// What takes a path apart; nil when nothing does and it does not travel whole.
    func grammar(of path: String) -> GrammarStamp? {
        if let language = Language.forPath(path) {
            return GrammarStamp(language: language.name, digest: language.grammarDigest)
        }
        return filter.travelsWhole(path) ? .whole : nil
    }

    private func units(of bytes: [UInt8], path: String) throws(SourceProblem) -> SourceFile {
        guard let language = Language.forPath(path) else { return .whole(bytes, path: path) }
        do throws(AnalysisFailure) {
            return try analyzer.analyze(bytes, path: path, language: language, cache: cache)
        } catch {
            throw .never(error)
        }
    }
}

/// What git's HEAD has of each path, asked only for paths that differ from it.
final class HeadVersions {
    private let repository: GitRepository
    private let blobs: GitBlobReader
    private let reader: SourceReader
    private var commit: String?
    /// Paths whose files were not HEAD's when that was last compared, or changed since.
    private(set) var different: Set<String> = []
    private var executable: Set<String> = []
    private var told: Set<String> = []
    private var toldSame: Set<String> = []

    init(repository: GitRepository, reader: SourceReader) {
        self.repository = repository
        self.reader = reader
        blobs = GitBlobReader(repository: repository)
    }

    func close() { blobs.close() }

    /// The paths of which a commit has another version than the present one.
    func changes(to next: String) throws(GitFailure) -> Set<String> {
        guard let commit else {
            return Set(
                try repository.command.entries(["ls-tree", "-r", "--name-only", "-z", next]))
        }
        guard commit != next else { return [] }
        return Set(
            try repository.command.entries([
                "diff", "--name-only", "-z", "--no-renames", commit, next, "--",
            ]))
    }

    /// HEAD is at this commit now; every path will be compared with it anew.
    func move(to commit: String?) throws(GitFailure) {
        self.commit = commit
        told = []
        toldSame = []
        guard let commit else {
            different = []
            return
        }
        different = Set(try repository.command.changedPaths(since: commit))
        executable = reader.tracksModes ? try repository.executablePaths(in: commit) : []
    }

    /// What the core has to be told of HEAD's version of a path, once per path and commit.
    func version(of path: String) throws -> HeadVersion {
        guard told.insert(path).inserted else { return .asKnown }
        guard let commit else { return .units([]) }
        guard different.contains(path) else {
            toldSame.insert(path)
            return .same
        }
        guard let bytes = try blobs.show(commit: commit, path: path) else { return .units([]) }
        do throws(SourceProblem) {
            return .units(
                try reader.parse(bytes, path: path, isExecutable: executable.contains(path)).units)
        } catch {
            return .units([])  // HEAD's version has no units that could be a base
        }
    }

    /// A path changed on disk after HEAD was compared, perhaps before it was first read: what was
    /// taken for HEAD's version is asked of git itself.
    func noteChanged(_ path: String) {
        guard !told.contains(path) || toldSame.remove(path) != nil else { return }
        told.remove(path)
        different.insert(path)
    }
}
