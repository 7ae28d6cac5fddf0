// Beginning again: the new log is complete under a temporary name before the two folders swap
// names in one step, so that there is a log under the real name at every moment.

import Support

enum LogReset {
    private static func temporary(_ path: String) -> String { "\(path).reset-tmp" }

    static func reset(
        at path: String, options: LogOptions, clock: any Clock, on disk: any LogDisk
    ) throws(LogFailure) -> ResetReport {
        try finishInterrupted(at: path, on: disk)
        return try LogRecovery.underLock(path, on: disk) { (folder) throws(LogFailure) in
            let old = try LogImage.load(folder)
            if old.isEmpty { throw .notALog(folder: path) }
            let target = freeName("\(path).reset-\(clock.now.fileStamp)", on: disk)
            let oldID = old.logID ?? LogID(high: 0, low: 0)
            let (log, _) = try LogOpening.open(
                at: temporary(path), options: options, clock: clock, witness: .nothingKnown,
                on: disk, resetFrom: (oldID, PathName.last(of: target)))
            try log.close()
            try wrapping { () throws(SystemFailure) in
                try disk.exchange(temporary(path), path)
                try disk.move(temporary(path), to: target)
            }
            return ResetReport(oldLogID: old.logID, newLogID: log.logID, movedTo: target)
        }
    }

    /// Gives the folder that an interrupted reset left behind the name it was to have: the old log
    /// after the swap, an unused new one before it.
    static func finishInterrupted(
        at path: String, on disk: any LogDisk
    ) throws(LogFailure) {
        let leftover = temporary(path)
        guard disk.isFolder(leftover) else { return }
        let folder = try LogFolder(at: leftover, on: disk)
        let isUsed = LogLock.isHeld(in: folder)
        let image = try LogImage.load(folder)
        folder.close()
        if isUsed { throw .locked(folder: leftover, holder: "a reset that runs now") }
        let isNew = image.isEmpty || image.manifest.resetFrom != nil && image.segments.count <= 1
        let wanted = isNew ? "\(path).reset-unused" : "\(path).reset-interrupted"
        try wrapping { () throws(SystemFailure) in
            try disk.move(leftover, to: freeName(wanted, on: disk))
        }
    }

    private static func freeName(_ wanted: String, on disk: any LogDisk) -> String {
        var name = wanted
        var number = 2
        while disk.exists(name) {
            name = "\(wanted)-\(number)"
            number += 1
        }
        return name
    }
}
