// A person's files while others move and replace them: what vanishes between the list and the look
// was not there.

import Drills
import Foundation
import Support

enum Tree {
    /// Texts by path: everything but git's folder and ours.
    static func texts(of peer: SandboxPeer) throws -> [String: String] {
        var texts: [String: String] = [:]
        for path in try paths(of: peer) {
            // Gone since the folder was read.
            guard let text = try? peer.text(path) else { continue }
            texts[path] = text
        }
        return texts
    }

    /// The functions of each file, in the order of their text: blank lines and order are no
    /// change that travels by itself. A file of another kind is one piece.
    static func functions(of peer: SandboxPeer) throws -> [String: [String]] {
        var pieces: [String: [String]] = [:]
        for (path, text) in try texts(of: peer) {
            let bed = Bed(text, path: path)
            let functions = bed?.plants.map {
                $0.text.trimmingCharacters(in: .whitespacesAndNewlines)
            }
            // A file whose last function went elsewhere may stay behind empty.
            if functions?.isEmpty == true { continue }
            pieces[path] = functions?.sorted() ?? [text]
        }
        return pieces
    }

    /// The same paths, sorted.
    static func paths(of peer: SandboxPeer) throws -> [String] {
        var found: [String] = []
        for name in try FileAccess.names(in: peer.root) where ![".git", ".aura"].contains(name) {
            guard FileAccess.isFolder(peer.path(name)) else {
                found.append(name)
                continue
            }
            // A folder may go with its last file.
            let inside = (try? FileManager.default.subpathsOfDirectory(atPath: peer.path(name)))
            for path in inside ?? [] where !FileAccess.isFolder(peer.path(name + "/" + path)) {
                found.append(name + "/" + path)
            }
        }
        return found.sorted()
    }
}
