// Symptoms under their causes.
//
// One dead process makes five lines red. The catalogue says which kinds cause which; where both
// are present, the effect is listed under the cause, and the advice is the cause's.

enum Folding {
    /// The findings with `explains` and `explainedBy` set.
    ///
    /// - Parameter relation: for a code, the codes and globs of what it causes.
    static func fold(_ findings: [AnyFinding], by relation: [String: [String]]) -> [AnyFinding] {
        let causes = causes(among: findings, by: relation)
        var effects: [String: [String]] = [:]
        for (effect, cause) in causes { effects[cause, default: []].append(effect) }
        return findings.map { finding in
            var folded = finding
            folded.explainedBy = causes[finding.code]
            folded.explains = (effects[finding.code] ?? []).sorted()
            return folded
        }
    }

    /// What follows from a cause that is left for later is left with it: it has no line of its own to be
    /// acknowledged by, and goes with its cause. Data at stake speaks for itself.
    static func leaving(_ findings: [AnyFinding]) -> [AnyFinding] {
        guard findings.contains(where: { $0.acknowledged != nil }) else { return findings }
        return findings.map { finding in
            guard finding.explainedBy != nil, finding.acknowledged == nil, !finding.dataAtStake
            else { return finding }
            let code = root(of: finding, in: findings).code
            let causes = findings.filter { $0.code == code }
            guard let note = causes.first?.acknowledged,
                causes.allSatisfy({ $0.acknowledged != nil })
            else { return finding }
            var left = finding
            left.acknowledged = note
            return left
        }
    }

    /// The finding at the bottom of the chain of causes.
    static func root(of finding: AnyFinding, in findings: [AnyFinding]) -> AnyFinding {
        var root = finding
        // Folding makes no cycles, a report read from a file might: as many steps as findings.
        for _ in findings {
            guard let code = root.explainedBy,
                let cause = findings.first(where: { $0.code == code })
            else { break }
            root = cause
        }
        return root
    }

    /// For each code its cause. Confirmed causes go before suspected ones, the worst first.
    private static func causes(
        among findings: [AnyFinding], by relation: [String: [String]]
    ) -> [String: String] {
        let candidates =
            findings.filter { $0.confidence == .confirmed }
            + findings.filter { $0.confidence == .suspected }
        var causes: [String: String] = [:]
        for effect in findings.map(\.code) where causes[effect] == nil {
            causes[effect] = candidates.map(\.code).first { cause in
                cause != effect
                    && (relation[cause] ?? []).contains { Glob.covers($0, code: effect) }
                    && !chain(from: cause, in: causes).contains(effect)
            }
        }
        return causes
    }

    /// The code and everything that causes it so far; no cycle can be in it.
    private static func chain(from code: String, in causes: [String: String]) -> [String] {
        var chain = [code]
        while let last = chain.last, let cause = causes[last] { chain.append(cause) }
        return chain
    }
}
