// A process that repairs a shelf and can be killed at any system call, for the crash tests.
//
//     repaircrash fix|recover|undo FOLDER [RUN]

import Diagnostics
import Glibc
import RepairFixture
import Support

let arguments = CommandLine.arguments
guard arguments.count > 2 else {
    print("usage: repaircrash fix|recover|undo FOLDER [RUN]")
    Glibc.exit(64)
}
let engine = ShelfGround(Shelf(root: arguments[2])).engine()
do {
    switch arguments[1] {
    case "fix":
        let policy = RepairPolicy(yes: ["shelf.crumbled"], allowLoss: ["shelf.crumbled"])
        let result = try await engine.repair(policy)
        print("fixed \(result.run?.outcome?.rawValue ?? "nothing")")
    case "recover":
        print("recovered \(try await engine.recover().count)")
    case "undo":
        let run = RunID(rawValue: arguments[3])
        let items = try await engine.undo(run ?? RunID(rawValue: "none")!)  // a literal of letters
        print("undone \(items.count)")
    default: Glibc.exit(64)
    }
} catch {
    print("failed \(error)")
    Glibc.exit(1)
}
