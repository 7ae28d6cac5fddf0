// Bytes that nobody can foresee.

/// Bytes of the system's generator, for keys, nonces, and names that must not be guessed.
public enum RandomBytes {
    public static func make(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max) }
    }

    /// 128 bits as 32 digits.
    public static func name() -> String { Hex.encode(make(16)) }
}
