// When a peer tries again: the table of reactions, the waits, the breaker, and the waits for what
// a Mothership owes.

import LiveProtocol
import Support
import Testing

@testable import LiveSync

@Suite struct LinkPolicyTests {
    private let lost = LinkClose(stage: .session, message: "cut")

    /// Ends the link again and again, a second apart.
    private func reactions(
        _ count: Int, welcomed: Bool, _ close: LinkClose? = nil
    ) -> [LinkReaction] {
        var policy = LinkPolicy()
        var generator = SeededGenerator(seed: 1)
        return (0..<count).map { index in
            let now = Duration.seconds(index)
            if welcomed { policy.established(at: now) }
            return policy.ended(close ?? lost, at: now, using: &generator)
        }
    }

    private func longest(_ reactions: [LinkReaction]) -> Duration? {
        reactions.compactMap { if case .retry(let delay) = $0 { delay } else { nil } }.max()
    }

    @Test func tenTriesInVainOpenTheBreaker() {
        let limits = LinkPolicy.Limits()

        #expect(longest(reactions(9, welcomed: false)) ?? .zero <= limits.longest)
        #expect(reactions(10, welcomed: false).last == .retry(after: limits.breakerRest))
    }

    @Test func sessionsThatAreCutAreNoTriesInVain() throws {
        let all = reactions(40, welcomed: true)

        #expect(try #require(longest(all)) <= LinkPolicy.Limits().longest)
        #expect(!all.contains(.halt))
    }

    @Test func aLateHelloIsTriedOnceMoreAfterEveryWelcome() {
        let late = LinkClose(
            stage: .hello, code: CloseCode.helloTimeout.rawValue, message: "no hello")

        #expect(reactions(2, welcomed: false, late).last == .halt)
        #expect(!reactions(5, welcomed: true, late).contains(.halt))
    }

    @Test func aVersionThatDoesNotComeIsAskedForAfterAWhile() {
        var watch = VersionWatch()
        let (one, other) = (FunctionID.of(1), FunctionID.of(2))
        let limit = VersionWatch.limit

        let steps: [(waiting: Set<FunctionID>, at: Duration)] = [
            ([one], .zero), ([one, other], limit - .seconds(1)), ([one, other], limit),
            // Waited for anew; then it came, and another one is missing.
            ([one, other], limit), ([], limit * 3), ([one], limit * 3),
        ]
        let overdue = steps.map { watch.isOverdue($0.waiting, at: $0.at) }

        #expect(overdue == [false, false, true, false, false, false])
    }
}

extension FunctionID {
    fileprivate static func of(_ seed: UInt64) -> FunctionID {
        var generator = SeededGenerator(seed: seed)
        return .random(using: &generator)
    }
}
