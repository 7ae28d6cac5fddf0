// What a client must see, case by case: the class of the refusal, the close code when the socket
// ends, the HTTP status when there was no socket yet. The cases themselves are in `Clients`.

import LiveProtocol

enum ForeignCases {
    static let groups = [
        "hello": hello, "frames": frames, "pushes": pushes, "transport": transport,
        "patience": patience, "expiry": expiry, "fuzz": fuzz,
    ]

    private static let hello: [ForeignCase] = [
        .init("first frame is a ping", .protocolInvalidMessage, .expectedHello),
        .init("first frame is binary", .protocolInvalidMessage, .expectedHello),
        .init("first frame is no JSON", .protocolInvalidMessage, .expectedHello),
        .init("first frame is empty", .protocolInvalidMessage, .expectedHello),
        .init("first frame is a list", .protocolInvalidMessage, .expectedHello),
        .init("first frame is of unknown type", .protocolInvalidMessage, .expectedHello),
        .init("push before hello", .protocolInvalidMessage, .expectedHello),
        .init("envelope of version 2", .protocolUnsupportedVersion, .unsupportedProtocol),
        .init("hello of version 2", .protocolUnsupportedVersion, .unsupportedProtocol),
        .init("hello of version -1", .protocolUnsupportedVersion, .unsupportedProtocol),
        .init("hello without fields", .protocolInvalidField, .expectedHello),
        .init("hello with a short device", .protocolInvalidField, .expectedHello),
        .init("hello with a number as user", .protocolInvalidField, .expectedHello),
        .init("hello for another room than the address", .protocolInvalidField, .expectedHello),
        .init("hello with a user name of 300 bytes", .protocolInvalidField, .expectedHello),
        .init("hello without a branch", .protocolInvalidField, .expectedHello),
        .init("no token", .tokenMissing, .unauthorized),
        .init("token is garbage", .tokenInvalid, .unauthorized),
        .init("token of 100 kB", .tokenInvalid, .unauthorized),
        .init("token signed by a stranger", .tokenInvalid, .unauthorized),
        .init("token without signature", .tokenInvalid, .unauthorized),
        .init("token of another device", .tokenPeerMismatch, .unauthorized),
        .init("token of another room", .tokenRoomMismatch, .unauthorized),
        .init("token that was revoked", .tokenRevoked, .unauthorized),
        .init("frontier beyond the ledger", nil),
        .init("frontier is negative", .protocolInvalidField, .expectedHello),
    ]

    private static let frames: [ForeignCase] = [
        .init("second hello", .protocolInvalidMessage),
        .init("unknown type", .protocolUnsupportedCommand),
        .init("text is no JSON", .protocolInvalidMessage),
        .init("text is empty", .protocolInvalidMessage),
        .init("text is a number", .protocolInvalidMessage),
        .init("JSON nested 100000 deep", .protocolInvalidMessage),
        .init("envelope without type", .protocolInvalidMessage),
        .init("version is text", .protocolInvalidMessage),
        .init("id is negative", .protocolInvalidMessage),
        .init("id is 1e400", .protocolInvalidMessage),
        .init("other version", .protocolUnsupportedVersion),
        .init("ping without number", .protocolInvalidField),
        .init("ping with a text", .protocolInvalidField),
        .init("pack without fields", .protocolInvalidField),
        .init("pack of wrong shapes", .protocolInvalidField),
        .init("text is no UTF-8", .protocolInvalidMessage),
        .init("acknowledges the future", .protocolInvalidField),
        .init("presence of another device", .tokenPeerMismatch),
        .init("presence in an unknown state", .protocolInvalidField),
        .init("presence with a name of 100 kB", .protocolInvalidField),
        .init("presence with a time of text", .protocolInvalidField),
        .init("binary after hello", .protocolInvalidMessage),
        .init("ping is answered", nil),
        .init("ping of the WebSocket is answered", nil),
        .init("message in five fragments", nil),
        .init("frame over the limit", .protocolMessageTooLarge, .messageTooBig),
        .init("frame that announces 2^62 bytes", .protocolMessageTooLarge, .messageTooBig),
        .init("fragments over the limit", .protocolMessageTooLarge, .messageTooBig),
        .init("ten thousand fragments", .protocolMessageTooLarge, .messageTooBig),
        .init("fragment without a beginning", .protocolInvalidMessage, .expectedHello),
        .init("frame without a mask", .protocolInvalidMessage, .expectedHello),
        .init("reserved bits set", .protocolInvalidMessage, .expectedHello),
        .init("reserved opcode", .protocolInvalidMessage, .expectedHello),
        .init("control frame of 200 bytes", .protocolInvalidMessage, .expectedHello),
        .init("ping in fragments", .protocolInvalidMessage, .expectedHello),
        .init("bye", nil, .normal),
        .init("close frame is answered", nil, .normal),
        .init("presence flood", .rateLimitNodes, .rateLimited),
        .init("presence with impossible times", nil),
    ]

    private static let pushes: [ForeignCase] =
        [
            .init("bad base64", .protocolInvalidField),
            .init("base64 without padding", .protocolInvalidField),
            .init("wrong digest", .hashMismatch),
            .init("truncated postcard", .protocolInvalidField),
            .init("empty pack", .protocolInvalidField),
            .init("random bytes", .protocolInvalidField),
            .init("bytes after the last field", .protocolInvalidField),
            .init("list of 2^60 changes", .protocolInvalidField),
            .init("bad signature", .invalidSignature),
            .init("changed after signing", .invalidSignature),
            .init("signed without the context", .invalidSignature),
            .init("signed by another device", .tokenPeerMismatch),
            .init("another format version", .protocolInvalidField),
            .init("set for another repository", .policyViolation),
            .init("set for another branch", .policyViolation),
            .init("announces two, holds one", .protocolInvalidField),
            .init("announces none", .payloadTooLarge),
            .init("announces less than none", .payloadTooLarge),
            .init("announces too many", .payloadTooLarge),
            .init("too many changes", .payloadTooLarge),
            .init("base of the future", .baseMismatch),
            .init("base 2^64-1", .baseMismatch),
            .init("body too large", .payloadTooLarge),
            .init("put without text", .protocolInvalidField),
            .init("put without aura id", .protocolInvalidField),
            .init("deletion with text", .protocolInvalidField),
            .init("qualified name of 5000 bytes", .protocolInvalidField),
        ] + paths.map { .init("path '\($0)'", .pathScopeForbidden) } + [
            .init("stale base", .baseMismatch),
            .init("base of another version", .baseMismatch),
            .init("one good and one bad change", .pathScopeForbidden),
            .init("the same push twice", nil),
            .init("impossible times", nil),
            .init("changes over the rate", .rateLimitNodes, .rateLimited),
        ]

    /// As Python shows their first 40 characters.
    private static let paths = [
        "../x", "a/../../x", "/etc/passwd", ".git/hooks/pre-commit", ".GIT/config",
        "sub/.git/config", "git~1/config", ".git./config", ".git /config", ".aura/live/state", "",
        "a//b", "./a", "a/.", "a/", "a\\x00b", String(repeating: "p", count: 40),
    ]

    private static let transport: [ForeignCase] = [
        .init("health", nil, status: 200),
        .init("health with POST", .protocolUnsupportedCommand, status: 405),
        .init("nothing at this address", .protocolUnsupportedCommand, status: 404),
        .init("WebSocket address over plain HTTP", .protocolInvalidMessage, status: 400),
        .init(
            "upgrade of a room that is not registered", .repositoryNotRegistered, status: 404),
        .init("upgrade without a room", .protocolInvalidField, status: 400),
        .init("upgrade below a room", .protocolInvalidField, status: 400),
        .init("upgrade of another address", nil, status: 200),
        .init("upgrade with a body", .protocolInvalidMessage, status: 400),
        .init("bytes that are no HTTP", nil),
        .init("a TLS greeting", nil),
        .init("a header of 1 MiB", nil),
        .init("a request line without an end", nil),
        .init("two lengths", nil),
        .init("half-closed TCP", nil),
        .init("TCP reset in the middle of a frame", nil),
        .init("client that stops reading", nil),
        .init("200 connections over the cap", .serverOverload, status: 503),
    ]

    private static let patience: [ForeignCase] = [
        .init("no hello", .protocolHelloTimeout, .helloTimeout),
        .init("connection that asks for nothing", nil),
    ]

    private static let expiry: [ForeignCase] = [
        .init("token ends while connected", .tokenExpired, .tokenExpired),
        .init("token that has ended", .tokenExpired, .unauthorized),
    ]

    private static let fuzz: [ForeignCase] = [
        .init("damaged frames", nil), .init("damaged hellos", nil),
    ]
}
