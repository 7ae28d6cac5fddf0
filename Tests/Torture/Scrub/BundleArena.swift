// A real bundle to damage, packed and unpacked, and a place to put the damaged one.

import Foundation
import IssueBundle
import Support
import TortureSuite

struct BundleArena {
    private let folder: String
    private let packed: [UInt8]
    private let plain: [UInt8]

    init() throws {
        folder =
            FileManager.default.temporaryDirectory.path + "/aura-fuzz-\(UUID().uuidString)"
        try FileAccess.makeFolder(folder, mode: 0o700)
        let path = folder + "/whole.tar.gz"
        let request = BundleRequest(
            path: path, time: Timestamp(rawValue: 1_795_000_000_123),
            key: [UInt8](repeating: 7, count: 32), known: .init(),
            recording: ["examination.json": "{\"schema\": 1}"], sources: []
        ) { _ in .init(json: "{\"schema\": \"aura.report\"}\n", text: "  live sync doctor\n") }
        _ = try BundleMaker(request).make()
        packed = try FileAccess.read(path)
        plain = try Self.unpacked(path)
    }

    /// A leftover in the temporary folder harms nobody.
    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    private static func unpacked(_ path: String) throws -> [UInt8] {
        var gzip = ChildProcess("/usr/bin/gzip", ["-dc", path], environment: [:])
        gzip.deadline = .seconds(60)
        let result = try gzip.run()
        guard result.status == 0 else {
            throw PlainFailure("gzip", "ended with \(result.status)", nextStep: "run it by hand")
        }
        return result.output
    }

    /// Damages the packed bytes, or those inside and packs them again without compression.
    func look(_ what: String, _ tally: Tally, _ random: inout SeededGenerator) throws {
        let isInside = Bool.random(using: &random)
        let intact = isInside ? plain : packed
        let damaged = ByteDamage.done(to: intact, &random)
        let path = folder + "/damaged.tar.gz"
        try FileAccess.replace(path, with: isInside ? StoredGzip.packed(damaged) : damaged)
        do throws(BundleFailure) {
            let contents = try BundleReader(path).read()
            if damaged != intact, contents.differences.isEmpty {
                // Padding, times and modes are nobody's content; what is listed must be as it was.
                tally.injected("damage outside of the members")
            }
        } catch {
            switch error {
            case .refused, .altered, .archive: tally.injected("refused by name")
            default: tally.broke("\(what): \(error)")
            }
        }
    }
}

/// Changes that keep most of a file.
enum ByteDamage {
    static func done(to bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...6, using: &random) where bytes.count > 1024 {
            let at = Int.random(in: bytes.indices, using: &random)
            let header = at / 512 * 512
            let end = min(bytes.count, at + Int.random(in: 1...600, using: &random))
            switch Int.random(in: 0...6, using: &random) {
            case 0: bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 1: bytes[at] = [0, 0x2F, 0x37, 0x80, 0xFF].randomElement(using: &random) ?? 0
            case 2: bytes.removeSubrange(at..<end)
            case 3: bytes.insert(contentsOf: bytes[at..<end], at: at)
            case 4: bytes = Array(bytes[..<max(at, 1)])
            case 5:
                // Name, size and kind of a member stand in the first bytes of a block.
                let field = [0, 124, 135, 148, 156, 157].randomElement(using: &random) ?? 0
                let place = min(header + field, bytes.count - 1)
                bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            default:
                for index in at..<end {
                    bytes[index] = UInt8.random(in: .min ... .max, using: &random)
                }
            }
        }
        return bytes
    }
}

/// Gzip that stores, RFC 1952 with blocks of type 0 of RFC 1951.
enum StoredGzip {
    static func packed(_ bytes: [UInt8]) -> [UInt8] {
        var packed: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        let blockMax = 65_535
        var at = 0
        repeat {
            let count = min(blockMax, bytes.count - at)
            let isLast: UInt8 = at + count == bytes.count ? 1 : 0
            packed += [isLast, UInt8(count & 255), UInt8(count >> 8)]
            packed += [UInt8(~count & 255), UInt8(~count >> 8 & 255)]
            packed += bytes[at..<at + count]
            at += count
        } while at < bytes.count
        return packed + littleEndian(checksum(bytes)) + littleEndian(UInt32(bytes.count))
    }

    private static func littleEndian(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1
        }
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { table[Int(($0 ^ UInt32($1)) & 255)] ^ $0 >> 8 }
    }
}
