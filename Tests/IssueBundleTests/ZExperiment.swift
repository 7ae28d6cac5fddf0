// Experiment.
import Foundation
import Redaction
import Support
import Testing

@testable import IssueBundle

@Suite struct ZExperiment {
    @Test(arguments: [[Wrapping.plain, .base64], Wrapping.allCases]) func survey(w: [Wrapping])
        throws
    {
        let sources: [CanaryPlan.Source] = [
            .init(name: "logs", kind: .log), .init(name: "snapshots", kind: .json),
            .init(name: "config", kind: .config), .init(name: "variables", kind: .environment),
            .init(name: "report", kind: .text),
        ]
        for strict in [false, true] {
            let plan = CanaryPlan(seed: .of([2]), strict: strict, sources: sources, wrappings: w)
            var known = KnownValues()
            for canary in plan.all {
                switch canary.known {
                case nil: continue
                case .secret(let name):
                    known.secrets.append(.init(name: name, value: canary.needle.bytes))
                case .identity(let kind):
                    known.identities.append(
                        .init(kind, String(decoding: canary.needle.bytes, as: UTF8.self)))
                }
            }
            let redactor = Redactor(
                policy: RedactionPolicy(key: try AliasKey(bytes: Sample.key), strict: strict),
                known: known)
            for source in sources {
                let planted = plan.planted(in: source)
                for file in Shadow.files(of: source, planted: planted) {
                    let out = try redactor.redact(file.bytes, as: source.kind)
                    let text = String(decoding: out.bytes, as: UTF8.self)
                    var left = planted.filter { ($0.wrapping == .utf16) == (file.suffix != "") }
                    while let needle = ArchiveSearch(needles: NeedleSet(left.map(\.needle))).first(
                        in: out.bytes),
                        let canary = left.first(where: { $0.needle.bytes == needle.bytes })
                    {
                        left.removeAll { $0.needle.bytes == needle.bytes }
                        print(
                            "SURVIVE \(strict) \(source.name) \(canary.className) \(canary.wrapping.rawValue)"
                        )
                        if let r = text.range(
                            of: String(decoding: canary.needle.bytes, as: UTF8.self))
                        {
                            print(
                                "CONTEXT", text[..<r.lowerBound].suffix(250), "<<<", text[r], ">>>",
                                text[r.upperBound...].prefix(60))
                        }
                    }
                }
            }
        }
    }
}
