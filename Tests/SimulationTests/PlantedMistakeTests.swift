// The simulation against itself: every mistake that can be planted is noticed within the schedules
// that run anyway. A mistake that is not would be one the simulation cannot protect us from.

import Support
import Testing

@Suite(.serialized) struct PlantedMistakeTests {
    @Test(
        .enabled(if: Schedules.only == nil, "one seed need not show it"), arguments: Seam.allCases)
    func aPlantedMistakeIsNoticed(seam: Seam) async throws {
        try await Self.expectNoticed(seam.rawValue, Mistake(seams: [seam]))
    }

    @Test(.enabled(if: Schedules.only == nil, "one seed need not show it"))
    func aDiskThatForgetsWhatItSaidIsSyncedIsNoticed() async throws {
        try await Self.expectNoticed("forgetsSyncs", Mistake(forgetsSyncs: true))
    }

    private static func expectNoticed(_ name: String, _ mistake: Mistake) async throws {
        let noticed = try await onOwnThread { firstFailure(with: mistake) }
        guard let noticed else {
            Issue.record("\(name) is not noticed in any schedule")
            return
        }
        print("\(name): noticed in schedule \(noticed.count): \(noticed.failure)")
    }

    private static func firstFailure(with mistake: Mistake) -> (count: Int, failure: String)? {
        var ignored: [String: Int] = [:]
        var count = 0
        for lane in Lane.all {
            for seed in Schedules.seeds(of: lane) {
                count += 1
                if let failure = Schedules.run(
                    seed, lane, mistake: mistake, happened: &ignored)
                {
                    return (count, failure)
                }
            }
        }
        return nil
    }
}
