// Copies of what is about to be changed or given up, checked against the original before anything
// else happens. A folder for each occasion, listed in its `report.json`; nothing here is ever
// removed by the log itself.

import Foundation
import Support

struct Quarantine {
    static let folderName = "quarantine"

    private let folder: LogFolder
    private let occasion: LogFolder
    /// The occasion's folder, below the log's.
    let name: String

    /// Makes `quarantine/<time>-<code>/`.
    init(of folder: LogFolder, clock: any Clock, code: String) throws(LogFailure) {
        self.folder = folder
        let all = try folder.subfolder(Self.folderName)
        defer { all.close() }
        let stamp = clock.now.fileStamp
        var attempt = "\(stamp)-\(code)"
        var number = 2
        while all.exists(attempt) {
            attempt = "\(stamp)-\(code)-\(number)"
            number += 1
        }
        occasion = try all.subfolder(attempt)
        name = "\(Self.folderName)/\(attempt)"
    }

    func close() { occasion.close() }

    /// Copies files of the log's folder and compares each copy with its original.
    ///
    /// - Returns: the digests, by name.
    func keep(_ names: [String]) throws(LogFailure) -> [String: ContentDigest] {
        var digests: [String: ContentDigest] = [:]
        for name in names {
            let original = try bytes(of: name, in: folder)
            try occasion.create(name, bytes: original)
            let copy = try bytes(of: name, in: occasion)
            guard copy == original else {
                throw .malformed(
                    subject: occasion.path(of: name), detail: "the copy differs from the original")
            }
            digests[name] = ContentDigest.of(original)
        }
        try occasion.sync()
        return digests
    }

    /// Writes bytes that have no file of their own.
    func keep(_ bytes: [UInt8], as name: String) throws(LogFailure) {
        try occasion.create(name, bytes: bytes)
        try occasion.sync()
    }

    /// Moves a file out of the log's folder.
    func move(_ name: String) throws(LogFailure) {
        try folder.rename(name, to: name, in: occasion)
        try occasion.sync()
        try folder.sync()
    }

    func write(report: some Encodable) throws(LogFailure) {
        let text: String
        do { text = try JSONText.encode(report, pretty: true) } catch {
            throw .malformed(
                subject: "report.json", detail: "the report has no JSON form: \(error)")
        }
        try keep(Array(text.utf8), as: "report.json")
    }

    private func bytes(of name: String, in folder: LogFolder) throws(LogFailure) -> [UInt8] {
        try wrapping { () throws(SystemFailure) in
            try SegmentLoader.load(name, in: folder).bytes
        }
    }
}
