// The shelf as something that can be repaired.

import Diagnostics
import Glibc
import Support

public struct ShelfGround: RepairGround {
    public let shelf: Shelf
    public var clock: any Clock
    /// What fails on a copy of the shelf; a rehearsal then foretells it.
    public var canBeCopied: Bool

    public init(_ shelf: Shelf, clock: any Clock = SystemClock(), canBeCopied: Bool = true) {
        self.shelf = shelf
        self.clock = clock
        self.canBeCopied = canBeCopied
    }

    public var checks: [any Check<Shelf>] {
        [
            RepairRecordsCheck(
                commands: RepairCommands(repair: "shelf fix", runs: "shelf runs"),
                quarantine: { "\($0.root)/quarantine" }, folder: { "\($0.root)/journal" }),
            ShelfCheck(),
        ]
    }
    public var journalFolder: String { "\(shelf.root)/journal" }
    public var quarantineFolder: String { "\(shelf.root)/quarantine" }

    public func look() -> Shelf { shelf }

    public func examine() async -> Examination<Shelf> {
        await Examiner(system: "shelf", toolVersion: "1.2.3", clock: clock)
            .examine(checks: checks, system: shelf)
    }

    public func shadow(in folder: String) throws(SystemFailure) -> Shadow<ShelfGround>? {
        guard canBeCopied else { return nil }
        let copy = Shelf(root: folder)
        try FileAccess.makeFolder(copy.jars)
        for name in try FileAccess.names(in: shelf.jars) {
            try copy.fill(name, with: try shelf.text(of: name))
        }
        try FileAccess.replace(copy.awake, with: "awake".utf8)
        return Shadow(ShelfGround(copy, clock: clock))
    }

    /// An engine whose second examination happens here; enough for a shelf.
    public func engine(
        limits: StepLimits = StepLimits(),
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) -> RepairEngine<ShelfGround> {
        let ground = self
        return RepairEngine(
            ground: self,
            verifier: ReportVerifier(settle: .zero, clock: clock) { await ground.examine().report },
            command: "shelf fix", limits: limits, isInterrupted: isInterrupted)
    }
}
