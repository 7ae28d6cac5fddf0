// A process that repairs a shelf and can be killed at any system call, for the crash tests.
//
//     repaircrash fix|recover|undo FOLDER [RUN]

import Diagnostics
import Glibc
import RepairFixture
import Support

func work(_ arguments: [String]) async throws {
    let engine = ShelfGround(Shelf(root: arguments[2])).engine()
    switch arguments[1] {
    case "fix":
        let result = try await engine.repair(RepairPolicy(allowLoss: ["shelf.crumbled"]))
        print("fixed \(result.run?.outcome?.rawValue ?? "nothing")")
    case "recover": print("recovered \(try await engine.recover().count)")
    default:
        guard let run = RunID(rawValue: arguments[3]) else { exit(64) }
        print("undone \(try await engine.undo(run).count)")
    }
}

guard CommandLine.arguments.count > 2 else {
    print("usage: repaircrash fix|recover|undo FOLDER [RUN]")
    exit(64)
}
let arguments = CommandLine.arguments
do {
    try await withTaskExecutorPreference(OneThread()) { try await work(arguments) }
} catch {
    print("failed \(error)")
    exit(1)
}
