// Which checks run and which are left out, and why.
//
// Under a budget as many checks as possible run. Checks may share a look, and the first of them
// pays for it; therefore every set of shared looks is tried (there are two or three), and within
// one set the cheapest checks go first, which is then the best choice.

/// Divides the checks into those to run, cheapest first, and those left out.
struct Roster<System: Sendable> {
    private(set) var chosen: [any Check<System>] = []
    private(set) var notRun: [NotRun] = []

    /// More names than this are not tried one by one; the budget then counts all of them.
    private static var sharedNameCountMax: Int { 6 }

    init(_ checks: [any Check<System>], options: ExaminationOptions, recorded: Set<Bucket>?) {
        var reasons: [Bucket: NotRun.Reason] = [:]
        var eligible: [any Check<System>] = []
        for check in checks.sorted(by: { $0.cost.processor < $1.cost.processor }) {
            let reason = Self.reason(against: check, options, recorded)
            if let reason { reasons[check.bucket] = reason } else { eligible.append(check) }
        }
        if let budget = options.budget {
            chosen = Self.best(of: eligible, within: budget, options)
            let buckets = Set(chosen.map { $0.bucket })
            for check in eligible where !buckets.contains(check.bucket) {
                reasons[check.bucket] = .overBudget
            }
        } else {
            chosen = eligible
        }
        notRun =
            checks.compactMap { check in
                reasons[check.bucket].map { NotRun(check: check.bucket, because: $0) }
            } + options.leftOut
    }

    private static func reason(
        against check: any Check<System>, _ options: ExaminationOptions, _ recorded: Set<Bucket>?
    ) -> NotRun.Reason? {
        let codes = check.entries.map(\.code)
        guard options.selection.includes(check.bucket, codes: codes) else { return .notSelected }
        guard check.depth <= options.depth else { return .deeperThanAsked }
        if let recorded, !recorded.contains(check.bucket) { return .notRecorded }
        return nil
    }

    private static func best(
        of checks: [any Check<System>], within budget: Duration, _ options: ExaminationOptions
    ) -> [any Check<System>] {
        let names = Set(checks.flatMap { $0.shares }).sorted()
        var best: [any Check<System>] = []
        for looks in subsets(of: names) {
            let price = looks.compactMap { options.sharedCosts[$0]?.processor }
                .reduce(.zero, +)
            let affordable = cheapest(
                checks.filter { looks.isSuperset(of: $0.shares) }, within: budget - price)
            if affordable.count > best.count { best = affordable }
        }
        return best
    }

    /// Smaller sets first: of two that allow equally many checks the cheaper one is met first.
    private static func subsets(of names: [String]) -> [Set<String>] {
        guard names.count <= sharedNameCountMax else { return [[], Set(names)] }
        let all = (0..<(1 << names.count)).map { bits in
            Set(names.enumerated().filter { bits >> $0.offset & 1 == 1 }.map(\.element))
        }
        return all.sorted { $0.count < $1.count }
    }

    private static func cheapest(
        _ checks: [any Check<System>], within budget: Duration
    ) -> [any Check<System>] {
        var left = budget
        guard left >= .zero else { return [] }
        return checks.filter { check in
            guard check.cost.processor <= left else { return false }
            left -= check.cost.processor
            return true
        }
    }
}
