// Tells "the server next door is dead" from "the server is somewhere else and out of reach".
//
// Only an endpoint on this machine can be judged from here, and only by the record that exactly
// that server left: same port, and a process that is gone. A clean stop removes the record.

import Diagnostics
import LiveSync
import Support

/// The endpoint, and the record of this machine's server.
public struct DaemonSnapshot: Codable, Sendable {
    public var endpoint: String
    public var port: Int
    public var isLoopback: Bool
    public var home: String
    public var record: RecordedProcess?
    /// Nil when nobody could tell.
    public var link: LinkStatus.State?
    public var syncEnabled: Bool?
}

/// Examines the Mothership of this machine, where the endpoint is here.
public struct DaemonCheck: Check {
    public typealias Kind = DaemonFinding

    public init() {}

    public func probe(
        _ host: SyncHost, until deadline: Deadline
    ) throws(ProbeFailure) -> DaemonSnapshot {
        let endpoint = try endpoint(of: host)
        var snapshot = DaemonSnapshot(
            endpoint: endpoint.description, port: endpoint.port, isLoopback: endpoint.isLoopback,
            home: host.mothershipHome, record: nil, link: nil, syncEnabled: nil)
        guard endpoint.isLoopback else { return snapshot }
        do throws(PlainFailure) { snapshot.record = try host.mothershipRecord() } catch {
            throw .unreadable(
                subject: error.subject, reason: error.reason, nextStep: error.nextStep)
        }
        do throws(ProbeFailure) {
            let status = try host.look()
            (snapshot.link, snapshot.syncEnabled) = (status.link.state, status.enabled)
        } catch {
            return snapshot  // a dead server is dead whether or not the agent answers
        }
        return snapshot
    }

    private func endpoint(of host: SyncHost) throws(ProbeFailure) -> MothershipAddress {
        do throws(ConfigurationFailure) { return try host.configuration().mothership } catch {
            throw .unreadable(
                subject: error.subject, reason: error.reason, nextStep: error.nextStep)
        }
    }

    public func diagnose(_ snapshot: DaemonSnapshot) -> [Finding<DaemonFinding>] {
        guard snapshot.isLoopback, snapshot.syncEnabled != false,
            snapshot.link == nil || snapshot.link == .offline,
            let recorded = snapshot.record, !recorded.isAlive,
            recorded.record.port == nil || recorded.record.port == snapshot.port
        else { return [] }
        let process = recorded.record.process
        return [
            Finding(
                .down, symptom: "pid \(process.pid), which served \(snapshot.endpoint), is gone",
                on: [.path(snapshot.home)],
                evidence: [
                    Evidence("pid", .count(Int(process.pid))),
                    Evidence("port", .count(snapshot.port)),
                    Evidence("started_at", .time(recorded.record.startedAt)),
                    Evidence("version", .text(recorded.record.version), scrub: .plain),
                ])
        ]
    }

    /// The endpoint is what was looked at; one elsewhere needs no server here.
    public func witness(of snapshot: DaemonSnapshot) -> Witness {
        Witness(examined: 1, total: 1, unit: "endpoints")
    }

    public func detail(
        of snapshot: DaemonSnapshot, findings: [Finding<DaemonFinding>]
    ) -> String {
        guard snapshot.isLoopback else { return "the endpoint is on another machine" }
        guard let recorded = snapshot.record else { return "no record of a server here" }
        let pid = "pid \(recorded.record.process.pid)"
        return "\(pid) \(recorded.isAlive ? "runs" : "is gone"), port \(snapshot.port)"
    }
}
