// The simulation against itself: every mistake that can be planted is noticed within the schedules
// that run anyway. A mistake that is not would be one the simulation cannot protect us from.

import Support
import Testing

@Suite(.serialized) struct PlantedMistakeTests {
    @Test(
        .enabled(if: Schedules.only == nil, "one seed need not show it"), arguments: Seam.allCases)
    func aPlantedMistakeIsNoticed(seam: Seam) async throws {
        let noticed = try await onOwnThread { Self.firstFailure(with: seam) }
        guard let noticed else {
            Issue.record("\(seam.rawValue) is not noticed in any schedule")
            return
        }
        print("\(seam.rawValue): noticed in schedule \(noticed.count): \(noticed.failure)")
    }

    private static func firstFailure(with seam: Seam) -> (count: Int, failure: String)? {
        var ignored: [String: Int] = [:]
        var count = 0
        for lane in Lane.all {
            for seed in Schedules.seeds(of: lane) {
                count += 1
                if let failure = Schedules.run(
                    seed, lane, seams: [seam], happened: &ignored)
                {
                    return (count, failure)
                }
            }
        }
        return nil
    }
}
