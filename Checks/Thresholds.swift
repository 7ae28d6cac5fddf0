// Every number that decides between healthy and not, in one value with its default and source.
//
// The defaults are what users see and one test pins them. `[doctor.thresholds]` in `live.toml`
// changes them, mostly so that a rehearsal need not wait for minutes.

import LiveSync
import Support

/// The limits of the live checks. Durations are written as `15s`, `500ms`, `7d`; counts as integers.
public struct Thresholds: Codable, Hashable, Sendable {
    /// `scanner_stalled`: this long without a tick while active. Three ticks of 5 s.
    public var scannerStalled = Duration.seconds(15)
    /// `scanner_slow_warn`: the 95th percentile of the newest ticks; a save should arrive at once.
    public var scannerSlowWarn = Duration.milliseconds(500)
    /// `scanner_slow_fail`: above the tick's own period the scanner never catches up.
    public var scannerSlowFail = Duration.seconds(5)
    /// `scanner_warm_ticks`: ticks that must have passed before they are judged, so that the
    /// first look at the whole tree has left the window of 12.
    public var scannerWarmTicks = 12
    /// `scanner_held_back_ticks`: a file half written in an editor parses again within two ticks.
    public var scannerHeldBackTicks = 2
    /// `scanner_canaries_lost`: of the newest three; one may be lost to a busy machine.
    public var scannerCanariesLost = 2
    /// `mothership_down_fail`: an outage is a warning for this long, a failure after.
    public var mothershipDownFail = Duration.seconds(60)
    /// `mothership_slow`: the 95th percentile of round trips.
    public var mothershipSlow = Duration.milliseconds(500)
    /// `mothership_retries`: more than this many tries for one connection.
    public var mothershipRetries = 3
    /// `clock_skew_warn`: in either direction; shown times start to mislead.
    public var clockSkewWarn = Duration.seconds(2)
    /// `clock_skew_fail`: tokens are refused around here.
    public var clockSkewFail = Duration.seconds(60)
    /// `queue_stalled_warn`: age of the oldest waiting push while the link works.
    public var queueStalledWarn = Duration.seconds(60)
    /// `queue_stalled_fail`: the same, when it is past explaining by load.
    public var queueStalledFail = Duration.seconds(300)
    /// `backlog_age`: age of the oldest waiting push while the link is down.
    public var backlogAge = Duration.seconds(24 * 3600)
    /// `backlog_count`: waiting pushes while the link is down.
    public var backlogCount = 10_000
    /// `apply_stalled`: a received change that could not be written to its file for this long;
    /// editors hold their locks for less.
    public var applyStalled = Duration.seconds(60)
    /// `conflict_age_fail`: the oldest open conflict.
    public var conflictAgeFail = Duration.seconds(7 * 24 * 3600)
    /// `own_beat_warn`: one and a half heartbeats of 30 s.
    public var ownBeatWarn = Duration.seconds(45)
    /// `own_beat_fail`: the window after which others see this peer as offline.
    public var ownBeatFail = Duration.seconds(90)
    /// `peer_stale`: the same window, for others.
    public var peerStale = Duration.seconds(90)
    /// `config_drift`: settings that were edited and are not in force for this long.
    public var configDrift = Duration.seconds(60)
    /// `presence_restore`: a link this old on which no heartbeat went out. One heartbeat of 30 s.
    public var presenceRestore = Duration.seconds(30)
    /// `presence_ahead`: how far a peer's clock may be ahead of the Mothership's.
    public var presenceAhead = Duration.seconds(5)
    /// `scanner_scope_functions`: more admitted functions than a tick can compare in time. The
    /// field manual names 200,000 as far too many.
    public var scannerScopeFunctions = 50_000
    /// `link_ends_count`: more ends of one kind than this in ten minutes are no accident.
    public var linkEndsCount = 3
    /// `ack_lost`: a push without its answer for this long while later ones have theirs.
    public var ackLost = Duration.seconds(60)
    /// `disk_slow`: the 95th percentile of the newest syncs of the log; a push waits for one.
    public var diskSlow = Duration.milliseconds(50)
    /// `disk_slow_count`: syncs that must have been measured before they are judged.
    public var diskSlowCount = 20
    /// `disk_free_percent`: less free space than this is low.
    public var diskFreePercent = 5
    /// `disk_free_mebibytes`: less than this leaves no room for repairs.
    public var diskFreeMebibytes = 256
    /// `conflict_storm_count`: more conflicts than this in one minute are no work of people.
    public var conflictStormCount = 20

    /// `inodes_free_count`: fewer files than this can still be made.
    public var inodesFreeCount = 10_000
    /// `descriptors_percent`: share of the limit of open files.
    public var descriptorsPercent = 80
    /// `watches_percent`: share of the kernel's limit of watches.
    public var watchesPercent = 80
    /// `overflow_recent`: dropped events are told for this long.
    public var overflowRecent = Duration.seconds(600)
    /// `reverted_recent`: a change that a save took back is told for this long.
    public var revertedRecent = Duration.seconds(600)
    /// `trace_left_on`: a log in full detail for longer was forgotten.
    public var traceLeftOn = Duration.seconds(24 * 3600)
    /// `index_lock_left`: a lock of git's index that nobody works under is left after this long.
    public var indexLockLeft = Duration.seconds(600)
    /// `deferred_count`: changed files held back by git; one full scan is cheaper than more.
    public var deferredCount = 10_000
    /// `log_mebibytes`: a larger log is more than waiting work explains.
    public var logMebibytes = 256
    /// `presence_flaps_count`: more times than this in ten minutes is coming and going.
    public var presenceFlapsCount = 6

    /// `certificate_ends`: time before a certificate's end in which a new one is made and announced.
    public var certificateEnds = Duration.seconds(14 * 24 * 3600)

    public init() {}
}

extension Thresholds {
    /// The name of the table in the settings file.
    public static let tableName = "doctor.thresholds"

    private static var durations: [(key: String, path: WritableKeyPath<Thresholds, Duration>)] {
        [
            ("scanner_stalled", \.scannerStalled), ("scanner_slow_warn", \.scannerSlowWarn),
            ("scanner_slow_fail", \.scannerSlowFail),
            ("mothership_down_fail", \.mothershipDownFail), ("mothership_slow", \.mothershipSlow),
            ("clock_skew_warn", \.clockSkewWarn), ("clock_skew_fail", \.clockSkewFail),
            ("queue_stalled_warn", \.queueStalledWarn),
            ("queue_stalled_fail", \.queueStalledFail), ("backlog_age", \.backlogAge),
            ("apply_stalled", \.applyStalled), ("conflict_age_fail", \.conflictAgeFail),
            ("own_beat_warn", \.ownBeatWarn), ("own_beat_fail", \.ownBeatFail),
            ("peer_stale", \.peerStale), ("presence_restore", \.presenceRestore),
            ("config_drift", \.configDrift),
            ("presence_ahead", \.presenceAhead), ("ack_lost", \.ackLost),
            ("disk_slow", \.diskSlow), ("overflow_recent", \.overflowRecent),
            ("reverted_recent", \.revertedRecent),
            ("trace_left_on", \.traceLeftOn), ("index_lock_left", \.indexLockLeft),
            ("certificate_ends", \.certificateEnds),
        ]
    }

    private static var counts: [(key: String, path: WritableKeyPath<Thresholds, Int>)] {
        [
            ("scanner_warm_ticks", \.scannerWarmTicks),
            ("scanner_held_back_ticks", \.scannerHeldBackTicks),
            ("scanner_canaries_lost", \.scannerCanariesLost),
            ("mothership_retries", \.mothershipRetries), ("backlog_count", \.backlogCount),
            ("scanner_scope_functions", \.scannerScopeFunctions),
            ("link_ends_count", \.linkEndsCount), ("disk_slow_count", \.diskSlowCount),
            ("disk_free_percent", \.diskFreePercent),
            ("disk_free_mebibytes", \.diskFreeMebibytes),
            ("conflict_storm_count", \.conflictStormCount),
            ("inodes_free_count", \.inodesFreeCount),
            ("descriptors_percent", \.descriptorsPercent),
            ("watches_percent", \.watchesPercent), ("deferred_count", \.deferredCount),
            ("log_mebibytes", \.logMebibytes),
            ("presence_flaps_count", \.presenceFlapsCount),
        ]
    }

    /// Limits of which the second may not lie below the first.
    private static let pairs = [
        ("scanner_slow_warn", "scanner_slow_fail"), ("clock_skew_warn", "clock_skew_fail"),
        ("queue_stalled_warn", "queue_stalled_fail"), ("own_beat_warn", "own_beat_fail"),
    ]

    /// Every key the table may hold, in alphabetical order.
    public static var keys: [String] { (durations.map(\.key) + counts.map(\.key)).sorted() }

    /// The defaults, changed by what the settings file says.
    ///
    /// - Parameters:
    ///   - table: `[doctor.thresholds]` as written; nil leaves all defaults.
    ///   - file: the settings file, for messages.
    /// - Throws: every unknown key and every value that breaks its rule, by line.
    public init(
        reading table: GuestTable?, file: String = ".aura/live.toml"
    ) throws(ConfigurationFailure) {
        guard let table else { return }
        var defects: [ConfigurationDefect] = []
        for (key, value) in table.values {
            if let problem = take(key, value) {
                defects.append(table.defect(key, problem))
            }
        }
        defects += disordered(in: table)
        guard defects.isEmpty else {
            throw .defects(file: file, defects.sorted { ($0.line, $0.key) < ($1.line, $1.key) })
        }
    }

    /// Takes one value; what is wrong with it otherwise.
    private mutating func take(
        _ key: String, _ value: ConfigurationValue
    ) -> ConfigurationDefect.Problem? {
        if let path = Self.durations.first(where: { $0.key == key })?.path {
            guard case .text(let text) = value else {
                return .wrongType(expected: "a duration such as \"15s\"", found: value.typeName)
            }
            guard let duration = Duration(parsing: text) else {
                let rule = "must be a duration such as 500ms, 15s, 5m, 24h or 7d"
                return .invalidValue(shown: value.shown, rule: rule)
            }
            self[keyPath: path] = duration
            return nil
        }
        guard let path = Self.counts.first(where: { $0.key == key })?.path else {
            return .unknownKey(nearest: nil)
        }
        guard case .integer(let number) = value else {
            return .wrongType(expected: "an integer", found: value.typeName)
        }
        guard number > 0 else {
            return .invalidValue(shown: value.shown, rule: "must be at least 1")
        }
        self[keyPath: path] = number
        return nil
    }

    private func disordered(in table: GuestTable) -> [ConfigurationDefect] {
        Self.pairs.compactMap { low, high in
            guard let lower = duration(low), let upper = duration(high), lower > upper else {
                return nil
            }
            let key = table.values[high] == nil ? low : high
            let rule = "must not put \(low) (\(lower.brief)) above \(high) (\(upper.brief))"
            return table.defect(key, .invalidValue(shown: nil, rule: rule))
        }
    }

    private func duration(_ key: String) -> Duration? {
        Self.durations.first { $0.key == key }.map { self[keyPath: $0.path] }
    }
}

extension GuestTable {
    fileprivate func defect(
        _ key: String, _ problem: ConfigurationDefect.Problem
    ) -> ConfigurationDefect {
        ConfigurationDefect(
            key: "\(Thresholds.tableName).\(key)", line: lines[key] ?? 1, problem: problem)
    }
}
