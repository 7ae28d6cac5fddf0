// A queue of change sets that also answers by set and by function: what a peer that was away for
// ten thousand sets asks of its queue must not cost ten thousand looks each time.
//
// Entries stay in slots, one that went leaves a hole, and holes are closed when they are many. The
// indexes are derived; two queues are equal when their entries are.

import LiveProtocol
import Support

/// A change set in a queue, with the changes of it that have no result yet.
public protocol QueuedSet: Hashable, Sendable {
    associatedtype Item: Hashable & Sendable
    var id: ChangeSetID { get }
    var items: [Item] { get set }
    /// Entries that are looked for among all others: see ``ChangeQueue/marked``.
    var isMarked: Bool { get }
    /// The file by which the entry is looked for; nil when it is not.
    var place: String? { get }
    static func function(of item: Item) -> FunctionID
}

/// Change sets in order; none without changes.
public struct ChangeQueue<Entry: QueuedSet>: Sendable {
    private var slots: [Entry?] = []
    private var slotBySet: [ChangeSetID: Int] = [:]
    /// Ascending.
    private var slotsByFunction: [FunctionID: [Int]] = [:]
    private var slotsByPlace: [String: Set<Int>] = [:]
    private var markedSlots: Set<Int> = []
    /// The first slot that is taken.
    private var head = 0
    /// No slot below has an entry that is not marked.
    private var unmarkedHead = 0
    public private(set) var count = 0
    /// Changes whenever entries went to other slots: indices from before mean nothing then.
    private(set) var layout = 0

    public init() {}

    init(_ entries: some Sequence<Entry>) {
        for entry in entries { append(entry) }
    }

    // MARK: Questions

    subscript(id: ChangeSetID) -> Entry? { slotBySet[id].flatMap { slots[$0] } }

    func contains(_ function: FunctionID) -> Bool { slotsByFunction[function] != nil }

    /// The entries with a change of this function, in order.
    func entries(of function: FunctionID) -> [Entry] {
        (slotsByFunction[function] ?? []).compactMap { slots[$0] }
    }

    /// The entries of this file, in order.
    func entries(at place: String) -> [Entry] {
        (slotsByPlace[place] ?? []).sorted().compactMap { slots[$0] }
    }

    /// The entry's change of this function.
    func item(of function: FunctionID, in id: ChangeSetID) -> Entry.Item? {
        self[id]?.items.first { Entry.function(of: $0) == function }
    }

    /// The marked entries, in order.
    var marked: [Entry] { markedSlots.sorted().compactMap { slots[$0] } }

    /// The first slot from this one on that has an entry without a mark. Those with one are mostly
    /// in front and are not looked at again.
    func nextUnmarked(from slot: Int = 0) -> Int? {
        (Swift.max(slot, unmarkedHead)..<Swift.max(slot, slots.count)).first {
            slots[$0]?.isMarked == false
        }
    }

    /// The entry in this slot; nil when it went.
    func entry(at slot: Int) -> Entry? { slots.indices.contains(slot) ? slots[slot] : nil }

    // MARK: Changes

    /// Adds an entry at the end; one without changes is none.
    mutating func append(_ entry: Entry) {
        if slots.count > 32, count < slots.count / 2 { rebuild(with: Array(self)) }
        guard !entry.items.isEmpty else { return }
        slots.append(entry)
        count += 1
        index(entry, in: slots.count - 1)
    }

    /// Adds an entry before all others.
    mutating func prepend(_ entry: Entry) { rebuild(with: [entry] + Array(self)) }

    mutating func remove(_ id: ChangeSetID) {
        guard let slot = slotBySet[id], let entry = slots[slot] else { return }
        for item in entry.items { unlink(Entry.function(of: item), from: slot) }
        drop(slot, id)
    }

    /// Changes an entry; without changes left it goes.
    mutating func update(_ id: ChangeSetID, _ body: (inout Entry) -> Void) {
        guard let slot = slotBySet[id], var entry = slots[slot] else { return }
        // The slot gives its copy up, so that the changes are made in place.
        slots[slot] = nil
        let before = entry.items.map(Entry.function)
        body(&entry)
        let after = entry.items.map(Entry.function)
        if before != after {
            for function in before { unlink(function, from: slot) }
            for function in after { link(function, to: slot) }
        }
        slots[slot] = entry
        mark(entry, in: slot)
        if entry.items.isEmpty { drop(slot, id) }
    }

    /// Takes one change out of an entry; without changes left the entry goes.
    @discardableResult
    mutating func take(_ function: FunctionID, from id: ChangeSetID) -> Entry.Item? {
        guard let slot = slotBySet[id], var entry = slots[slot],
            let position = entry.items.firstIndex(where: { Entry.function(of: $0) == function })
        else { return nil }
        slots[slot] = nil
        let item = entry.items.remove(at: position)
        if !entry.items.contains(where: { Entry.function(of: $0) == function }) {
            unlink(function, from: slot)
        }
        slots[slot] = entry
        mark(entry, in: slot)
        if entry.items.isEmpty { drop(slot, id) }
        return item
    }

    /// Takes the changes of this function out of all entries for which `isMeant` is true.
    mutating func takeAll(_ function: FunctionID, where isMeant: (Entry, Entry.Item) -> Bool) {
        for entry in entries(of: function) {
            let item = entry.items.first { Entry.function(of: $0) == function }
            if let item, isMeant(entry, item) { take(function, from: entry.id) }
        }
    }

    // MARK: Slots

    private mutating func rebuild(with entries: [Entry]) {
        let layout = layout
        self = ChangeQueue(entries)
        self.layout = layout + 1
    }

    private mutating func index(_ entry: Entry, in slot: Int) {
        slotBySet[entry.id] = slot
        if let place = entry.place { slotsByPlace[place, default: []].insert(slot) }
        for item in entry.items { link(Entry.function(of: item), to: slot) }
        mark(entry, in: slot)
    }

    private mutating func link(_ function: FunctionID, to slot: Int) {
        var known = slotsByFunction[function] ?? []
        guard !known.contains(slot) else { return }
        known.insert(slot, at: known.firstIndex { $0 > slot } ?? known.count)
        slotsByFunction[function] = known
    }

    private mutating func unlink(_ function: FunctionID, from slot: Int) {
        slotsByFunction[function]?.removeAll { $0 == slot }
        if slotsByFunction[function]?.isEmpty == true { slotsByFunction[function] = nil }
    }

    private mutating func mark(_ entry: Entry, in slot: Int) {
        guard entry.isMarked else {
            markedSlots.remove(slot)
            unmarkedHead = Swift.min(unmarkedHead, slot)
            return
        }
        markedSlots.insert(slot)
        if slot == unmarkedHead { passMarked() }
    }

    private mutating func passMarked() {
        while unmarkedHead < slots.count, slots[unmarkedHead]?.isMarked != false {
            unmarkedHead += 1
        }
    }

    private mutating func drop(_ slot: Int, _ id: ChangeSetID) {
        if let place = slots[slot]?.place {
            slotsByPlace[place]?.remove(slot)
            if slotsByPlace[place]?.isEmpty == true { slotsByPlace[place] = nil }
        }
        slots[slot] = nil
        slotBySet[id] = nil
        markedSlots.remove(slot)
        count -= 1
        while head < slots.count, slots[head] == nil { head += 1 }
        if slot == unmarkedHead { passMarked() }
    }
}

extension ChangeQueue: Collection {
    public var startIndex: Int { head }
    public var endIndex: Int { slots.count }
    public var isEmpty: Bool { count == 0 }

    public subscript(slot: Int) -> Entry {
        guard let entry = slots[slot] else { preconditionFailure("slot \(slot) is empty") }
        return entry
    }

    public func index(after slot: Int) -> Int {
        var next = slot + 1
        while next < slots.count, slots[next] == nil { next += 1 }
        return next
    }
}

extension ChangeQueue: Equatable {
    public static func == (left: Self, right: Self) -> Bool {
        left.count == right.count && left.elementsEqual(right)
    }
}

extension OutboundEntry: QueuedSet {
    public var items: [UnitChange] {
        get { self.set.changes }
        set { self.set.changes = newValue }
    }
    public var isMarked: Bool { isSent }
    public var place: String? { path }
    public static func function(of item: UnitChange) -> FunctionID { item.function }
}

extension InboundEntry: QueuedSet {
    public var id: ChangeSetID { setID }
    public var items: [PendingChange] {
        get { changes }
        set { changes = newValue }
    }
    public var isMarked: Bool { changes.contains(where: \.hasArrived) }
    public var place: String? { nil }
    public static func function(of item: PendingChange) -> FunctionID { item.change.function }
}
