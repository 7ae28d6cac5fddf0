// A process that repairs a shelf and can be killed at any system call, for the crash tests.
//
//     repaircrash fix|recover|undo|wait FOLDER [RUN]
//
// All tasks run on one thread, because strace counts the calls of each thread for itself; `wait`
// repairs on threads of its own and loses its patience with a step soon.

import Diagnostics
import Glibc
import RepairFixture

func work(_ arguments: [String], on thread: OneThread?) async throws {
    let limits = StepLimits(
        patience: thread == nil ? .milliseconds(50) : .seconds(60), executor: thread)
    let engine = ShelfGround(Shelf(root: arguments[2])).engine(limits: limits)
    switch arguments[1] {
    case "fix", "wait":
        let result = try await engine.repair(RepairPolicy(allowLoss: ["shelf.crumbled"]))
        print("fixed \(result.run?.outcome?.rawValue ?? "nothing")")
    case "recover": print("recovered \(try await engine.recover().count)")
    default:
        guard let run = RunID(rawValue: arguments[3]) else { exit(64) }
        print("undone \(try await engine.undo(run).count)")
    }
}

guard CommandLine.arguments.count > 2 else {
    print("usage: repaircrash fix|recover|undo|wait FOLDER [RUN]")
    exit(64)
}
let arguments = CommandLine.arguments
do {
    let thread = arguments[1] == "wait" ? nil : try OneThread()
    try await withTaskExecutorPreference(thread) { try await work(arguments, on: thread) }
} catch {
    print("failed \(error)")
    exit(1)
}
