// Reads many files of old commits through one `git cat-file --batch`.
//
// Starting git costs some 5 ms, asking a running one some 50 µs. After anything unexpected the
// child is ended and the next question starts a new one, so an answer can never be taken for
// another question's.

import Glibc
import Support
import Synchronization

/// A long-lived reader of blobs. Calls block their thread, one at a time.
public final class GitBlobReader: Sendable {
    private let command: GitCommand
    private let child = Mutex<RunningChild?>(nil)

    /// The most bytes of one blob; a source file above that is data.
    public static let blobLimit = 64 << 20

    public init(repository: GitRepository) { command = repository.command }

    deinit { close() }

    /// Ends the child; the next question starts another.
    public func close() {
        child.withLock { child in
            child?.end()
            child = nil
        }
    }

    /// The bytes of `path` in `commit`; nil when there is no such file.
    public func show(commit: String, path: String) throws(GitFailure) -> [UInt8]? {
        let question = "\(commit):\(path)"
        // The protocol ends a question with a line feed.
        guard !question.utf8.contains(UInt8(ascii: "\n")) else { return nil }
        let result = child.withLock { child -> Result<[UInt8]?, GitFailure> in
            do throws(GitFailure) {
                if child == nil { child = try start() }
                guard var running = child else { return .failure(command.failure(.noRepository)) }
                let answer = try ask(question, &running)
                child = running
                return .success(answer)
            } catch {
                child?.end()
                child = nil
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func start() throws(GitFailure) -> RunningChild {
        do throws(ChildFailure) {
            return try RunningChild(command.process(["cat-file", "--batch"]))
        } catch {
            throw command.failure(.child(error.problem))
        }
    }

    private func ask(
        _ question: String, _ child: inout RunningChild
    ) throws(GitFailure) -> [UInt8]? {
        let end = SystemClock().uptime + command.deadline
        guard child.send(Array((question + "\n").utf8), until: end) else {
            throw command.failure(.child(.deadline(command.deadline)))
        }
        var bytes: [UInt8] = []
        let newline = UInt8(ascii: "\n")
        while !bytes.contains(newline) { try receive(&bytes, &child, end) }
        let header = bytes.prefix { $0 != newline }
        bytes.removeFirst(header.count + 1)
        let words = String(decoding: header, as: UTF8.self).split(separator: " ")
        if words.last == "missing" { return nil }
        guard words.count == 3, let size = Int(words[2]), size <= Self.blobLimit else {
            throw command.failure(.answer(word: "cat-file"))
        }
        while bytes.count < size + 1 { try receive(&bytes, &child, end) }
        guard bytes.count == size + 1, bytes.removeLast() == newline else {
            throw command.failure(.answer(word: "cat-file"))
        }
        return words[1] == "blob" ? bytes : nil
    }

    private func receive(
        _ bytes: inout [UInt8], _ child: inout RunningChild, _ end: Duration
    ) throws(GitFailure) {
        guard RunningChild.wait(child.output, POLLIN, until: end) else {
            throw command.failure(.child(.deadline(command.deadline)))
        }
        guard child.receive(\.output, into: &bytes) else {
            throw command.failure(.answer(word: "cat-file"))
        }
    }
}
