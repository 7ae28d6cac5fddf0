// Where reports go: standard output takes one format, files take any number.

import ArgumentParser
import Diagnostics

struct ReportArguments: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            """
            text, json, ndjson, junit, sarif, openmetrics, nagios or html; FORMAT:FILE writes a \
            file. May be given several times.
            """, valueName: "format[:file]"))
    var format: [ReportTarget] = []
    @Flag(name: .long, help: "Short for --format json.")
    var json = false

    func validate() throws {
        let printed = targets(orElse: .text).filter { $0.file == nil }
        guard printed.count < 2 else {
            throw ValidationError(
                "only one format can go to standard output; write the others as FORMAT:FILE")
        }
        let files = format.compactMap(\.file)
        guard Set(files).count == files.count else {
            throw ValidationError("two formats name one file, which would hold the last alone")
        }
    }

    /// - Parameter fallback: the format of standard output when none is asked for at all.
    func targets(orElse fallback: ReportFormat) -> [ReportTarget] {
        let asked = (json ? [ReportTarget(.json)] : []) + format
        return asked.isEmpty ? [ReportTarget(fallback)] : asked
    }

    /// Writes the files first: when one of them cannot be written nothing looks finished.
    ///
    /// - Parameter isOneOfMany: standard output gets one report after the other.
    /// - Returns: the exit code that belongs to what was printed.
    func deliver(
        _ report: Report, _ renderer: ReportRenderer, orElse fallback: ReportFormat = .text,
        isOneOfMany: Bool = false
    ) throws -> Int32 {
        let targets = targets(orElse: fallback)
        for target in targets where target.file != nil {
            try target.write(try renderer.render(report, as: target.format))
        }
        guard let printed = targets.first(where: { $0.file == nil }) else { return report.exitCode }
        return try Self.print(report, renderer, as: printed.format, isOneOfMany: isOneOfMany)
    }

    /// To standard output.
    static func print(
        _ report: Report, _ renderer: ReportRenderer, as format: ReportFormat,
        isOneOfMany: Bool = false
    ) throws -> Int32 {
        Output.text(try renderer.render(report, as: format, isOneOfMany: isOneOfMany))
        return renderer.exitCode(of: report, as: format)
    }
}
