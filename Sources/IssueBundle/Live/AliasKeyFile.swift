// The key of the aliases. It stays on this machine, readable by its user alone: with it, an alias
// of an address is undone in seconds.

import LiveSync
import Support

/// `alias.key` in the user's configuration folder.
enum AliasKeyFile {
    private static let bytes = 32

    static func path(in folder: UserFolder) -> String { folder.path + "/alias.key" }

    /// The key; made when there is none.
    ///
    /// - Parameters:
    ///   - renewing: puts a new one in its place.
    ///   - isPreview: writes none; a new one is forgotten.
    static func load(
        in folder: UserFolder, renewing: Bool, isPreview: Bool = false
    ) throws -> [UInt8] {
        let path = path(in: folder)
        if !renewing, FileAccess.exists(path) {
            let text = String(decoding: try folder.readPrivate(path), as: UTF8.self)
            guard let key = Hex.decode(String(text.prefix(2 * bytes))), key.count == bytes else {
                throw PlainFailure(
                    path, "is no key of aliases",
                    nextStep: "move it aside, or make a new one with --new-key")
            }
            return key
        }
        let key = RandomBytes.make(bytes)
        if isPreview { return key }
        try folder.writePrivate(Array((Hex.encode(key) + "\n").utf8), to: path)
        return key
    }
}
