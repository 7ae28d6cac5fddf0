// Why git could not answer.

import Support

/// A question to git that got no answer.
public struct GitFailure: Failure, Equatable {
    /// Why there was none.
    public enum Problem: Hashable, Sendable {
        /// Not inside a working copy of a repository.
        case noRepository
        /// The repository is bare: it has no working copy.
        case bare
        /// git refuses because the folder belongs to somebody else.
        case foreignOwner
        /// HEAD names a branch without a commit.
        case unborn
        /// Only part of the history is here, so the first commits are unknown.
        case shallow
        /// git ended with an error; the command word and the first line it said.
        case command(word: String, status: Int32, message: String)
        /// git answered in a form that is not understood.
        case answer(word: String)
        /// git could not be run.
        case child(ChildFailure.Problem)
    }

    public let folder: String
    public let problem: Problem

    public init(folder: String, problem: Problem) {
        self.folder = folder
        self.problem = problem
    }

    public var subject: String { folder }

    public var reason: String {
        switch problem {
        case .noRepository: "not inside a git repository"
        case .bare: "the repository is bare and has no working copy"
        case .foreignOwner: "git refuses a repository that belongs to another user"
        case .unborn: "the branch has no commit, so the repository has no id"
        case .shallow: "the clone is shallow, so the repository's first commit is not known"
        case .command(let word, let status, let message):
            "git \(word) ended with status \(status): \(message)"
        case .answer(let word): "git \(word) answered in a form that is not understood"
        case .child(let problem): ChildFailure(program: "git", problem: problem).reason
        }
    }

    public var nextStep: String {
        switch problem {
        case .noRepository: "run git init, or change into a working copy"
        case .bare: "use a clone with a working copy"
        case .foreignOwner: "run git config --global --add safe.directory \(folder)"
        case .unborn, .shallow: "run aura init --repo ID with the id that the other peers use"
        case .command(let word, _, _): "run git \(word) there and correct what it reports"
        case .answer: "check the version with git --version"
        case .child(let problem): ChildFailure(program: "git", problem: problem).nextStep
        }
    }

    public var exitStatus: ExitStatus {
        switch problem {
        case .noRepository, .bare: .noWorkspace
        case .unborn, .shallow: .usage
        case .foreignOwner, .command, .answer, .child: .inputOutput
        }
    }
}
