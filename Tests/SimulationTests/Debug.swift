import LiveProtocol
import LiveSync
import Support
import WriteAheadLog
extension World {
    func debug(_ prefix: String) -> String {
        var out = ""
        for peer in peers {
            out += "== \(peer.name)\n"
            for draft in peer.log {
                guard let r = try? PeerRecord(type: draft.type, metadata: draft.metadata, body: draft.body) else { continue }
                let text = "\(r)"
                let ids = r.functions.map(\.short)
                switch r {
                case .received(let d, _):
                    let s = try? d.signed.changeSet()
                    for p in d.places { if let c = s?.changes[p.index], c.function.short.hasPrefix(prefix) { out += "received \(c.kind) \(c.qualifiedName) rev \(p.revision) seq \(p.sequence) aura \(c.auraID?.short ?? "-") parent \(c.placement.parent?.short ?? "-")\n" } }
                case .enqueued(let s, _, _, _):
                    for c in s.changes where c.function.short.hasPrefix(prefix) { out += "enqueued \(s.id.short) \(c.kind) \(c.qualifiedName) aura \(c.auraID?.short ?? "-") parent \(c.placement.parent?.short ?? "-")\n" }
                case .stateChanged(let c):
                    if text.contains(prefix) || true { out += "state \("\(c)".prefix(200))\n" }
                case .conflictOpened(let c): if c.function.short == prefix { out += "conflict \(c.kind) local \(c.localAuraID?.short ?? "-") remote \(c.remote.auraID?.short ?? "-") rev \(c.remoteRevision) id \(c.id)\n" }
                case .conflictResolved, .conflictDismissed: out += "\(text.prefix(120))\n"
                default: if ids.contains(prefix) { out += "\(text.prefix(300))\n" }
                }
            }
            if let core = peer.core {
                for (path, file) in core.index.files { for b in file.baseline where b.id.short == prefix { out += "baseline at \(path) \(b.qualifiedName) aura \(b.auraID?.short ?? "-")\n" } }
                out += "conflicts: \(core.state.conflicts.filter(\.isBlocking).map { $0.function.short + " " + $0.qualifiedName + " " + $0.kind.rawValue })\n"
                for (path, file) in core.index.files.sorted(by: { $0.key < $1.key }) { out += "\(path): " + file.units.map { "\($0.qualifiedName)=\($0.id.short)" }.joined(separator: " ") + "\n" }
            }
        }
        return out
    }
}
