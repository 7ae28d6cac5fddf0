// An id as people type it: the beginning is enough, as long as it means one thing.

import Support

extension Sequence {
    /// The one element whose id begins with `prefix`.
    ///
    /// - Parameters:
    ///   - kind: what the elements are, for the message.
    ///   - absent: what to say when there is none.
    ///   - list: the command that shows them.
    /// - Throws: a usage error when none or several fit; an empty prefix fits none.
    func only(
        _ prefix: String, kind: String, absent: String, list: String, id: (Element) -> String
    ) throws(PlainFailure) -> Element {
        let found = filter { !prefix.isEmpty && id($0).hasPrefix(prefix) }
        if found.count == 1, let one = found.first { return one }
        throw PlainFailure(
            "\(kind) \(prefix)", found.isEmpty ? absent : "is ambiguous", nextStep: "see \(list)",
            exitStatus: .usage)
    }
}
