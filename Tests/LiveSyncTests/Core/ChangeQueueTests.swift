// The queue against a plain array that is walked through for every question.

import LiveProtocol
import Support
import Testing

@testable import LiveSync

@Suite struct ChangeQueueTests {
    private struct Entry: QueuedSet {
        var id: ChangeSetID
        var items: [FunctionID]
        var isMarked = false
        var place: String?
        static func function(of item: FunctionID) -> FunctionID { item }
    }

    private static func unmarked(of queue: ChangeQueue<Entry>) -> [Entry] {
        var (found, next) = ([Entry](), queue.nextUnmarked())
        while let slot = next {
            found += [queue.entry(at: slot)].compactMap(\.self)
            next = queue.nextUnmarked(from: slot + 1)
        }
        return found
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func theQueueAnswersLikeAnArray(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let functions = (0..<8).map { _ in FunctionID.random(using: &generator) }
        var (queue, plain) = (ChangeQueue<Entry>(), [Entry]())

        for _ in 0..<400 {
            let function = functions.randomElement(using: &generator) ?? functions[0]
            let id = plain.randomElement(using: &generator)?.id
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<4:
                let entry = Entry(
                    id: .random(using: &generator),
                    items: Array(
                        functions.shuffled(using: &generator)
                            .prefix(Int.random(in: 0...4, using: &generator))),
                    isMarked: Bool.random(using: &generator),
                    place: [nil, "a", "b"].randomElement(using: &generator) ?? nil)
                queue.append(entry)
                if !entry.items.isEmpty { plain.append(entry) }
            case 4:
                let entry = Entry(id: .random(using: &generator), items: [function])
                queue.prepend(entry)
                plain.insert(entry, at: 0)
            case 5:
                if let id { queue.remove(id) }
                plain.removeAll { $0.id == id }
            case 6:
                queue.takeAll(function) { _, _ in true }
                for index in plain.indices { plain[index].items.removeAll { $0 == function } }
            case 7:
                if let id { queue.update(id) { $0.isMarked.toggle() } }
                for index in plain.indices where plain[index].id == id {
                    plain[index].isMarked.toggle()
                }
            case 8:
                if let id { queue.update(id) { $0.items = [function] } }
                for index in plain.indices where plain[index].id == id {
                    plain[index].items = [function]
                }
            default:
                if let id { queue.take(function, from: id) }
                for index in plain.indices where plain[index].id == id {
                    plain[index].items.removeAll { $0 == function }
                }
            }
            plain.removeAll(where: \.items.isEmpty)

            #expect(Array(queue) == plain, "seed \(seed)")
            #expect(queue.count == plain.count && queue.isEmpty == plain.isEmpty)
            #expect(queue.first == plain.first)
            #expect(queue.marked == plain.filter(\.isMarked))
            #expect(queue.contains(function) == plain.contains { $0.items.contains(function) })
            #expect(queue.entries(of: function) == plain.filter { $0.items.contains(function) })
            #expect(queue.entries(at: "a") == plain.filter { $0.place == "a" })
            #expect(Self.unmarked(of: queue) == plain.filter { !$0.isMarked })
            for entry in plain { #expect(queue[entry.id] == entry) }
        }
    }
}
