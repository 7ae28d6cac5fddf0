// What a person may choose about an examination, as arguments.

import ArgumentParser
import Diagnostics
import LiveSync
import Support

struct ExaminationArguments: ParsableArguments {
    @Option(name: .long, help: "Only these checks or codes; globs such as 'wal.*' work.")
    var only: [String] = []
    @Option(name: .long, help: "Leave these checks or codes out.")
    var skip: [String] = []
    @Option(
        name: .long,
        help: """
            quick leaves out the reading of every record, deep has the Mothership of this machine follow \
            its whole ledger; checks of your own get the word and decide for themselves.
            """)
    var depth = ExaminationOptions.live.depth
    @Option(name: .long, help: "Exit 1 from this severity on: info, warn or fail.")
    var failOn = ExaminationOptions.live.failOn
    @Option(name: .long, help: "End of the whole run, e.g. 5s.")
    var timeout = TypedDuration(ExaminationOptions.live.timeout)
    @Option(
        name: .long,
        help: "Run as many checks as fit this much declared processor time, e.g. 200ms.")
    var budget: TypedDuration?
    @Option(
        name: .long,
        help: "Say what came and went since a time or for a duration: 2026-11-20, 2h.")
    var since: TypedTime?

    /// ``since``; nothing can have changed since a time that is still to come.
    func past(at now: Timestamp) throws -> TypedTime? {
        if let since, since.before(now) > now {
            throw ValidationError("--since names a time that is still to come")
        }
        return since
    }

    func selection(in catalogue: Catalogue) throws -> Selection {
        let selection = Selection(only: only, skip: skip)
        try selection.requireKnown(in: catalogue)
        return selection
    }

    func options(
        profile: String = ExaminationOptions.live.profile, in catalogue: Catalogue
    ) throws -> ExaminationOptions {
        var options = ExaminationOptions.live
        options.profile = profile
        options.selection = try selection(in: catalogue)
        options.depth = depth
        options.timeout = timeout.value
        options.budget = budget?.value
        options.failOn = failOn
        return options
    }
}

extension ExaminationOptions {
    /// What a working copy is examined with unless somebody says otherwise.
    static let live = ExaminationOptions(profile: "live")
}

extension Selection {
    /// Refuses a pattern that fits nothing: a misspelt name is a usage error, not an empty run.
    func requireKnown(in catalogue: Catalogue) throws {
        let unknown = unknownPatterns(in: catalogue)
        guard unknown.isEmpty else {
            throw ValidationError(
                "unknown check or code: \(unknown.joined(separator: ", ")); see aura doctor list")
        }
    }
}

/// A duration as typed: `500ms`, `5s`, `1m`, `2h`, `3d`.
struct TypedDuration: ExpressibleByArgument {
    let value: Duration

    init(_ value: Duration) { self.value = value }

    init?(argument: String) {
        guard let value = Duration(parsing: argument) else { return nil }
        self.value = value
    }

    var defaultValueDescription: String { value.brief }
}

/// A time as typed: a date, a time in UTC, or a duration before or after now.
struct TypedTime: ExpressibleByArgument {
    private enum Form {
        case time(Timestamp)
        case span(Duration)
    }
    private let form: Form

    init?(argument: String) {
        if let span = Duration(parsing: argument) {
            form = .span(span)
        } else if let time = Timestamp(typed: argument) {
            form = .time(time)
        } else {
            return nil
        }
    }

    func before(_ now: Timestamp) -> Timestamp {
        switch form {
        case .time(let time): time
        case .span(let span): now + (.zero - span)
        }
    }

    func after(_ now: Timestamp) -> Timestamp {
        switch form {
        case .time(let time): time
        case .span(let span): now + span
        }
    }
}

extension Depth: ExpressibleByArgument {}
extension Severity: ExpressibleByArgument {}

extension ReportTarget: ExpressibleByArgument {
    public init?(argument: String) { self.init(parsing: argument) }
}
