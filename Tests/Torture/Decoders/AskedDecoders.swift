// What is asked of a background process, and who asks: control sockets, the routes for credentials, the
// tokens of a Mothership.

import Dispatch
import LiveProtocol
import Mothership
import Support
import Synchronization

extension Decoder {
    static func asked() throws -> [Decoder] {
        [
            try json(
                "control request",
                samples: [
                    ControlRequest(command: "status"),
                    ControlRequest(command: "token", arguments: ["room": "r", "user": "ada@host"]),
                ]),
            try controlReply(), try credentialRequest(), try identityHeader(), try peerToken(),
            try json(
                "refusal of a route",
                samples: [
                    HTTPRefusal(
                        reject: .tokenExpired, message: "over",
                        serverTime: Timestamp(rawValue: 1_700_000_000_000))
                ]),
        ]
    }

    /// The value in an answer is read as what was asked for.
    private static func controlReply() throws -> Decoder {
        let refusal = PlainFailure("sync", "is on", nextStep: "turn it off", exitStatus: .refused)
        let replies = [ControlReply.success(["a": 1, "b": 2]), .failure(refusal)]
        return Decoder(
            "control reply", samples: try replies.map { Array(try JSONText.encode($0).utf8) }
        ) { bytes in
            // As the caller has it: another shape is another release.
            guard let reply = try? JSONText.decode(ControlReply.self, from: bytes) else {
                return .refused
            }
            // A failure is an answer too, and another shape than was asked for is told as one.
            _ = try? reply.decode([String: Int].self)
            return .taken
        }
    }

    /// Nothing but what the device signed is taken for its word.
    private static func credentialRequest() throws -> Decoder {
        let request = try CredentialRequest(
            .join, token: "x.y.z", user: "ada@host", room: "660b3146436c195d", name: "garden",
            at: Timestamp(rawValue: 1_700_000_000_000), key: DeviceKey())
        return Decoder(
            "credential request", samples: [Array(try JSONText.encode(request).utf8)]
        ) { bytes in
            // The route answers what does not decode with a class of its own.
            guard let read = try? JSONText.decode(CredentialRequest.self, from: bytes) else {
                return .refused
            }
            guard read.isAuthentic else { return .refused }
            return words(of: read) == words(of: request) ? .taken : .altered("a forged request")
        }
    }

    private static func words(of request: CredentialRequest) -> [String?] {
        [
            request.purpose.rawValue, request.token, request.device.hex, request.user,
            request.room, request.name, "\(request.at.rawValue)",
        ]
    }

    private static func identityHeader() throws -> Decoder {
        let identity = ServerIdentity(
            key: WireSamples.digest.hex, serverTime: Timestamp(rawValue: 1_700_000_000_000),
            signature: String(repeating: "0a", count: 64))
        return try canonical(
            "identity of a Mothership", samples: [identity], write: { Array($0.header.utf8) },
            read: { bytes in
                let text = String(decoding: bytes, as: UTF8.self)
                guard let identity = ServerIdentity(header: text) else {
                    throw PlainFailure("identity", "proves nothing", nextStep: "none")
                }
                return identity
            })
    }

    /// Of all texts only what the instance signed says anything, and it says what it said.
    private static func peerToken() throws -> Decoder {
        let folder = try ScratchFolder()
        let now = Timestamp(rawValue: 1_790_000_000_000)
        let (tokens, text) = try waiting {
            let home = MothershipHome(root: folder.path)
            try home.make()
            let tokens = try await RoomTokens.open(home).0
            let issued = try await tokens.issue(
                subject: "ada@host", room: "r", device: DeviceKey().device, scopes: [.contribute],
                lifetime: .seconds(3600), now: now)
            return (tokens, issued.token)
        }
        let signed = try waiting { try await tokens.claims(of: text, revoked: [], now: now) }
        return Decoder("token of a peer", samples: [Array(text.utf8)]) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            let read: TokenClaims
            do {
                read = try waiting { try await tokens.claims(of: text, revoked: [], now: now) }
            } catch is TokenRefusal { return .refused }
            return read == signed ? .taken : .altered("claims that nobody signed")
        }
    }

    /// Waits for work that belongs to actors, on threads that no other test keeps busy.
    private static func waiting<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let outcome = Outcome<Value>()
        Task(executorPreference: OwnThreads.shared) { await outcome.keep(work) }
        return try outcome.value()
    }
}

/// What asynchronous work came to, for one who waits on a thread.
private final class Outcome<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    func keep(_ work: () async throws -> Value) async {
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await work()) } catch { outcome = .failure(error) }
        result.withLock { $0 = outcome }
        isDone.signal()
    }

    func value() throws -> Value {
        isDone.wait()
        guard let result = result.withLock({ $0 }) else { throw CancellationError() }
        return try result.get()
    }
}
