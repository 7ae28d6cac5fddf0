// Counters and one text page of them, in Prometheus' exposition format 0.0.4. Every counter has one
// place in the code that raises it.

import Support
import Synchronization

/// The numbers a Mothership keeps of itself.
public final class Metrics: Sendable {
    /// A counter or gauge: its name without `aura_`, and the label it is split by.
    public enum Name: String, CaseIterable, Sendable {
        case rooms = "rooms_total"
        case peers = "peers_total"
        case changesAccepted = "nodes_accepted_total"
        case presenceEntries = "presence_entries"
        case inbound = "inbound_total"
        case packRelay = "pack_relay_total"
        case opened = "ws_opened_total"
        case closed = "ws_closed_total"
        case sendTimeout = "ws_send_timeout_total"
        case lagged = "broadcast_lagged_total"
        case rejects = "reject_total"
        case errors = "error_total"
        case rateLimitDrops = "rate_limit_drops_total"
        case authValidation = "auth_validation_total"
        case tokenExpiredDisconnects = "token_expired_disconnects_total"

        var label: String? {
            switch self {
            case .peers, .changesAccepted, .lagged: "room"
            case .closed: "code"
            case .rejects, .errors: "class"
            case .rateLimitDrops: "dim"
            case .authValidation: "reason"
            case .rooms, .presenceEntries, .inbound, .packRelay, .opened, .sendTimeout,
                .tokenExpiredDisconnects:
                nil
            }
        }

        var isGauge: Bool {
            switch self {
            case .rooms, .peers, .presenceEntries: true
            case .changesAccepted, .inbound, .packRelay, .opened, .closed, .sendTimeout, .lagged,
                .rejects, .errors, .rateLimitDrops, .authValidation, .tokenExpiredDisconnects:
                false
            }
        }

        var help: String {
            switch self {
            case .rooms: "Registered rooms."
            case .peers: "Peers connected, by room."
            case .changesAccepted: "Changes the ledger took, by room."
            case .presenceEntries: "Presence rows held in memory."
            case .inbound: "Frames received from peers."
            case .packRelay: "Pages sent to peers."
            case .opened: "WebSockets opened."
            case .closed: "WebSockets closed, by close code."
            case .sendTimeout: "Peers given up because they could not be written to."
            case .lagged: "Peers sent away because their outbox was full, by room."
            case .rejects: "Refused changes, by class."
            case .errors: "Error notices sent, by class."
            case .rateLimitDrops: "Peers sent away by a rate limit, by dimension."
            case .authValidation: "Tokens judged, by outcome."
            case .tokenExpiredDisconnects: "Peers sent away because their token ended."
            }
        }
    }

    /// A distribution of seconds: its name without `aura_`.
    public enum Histogram: String, CaseIterable, Sendable {
        case mergeBatchSeconds = "merge_batch_seconds"
        case persistenceWriteSeconds = "persistence_write_seconds"

        var help: String {
            switch self {
            case .mergeBatchSeconds: "Time to decide one push."
            case .persistenceWriteSeconds: "Time to make one batch durable."
            }
        }
    }

    /// Upper bounds in seconds; the alerts ask for 50 ms and 100 ms.
    static let bounds: [Double] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5]

    private struct Series: Hashable {
        let name: Name
        let value: String
    }

    private struct Distribution {
        var counts = [UInt64](repeating: 0, count: Metrics.bounds.count)
        var count: UInt64 = 0
        var sum = 0.0
    }

    private struct Values {
        var series: [Series: Int64] = [:]
        var distributions: [Histogram: Distribution] = [:]
    }

    private let values = Mutex(Values())

    public init() {}

    /// Raises a counter. The label's value is empty for a counter without one.
    public func add(_ name: Name, _ amount: Int = 1, _ label: String = "") {
        values.withLock { $0.series[Series(name: name, value: label), default: 0] += Int64(amount) }
    }

    /// Sets a gauge.
    public func set(_ name: Name, to amount: Int, _ label: String = "") {
        values.withLock { $0.series[Series(name: name, value: label)] = Int64(amount) }
    }

    /// The value of a counter or gauge; 0 when nothing raised it.
    public func value(_ name: Name, _ label: String = "") -> Int64 {
        values.withLock { $0.series[Series(name: name, value: label)] ?? 0 }
    }

    /// Adds one measurement to a distribution.
    public func observe(_ name: Histogram, _ duration: Duration) {
        let seconds = duration.seconds
        values.withLock { values in
            values.distributions[name, default: Distribution()].count += 1
            values.distributions[name, default: Distribution()].sum += seconds
            for (index, bound) in Self.bounds.enumerated() where seconds <= bound {
                values.distributions[name, default: Distribution()].counts[index] += 1
            }
        }
    }

    /// The page of all numbers.
    public var exposition: String {
        let (series, distributions) = values.withLock { ($0.series, $0.distributions) }
        var text = ""
        for name in Name.allCases {
            text += Self.head(name.rawValue, name.help, name.isGauge ? "gauge" : "counter")
            let known = series.filter { $0.key.name == name }.sorted { $0.key.value < $1.key.value }
            if known.isEmpty && name.label == nil { text += "aura_\(name.rawValue) 0\n" }
            for (key, value) in known {
                let label = name.label.map { "{\($0)=\"\(Self.escaped(key.value))\"}" } ?? ""
                text += "aura_\(name.rawValue)\(label) \(value)\n"
            }
        }
        for name in Histogram.allCases {
            text += Self.head(name.rawValue, name.help, "histogram")
            text += Self.lines(of: distributions[name] ?? Distribution(), name.rawValue)
        }
        return text
    }

    private static func head(_ name: String, _ help: String, _ type: String) -> String {
        "# HELP aura_\(name) \(help)\n# TYPE aura_\(name) \(type)\n"
    }

    private static func lines(of distribution: Distribution, _ name: String) -> String {
        var text = ""
        for (bound, count) in zip(bounds, distribution.counts) {
            text += "aura_\(name)_bucket{le=\"\(bound)\"} \(count)\n"
        }
        text += "aura_\(name)_bucket{le=\"+Inf\"} \(distribution.count)\n"
        return text + "aura_\(name)_sum \(distribution.sum)\n"
            + "aura_\(name)_count \(distribution.count)\n"
    }

    private static func escaped(_ text: String) -> String {
        text.map { character in
            switch character {
            case "\\": "\\\\"
            case "\"": "\\\""
            case "\n": "\\n"
            default: String(character)
            }
        }.joined()
    }
}
