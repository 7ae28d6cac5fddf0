// Where a report goes: `json`, or `json:report.json`.

import Glibc
import Support

/// A format, and the file it goes to; without a file it is standard output.
public struct ReportTarget: Hashable, Sendable {
    public let format: ReportFormat
    public let file: String?

    public init(_ format: ReportFormat, file: String? = nil) {
        self.format = format
        self.file = file
    }

    /// Parses `FORMAT` or `FORMAT:FILE`; nil for an unknown format or an empty file name.
    public init?(parsing text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, let format = ReportFormat(rawValue: String(name)) else {
            return nil
        }
        self.format = format
        let target = parts.count == 2 ? String(parts[1]) : nil
        // Everybody's word for standard output; a file of that name would lie among the sources.
        file = target == "-" ? nil : target
        if file?.isEmpty == true { return nil }
    }

    /// Puts the text into the target's file: a reader finds the old or the new text, never a part.
    ///
    /// The file is readable by everybody who may enter its folder; collectors run as other users.
    /// - Throws: ``PlainFailure`` when the name is taken by something that is no regular file, or
    ///   the file cannot be made.
    public func write(_ text: String) throws(PlainFailure) {
        guard let file else { return }
        var status = stat()
        if lstat(file, &status) == 0, status.st_mode & S_IFMT != mode_t(Glibc.S_IFREG) {
            throw PlainFailure(
                file, "is no regular file", nextStep: "name a file that may be replaced",
                exitStatus: .cannotCreate)
        }
        do throws(SystemFailure) {
            try FileAccess.replace(file, with: Array(text.utf8), mode: 0o644)
        } catch {
            throw PlainFailure(
                file, error.reason, nextStep: error.nextStep, exitStatus: .cannotCreate)
        }
    }
}
