// A peer's files as a person at the keyboard handles them, and the report that person asks for.

import Foundation
import Support

extension SandboxPeer {
    public func text(_ path: String) throws -> String {
        String(decoding: try read(path), as: UTF8.self)
    }

    /// Replaces one piece of a file's text and saves it.
    public func edit(_ path: String, _ old: String, _ new: String) throws {
        let text = try text(path)
        guard text.contains(old) else {
            throw PlainFailure(path, "does not hold \"\(old)\"", nextStep: "see what it holds")
        }
        try save(path, text.replacingOccurrences(of: old, with: new))
    }

    /// Waits until a file holds a text.
    public func wait(
        for path: String, toHold text: String, limit: Duration = .seconds(60)
    ) throws {
        try Waiting.until("\(user)'s \(path) to hold \"\(text)\"", limit: limit) {
            // While a file is being replaced it may be missing for a moment.
            (try? self.text(path))?.contains(text) ?? false
        }
    }

    /// The report of `aura doctor live`, with its exit status.
    public func doctor(_ arguments: [String] = []) throws -> DoctorAnswer {
        try DoctorAnswer(try tryAura(["doctor", "live", "--json"] + arguments))
    }

    /// Digests of everything the user has here: all files but git's and ours.
    public func contentDigest() throws -> [String: String] {
        var digests: [String: String] = [:]
        try Self.walk(root, "") { relative in
            let path = root + "/" + relative
            digests[relative] = try ContentDigest.of(FileAccess.read(path)).hex
        }
        return digests
    }

    private static func walk(
        _ root: String, _ folder: String, _ visit: (String) throws -> Void
    ) throws {
        for name in try FileAccess.names(in: root + "/" + folder) {
            if folder.isEmpty, [".git", ".aura"].contains(name) { continue }
            let relative = folder.isEmpty ? name : folder + "/" + name
            if PathName.link(root + "/" + relative) != nil { continue }
            if FileAccess.isFolder(root + "/" + relative) {
                try walk(root, relative, visit)
            } else {
                try visit(relative)
            }
        }
    }
}
