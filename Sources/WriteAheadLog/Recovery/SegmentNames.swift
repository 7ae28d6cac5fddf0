// Segments under each other's names. Whoever renamed files of the log changed no byte of them: their
// headers say where they belong, and the manifest says that it is they. So the names are given back,
// and nothing is lost.

import Support

/// A file of the log that has another segment's name.
public struct SegmentRename: Hashable, Codable, Sendable {
    /// Its name now, below the log's folder.
    public let file: String
    /// The name it was made with.
    public let belongsAs: String
}

extension VerifyReport {
    /// What can be given back without touching anything else: the place of each is free, or held by
    /// another of these.
    public var misnamed: [SegmentRename] {
        var places: [SegmentNumber: SegmentNumber] = [:]
        var free: Set<SegmentNumber> = []
        for verdict in verdicts {
            switch verdict {
            case .foreign(let spot):
                if let number = spot.segment { places[number] = spot.belongsAs }
            case .missing(let spot): if let number = spot.segment { free.insert(number) }
            case .ok, .tornTail, .tailLost, .recordDamaged, .rangeDamaged, .spliced, .staleCopy,
                .unreadable, .tooNew, .manifestDamaged:
                continue
            }
        }
        // Of two files that claim one place neither can be believed.
        let claims = Dictionary(grouping: places.values) { $0 }
        places = places.filter { claims[$0.value]?.count == 1 }
        while let stuck = places.first(where: {
            places[$0.value] == nil && !free.contains($0.value)
        }) {
            places[stuck.key] = nil
        }
        return places.sorted { $0.key < $1.key }.map {
            SegmentRename(file: $0.key.fileName, belongsAs: $0.value.fileName)
        }
    }

    /// The files that ``misnamed`` is about, under the names they have and those they belong to.
    public var misnamedFiles: Set<String> { Set(misnamed.flatMap { [$0.file, $0.belongsAs] }) }
}

extension LogRecovery {
    /// Gives segments under each other's names their own back; killed anywhere, every file is there under
    /// one of the names, and the next call does what is left.
    ///
    /// - Returns: what was renamed.
    /// - Throws: ``LogFailure/locked(folder:holder:)`` while a writer has the log open.
    public static func giveBackNames(at path: String) throws(LogFailure) -> [SegmentRename] {
        try giveBackNames(at: path, on: KernelDisk())
    }

    /// The same on any disk.
    static func giveBackNames(
        at path: String, on disk: any LogDisk
    ) throws(LogFailure) -> [SegmentRename] {
        try underLock(path, on: disk) { (folder) throws(LogFailure) in
            let look = try LogLook(folder, .nothingKnown, threads: 2, isLive: false, ceiling: nil)
            try look.refuseNewer(in: folder)
            let moves = look.report.misnamed
            var places = Dictionary(uniqueKeysWithValues: moves.map { ($0.file, $0.belongsAs) })
            for move in moves {
                // Each turn brings one file home, until what stands here belongs here.
                while let home = places[move.file], home != move.file {
                    try bring(move.file, to: home, isHeld: places[home] != nil, in: folder)
                    places[move.file] = places[home]
                    places[home] = home
                }
            }
            if !moves.isEmpty { try folder.sync() }
            return moves
        }
    }

    private static func bring(
        _ file: String, to home: String, isHeld: Bool, in folder: LogFolder
    ) throws(LogFailure) {
        guard isHeld else { return try folder.rename(file, to: home) }
        do throws(SystemFailure) {
            try folder.disk.exchange(folder.path(of: file), folder.path(of: home))
        } catch { throw .system(error) }
    }
}
