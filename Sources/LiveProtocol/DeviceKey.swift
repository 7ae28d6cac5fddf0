// The key of one working copy: its public half is the device's name, its private half signs packs.

import Crypto
import Foundation
import Support

/// A device: the Ed25519 public key of one working copy.
public struct DeviceID: FixedBytes {
    public static let byteCount = 32
    public let bytes: [UInt8]

    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }
}

/// The private key of a device.
public struct DeviceKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    public init() { key = Curve25519.Signing.PrivateKey() }

    /// Takes the 32 bytes of ``rawBytes``; nil when they are none.
    public init?(rawBytes: [UInt8]) {
        // The library's error says only "wrong size", which nil says as well.
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: rawBytes) else {
            return nil
        }
        self.key = key
    }

    public var rawBytes: [UInt8] { Array(key.rawRepresentation) }

    public var device: DeviceID {
        DeviceID(bytes: key.publicKey.rawRepresentation)!  // an Ed25519 public key has 32 bytes
    }

    /// Signs bytes that begin with the name of what they are, so that no statement passes for
    /// another kind.
    func sign(_ statement: [UInt8]) throws -> [UInt8] {
        Array(try key.signature(for: statement))
    }

    /// Signs a change set's postcard bytes.
    public func sign(_ set: ChangeSet) throws -> SignedChangeSet {
        let payload = set.postcard
        let signature = try key.signature(for: SignedChangeSet.signingContext + payload)
        return SignedChangeSet(payload: payload, signature: Array(signature), device: device)
    }
}

extension DeviceID {
    /// True when the signature is this device's own over exactly these bytes.
    func hasSigned(_ statement: [UInt8], _ signature: [UInt8]) -> Bool {
        // A key that is no point on the curve can have signed nothing.
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else {
            return false
        }
        return key.isValidSignature(signature, for: statement)
    }
}

extension SignedChangeSet {
    /// True when the signature is the device's own over exactly these bytes.
    public var isAuthentic: Bool {
        device.hasSigned(Self.signingContext + payload, signature)
    }
}
